"""JavaScript's regular expressions in Python; the expectations are V8's (``new RegExp(pattern, "u")``)."""

from __future__ import annotations

import time

import pytest

from novu_core import Registry
from novu_core.errors import DefinitionError
from novu_core.javascript.jsonschema.formats import STRING_FORMATS
from novu_core.javascript.jsonschema.patterns import (
    MAX_BRANCHES,
    MAX_CHARS,
    MAX_DEPTH,
    PatternError,
    check_lenient,
    compile_pattern,
)
from novu_core.testing import NovuEnvironment


@pytest.mark.parametrize(
    ("pattern", "matching", "failing"),
    [
        (r"^\d+$", ["12"], ["٣", "1\n", ""]),
        (r"^\w$", ["a", "_", "0"], ["é", "-"]),
        (r"^\s$", ["\u00a0", "\ufeff", "\u2028", "\t"], ["\x1c", "a"]),
        (r"^\S$", ["a", "\x1c", "🎉"], ["\u00a0", " "]),
        (r"^[\s\d]$", ["1", "\u3000"], ["a"]),
        (r"^[^\S]$", [" "], ["a"]),
        (r"^.$", ["a", "🎉", "\x85"], ["\n", "\r", "\u2028", "ab"]),
        (r"^[^a]$", ["\n", "b"], ["a"]),
        ("^[^]$", ["\n", "a"], [""]),
        ("[]", [], ["", "a", "]"]),
        (r"^\u{1F389}\ud83c\udf89\u0041\x42$", ["🎉🎉AB"], ["AB"]),
        (r"^\p{L}+$", ["éaß"], ["1", "a1"]),
        (r"^[\P{Lu}]$", ["a", "1"], ["A"]),
        (r"^(?<year>\d{4})-\k<year>$", ["2024-2024"], ["2024-2025"]),
        (r"^(?:(a)|b)\1$", ["aa", "b"], ["a", "bb"]),
        (r"^\1(a)$", ["a"], ["aa"]),
        (r"^(?!mailto:).+$", ["https://x"], ["mailto:a"]),
        (r"(?<=a)b", ["ab"], ["b"]),
        (r"^\B$", [""], ["a"]),
        (r"^a{2,3}?$", ["aa", "aaa"], ["a"]),
        (r"^[&&a~~||[-]$", ["&", "~", "|", "[", "-", "a"], ["b"]),
        (r"^[\b\-\]]$", ["\x08", "-", "]"], ["b"]),
        (r"^\cA\0\/\.$", ["\x01\x00/."], ["cA"]),
        (r"^\p{ASCII}\P{ASCII}$", ["aé"], ["éa"]),
        (r"^\p{Script=Greek}+$", ["αβγ"], ["abc"]),
        (r"(?<=a+)b", ["aab"], ["b"]),
        ("^.b$", ["\ud800b"], ["\ud83d\ude00"]),
    ],
)
def test_a_pattern_matches_what_javascript_matches(pattern, matching, failing):
    search = compile_pattern(pattern)
    assert [text for text in matching if not search(text)] == []
    assert [text for text in failing if search(text)] == []


@pytest.mark.parametrize(
    "pattern",
    [
        "(", ")", "[", "]", "{", "}", "a{", "a{,3}", "a{2,1}", "*", "a**", "a++", "^*", "(?=a)*", "(?i)a", "(?P<n>a)",
        "(?<n>a)(?<n>b)", r"\k<n>", r"\1", r"\a", r"\Z", r"\_", r"\-", "\\", "[b-a]", r"[\w-a]", r"\x1", r"\u{110000}",
        r"\p{Nope}", r"\01", r"\1(?<=^)", r"(?<!a)\1", r"(?!\1\u{1F600}\1)a\1", r"(a)\2(?<=b)", r"(?:a)(?=b)\1",
    ],
)  # fmt: skip
def test_what_javascript_refuses_is_refused(pattern):
    with pytest.raises(PatternError):
        compile_pattern(pattern)


