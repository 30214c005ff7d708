"""The Liquid dialect of Novu's controls: liquidjs 10.30.1 as ``@novu/framework`` 2.13.2 configures it."""
