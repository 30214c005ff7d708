"""Digest windows as a state machine: triggers, repeats, cancels and time in any order, against a model in plain Python."""

from __future__ import annotations

from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from novu_core import Registry
from novu_core.errors import InvalidTransitionError
from novu_core.testing import NovuEnvironment

WINDOW = timedelta(minutes=10)
ADA = {"subscriberId": "ada", "email": "ada@example.org"}
KEYS = st.sampled_from(["x", "y"])


class Digests(RuleBasedStateMachine):
    """``windows``: key -> (due, execution ids in order, the opener first). ``wanted``: the mails that must be out."""

    @initialize()
    def begin(self):
        registry = Registry()

        @registry.workflow("digest")
        def digest(payload, step):
            batch = step.digest("window", {"amount": 10, "unit": "minutes", "digestKey": payload["key"]})
            step.email("mail", lambda: {"subject": payload["key"], "body": ",".join(e["id"] for e in batch.events)})

        self.env = NovuEnvironment(workflows=registry)
        self.env.__enter__()
        self.windows: dict[str, tuple] = {}
        self.ended: dict[str, str | None] = {}
        self.wanted: list[str] = []
        self.count = 0

    def teardown(self):
        if hasattr(self, "env"):
            self.advance(60)
            self.everything_is_as_the_model_says()
            self.env.__exit__(None, None, None)

    @rule(key=KEYS)
    def trigger(self, key):
        self.count += 1
        result = self.env.trigger("digest", ADA, {"key": key}, transaction_id=f"t{self.count}")
        if key in self.windows:
            assert (result.status, result.outcome) == ("completed", "merged")
            assert result.executions[0].merged_into == self.windows[key][1][0]
        else:
            assert result.waiting_for == "digest"
            self.windows[key] = (self.env.clock.now() + WINDOW, [])
        due, members = self.windows[key]
        assert result.resume_at in (None, due)
        members.append(result.execution_id)

    @precondition(lambda self: self.count)
    @rule(data=st.data(), key=KEYS)
    def repeat(self, data, key):
        before = self.env.client.executions.list(limit=100).items
        number = data.draw(st.integers(1, self.count))
        result = self.env.trigger("digest", ADA, {"key": key}, transaction_id=f"t{number}")
        assert result.execution_id in {run.execution_id for run in before}

    @precondition(lambda self: self.windows)
    @rule(data=st.data())
    def cancel(self, data):
        key = data.draw(st.sampled_from(sorted(self.windows)))
        _, members = self.windows[key]
        chosen = data.draw(st.sampled_from(members))
        self.env.client.executions.cancel(chosen)
        members.remove(chosen)
        self.ended[chosen] = "canceled"
        if not members:
            del self.windows[key]

    @precondition(lambda self: self.ended)
    @rule(data=st.data())
    def cancel_too_late(self, data):
        chosen = data.draw(st.sampled_from(sorted(self.ended)))
        try:
            self.env.client.executions.cancel(chosen)
        except InvalidTransitionError:
            return
        raise AssertionError("a run that ended was canceled")

    @rule(minutes=st.integers(1, 15))
    def advance(self, minutes):
        self.env.advance(minutes=minutes)
        now = self.env.clock.now()
        for key, (due, members) in sorted(self.windows.items(), key=lambda item: item[1][0]):
            if due <= now:
                self.wanted.append(f"{key}:{','.join(members)}")
                self.ended |= {members[0]: None, **dict.fromkeys(members[1:], "merged")}
                del self.windows[key]

    @invariant()
    def everything_is_as_the_model_says(self):
        if not hasattr(self, "env"):
            return
        sent = [f"{mail.content['subject']}:{mail.content['body']}" for mail in self.env.outbox.email]
        assert sorted(sent) == sorted(self.wanted)
        runs = {run.execution_id: run for run in self.env.client.executions.list(limit=100).items}
        for execution_id, outcome in self.ended.items():
            if execution_id in runs:
                assert (runs[execution_id].status, runs[execution_id].outcome) == ("completed", outcome)
        for due, members in self.windows.values():
            opener, followers = runs[members[0]], [runs[name] for name in members[1:]]
            assert (opener.status, opener.waiting_for, opener.resume_at) == ("running", "digest", due)
            assert {(run.outcome, run.merged_into) for run in followers} <= {("merged", members[0])}


Digests.TestCase.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
TestDigests = Digests.TestCase
