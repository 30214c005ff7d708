"""JavaScript regular expressions, as JSON Schema's ``pattern`` means them, for Python's ``re``.

Read with the ``u`` flag, as Ajv does: ``\\d`` and ``\\w`` are ASCII, ``$`` is the very end, a needless escape an error.
Not available in Python and refused by name: lookbehind of a varying width and most ``\\p{...}`` but general categories.
"""

from __future__ import annotations

import re
from functools import lru_cache

from novu_core.javascript.jsonschema.unicode_sets import category_set

_SPACE = r"\t-\r \xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
_NOT_SPACE = r"\0-\x08\x0e-\x1f!-\x9f\xa1-\u167f\u1681-\u1fff\u200b-\u2027\u202a-\u202e\u2030-\u205e\u2060-\u2fff"
_NOT_SPACE += r"\u3001-\ufefe\uff00-\U0010ffff"
_SETS = {"d": "0-9", "D": r"\D", "w": r"\w", "W": r"\W", "s": _SPACE, "S": _NOT_SPACE}
_CONTROLS = {"t": "\t", "n": "\n", "v": "\v", "f": "\f", "r": "\r"}
_SYNTAX = frozenset("^$\\.*+?()[]{}|/")
_GROUP = re.compile(r"\((?:\?(?:[:=!]|<[=!]|<([^\W\d][\w$]*)>))?")
_BRACES = re.compile(r"\{(\d+)(,(\d*))?\}", re.ASCII)
_HEX = {"x": re.compile(r"[0-9a-fA-F]{2}"), "u": re.compile(r"[0-9a-fA-F]{4}")}
_BRACED_HEX = re.compile(r"\{([0-9a-fA-F]+)\}")
_LOW_SURROGATE = re.compile(r"\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_NAME = re.compile(r"<([^\W\d][\w$]*)>")
_PROPERTY = re.compile(r"\{(\^?[\w=]+)\}", re.ASCII)
_GROUPS_IN = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|\((?!\?)|\(\?<([^\W\d][\w$]*)>", re.DOTALL)


class PatternError(ValueError):
    """The pattern is no regular expression of JavaScript, or one that Python's ``re`` can not run."""


@lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> re.Pattern[str]:
    """Compile a JavaScript pattern; use its ``search``. Raises PatternError."""
    try:
        return re.compile(translate(pattern), re.ASCII)
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternError(str(error)) from error


def translate(pattern: str, *, unicode: bool = True) -> str:
    """Write a JavaScript pattern in Python's syntax, to be used with ``re.ASCII``.

    Without ``unicode`` it is read by the older, lenient grammar that JavaScript has without the ``u`` flag.
    Raises PatternError for what JavaScript refuses.
    """
    return _Translator(pattern, unicode).run()


class _Translator:
    """One pass over the pattern. ``atom`` tells whether a quantifier may follow; ``open`` holds the open groups."""

    def __init__(self, source: str, unicode: bool) -> None:
        self.source = source
        self.unicode = unicode
        self.position = 0
        self.out: list[str] = []
        self.atom = False
        self.open: list[tuple[int | None, bool]] = []
        self.closed: set[int] = set()
        found = [match for match in _GROUPS_IN.finditer(source) if match[0][0] == "("]
        self.names = {match[1]: number for number, match in enumerate(found, 1) if match[1]}
        self.total = len(found)
        self.seen = 0
        if len(self.names) < sum(1 for match in found if match[1]):
            raise PatternError("duplicate capture group name")

    def run(self) -> str:
        while self.position < len(self.source):
            char = self.source[self.position]
            self.position += 1
            self._step(char)
        if self.open:
            raise PatternError("unterminated group")
        return "".join(self.out)

    def _step(self, char: str) -> None:
        if char == "\\":
            self._escape()
        elif char == "(":
            self._open_group()
        elif char == ")":
            self._close_group()
        elif char == "[":
            self._emit(self._char_class())
        elif char in "*+?":
            self._quantify(char)
        elif char == "{":
            self._braces()
        elif char in "^$|":
            self._emit(r"\Z" if char == "$" else char, atom=False)
        elif char == ".":
            self._emit(r"[^\n\r\u2028\u2029]")
        elif char in "]}" and self.unicode:
            raise PatternError(f"lone `{char}`")
        else:
            self._emit(re.escape(char))

    def _emit(self, text: str, *, atom: bool = True) -> None:
        self.out.append(text)
        self.atom = atom

    def _take(self, expression: re.Pattern[str]) -> re.Match[str] | None:
        match = expression.match(self.source, self.position)
        if match:
            self.position = match.end()
        return match

    def _open_group(self) -> None:
        self.position -= 1
        match = self._take(_GROUP)
        if match is None or (match[0] == "(" and self.source.startswith("?", self.position)):
            raise PatternError("invalid group")
        captures = match[0] == "(" or bool(match[1])
        if captures:
            self.seen += 1
        looks = match[0][2:] in ("=", "!", "<=", "<!")
        # The lenient grammar lets a lookahead, but no lookbehind, be repeated.
        repeats = not looks or (not self.unicode and "<" not in match[0])
        self.open.append((self.seen if captures else None, repeats))
        self._emit("(" if captures else match[0], atom=False)

    def _close_group(self) -> None:
        if not self.open:
            raise PatternError("unmatched `)`")
        number, repeats = self.open.pop()
        if number:
            self.closed.add(number)
        self._emit(")", atom=repeats)

    def _braces(self) -> None:
        self.position -= 1
        match = self._take(_BRACES)
        if match:
            if match[3] and int(match[3]) < int(match[1]):
                raise PatternError("numbers out of order in {} quantifier")
            self._quantify(match[0])
        elif self.unicode:
            raise PatternError("lone `{`")
        else:
            self.position += 1
            self._emit(r"\{")

    def _quantify(self, text: str) -> None:
        if not self.atom:
            raise PatternError("nothing to repeat")
        if self.source.startswith("?", self.position):
            self.position += 1
            text += "?"
        self._emit(text, atom=False)

    def _escape(self) -> None:
        char = self._next("\\ at end of pattern")
        if char in "bB":
            # Before Python 3.14 \\B does not match the empty string.
            self._emit(r"\b" if char == "b" else r"(?!\b)", atom=False)
        elif char in "123456789":
            self._back_reference(char)
        elif char == "k" and (self.unicode or self.names):
            match = self._take(_NAME)
            if match is None or match[1] not in self.names:
                raise PatternError("invalid named reference")
            self._refer(self.names[match[1]])
        else:
            code, chars = self._common_escape(char, in_class=False)
            self._emit(f"[{chars}]" if code is None else _literal(code))

    def _back_reference(self, char: str) -> None:
        digits = char
        while self.position < len(self.source) and self.source[self.position] in "0123456789":
            digits += self.source[self.position]
            self.position += 1
        if int(digits) <= self.total:
            self._refer(int(digits))
        elif self.unicode:
            raise PatternError("invalid escape: no such group")
        else:
            self._emit(re.escape(digits))

    def _refer(self, number: int) -> None:
        # In JavaScript a reference to a group that has not matched, or is still open, matches the empty string.
        self._emit(f"(?:(?({number})\\{number}|))" if number in self.closed else "(?:)")

    def _next(self, complaint: str) -> str:
        if self.position >= len(self.source):
            raise PatternError(complaint)
        self.position += 1
        return self.source[self.position - 1]

    def _common_escape(self, char: str, *, in_class: bool) -> tuple[int | None, str]:
        """Read what follows a backslash, inside or outside brackets: a code point, or ``None`` and a set's inside."""
        if char in _SETS:
            return None, _SETS[char]
        if char in "pP" and self.unicode:
            return None, self._property(char == "P")
        if char in _CONTROLS:
            return ord(_CONTROLS[char]), ""
        if char in "xu":
            return self._hex(char), ""
        if char == "0" and not self.source[self.position : self.position + 1].isdigit():
            return 0, ""
        if char == "c" and re.match("[a-zA-Z]", self.source[self.position :]):
            return ord(self._next("")) % 32, ""
        if in_class and char == "b":
            return 8, ""
        if self.unicode and char not in _SYNTAX and not (in_class and char == "-"):
            raise PatternError(f"invalid escape \\{char}")
        return ord(char), ""

    def _hex(self, kind: str) -> int:
        braced = self._take(_BRACED_HEX) if kind == "u" and self.unicode else None
        match = braced or self._take(_HEX[kind])
        if match is None:
            if self.unicode:
                raise PatternError(f"invalid escape \\{kind}")
            return ord(kind)
        code = int(match[1] if braced else match[0], 16)
        if code > 0x10FFFF:
            raise PatternError("invalid Unicode escape")
        if not braced and 0xD800 <= code < 0xDC00:
            low = self._take(_LOW_SURROGATE)
            if low:
                return 0x10000 + (code - 0xD800) * 0x400 + int(low[1], 16) - 0xDC00
        return code

    def _property(self, negated: bool) -> str:
        match = self._take(_PROPERTY)
        chars = category_set(match[1], negated) if match else None
        if chars is None:
            name = match[0] if match else ""
            raise PatternError(f"\\p{name} is not supported; only general categories are, such as \\p{{L}}")
        return chars

    def _char_class(self) -> str:
        negated = self.source.startswith("^", self.position)
        self.position += negated
        parts: list[str] = []
        while not self.source.startswith("]", self.position):
            parts.append(self._class_range())
        self.position += 1
        if not parts:
            return "(?s:.)" if negated else "(?!)"
        return f"[{'^' * negated}{''.join(parts)}]"

    def _class_range(self) -> str:
        low, chars = self._class_atom()
        source, position = self.source, self.position
        if not source.startswith("-", position) or source.startswith("]", position + 1) or position + 1 >= len(source):
            return chars if low is None else _literal(low)
        self.position += 1
        high, more = self._class_atom()
        if low is None or high is None:
            if self.unicode:
                raise PatternError("invalid character class")
            return (chars if low is None else _literal(low)) + r"\-" + (more if high is None else _literal(high))
        if high < low:
            raise PatternError("range out of order in character class")
        return f"{_literal(low)}-{_literal(high)}"

    def _class_atom(self) -> tuple[int | None, str]:
        char = self._next("unterminated character class")
        if char != "\\":
            return ord(char), ""
        return self._common_escape(self._next("\\ at end of pattern"), in_class=True)


def _literal(code: int) -> str:
    char = chr(code)
    return char if char.isascii() and char.isalnum() else f"\\U{code:08x}"
