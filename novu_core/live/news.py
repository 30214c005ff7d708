"""What the hub tells: it looks whether the store has changed, and finds out for whom."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from operator import itemgetter
from typing import Any, Protocol

from novu_core.lines import logger_of
from novu_core.live.hub import Event, Hub
from novu_core.live.members import Member
from novu_core.live.shapes import Glance, received, unread_changed, unseen_changed
from novu_core.records import MessageRecord
from novu_core.threads import spawn

logger = logger_of(__name__)
PAUSE = 0.025
"""Seconds between two looks at the store; nobody looks while no client is there."""
_OUTAGE = 1.0
"""Seconds until the next look at a store that could not be read."""
LATE = timedelta(seconds=60)
"""How much later than it was made a message may be committed, or how wrong another machine's clock may be, for it to
be told as new; what comes later yet is only counted."""
_PART = 64
"""How many inboxes are read at once: their clients need not wait for those of a thousand others."""
_Key = tuple[str, datetime]
_State = tuple[int, frozenset[str]]
"""The version of an inbox, and what arrived in it lately."""


class Source(Protocol):
    """The store as the news see it. Everything raises StoreError, and ReferenceError where the client is gone."""

    def now(self) -> datetime:
        """Return the present time."""
        ...

    def changed(self) -> bool:
        """Whether anybody has committed anything since this was asked last; True at first. Takes microseconds."""
        ...

    def versions(self, subscriber_ids: Sequence[str]) -> Mapping[str, int]:
        """Return how often each inbox was changed, but for new messages; those that never were may be left out."""
        ...

    def arrivals(self, subscriber_ids: Sequence[str], since: datetime) -> Mapping[str, frozenset[str]]:
        """Return the ids of the messages that were made since then; whose inbox has none may be left out."""
        ...

    def glances(self, subscriber_ids: Sequence[str], since: datetime) -> Mapping[str, Glance | None]:
        """Return what each inbox holds, with its messages since then; None: the subscriber was deleted.

        One that cannot be read is left out.
        """
        ...

    def close(self) -> None:
        """Close what watches the store."""
        ...


@dataclass(slots=True)
class _Known:
    """What the clients of a subscriber were told last."""

    version: int | None = None
    """None: nothing yet."""
    arrivals: frozenset[str] = frozenset()
    told: set[_Key] = field(default_factory=set)
    unread: Mapping[str, int] = field(default_factory=dict)
    unseen: int = -1
    stale: bool = True
    """Whether anything was committed since the counts were read."""


class News:
    """Greets clients with their counts, and tells them what changes: messages first, then the counts.

    One mechanism for all: whether this process or another one changes the inbox, the store tells. :meth:`look` is
    called by the thread that :meth:`start` starts; the rest by the hub's thread.
    """

    def __init__(self, source: Source, hub: Hub) -> None:
        self._source = source
        self._hub = hub
        self._changing = threading.Condition()
        self._known: dict[str, _Known] = {}
        self._coming: list[Member] = []
        self._recounts: set[str] = set()
        self._unlooked = True
        self._before: datetime | None = None
        self._closed = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread. Raises RuntimeError where the system has none left."""
        self._thread = spawn("novu-live-news", self.run)

    def come(self, member: Member) -> None:
        """Greet a client at once."""
        with self._changing:
            self._known.setdefault(member.subscriber_id, _Known())
            self._coming.append(member)
            self._changing.notify()

    def gone(self, subscriber_id: str) -> None:
        """Forget a subscriber."""
        with self._changing:
            self._known.pop(subscriber_id, None)

    def recount(self, subscriber_id: str) -> None:
        """Count a subscriber's messages anew at the next look: what was committed very late is in no other news."""
        with self._changing:
            self._recounts.add(subscriber_id)

    def end(self) -> None:
        """End the thread soon."""
        with self._changing:
            self._closed = True
            self._changing.notify()

    def join(self) -> None:
        """Wait a little for the thread to end."""
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(2)

    def run(self) -> None:
        """Look until closed."""
        trouble = ""
        while self._waited():
            try:
                self.look()
                trouble = ""
            except ReferenceError:  # nobody holds the client any more
                self._hub.end()
            except Exception as error:
                if str(error) != trouble:  # each is told once, and not at every look
                    trouble = str(error)
                    logger.warning("Live clients get no updates while the store cannot be read: %s", error)
                with self._changing:
                    self._changing.wait_for(lambda: self._closed, _OUTAGE)
        self._source.close()

    def look(self) -> None:
        """Tell what is new. Raises what the source raises; what was not told then is told at the next look."""
        with self._changing:
            coming, self._coming = [each for each in self._coming if each.subscriber_id in self._known], []
            recounts, self._recounts = self._recounts, set()
            known = dict(self._known)
        try:
            self._look(known, coming, recounts)
        except BaseException:
            with self._changing:
                self._coming[:0] = coming
                self._recounts |= recounts
            raise

    def _look(self, known: Mapping[str, _Known], coming: Sequence[Member], recounts: set[str]) -> None:
        self._unlooked = changed = self._source.changed() or self._unlooked
        now = self._source.now()
        since, stepped_back = now - LATE, self._before is not None and now < self._before - LATE
        if changed or stepped_back or coming or recounts:
            asked = [each for each, what in known.items() if changed or stepped_back or what.version is None]
            changes = self._changes(known, asked, since)
            for each in asked:
                known[each].stale = known[each].stale or changed
            came: dict[str, list[Member]] = {}
            for member in coming:
                came.setdefault(member.subscriber_id, []).append(member)
            recounted = {each for each in recounts if each in known and known[each].stale}
            wanted = sorted({*changes, *came, *recounted, *(asked if stepped_back else ())})
            for at in range(0, len(wanted), _PART):
                part = wanted[at : at + _PART]
                glances = self._source.glances(part, since)
                for each in part:
                    self._tell(each, known[each], glances, changes.get(each), silent=stepped_back, since=since)
                    self._greet(came.get(each, ()), glances.get(each))
        self._unlooked, self._before = False, now

    def _changes(self, known: Mapping[str, _Known], asked: Sequence[str], since: datetime) -> dict[str, _State]:
        """Return the states of those inboxes that are not as they were last, or are new here."""
        versions, arrivals = self._source.versions(asked), self._source.arrivals(asked, since)
        states = {each: (versions.get(each, 0), arrivals.get(each, frozenset())) for each in asked}
        return {
            each: state
            for each, state in states.items()
            if state[0] != known[each].version or state[1] - known[each].arrivals
        }

    def _tell(
        self,
        subscriber_id: str,
        known: _Known,
        glances: Mapping[str, Glance | None],
        change: _State | None,
        *,
        silent: bool,
        since: datetime,
    ) -> None:
        """Tell what a subscriber's clients do not know yet. ``silent``: no message is news, whatever is not known."""
        new_here = known.version is None
        if change is not None:
            known.version, known.arrivals = change
        if subscriber_id not in glances:
            return
        glance = glances[subscriber_id]
        if glance is None:
            self._post(self._hub.expel, subscriber_id)
            return
        found = {(message.message_id, message.sorted_at): message for message in glance.recent}
        if not new_here:  # else those who come are greeted
            events: list[Event] = []
            for key in () if silent else sorted(found.keys() - known.told, key=itemgetter(1, 0)):
                events += _received(found[key], glance)
            if change is not None or glance.unread != known.unread:
                events.append(unread_changed(glance))
            if glance.unseen != known.unseen:
                events.append(unseen_changed(glance))
            self._post(self._hub.tell, subscriber_id, events)
        known.told = {key for key in known.told | found.keys() if key[1] >= since - LATE}
        known.unread, known.unseen, known.stale = glance.unread, glance.unseen, False

    def _greet(self, members: Sequence[Member], glance: Glance | None) -> None:
        if glance is not None:
            for member in members:
                self._post(self._hub.greet, member, [unread_changed(glance), unseen_changed(glance)])

    def _post(self, call: Callable[..., None], *args: Any) -> None:
        self._hub.thread.post(partial(call, *args))

    def _waited(self) -> bool:
        """Wait until it is time to look; False once the news are closed."""
        with self._changing:
            if not self._coming and not self._closed:
                self._changing.wait(PAUSE if self._known else None)
            return not self._closed


def _received(message: MessageRecord, glance: Glance) -> list[Event]:
    """Return the event of a message; none, and an error in the log, for one that another version may have stored."""
    try:
        return [received(message, glance)]
    except Exception:
        logger.exception("Message %s cannot be sent to live clients", message.message_id)
        return []
