"""The seam of a backend of one's own: a sender hands over, and a message's receiver runs."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

import pytest

from novu_core.backends import handed, sending
from novu_core.backends.sending import Sender
from novu_core.errors import StoreError
from novu_core.storage.lease_statements import QUEUE
from tests.conftest import until

TOPIC = {"type": "Topic", "topicKey": "t"}


class Queue:
    """A queue in memory; it refuses what comes while ``away``, or after so many messages."""

    def __init__(self):
        self.messages = []
        self.away = False
        self.most = None
        self.closed = 0

    def ready(self):
        if self.away:
            raise ConnectionError("no broker")

    def send(self, route, execution_ids, expires):
        if self.most is not None and len(self.messages) >= self.most:
            raise ConnectionError("broken")
        self.messages.append((route, list(execution_ids), expires))

    def close(self):
        self.closed += 1


@pytest.fixture
def queue():
    return Queue()


@pytest.fixture
def sender(client, queue):
    return Sender(client.engine, queue.send, queue.ready, queue.close)


def trigger(client, count, workflow="w"):
    people = [f"u{number}" for number in range(count)]
    return [run.execution_id for run in client.trigger(workflow, people, wait=False).executions]


def statuses(client):
    return [row.status for row in client.engine.parts.store.list_executions(limit=1000)]


def test_a_run_travels_by_a_message(client, sender, queue):
    [run] = trigger(client, 1)
    assert sender.hand_over() == 1
    assert queue.messages == [("novu.run.w", [run], 30.0)]
    assert client.engine.parts.store.execution(run).owner == QUEUE
    assert sender.hand_over() == 0
    assert client.run_due([run]) == 1
    assert client.executions.get(run).status == "completed"
    assert client.run_due([run]) == client.run_due(["unknown"]) == client.run_due([]) == 0
    assert sender.finished == 1


def test_only_a_sender_that_can_send_hands_over(client, sender, queue):
    [run] = trigger(client, 1)
    queue.away = True
    with pytest.raises(ConnectionError):
        sender.hand_over()
    assert client.engine.parts.store.execution(run).fence == 0


def test_what_was_not_sent_is_due_again_and_what_was_is_not(client, sender, queue):
    runs = trigger(client, 3)
    queue.most = 1
    with pytest.raises(ConnectionError, match="broken"):
        sender.hand_over()
    owners = [client.engine.parts.store.execution(run).owner for run in runs]
    assert sorted(owners, key=str) == [QUEUE, None, None]
    queue.most = None
    assert sender.hand_over() == 2
    assert sorted(run for _, ids, _ in queue.messages for run in ids) == sorted(runs)


def test_of_many_that_are_due_at_once_a_tenth_goes_together_and_of_a_fan_out_twenty(client, sender, queue):
    trigger(client, 45)
    assert sender.sweep() == 45
    assert [len(ids) for _, ids, _ in queue.messages] == [4] * 11 + [1]
    assert queue.closed == 1
    client.topics.subscribe("t", [f"u{number}" for number in range(45)])
    client.trigger("w", TOPIC, wait=False)
    queue.messages.clear()
    assert sender.sweep() == 45
    assert [len(ids) for _, ids, _ in queue.messages] == [20, 20, 5]


def test_while_a_crowd_waits_for_a_worker_no_more_of_it_is_handed_over(client, sender, queue):
    client.topics.subscribe("t", [f"u{number}" for number in range(3)])
    client.trigger("w", TOPIC, wait=False)
    assert sender._round(1)() is None  # records them
    assert sender._round(1)() is None
    assert [len(ids) for _, ids, _ in queue.messages] == [3]
    client.clock.advance(timedelta(seconds=0.2))
    client.trigger("w", TOPIC, wait=False)
    assert sender._round(1)() is None
    [urgent] = trigger(client, 1)
    assert sender.hand_over() == 1
    assert queue.messages[-1][1] == [urgent]
    pause = sender._round(1)
    assert (pause.func, pause.args) == (sender._pause, (sending._SOON,))
    client.run_due(queue.messages[0][1])
    assert sender.hand_over() == 3


def test_the_queue_is_kept_short(client, sender, queue, monkeypatch):
    monkeypatch.setattr(sending, "_IN_QUEUE", 15)
    monkeypatch.setattr(sending, "_AT_ONCE", 10)
    monkeypatch.setattr(sending, "_ROOM", 4)
    trigger(client, 30)
    assert [sender.hand_over() for _ in range(3)] == [10, 5, 0]
    client.run_due([run for _, ids, _ in queue.messages for run in ids])
    assert sender.hand_over() == 10


def test_what_killed_workers_comes_alone_and_beside_nothing(client, sender, queue):
    parts = client.engine.parts
    [poison] = trigger(client, 1)
    for _ in range(2):
        now = parts.clock.now()
        assert parts.store.claim(["w"], now, now + parts.lease, "dead", 1)
        client.clock.advance(parts.lease)
    [other] = trigger(client, 1)
    assert sender.hand_over() == 1
    assert sender.hand_over() == 0
    client.run_due([other])
    assert sender.hand_over() == 1
    assert queue.messages[-1][1] == [poison]


@pytest.mark.parametrize("together", [1, 2, 3])
def test_a_receiver_gives_back_what_it_cannot_begin_soon(together, client, sender, queue, monkeypatch):
    runs = trigger(client, 3)
    sender.hand_over()
    monkeypatch.setattr(handed, "_LONG", -1.0)
    monkeypatch.setattr(handed, "_TOGETHER", together)
    assert client.run_due(runs) == 1
    assert sorted(statuses(client)) == ["completed", "pending", "pending"]
    assert not client.engine.runner.active._active
    assert sender.hand_over() == 2


def after_its_time(client, queue, monkeypatch):
    """Let the first message come when its time is over at once; return how many of its runs were run."""
    monkeypatch.setattr(handed, "_LONG", -1.0)
    return client.run_due(queue.messages[0][1])


def test_while_enough_others_are_on_their_way_a_receiver_goes_on(client, sender, queue, monkeypatch):
    monkeypatch.setattr(handed, "_ENOUGH", 25)
    trigger(client, 30)
    sender.hand_over()
    assert len(queue.messages[0][1]) == 3
    assert after_its_time(client, queue, monkeypatch) == 3
    monkeypatch.setattr(handed, "_ENOUGH", 28)
    del queue.messages[0]
    assert after_its_time(client, queue, monkeypatch) == 1


def test_an_urgent_run_on_its_way_ends_the_turn_of_others(client, sender, queue, monkeypatch):
    monkeypatch.setattr(handed, "_ENOUGH", 0)
    trigger(client, 30)
    sender.hand_over()
    client.trigger("w", "ada", priority="high", wait=False)
    sender.hand_over()
    assert after_its_time(client, queue, monkeypatch) == 1


@pytest.mark.parametrize(("others", "runs"), [(0, 3), (1, 1)])
def test_a_fan_out_goes_on_only_while_nothing_else_is_on_its_way(others, runs, client, sender, queue, monkeypatch):
    monkeypatch.setattr(handed, "_ENOUGH", 0)
    client.topics.subscribe("t", ["ada", "ben", "cleo"])
    client.trigger("w", TOPIC, wait=False)
    sender.sweep()
    if others:
        trigger(client, others)
        sender.hand_over()
    assert len(queue.messages[0][1]) == 3
    assert after_its_time(client, queue, monkeypatch) == runs


def test_a_receiver_that_is_interrupted_leaves_nothing_claimed_that_it_can_give_back(client, sender, monkeypatch):
    runs = trigger(client, 2)
    sender.hand_over()

    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(handed, "_run", interrupted)
        with pytest.raises(KeyboardInterrupt):
            client.run_due(runs)
    assert sorted(statuses(client)) == ["pending", "running"]
    commit, calls = client.engine.parts.store.commit, []

    def gone(*changes):
        calls.append(changes)
        if len(calls) > 1:
            raise StoreError("gone")
        return commit(*changes)

    monkeypatch.setattr(handed, "_run", lambda *_: None)
    monkeypatch.setattr(handed, "_LONG", -1.0)
    monkeypatch.setattr(client.engine.parts.store, "commit", gone)
    trigger_more = [row.execution_id for row in client.engine.parts.store.list_executions(limit=9, status="pending")]
    client.clock.advance(client.engine.parts.lease)
    assert client.run_due([*trigger_more, *runs]) == 1
    assert len(calls) == 2


def test_a_run_that_cannot_go_on_does_not_keep_the_others_from_theirs(client, sender, monkeypatch, caplog):
    runs = trigger(client, 2)
    sender.hand_over()
    steps, store = client.engine.parts.store.steps, client.engine.parts.store

    def gone(execution_id):
        if execution_id == runs[0]:
            raise StoreError("gone")
        return steps(execution_id)

    monkeypatch.setattr(store, "steps", gone)
    assert client.run_due(runs) == 2
    assert (
        f"Execution {runs[0]} cannot continue; another worker takes it over when its lease expires: gone" in caplog.text
    )
    assert store.execution(runs[1]).status == "completed"


def test_a_wait_that_begins_here_is_told_to_the_sender(registry, client, sender, queue):
    @registry.workflow("nap")
    def nap(step):
        step.delay("d", {"amount": 1, "unit": "minutes"})

    sender.heed()
    told = []
    sender.notice = told.append  # a weak reference leads to the method of the class
    [run] = trigger(client, 1, "nap")
    sender.hand_over()
    client.run_due([run])
    assert client.engine.parts.store.execution(run).waiting_for == "delay"
    assert sender.hand_over() == 0
    client.clock.advance(timedelta(minutes=1))
    assert sender.hand_over() == 1
    client.run_due([run])
    assert client.executions.get(run).status == "completed"


def test_a_thread_hands_over_what_becomes_due_and_waits_out_trouble(client, sender, queue, monkeypatch, caplog):
    monkeypatch.setattr(sender, "_pause", lambda seconds: None)
    queue.away = True
    trigger(client, 1)
    with caplog.at_level(logging.INFO):
        sender.heed().start()
        until(lambda: "The worker cannot send and will try again: no broker" in caplog.text)
        queue.away = False
        until(lambda: len(queue.messages) == 1)
        trigger(client, 1)
        until(lambda: len(queue.messages) == 2)
        sender.stop()
    assert not sender.running
    assert queue.closed == 1
    assert "The sender starts: 1 workflows" in caplog.text
    assert "The sender stopped after 2 runs" in caplog.text
    assert (sender.active, sender.hanging) == (0, [])


def test_a_sender_sleeps_until_something_is_due(client, sender):
    trigger(client, 1)
    sender.hand_over()  # due again when its lease is over
    sleep = sender._round(1)
    assert sleep.func == sender._sleep
    sender._next = client.clock.now()
    sleep()  # something became due meanwhile
    sender._stopping = True
    sender._next = None
    sleep()
    sender._stopping = False
    woken = threading.Event()
    sender._working = True
    thread = threading.Thread(target=lambda: (sender._sleep((None,)), woken.set()))
    thread.start()
    assert woken.wait(20)  # a poll later at most
    thread.join()
