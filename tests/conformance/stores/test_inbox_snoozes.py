"""Snoozes that run out, messages that expire, and who is told, on every store."""

from __future__ import annotations

from datetime import timedelta

import pytest

from novu_core.clock import ManualClock
from novu_core.engine.upkeep import Upkeep
from novu_core.errors import MessageNotFoundError
from novu_core.managers.inbox import Inbox
from novu_core.managers.messages import Messages
from novu_core.managers.subscribers import Subscribers
from novu_core.storage.ids import uuid7
from novu_core.storage.inbox import changed
from novu_core.storage.inbox_upkeep import expire, next_snooze, wake
from novu_core.storage.transaction import Transaction
from tests.conformance.stores.samples import NOW, add_message, message, running

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def clock():
    return ManualClock(NOW)


def add(store, number, at=NOW, subscriber="s", channel="in_app", **fields):
    item = message(number, running(store, number, subscriber=subscriber))
    item.message_id, item.created_at, item.channel = uuid7(at), at, channel
    item.tags, item.severity = fields.get("tags"), fields.get("severity")
    store.commit(add_message(item))
    return item.message_id


def version(store, subscriber="s"):
    rows = store.database.read(lambda t: t.rows(changed(1), {"app": store.app, "subscriber_0": subscriber}))
    return rows[0][1] if rows else 0


def test_a_snooze_that_runs_out_makes_the_message_new(store, clock):
    inbox = Inbox(store, clock, "s")
    first, second = add(store, 1), add(store, 2, NOW + timedelta(minutes=1))
    inbox.mark(first, read=True)
    clock.advance(HOUR)
    inbox.snooze(first, NOW + 3 * HOUR)
    assert inbox.unread().total == 1
    assert [found.message_id for found in inbox.list(snoozed=False)] == [second]
    clock.set(NOW + 3 * HOUR - timedelta(microseconds=1))
    assert inbox.get(first).snoozed
    clock.set(NOW + 3 * HOUR)
    found = inbox.get(first)
    assert (found.seen, found.read, found.archived, found.snoozed) == (True, False, False, False)
    assert (found.read_at, found.snoozed_until, found.sorted_at) == (None, None, NOW + 3 * HOUR)
    assert found.deliveries == [NOW, NOW + 3 * HOUR]
    assert found.created_at == NOW
    assert [item.message_id for item in inbox.list()] == [first, second]
    assert inbox.unread() == (2, {"high": 0, "low": 0, "medium": 0, "none": 2})
    inbox.snooze(first, NOW + 5 * HOUR)
    inbox.snooze(first, NOW + 6 * HOUR)
    clock.set(NOW + 5 * HOUR)
    assert inbox.get(first).snoozed, "a second snooze replaces the first"
    clock.set(NOW + 7 * HOUR)
    assert inbox.get(first).deliveries == [NOW, NOW + 3 * HOUR, NOW + 7 * HOUR]
    inbox.snooze(first, NOW + 9 * HOUR)
    assert inbox.unsnooze(first).deliveries == [NOW, NOW + 3 * HOUR, NOW + 7 * HOUR], "by hand it is no delivery"
    assert next_snooze(store) is None


@pytest.mark.parametrize("ask", ["list", "count", "counts", "unread", "get", "mark", "mark_all", "mark_some", "delete"])
def test_whoever_comes_first_ends_it(store, clock, ask):
    inbox = Inbox(store, clock, "s")
    one = add(store, 1)
    inbox.snooze(one, NOW + HOUR)
    clock.advance(2 * HOUR)
    asked = {
        "counts": lambda: inbox.counts([{"read": False}]),
        "get": lambda: inbox.get(one),
        "mark": lambda: inbox.mark(one),
        "mark_all": lambda: inbox.mark_all(seen=True),
        "mark_some": lambda: inbox.mark_some([one], seen=True),
        "delete": lambda: inbox.delete_some(["none"]),
    }
    asked.get(ask, getattr(inbox, ask))()
    [(deliveries, sorted_at)] = [(row.redelivered, row.sorted_at) for row in store.messages_of("e0001")]
    assert deliveries == [NOW + 2 * HOUR] == [sorted_at]


