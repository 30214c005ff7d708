"""The keywords of draft-07 for numbers and strings."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from novu_core.javascript.jsonschema.formats import FORMAT_ORDERS, NUMBER_FORMATS, STRING_FORMATS, Format
from novu_core.javascript.jsonschema.node import Check, Keyword, Node, assertion
from novu_core.javascript.numbers import js_number


def _comparison(keyword: str, symbol: str, holds: Callable[[Any, Any], bool]) -> Keyword:
    def compile_keyword(node: Node) -> Check:
        limit = node.schema[keyword]
        return assertion(node, lambda value: holds(value, limit), f"must be {symbol} {js_number(limit)}")

    return compile_keyword


def size(keyword: str, noun: str) -> Keyword:
    """Return the keyword that limits a length; ``keyword`` begins with ``max`` or ``min``."""

    def compile_keyword(node: Node) -> Check:
        limit = node.schema[keyword]
        message = f"must NOT have {{}} than {js_number(limit)} {noun}"
        if keyword.startswith("max"):
            return assertion(node, lambda value: len(value) <= limit, message.format("more"))
        return assertion(node, lambda value: len(value) >= limit, message.format("fewer"))

    return compile_keyword


def _multiple_of(node: Node) -> Check:
    divisor = node.schema["multipleOf"]

    def divides(value: Any) -> bool:
        try:
            quotient: float = float(value) / divisor
        except OverflowError:
            return False
        # Ajv compares with parseInt of the number's text, and from 1e21 on that text has an exponent.
        return abs(quotient) < 1e21 and quotient % 1 == 0

    return assertion(node, divides, f"must be multiple of {js_number(divisor)}")


def _pattern(node: Node) -> Check:
    pattern = node.schema["pattern"]
    return assertion(node, node.search(pattern), f'must match pattern "{pattern}"')


def _format(known: Mapping[str, Format]) -> Keyword:
    def compile_keyword(node: Node) -> Check | None:
        name = node.schema["format"]
        test = known.get(name)
        return test and assertion(node, test, f'must match format "{name}"')

    return compile_keyword


def _format_limit(keyword: str, symbol: str, holds: Callable[[Any, Any], bool]) -> Keyword:
    def compile_keyword(node: Node) -> Check | None:
        name, limit = node.schema.get("format"), node.schema[keyword]
        if name is None or not isinstance(limit, str):
            raise node.error(f"{keyword} needs a string, and a format beside it")
        order = FORMAT_ORDERS.get(name)
        if order is None:
            if name in STRING_FORMATS:
                raise node.error(f'the format "{name}" has no order for {keyword}')
            return None
        bound = order(limit)

        def within(value: str) -> bool:
            place = order(value)
            return place is None or bound is None or holds(place, bound) is True

        return assertion(node, within, f"should be {symbol} {limit}")

    return compile_keyword


NUMBER: dict[str, Keyword] = {
    "maximum": _comparison("maximum", "<=", operator.le),
    "minimum": _comparison("minimum", ">=", operator.ge),
    "exclusiveMaximum": _comparison("exclusiveMaximum", "<", operator.lt),
    "exclusiveMinimum": _comparison("exclusiveMinimum", ">", operator.gt),
    "multipleOf": _multiple_of,
    "format": _format(NUMBER_FORMATS),
}
STRING: dict[str, Keyword] = {
    "maxLength": size("maxLength", "characters"),
    "minLength": size("minLength", "characters"),
    "pattern": _pattern,
    "format": _format(STRING_FORMATS),
    "formatMaximum": _format_limit("formatMaximum", "<=", operator.le),
    "formatMinimum": _format_limit("formatMinimum", ">=", operator.ge),
    "formatExclusiveMaximum": _format_limit("formatExclusiveMaximum", "<", operator.lt),
    "formatExclusiveMinimum": _format_limit("formatExclusiveMinimum", ">", operator.gt),
}
"""Both in Ajv's order. NaN fails every comparison, as it does there."""
