"""A port of npm's ``jsonrepair`` 3.15 (copyright Jos de Jong, ISC license): turns what is nearly JSON into JSON.

The peer passes everything that it rendered through it, so its answers, and its surprises, are part of the wire: quotes
that are not escaped, missing commas and ends, single quotes, comments, words without quotes.
"""

from __future__ import annotations

from novu_core.javascript.jsonrepair.cursor import JsonRepairError as JsonRepairError
from novu_core.javascript.jsonrepair.grammar import jsonrepair as jsonrepair
