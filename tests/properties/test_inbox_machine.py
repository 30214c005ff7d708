"""An inbox as a state machine: marks, snoozes, deletions and time in any order, against a model in plain Python."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from novu_core import Registry
from novu_core.managers.inbox import MARKS
from novu_core.testing import NovuEnvironment

TAGS = {"plain": [], "one": ["a"], "both": ["a", "b"]}
SEVERITIES = {"plain": "none", "one": "low", "both": "high"}
FLAGS = st.sampled_from([True, False, None])
FILTERS = st.fixed_dictionaries(
    {},
    optional={
        "read": FLAGS,
        "seen": FLAGS,
        "archived": FLAGS,
        "snoozed": FLAGS,
        "tags": st.sampled_from([[], ["a"], ["b", "c"], [["a"], ["b"]]]),
        "severity": st.sampled_from(["none", ["low", "high"], []]),
    },
)


class Message:
    """What the model knows of a message."""

    def __init__(self, workflow, now):
        self.workflow = workflow
        self.seen = self.read = self.archived = False
        self.until = None
        self.deliveries = [now]
        self.first_seen = None

    @property
    def snoozed(self):
        return self.until is not None

    def mark(self, word, now):
        seen, read, archived = {
            "seen": (True, None, None), "unseen": (False, False, False), "read": (True, True, None),
            "unread": (True, False, False), "archive": (True, True, True), "unarchive": (True, True, False),
            "away": (True, None, False),
        }[word]  # fmt: skip
        self.seen = seen
        self.read = self.read if read is None else read
        self.archived = self.archived if archived is None else archived
        if seen and self.first_seen is None:
            self.first_seen = now

    def wanted(self, asked):
        groups = asked.get("tags") or []
        groups = [groups] if groups and isinstance(groups[0], str) else groups
        severities = asked.get("severity") or []
        severities = [severities] if isinstance(severities, str) else severities
        return (
            all(asked.get(name) in (None, getattr(self, name)) for name in ("seen", "read", "archived", "snoozed"))
            and all(set(group) & set(TAGS[self.workflow]) for group in groups)
            and (not severities or SEVERITIES[self.workflow] in severities)
        )


class Inboxes(RuleBasedStateMachine):
    """``messages``: by id, one inbox's. Another's has one message, which nothing here touches."""

    @initialize()
    def begin(self):
        registry = Registry()
        for name in TAGS:
            registry.workflow(name, tags=TAGS[name], severity=SEVERITIES[name])(
                lambda step: step.in_app("in", {"body": "b", "primaryAction": {"label": "Yes"}})
            )
        self.env = NovuEnvironment(workflows=registry)
        self.env.__enter__()
        self.inbox = self.env.client.inbox("ada")
        self.messages: dict[str, Message] = {}
        self.env.trigger("plain", "bea")
        [self.other] = self.env.client.inbox("bea").list()

    def teardown(self):
        if hasattr(self, "env"):
            self.env.__exit__(None, None, None)

    def chosen(self, data):
        return data.draw(st.sampled_from(sorted(self.messages)))

    @rule(workflow=st.sampled_from(sorted(TAGS)))
    def trigger(self, workflow):
        run = self.env.trigger(workflow, "ada").execution_id
        [row] = self.env.client.engine.parts.store.messages_of(run)
        self.messages[row.message_id] = Message(workflow, self.env.clock.now())

    @precondition(lambda self: self.messages)
    @rule(data=st.data(), word=st.sampled_from(sorted(MARKS)))
    def mark(self, data, word):
        name = self.chosen(data)
        self.inbox.mark(name, **MARKS[word])
        self.messages[name].mark(word, self.env.clock.now())

    @rule(word=st.sampled_from(sorted(MARKS)), where=FILTERS)
    def mark_all(self, word, where):
        meant = [message for message in self.messages.values() if message.wanted(where)]
        assert self.inbox.mark_all(**MARKS[word], where=where) == len(meant)
        for message in meant:
            message.mark(word, self.env.clock.now())

    @precondition(lambda self: self.messages)
    @rule(data=st.data(), word=st.sampled_from(sorted(MARKS)), where=FILTERS)
    def mark_some(self, data, word, where):
        names = [*data.draw(st.sets(st.sampled_from(sorted(self.messages)))), self.other.message_id, "none"]
        meant = [name for name in names if name in self.messages and self.messages[name].wanted(where)]
        assert [found.message_id for found in self.inbox.mark_some(names, **MARKS[word], where=where)] == meant
        for name in meant:
            self.messages[name].mark(word, self.env.clock.now())

    @precondition(lambda self: self.messages)
    @rule(data=st.data(), minutes=st.integers(1, 300))
    def snooze(self, data, minutes):
        name = self.chosen(data)
        until = self.env.clock.now() + timedelta(minutes=minutes)
        assert self.inbox.snooze(name, until).snoozed_until == until
        self.messages[name].mark("away", self.env.clock.now())
        self.messages[name].until = until

    @precondition(lambda self: self.messages)
    @rule(data=st.data())
    def unsnooze(self, data):
        name = self.chosen(data)
        self.inbox.unsnooze(name)
        if self.messages[name].snoozed:
            self.messages[name].mark("away", self.env.clock.now())
            self.messages[name].until = None

    @precondition(lambda self: self.messages)
    @rule(data=st.data(), verb=st.sampled_from(["complete", "revert"]))
    def act(self, data, verb):
        name = self.chosen(data)
        assert getattr(self.inbox, verb)(name, "primary").actions.get("primary", False) is (verb == "complete")
        self.messages[name].mark("read", self.env.clock.now())

    @precondition(lambda self: self.messages)
    @rule(data=st.data())
    def delete(self, data):
        name = self.chosen(data)
        assert self.inbox.delete_some([name, self.other.message_id]) == 1
        del self.messages[name]

    @rule(where=FILTERS)
    def delete_all(self, where):
        meant = [name for name, message in self.messages.items() if message.wanted(where)]
        assert self.inbox.delete_all(**where) == len(meant)
        for name in meant:
            del self.messages[name]

    @rule(minutes=st.integers(1, 200), worker=st.booleans())
    def pass_time(self, minutes, worker):
        """With a worker each snooze ends at its own time, without one when somebody looks."""
        now = self.env.clock.now() + timedelta(minutes=minutes)
        if worker:
            self.env.advance_to(now)
        else:
            self.env.clock.set(now)
            self.inbox.unread()
        for message in self.messages.values():
            if message.until is not None and message.until <= now:
                message.deliveries.append(message.until if worker else now)
                message.until, message.read = None, False

    @invariant()
    def all_is_as_the_model_says(self):
        if not hasattr(self, "env"):
            return
        found = self.inbox.list(limit=100, archived=None).items
        order = sorted(self.messages, key=lambda name: (self.messages[name].deliveries[-1], name), reverse=True)
        assert [message.message_id for message in found] == order[:100]
        for message in found:
            model = self.messages[message.message_id]
            marks = (message.seen, message.read, message.archived, message.snoozed)
            assert marks == (model.seen, model.read, model.archived, model.snoozed)
            assert (message.deliveries, message.sorted_at) == (model.deliveries, model.deliveries[-1])
            assert (message.first_seen_at, message.snoozed_until) == (model.first_seen, model.until)
            assert (message.read_at is not None, message.archived_at is not None) == marks[1:3]
            assert (message.tags, message.severity) == (TAGS[model.workflow], SEVERITIES[model.workflow])
        unread = [model for model in self.messages.values() if not (model.read or model.archived or model.snoozed)]
        told = self.inbox.unread()
        assert (told.total, sum(told.severity.values())) == (len(unread), len(unread))
        assert told.severity["low"] == sum(model.workflow == "one" for model in unread)
        assert self.env.client.inbox("bea").get(self.other.message_id).to_json() == self.other.to_json()

    @rule(filters=st.lists(FILTERS, max_size=4), limit=st.integers(1, 5))
    def count(self, filters, limit):
        asked = [{"archived": None, **each} for each in filters]
        found = [sum(model.wanted(each) for model in self.messages.values()) for each in asked]
        assert self.inbox.counts(asked, limit=limit) == [min(limit, number) for number in found]
        assert [self.inbox.count(**each) for each in asked] == found

    @rule(where=FILTERS, size=st.integers(1, 4))
    def pages(self, where, size):
        asked = {"archived": None, **where}
        wanted = [name for name in self.messages if self.messages[name].wanted(asked)]
        order = sorted(wanted, key=lambda name: (self.messages[name].deliveries[-1], name), reverse=True)
        seen, cursor = [], None
        while True:
            page = self.inbox.list(limit=size, cursor=cursor, **asked)
            seen += [message.message_id for message in page]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert seen == order


TestInboxes = Inboxes.TestCase
TestInboxes.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