@pytest.mark.parametrize("pattern", ["]", "{", "a{,3}", r"\a", r"\_", r"[\w-a]", "(?=a)*", r"\1", r"\k", r"\u{2}"])
def test_the_older_grammar_is_lenient(pattern):
    check_lenient(pattern)


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("a" * (MAX_CHARS + 1), "characters"),
        ("|" * (MAX_BRANCHES + 1), "alternatives"),
        ("(?:" * (MAX_DEPTH + 1) + "a" + ")" * (MAX_DEPTH + 1), "nested"),
        ("(" * MAX_CHARS, "nested"),
        ("(){1000000}", "repeats"),
        ("(?:a?){3,99999999999}", "repeats"),
        (r"\b{99999}", "nothing to repeat"),
        (r"a\B*", "nothing to repeat"),
        ("\ud800", "surrogates"),
    ],
)
@pytest.mark.parametrize("check", [compile_pattern, check_lenient])
def test_what_would_overflow_the_stack_or_the_memory_is_refused(check, pattern, reason):
    with pytest.raises(PatternError, match=reason):
        check(pattern)


def test_the_largest_patterns_are_compiled():
    assert compile_pattern("|".join(["ab"] * MAX_BRANCHES))("xab")
    assert compile_pattern("(?:" * MAX_DEPTH + "a" + ")" * MAX_DEPTH)("a")
    assert compile_pattern(r"[()|\b*](?:\\b*)()" * 400)("x") is None


@pytest.mark.parametrize("pattern", [r"(?<=(a))\1", r"(?<year>a)\1", r"[(]\((b)\1", r"(a)(b)\2\1", r"\2(a)(?<!c)(b)"])
def test_a_group_that_is_there_may_be_referred_to(pattern):
    compile_pattern(pattern)("aabb")


class PanicException(BaseException):
    """What a panic of Rust becomes in Python."""


class Panicking:
    def __init__(self, pattern, flags):
        if pattern == "early":
            raise PanicException("at compiling")
        self._pattern = pattern

    def find(self, text):
        if text == "Ctrl-C":
            raise KeyboardInterrupt
        if self._pattern == "late":
            raise PanicException("at searching")
        return text


def test_a_panic_of_the_library_is_an_error_as_any_other(monkeypatch):
    monkeypatch.setattr("novu_core.javascript.jsonschema.patterns.Regex", Panicking)
    for check in (compile_pattern, check_lenient):
        with pytest.raises(PatternError, match="'early' is more than regress can do: at compiling"):
            check("early")
    search = compile_pattern.__wrapped__("late")
    with pytest.raises(PatternError, match="'late' is more than regress can do: at searching"):
        search("text")
    with pytest.raises(KeyboardInterrupt):
        search("Ctrl-C")


def test_workflows_with_patterns_that_cannot_be_run_fail_one_by_one(monkeypatch):
    registry = Registry()

    @registry.workflow("good")
    def good(step):
        step.in_app("m", {"body": "b"})

    monkeypatch.setattr("novu_core.javascript.jsonschema.patterns.Regex", Panicking)
    with pytest.raises(DefinitionError, match="'early' is more than regress can do"):
        registry.workflow("bad", payload_schema=_with_pattern("early"))(lambda step: None)
    compile_pattern.cache_clear()

    @registry.workflow("odd")
    def odd(step):
        step.custom("c", lambda: {"a": "text"}, output_schema=_with_pattern("late"))
        step.in_app("m", {"body": "b"})

    with NovuEnvironment(workflows=registry) as env:
        run = env.trigger("odd", to="ada")
        assert (run.status, "more than regress can do" in run.executions[0].error["message"]) == ("failed", True)
        assert env.trigger("good", to="ada").status == "completed"
    compile_pattern.cache_clear()


def _with_pattern(pattern):
    return {"type": "object", "properties": {"a": {"type": "string", "pattern": pattern}}}


@pytest.mark.parametrize(
    "text", ["[" * 30_000, "(" * 19_000, "\\u{" * 6_000, "(?<a>" * 5_000, "[^" * 9_000, "\\1" * 9_000]
)
def test_whether_a_long_text_is_a_pattern_is_told_at_once(text):
    started = time.thread_time()
    STRING_FORMATS["regex"](text)
    assert time.thread_time() - started < 2
