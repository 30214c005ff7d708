"""Links to unsubscribe in what the engine sends: headers, templates, controls, previews, and what opens none."""

from __future__ import annotations

import re

import jinja2
import pytest
from pydantic import BaseModel

from novu_core import Registry, errors
from novu_core.delivery.addresses import parse_address
from novu_core.delivery.mime import compose
from novu_core.testing import NovuEnvironment
from tests.engine.conftest import ADA

SITE = "https://app.example.org"
SETTINGS = {"NOVU_PUBLIC_URL": SITE, "NOVU_SECRET_KEY": "nv-key"}
BOTH = ("List-Unsubscribe", "List-Unsubscribe-Post")


def sent(registry, settings=SETTINGS, workflow="mail", to=ADA):
    with NovuEnvironment(registry, settings) as env:
        run = env.trigger(workflow, to)
        assert run.status == "completed", run.error
        [message] = env.outbox.email
        return message


def headers(message):
    mail = compose(message, parse_address("shop@example.org")).email
    return {name: mail[name] for name in BOTH if mail[name] is not None}


def mailing(registry, content=(), **options):
    @registry.workflow("mail", **options)
    def mail(step):
        step.email("letter", {"subject": "s", "body": "b", **dict(content)})

    return registry


def test_every_mail_tells_where_to_unsubscribe_by_one_click(registry):
    message = sent(mailing(registry))
    assert message.unsubscribe_url.startswith(f"{SITE}/api/novu/unsubscribe/")
    assert headers(message) == {
        "List-Unsubscribe": f"<{message.unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }
    assert message.to_json()["unsubscribe_url"] == message.unsubscribe_url
    assert "headers" not in message.content


@pytest.mark.parametrize("missing", SETTINGS)
def test_none_without_an_address_or_a_key(registry, missing):
    message = sent(mailing(registry), {name: value for name, value in SETTINGS.items() if name != missing})
    assert (message.unsubscribe_url, headers(message)) == (None, {})
    assert "unsubscribe_url" not in message.to_json()


@pytest.mark.parametrize("options", [{"critical": True}, {"preferences": {"all": {"read_only": True}}}])
def test_none_where_subscribers_have_no_say(registry, options):
    message = sent(mailing(registry, **options))
    assert (message.unsubscribe_url, headers(message)) == (None, {})


@pytest.mark.parametrize(
    ("own", "posted"),
    [
        ({"List-Unsubscribe": "<mailto:stop@example.org>"}, {"List-Unsubscribe": "<mailto:stop@example.org>"}),
        ({"list-unsubscribe": "<mailto:stop@example.org>"}, {"List-Unsubscribe": "<mailto:stop@example.org>"}),
        ({"List-Unsubscribe": None}, {}),
        ({"X-Team": "shop"}, dict.fromkeys(BOTH)),
    ],
)
def test_the_steps_own_header_wins(registry, own, posted):
    message = sent(mailing(registry, {"headers": own}))
    found = headers(message)
    assert found.keys() == posted.keys()
    assert {name: value for name, value in posted.items() if value}.items() <= found.items()


def test_headers_of_an_override_leave_it_there(registry):
    @registry.workflow("mail")
    def mail(step):
        step.email("letter", {"subject": "s", "body": "b"}, providers={"smtp": lambda: {"headers": {"X-Team": "a"}}})

    assert headers(sent(registry)).keys() == {*BOTH}


def test_an_address_that_no_line_can_hold_is_left_out(registry):
    message = sent(mailing(registry), to={**ADA, "subscriberId": "a" * 800})
    assert headers(message) == {}


def test_an_address_outside_ascii_is_written_as_mails_need_it(registry):
    message = sent(mailing(registry), {**SETTINGS, "NOVU_PUBLIC_URL": "https://bücher.example/lädchen"})
    assert message.unsubscribe_url.startswith("https://xn--bcher-kva.example/l%C3%A4dchen/api/novu/unsubscribe/")


def test_other_channels_have_none(registry):
    @registry.workflow("text")
    def text(step):
        step.sms("it", {"body": "b"})

    with NovuEnvironment(registry, SETTINGS) as env:
        env.trigger("text", ADA)
        assert env.outbox.sms[0].unsubscribe_url is None


def test_every_attempt_sends_the_same_address(registry):
    class Failing:
        def __init__(self):
            self.seen = []

        def send(self, message):
            self.seen.append(message.unsubscribe_url)
            if len(self.seen) < 3:
                raise ConnectionResetError

    provider = Failing()
    with NovuEnvironment(mailing(registry), {**SETTINGS, "NOVU_DELIVERY": {"email": provider}}) as env:
        env.trigger("mail", ADA)
        env.advance(hours=1)
    assert len(provider.seen) == 3
    assert len({*provider.seen}) == 1


def test_liquid_controls_and_the_apps_templates_have_both(registry):
    class Controls(BaseModel):
        subject: str = "{{ unsubscribe_url }} {{ preferences_url }}"

    @registry.workflow("mail")
    def mail(step):
        step.email("letter", lambda controls: {"subject": controls.subject}, template="a.html", control_schema=Controls)

    text = '<a href="{{ unsubscribe_url }}">{{ preferences_url }}</a>'
    environment = jinja2.Environment(loader=jinja2.DictLoader({"a.html": text}), undefined=jinja2.StrictUndefined)
    message = sent(registry, {**SETTINGS, "NOVU_TEMPLATES": environment})
    unsubscribe, preferences = message.subject.split(" ")
    assert unsubscribe == message.unsubscribe_url
    assert preferences.startswith(f"{SITE}/api/novu/preferences/")
    assert message.html == f'<a href="{unsubscribe}">{preferences}</a>'
    without = sent(registry, {"NOVU_TEMPLATES": environment})
    assert (without.subject.strip(), without.html) == ("", '<a href=""></a>')


def test_a_preview_shows_links_that_open_nothing(registry):
    class Controls(BaseModel):
        subject: str = "{{ unsubscribe_url }} {{ preferences_url }}"

    @registry.workflow("mail")
    def mail(step):
        step.email("letter", lambda controls: {"subject": controls.subject, "body": "b"}, control_schema=Controls)

    with NovuEnvironment(registry, SETTINGS) as env:
        env.client.subscribers.upsert(ADA)
        shown = env.client.workflows.preview("mail", "letter", to="ada")
    tokens = re.findall(r"/(?:unsubscribe|preferences)/(\w+)", str(shown))
    assert {*tokens} == {"preview"}
    assert dict(shown["headers"])["List-Unsubscribe"] == f"<{SITE}/api/novu/unsubscribe/preview>"


def test_what_was_sent_is_shown_with_its_header(registry):
    with NovuEnvironment(mailing(registry), SETTINGS) as env:
        env.trigger("mail", ADA)
        [message] = env.client.messages.list()
        letter = env.client.messages.letter(message.message_id)
        assert letter["List-Unsubscribe"] == f"<{env.outbox.email[0].unsubscribe_url}>"
        del env.client.registry._workflows["mail"]
        assert env.client.messages.letter(message.message_id)["List-Unsubscribe"] is None


def test_a_link_opens_until_its_subscriber_is_deleted(registry):
    with NovuEnvironment(mailing(registry), SETTINGS) as env:
        env.client.subscribers.upsert(ADA)
        opened_by = env.client.preferences.opened_by
        before = env.client.preferences.url("ada").rpartition("/")[2]
        env.advance(days=3650)
        assert opened_by(before).subscriber["email"] == "ada@example.org"
        env.client.subscribers.delete("ada")
        assert opened_by(before) is None
        env.advance(seconds=1)
        env.trigger("mail", ADA)
        assert opened_by(env.outbox.email[0].unsubscribe_url.rpartition("/")[2]).link.workflow_id == "mail"


def test_links_by_hand(registry):
    with NovuEnvironment(mailing(registry), SETTINGS) as env:
        preferences = env.client.preferences
        assert preferences.url("ada").startswith(f"{SITE}/api/novu/preferences/")
        assert preferences.unsubscribe_url("ada", "mail").startswith(f"{SITE}/api/novu/unsubscribe/")
        with pytest.raises(errors.WorkflowNotFoundError):
            preferences.unsubscribe_url("ada", "nobody")
        for call in (preferences.url, lambda blank: preferences.unsubscribe_url(blank, "mail")):
            with pytest.raises(errors.ValidationError):
                call(" ")
    for missing in SETTINGS:
        settings = {name: value for name, value in SETTINGS.items() if name != missing}
        with (
            NovuEnvironment(registry, settings) as env,
            pytest.raises(errors.ConfigurationError, match="NOVU_PUBLIC_URL and NOVU_SECRET_KEY"),
        ):
            env.client.preferences.url("ada")


def test_a_critical_workflow_has_no_link_by_hand():
    with (
        NovuEnvironment(mailing(Registry(), critical=True), SETTINGS) as env,
        pytest.raises(errors.ValidationError, match="is critical"),
    ):
        env.client.preferences.unsubscribe_url("ada", "mail")
