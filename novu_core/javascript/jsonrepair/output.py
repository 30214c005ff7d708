"""The text that ``jsonrepair`` writes: pieces that can be cut back, and edited at their end."""

from __future__ import annotations

_BLANKS = " \n\t\r"


class Output:
    """Text under construction. A mark is a number of pieces; ``cut`` goes back to one."""

    def __init__(self) -> None:
        self._pieces: list[str] = []

    def add(self, text: str) -> None:
        """Append a piece."""
        self._pieces.append(text)

    def mark(self) -> int:
        """Return the present place."""
        return len(self._pieces)

    def cut(self, mark: int) -> None:
        """Forget what was added since a mark."""
        del self._pieces[mark:]

    def insert_before_blanks(self, text: str) -> None:
        """Insert before the white space at the end."""
        blanks = ""
        while self._pieces:
            last = self._pieces.pop()
            kept = last.rstrip(_BLANKS)
            blanks = last[len(kept) :] + blanks
            if kept:
                self._pieces.append(kept)
                break
        self._pieces += [text, blanks] if blanks else [text]

    def strip_last(self, character: str, *, with_rest: bool = False) -> None:
        """Remove the last occurrence of a character, and with ``with_rest`` all that follows it."""
        for index in range(len(self._pieces) - 1, -1, -1):
            piece = self._pieces[index]
            at = piece.rfind(character)
            if at >= 0:
                self._pieces[index] = piece[:at] if with_rest else piece[:at] + piece[at + 1 :]
                if with_rest:
                    del self._pieces[index + 1 :]
                return

    def drop_first_character(self, mark: int) -> None:
        """Remove the first character that was added since a mark."""
        self._pieces[mark] = self._pieces[mark][1:]

    def text(self) -> str:
        """Return the whole text."""
        return "".join(self._pieces)


def insert_before_blanks(text: str, insertion: str) -> str:
    """Insert into a text before the white space at its end."""
    kept = text.rstrip(_BLANKS)
    return kept + insertion + text[len(kept) :]
