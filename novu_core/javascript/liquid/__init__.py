"""The Liquid dialect of Novu's controls: liquidjs 10.30.1 as ``@novu/framework`` 2.13.2 configures it.

Ported from liquidjs (copyright 2016-2026 harttle, MIT license), because parity in its odd corners is the point: which
text is an error, what a filter makes of the wrong type, how a number is printed. What differs on purpose: no files,
limits, and that quotes, line breaks and control characters work inside tags and values.
"""
