"""Whatever is pressed on the pages, in whichever order: what the pages say is what the gates decide."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from novu_core import Registry
from novu_core.aio import Blocking, drive
from novu_core.http.messages import Request
from novu_core.http.surface import Served
from novu_core.http.unsubscribe import surface
from novu_core.testing import NovuEnvironment
from tests.links import boxes, choose, urlencoded

SETTINGS = {"NOVU_PUBLIC_URL": "https://app.example.org", "NOVU_SECRET_KEY": "nv-key"}
ADA = {"subscriberId": "ada", "email": "ada@example.org"}
OPEN, EVERY = ("news", "offers"), ("news", "offers", "alarm")
FIELDS = ("email:", "in_app:", "email:news", "in_app:news", "email:offers", "email:alarm")


class Pages(RuleBasedStateMachine):
    @initialize()
    def start(self):
        registry = Registry()

        @registry.workflow("news")
        def news(step):
            step.in_app("bell", {"body": "b"})
            step.email("mail", {"subject": "s", "body": "b"})

        @registry.workflow("offers", preferences={"all": {"enabled": False}})
        def offers(step):
            step.email("mail", {"subject": "s", "body": "b"})

        @registry.workflow("alarm", critical=True)
        def alarm(step):
            step.email("mail", {"subject": "s", "body": "b"})

        self.env = NovuEnvironment(registry, SETTINGS)
        self.env.__enter__()
        self.served = Served(self.env.client, "flask")

    def teardown(self):
        if hasattr(self, "env"):
            self.env.__exit__(None, None, None)

    def page(self, url, method="GET", fields=()):
        kind, token = url.split("/")[-2:]
        run = surface.unsubscribe if kind == "unsubscribe" else surface.preferences
        media, body = urlencoded(fields)
        request = Request(method, headers={"content-type": media}, body=body, path_params={"token": token})
        answer = drive(run(self.served, request, Blocking()))
        assert answer.status == 200
        return answer.body

    def unsubscribing(self, workflow):
        return self.env.client.preferences.unsubscribe_url("ada", workflow)

    @rule(workflow=st.sampled_from(OPEN), at=st.integers(0, 3))
    def press_a_button(self, workflow, at):
        url = self.unsubscribing(workflow)
        offered = choose(self.page(url))
        choice = offered[at % len(offered)]
        after = choose(self.page(url, "POST", [("choice", choice)]))
        assert choice not in after  # its opposite is offered instead

    @rule(workflow=st.sampled_from(OPEN))
    def one_click(self, workflow):
        self.page(self.unsubscribing(workflow), "POST", [("List-Unsubscribe", "One-Click")])
        assert not self.env.client.preferences.decision("ada", "email", workflow).enabled

    @rule(flipped=st.sets(st.sampled_from(FIELDS)))
    def save_the_centre(self, flipped):
        url = self.env.client.preferences.url("ada")
        shown = boxes(self.page(url))
        fields = [("was-on" if on else "was-off", name) for name, (on, may) in shown.items() if may]
        fields += [("on", name) for name, (on, may) in shown.items() if may and on is not (name in flipped)]
        saved = boxes(self.page(url, "POST", fields))
        for name in flipped & {name for name in shown if shown[name][1] and not name.endswith(":")}:
            assert saved[name][0] is not shown[name][0], name
        assert self.page(url) == self.page(url, "POST", []).replace(b"Saved: y", b"Y").replace(
            b'<p role="status" class="said">Your preferences have been saved.</p>', b""
        )

    @invariant()
    def the_gates_decide_as_the_pages_say(self):
        shown = boxes(self.page(self.env.client.preferences.url("ada")))
        for workflow in EVERY:
            before = len(self.env.outbox.email)
            run = self.env.trigger(workflow, ADA)
            sent = len(self.env.outbox.email) > before
            assert sent is shown[f"email:{workflow}"][0]
            [mail] = [step for step in self.env.client.executions.get(run.execution_id).steps if step.step_id == "mail"]
            assert (mail.reason == "preference") is not sent
        assert shown["email:alarm"] == (True, False)


Pages.TestCase.settings = settings(max_examples=20, stateful_step_count=8, deadline=None)
TestPages = Pages.TestCase
