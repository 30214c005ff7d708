"""The folders of an inbox: messages with the same marks, severity and tags stand together in one index.

A folder's name is a 0 or 1 for each mark, the severity, and a digest of the tags, so ``1100high`` holds what was seen
and read, of high severity and without tags. Whatever is asked by these is answered from the few folders of a
subscriber, and never by a look at each message.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import text

from novu_core.codec import dumps
from novu_core.storage.transaction import Transaction
from novu_core.storage.values import UnreadableValueError, read_texts
from novu_core.types import Severity

MARKS = ("seen", "read", "archived", "snoozed")
"""In the order in which a folder's name has them."""
SEVERITIES = frozenset(severity.value for severity in Severity)
EVERYTHING = 2**62
"""More messages, or microseconds, than there are."""


class Marking(NamedTuple):
    """What becomes of each mark: True sets it, False takes it away, None leaves it."""

    seen: bool | None = None
    read: bool | None = None
    archived: bool | None = None
    snoozed: bool | None = None

    def changes(self, marks: str) -> bool:
        """Whether messages that have these marks, each a 0 or 1, get others."""
        return any(
            value is not None and value is not (own == "1")
            for value, own in zip(self, marks[: len(MARKS)], strict=True)
        )


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of one subscriber. ``tags``: of its messages; ``count``: how many they are, up to what was asked."""

    name: str
    tags: frozenset[str]
    count: int

    @property
    def seen(self) -> bool:
        """Whether its messages were seen."""
        return self.name[0] == "1"

    @property
    def read(self) -> bool:
        """Whether its messages were read."""
        return self.name[1] == "1"

    @property
    def archived(self) -> bool:
        """Whether its messages are archived."""
        return self.name[2] == "1"

    @property
    def snoozed(self) -> bool:
        """Whether its messages are snoozed."""
        return self.name[3] == "1"

    @property
    def severity(self) -> str:
        """The severity of its messages."""
        return self.name[4:].partition(".")[0]


def folder_of(tags: Sequence[str], severity: str) -> str:
    """Return the folder of a new message."""
    told = f".{sha256(dumps(tags).encode()).hexdigest()[:16]}" if tags else ""  # of any length: an index has a limit
    return f"0000{severity}{told}"


_FOLDERS = text("""
WITH RECURSIVE folders (name) AS (
    SELECT min(folder) FROM novu_messages WHERE app = :app AND subscriber_id = :subscriber AND folder > ''
    UNION ALL
    SELECT (
        SELECT min(folder) FROM novu_messages
        WHERE app = :app AND subscriber_id = :subscriber AND folder > folders.name
    ) FROM folders WHERE folders.name IS NOT NULL
)
SELECT
    name,
    (SELECT tags FROM novu_messages WHERE app = :app AND subscriber_id = :subscriber AND folder = name LIMIT 1),
    (SELECT count(*) FROM (
        SELECT 1 FROM novu_messages
        WHERE app = :app AND subscriber_id = :subscriber AND folder = name
            AND sorted_at >= CASE WHEN substr(name, 4, 1) = '1' THEN -4611686018427387904 ELSE :kept_since END
        LIMIT :most
    ) AS counted)
FROM folders WHERE name LIKE :marks
UNION ALL
SELECT '', NULL, (SELECT count(*) FROM (
    SELECT 1 FROM novu_messages
    WHERE app = :app AND subscriber_id = :subscriber AND snoozed_until <= :now LIMIT 1
) AS due)
""")
"""Each folder costs one step into the index, which it is found by, and as many entries as are counted there."""


class Folders(NamedTuple):
    """A subscriber's folders, and whether a snooze among them has run out."""

    found: list[Folder]
    due: bool


def folders(transaction: Transaction, params: dict[str, Any], most: int, marks: Mapping[str, bool]) -> Folders:
    """Return the folders with these marks, each with its messages counted up to ``most``.

    ``params``: ``app``, ``subscriber``, ``now`` and ``kept_since``, in microseconds.
    """
    found, due = [], False
    pattern = "".join(str(int(marks[name])) if name in marks else "_" for name in MARKS)
    for name, tags, count in transaction.rows(_FOLDERS, {**params, "most": most, "marks": f"{pattern}%"}):
        if name == "":
            due = bool(count)
        else:
            found.append(Folder(name, _tags(tags), count))
    return Folders(found, due)


def _tags(stored: object) -> frozenset[str]:
    try:
        return frozenset(read_texts(stored))
    except UnreadableValueError:
        return frozenset()