def test_a_read_without_snoozes_writes_nothing(store, clock, monkeypatch):
    inbox = Inbox(store, clock, "s")
    one = add(store, 1)
    inbox.snooze(one, NOW + HOUR)

    def refuse(*args, **kwargs):
        raise AssertionError("a read asked for the lock of writers")

    monkeypatch.setattr(store.database, "write", refuse)
    inbox.list()
    inbox.get(one)
    inbox.unread()


def test_upkeep_ends_them_in_time_and_looks_rarely(store, clock, registry, monkeypatch):
    from novu_core.engine.parts import Parts

    inbox = Inbox(store, clock, "s")
    ids = [add(store, number) for number in range(3)]
    other = add(store, 9, subscriber="other")
    upkeep = Upkeep(Parts(store=store, clock=clock, registry=registry, router=None))
    assert upkeep.look() is None
    inbox.snooze(ids[0], NOW + HOUR)
    inbox.snooze(ids[1], NOW + 2 * HOUR)
    Inbox(store, clock, "other").snooze(other, NOW + HOUR)
    assert upkeep.look() is None, "it knows since less than half a minute"
    clock.advance(timedelta(seconds=30))
    assert upkeep.look() == NOW + HOUR
    clock.set(NOW + HOUR)
    before = version(store), version(store, "other")
    assert upkeep.look() == NOW + 2 * HOUR
    assert (version(store), version(store, "other")) == (before[0] + 1, before[1] + 1)
    assert wake(store, clock.now()) == 0
    clock.set(NOW)
    assert upkeep.look() == NOW + 2 * HOUR, "a clock that was set back"
    statements = []
    plain = Transaction.execute
    monkeypatch.setattr(Transaction, "execute", lambda self, *args: statements.append(args[0]) or plain(self, *args))
    upkeep.look()
    assert statements == []


def test_many_snoozes_end_in_parts(store, clock, monkeypatch):
    monkeypatch.setattr("novu_core.storage.inbox_upkeep.MOST_AT_ONCE", 2)
    for number in range(5):
        Inbox(store, clock, f"s{number}").snooze(add(store, number, subscriber=f"s{number}"), NOW + HOUR)
    clock.advance(HOUR)
    assert [wake(store, clock.now()) for _ in range(4)] == [2, 2, 1, 0]


