"""JavaScript's regular expressions in Python; the expectations are V8's (``new RegExp(pattern, "u")``)."""

from __future__ import annotations

import pytest

from novu_core.javascript.jsonschema.patterns import PatternError, compile_pattern, translate


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
    ],
)
def test_a_pattern_matches_what_javascript_matches(pattern, matching, failing):
    search = compile_pattern(pattern).search
    assert [text for text in matching if not search(text)] == []
    assert [text for text in failing if search(text)] == []


@pytest.mark.parametrize(
    "pattern",
    [
        "(", ")", "[", "]", "{", "}", "a{", "a{,3}", "a{2,1}", "*", "a**", "a++", "^*", "(?=a)*", "(?i)a", "(?P<n>a)",
        "(?<n>a)(?<n>b)", r"\k<n>", r"\1", r"\a", r"\Z", r"\_", r"\-", "\\", "[b-a]", r"[\w-a]", r"\x1", r"\u{110000}",
        r"\p{Nope}", r"\01",
    ],
)  # fmt: skip
def test_what_javascript_refuses_is_refused(pattern):
    with pytest.raises(PatternError):
        compile_pattern(pattern)


@pytest.mark.parametrize("pattern", ["]", "{", "a{,3}", r"\a", r"\_", r"[\w-a]", "(?=a)*", r"\1", r"\k", r"\u{2}"])
def test_the_older_grammar_is_lenient(pattern):
    translate(pattern, unicode=False)


def test_what_python_can_not_run_is_said():
    with pytest.raises(PatternError, match="general categories"):
        compile_pattern(r"\p{Script=Greek}")
    with pytest.raises(PatternError, match="fixed-width"):
        compile_pattern("(?<=a+)b")
