"""Whatever a condition says and whatever it reads, it answers or raises its own error."""

from __future__ import annotations

import ast
import time
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from novu_core.definition.conditions import Condition
from novu_core.definition.evaluator import FUNCTIONS, calculate, compare, negate, read
from novu_core.errors import ConditionInvalidError

VOCABULARY = """
payload subscriber controls steps context and or not in is if else None True False lambda await for
+ - * / // % ** << & | ~ @ == != < <= > >= ( ) [ ] { } , . : := 0 1 5 -1 1e9 99999999 0.5 9999999999999999999
'a' 'abc' '%s' f'{payload}' a b items name key _x __class__ __dict__ format join get upper
eval open getattr type __import__ '__class__' é größe
"""
WORDS = [*VOCABULARY.split(), *FUNCTIONS, "\n", "\r", "\0", "\uff45val", "__\uff43lass__"]


class Canary:
    """Tells when something ran that a condition must not run."""

    def __init__(self) -> None:
        self.a = 1
        self._x = "secret"

    def get(self, *_: object) -> str:
        raise SystemExit("a condition called a method")

    upper = join = format = get


def scope() -> dict[str, Any]:
    data = {"a": "abc", "b": [1, 2, "a"], "items": {"name": None}, "name": "x" * 50_000, "key": 10**4000, "_x": 1}
    return {
        "payload": data,
        "subscriber": Canary(),
        "controls": SimpleNamespace(a=Canary(), b=Canary, name=eval, items=[data, Canary()]),
        "steps": [1, [2, [3]], "a"],
    }


def survives(source: str) -> None:
    started = time.process_time()
    with suppress(ConditionInvalidError):
        assert isinstance(Condition(source).evaluate(scope()), bool)
    # Time of this process only, so that a busy machine does not count.
    assert time.process_time() - started < 1


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=25), st.sampled_from(["", " "]))
def test_any_row_of_words_is_refused_or_answered(words: list[str], space: str) -> None:
    survives(space.join(words))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_refused_or_answered(source: str) -> None:
    survives(source)


leaves = st.sampled_from(
    ["payload", "subscriber", "controls", "steps", "context", "None", "True", "0", "-1", "2.5", "1e18", "'a'", "'%s'"]
)
operators = st.sampled_from(
    ["+", "-", "*", "/", "//", "%", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"]
)


def grow(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    name = st.sampled_from(["a", "b", "items", "name", "key", "get", "upper"])
    return st.one_of(
        st.builds(lambda a, op, b: f"({a} {op} {b})", inner, operators, inner),
        st.builds(lambda a, b, c: f"({a} if {b} else {c})", inner, inner, inner),
        st.builds(lambda a, n: f"({a}).{n}", inner, name),
        st.builds(lambda a, b: f"({a})[{b}]", inner, inner),
        st.builds(
            lambda f, args: f"{f}({', '.join(args)})", st.sampled_from(list(FUNCTIONS)), st.lists(inner, max_size=2)
        ),
        st.builds(
            lambda a, f, args: f"({a}).{f}({', '.join(args)})",
            inner,
            st.sampled_from(["lower", "startswith"]),
            st.lists(inner, max_size=1),
        ),
        st.builds(lambda items: f"[{', '.join(items)}]", st.lists(inner, max_size=3)),
        st.builds(lambda op, a: f"({op} {a})", st.sampled_from(["not", "-", "+"]), inner),
    )


expressions = st.recursive(leaves, grow, max_leaves=12)


@settings(max_examples=200, deadline=None)
@given(expressions)
def test_expressions_of_the_language_end_in_an_answer_or_a_condition_error(source: str) -> None:
    survives(source)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.builds(Canary),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


def is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(is_plain, value))
    if isinstance(value, dict):
        return all(map(is_plain, value.values()))
    return value is None or isinstance(value, bool | int | float | str | Canary)


@settings(max_examples=200, deadline=None)
@given(values, values, st.sampled_from([ast.Add(), ast.Sub(), ast.Mult(), ast.Div(), ast.FloorDiv(), ast.Mod()]))
def test_operators_give_plain_values_or_a_value_error(left: Any, right: Any, op: ast.operator) -> None:
    with suppress(ValueError):
        assert is_plain(calculate(op, left, right))
        assert is_plain(negate(ast.USub(), left))


@settings(max_examples=200, deadline=None)
@given(values, values)
def test_reading_and_comparing_never_fail(left: Any, right: Any) -> None:
    assert is_plain(read(left, right))
    for op in (ast.Eq(), ast.NotEq(), ast.Lt(), ast.GtE(), ast.In(), ast.NotIn(), ast.Is(), ast.IsNot()):
        assert isinstance(compare(op, left, right), bool)
    assert compare(ast.In(), left, right) is not compare(ast.NotIn(), left, right)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(list(FUNCTIONS)), st.lists(values, min_size=1, max_size=2))
def test_functions_give_plain_values_or_a_value_error(name: str, arguments: list[Any]) -> None:
    function = FUNCTIONS[name]
    with suppress(ValueError):
        assert is_plain(function.call(*arguments[: function.most], *[None] * (function.fewest - len(arguments))))


@settings(max_examples=200, deadline=None)
@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(-50, 50), operators, operators)
def test_numbers_are_computed_as_python_does(a: int, b: int, c: int, first: str, second: str) -> None:
    source = f"{a} {first} {b} {second} {c}"
    if " in " in source:
        return
    try:
        expected = bool(eval(source))
    except ZeroDivisionError:
        return
    assert Condition(source).evaluate({}) is expected