def test_a_crash_repeats_nothing(store, clock, monkeypatch):
    inbox = Inbox(store, clock, "s")
    one = add(store, 1)
    inbox.snooze(one, NOW + HOUR)
    clock.advance(HOUR)
    from novu_core.storage.inbox_rows import InboxRows

    monkeypatch.setattr(InboxRows, "end", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        wake(store, clock.now())
    monkeypatch.undo()
    assert next_snooze(store) == NOW + HOUR, "nothing of it happened"
    wake(store, clock.now())
    wake(store, clock.now())
    assert inbox.get(one).deliveries == [NOW, NOW + HOUR]


def test_every_change_is_told_and_nothing_else(store, clock):
    inbox = Inbox(store, clock, "s")
    one, two = add(store, 1), add(store, 2)
    assert version(store) == 0, "a new message writes nothing more"
    seen = [0]

    def told(change, expected=1):
        change()
        seen.append(version(store))
        assert seen[-1] - seen[-2] == expected

    told(lambda: inbox.mark(one, read=True))
    told(lambda: inbox.mark(one, read=True), 0)
    told(lambda: inbox.mark_all(seen=True))
    told(lambda: inbox.mark_all(seen=True), 0)
    told(lambda: inbox.mark_some([one, two], archived=True))
    told(lambda: inbox.snooze(one, NOW + HOUR))
    told(lambda: inbox.unsnooze(one))
    told(lambda: inbox.unsnooze(one), 0)
    told(lambda: (inbox.list(), inbox.unread(), inbox.get(one)), 0)
    told(lambda: inbox.delete(one))
    told(lambda: inbox.delete_all(read=False), 0)
    told(lambda: inbox.delete_all())
    three = add(store, 3)
    told(lambda: Messages(store).delete(three))
    add(store, 4)
    told(lambda: Messages(store).delete_all("t4"))
    add(store, 5)
    add(store, 6, channel="email")
    told(lambda: Messages(store).delete_all("t5", channel="email"), 0)
    told(lambda: Messages(store).delete_all("t6"), 0)
    told(lambda: Messages(store).delete_all("t5", channel="in_app"))
    people = Subscribers(store, clock)
    people.upsert("s")
    told(lambda: people.delete("s"))
    assert version(store, "other") == 0


def test_messages_expire_but_for_snoozed_and_returned_ones(store, clock):
    kept = Inbox(store, clock, "s", 30 * DAY)
    old, snoozed, returned = (add(store, number, NOW - 31 * DAY + timedelta(seconds=number)) for number in range(3))
    young, mail = add(store, 3, NOW - 29 * DAY), add(store, 4, NOW - 40 * DAY, channel="email")
    forever = Inbox(store, clock, "s")
    forever.snooze(snoozed, NOW + 40 * DAY)
    forever.snooze(returned, NOW + HOUR)
    clock.advance(HOUR)
    shown = [returned, young, snoozed]
    assert [found.message_id for found in kept.list()] == shown, "left out before anybody has deleted them"
    assert (kept.count(), kept.counts([{}, {"since": NOW - 50 * DAY}]), kept.unread().total) == (3, [3, 3], 2)
    assert [found.message_id for found in forever.list()] == [*shown, old]
    for ask in (kept.get, kept.mark, kept.delete):
        with pytest.raises(MessageNotFoundError):
            ask(old)
    assert kept.list(cursor=old).items == []
    before = version(store)
    assert expire(store, clock.now(), clock.now() - 30 * DAY) is None
    assert version(store) == before + 1
    assert [found.message_id for found in forever.list()] == shown
    assert Messages(store).get(mail).channel == "email"
    assert expire(store, clock.now(), NOW.replace(year=1900)) is None


def test_upkeep_expires_at_the_start_and_once_an_hour_in_parts(store, clock, registry, monkeypatch):
    from novu_core.engine.parts import Parts

    monkeypatch.setattr("novu_core.storage.inbox_upkeep.MOST_AT_ONCE", 2)
    for number in range(5):
        add(store, number, NOW - 2 * DAY + timedelta(seconds=number))
    inbox = Inbox(store, clock, "s")
    upkeep = Upkeep(Parts(store=store, clock=clock, registry=registry, router=None, retention=DAY))
    left = []
    for _ in range(4):
        left.append((upkeep.look(), inbox.count()))
    assert left == [(NOW, 3), (NOW, 1), (None, 0), (None, 0)], "while some are left it does not sleep"
    add(store, 9, NOW - DAY - HOUR)
    clock.advance(timedelta(minutes=59))
    upkeep.look()
    assert inbox.count() == 1
    clock.advance(timedelta(minutes=1))
    upkeep.look()
    assert inbox.count() == 0


def test_another_app_keeps_its_own(url, clock):
    if url == "sqlite://":
        pytest.skip("a store in memory has one app")
    from novu_core.storage.store import Store

    mine, theirs = Store(url), Store(url, "theirs")
    one = add(mine, 1)
    Inbox(mine, clock, "s").snooze(one, NOW + HOUR)
    assert (next_snooze(theirs), wake(theirs, NOW + 2 * HOUR)) == (None, 0)
    expire(theirs, NOW + 90 * DAY, NOW + 90 * DAY)
    assert Inbox(theirs, clock, "s").count(archived=None) == 0
    assert Inbox(mine, clock, "s").get(one).snoozed
    for each in (mine, theirs):
        each.close()


def test_time_that_passes_in_tests_ends_them(env, registry):
    @registry.workflow("bell", tags=["a", "b"], severity="high")
    def bell(payload, step):
        step.in_app("in", lambda: {"body": "hello"})

    env.trigger("bell", "ada")
    inbox = env.client.inbox("ada")
    [found] = inbox.list()
    assert (found.tags, found.severity, found.deliveries) == (["a", "b"], "high", [env.clock.now()])
    began = env.clock.now()
    inbox.snooze(found.message_id, began + 2 * HOUR)
    env.advance(hours=1)
    assert inbox.get(found.message_id).snoozed
    env.advance(hours=5)
    [row] = env.client.engine.parts.store.messages_of(found.execution_id)
    assert (row.redelivered, row.snoozed_until) == ([began + 2 * HOUR], None), "at its own time"
