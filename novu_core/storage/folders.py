"""The folders of an inbox: messages with the same marks, severity and tags stand together in one index.

A folder's name is a 0 or 1 for each mark, the severity, and a digest of the tags, so ``1100high`` holds what was seen
and read, of high severity and without tags. Whatever is asked by these is answered from the few folders of a
subscriber, and never by a look at each message.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from sqlalchemy import text

from novu_core.codec import dumps
from novu_core.storage.transaction import Transaction
from novu_core.storage.values import UnreadableValueError, read_texts
from novu_core.types import Severity

MARKS = ("seen", "read", "archived", "snoozed")
"""In the order in which a folder's name has them."""
_NAME = re.compile(r"[01]{4}[a-z]+(\.[0-9a-f]{16})?")
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
    """A folder of one subscriber: the marks, each a 0 or 1, severity and tags of its messages.

    ``count``: how many they are, up to what was asked. ``whole``: whether the name can be read; where it cannot, the
    messages have no marks and no tags.
    """

    name: str
    marks: str
    severity: str
    tags: frozenset[str]
    count: int
    whole: bool = True

    @property
    def seen(self) -> bool:
        """Whether its messages were seen."""
        return self.marks[0] == "1"

    @property
    def read(self) -> bool:
        """Whether its messages were read."""
        return self.marks[1] == "1"

    @property
    def archived(self) -> bool:
        """Whether its messages are archived."""
        return self.marks[2] == "1"

    @property
    def snoozed(self) -> bool:
        """Whether its messages are snoozed."""
        return self.marks[3] == "1"


def folder_of(tags: Sequence[str], severity: str) -> str:
    """Return the folder of a new message."""
    return f"0000{severity}.{_digest(tags)}" if tags else f"0000{severity}"


def _digest(tags: Sequence[str]) -> str:
    """Return what stands for tags, which may be longer than an entry of an index."""
    return sha256(dumps(tags).encode()).hexdigest()[:16]


def marks_of(name: str) -> str | None:
    """Return the marks in a folder's name, None where it is damaged."""
    return name[: len(MARKS)] if _NAME.fullmatch(name) else None


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
FROM folders
WHERE length(name) < 7 OR (
    substr(name, 1, 1) <> :not_seen AND substr(name, 2, 1) <> :not_read
    AND substr(name, 3, 1) <> :not_archived AND substr(name, 4, 1) <> :not_snoozed
)
UNION ALL
SELECT '', NULL, (SELECT count(*) FROM (
    SELECT 1 FROM novu_messages
    WHERE app = :app AND subscriber_id = :subscriber AND snoozed_until <= :now LIMIT 1
) AS due)
""")
"""Each folder costs one step into the index, which it is found by, and as many entries as are counted there. A name
that is too short for one is damaged, and its messages are shown."""
_TAGS = text("""
SELECT DISTINCT tags FROM novu_messages
WHERE app = :app AND subscriber_id = :subscriber AND folder = :folder_name
""")
"""Asked where the tags of the first message are damaged."""


class Folders(NamedTuple):
    """A subscriber's folders, and whether a snooze among them has run out."""

    found: list[Folder]
    due: bool


def folders(transaction: Transaction, params: dict[str, Any], most: int, marks: Mapping[str, bool]) -> Folders:
    """Return the folders with these marks, each with its messages counted up to ``most``.

    ``params``: ``app``, ``subscriber``, ``now`` and ``kept_since``, in microseconds.
    """
    found, due = [], False
    others = {f"not_{name}": str(int(not marks[name])) if name in marks else "-" for name in MARKS}
    for name, stored, count in transaction.rows(_FOLDERS, {**params, **others, "most": most}):
        if name == "":
            due = bool(count)
        elif not isinstance(name, str) or (own := marks_of(name)) is None:
            found.append(Folder(name, "0000", "none", frozenset(), count, whole=False))
        else:
            severity, _, digest = name[len(MARKS) :].partition(".")
            tags = _tags(digest, stored)
            if tags is None:
                several = transaction.rows(_TAGS, {**params, "folder_name": name})
                tags = next((each for (other,) in several if (each := _tags(digest, other)) is not None), frozenset())
            found.append(Folder(name, own, severity, tags, count))
    return Folders(found, due)


@lru_cache(maxsize=1024)
def _tags(digest: str, stored: object) -> frozenset[str] | None:
    """Return the tags of a message, None where they are not those of its folder: they are damaged."""
    if not digest:
        return frozenset()
    try:
        tags = read_texts(stored)
    except UnreadableValueError:
        return None
    return frozenset(tags) if _digest(tags) == digest else None
