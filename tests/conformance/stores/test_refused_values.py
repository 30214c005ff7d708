"""What no store can hold, or one refuses for good: made storable before a message is sent, or failed once, visibly."""

from __future__ import annotations

import secrets
import uuid

import pytest

from novu_core import Registry, Retry
from novu_core.delivery import Delivery
from novu_core.engine.recording import Opening
from novu_core.errors import RecipientInvalidError, StoreRefusedError
from novu_core.storage.store import Store
from novu_core.testing import NovuEnvironment
from tests.providers import Answering, Recording

TEXT = {"body": "x"}


@pytest.fixture
def registry():
    return Registry()


@pytest.fixture
def env_of(url, registry):
    made = []

    def make(provider):
        settings = {"NOVU_STORE_URL": url, "NOVU_DELIVERY": {"sms": provider}}
        made.append(NovuEnvironment(registry, settings))
        return made[-1]

    yield make
    for env in made:
        env.client.close()


@pytest.fixture
def refuse(monkeypatch):
    """Return a switch: commits whose changes name a step raise what a store raises that takes no such value."""

    def refuse(step_id, times=1):
        commit, left = Store.commit, [times]

        def refused(self, *changes, **options):
            named = f"{step_id!r}" in repr([change for change in changes if not isinstance(change, Opening)])
            if named and left[0]:
                left[0] -= 1
                raise StoreRefusedError("The database refused a value: too long")
            return commit(self, *changes, **options)

        monkeypatch.setattr(Store, "commit", refused)

    return refuse


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (uuid.UUID(int=7), str(uuid.UUID(int=7))), (["id"], "['id']"), (2**64, str(2**64)), ("a\x00b", "ab"),
        ("a\ud800b", "ab"), (b"raw", "b'raw'"), (None, None), ("", ""),
    ],
    ids=["uuid", "list", "large", "nul", "half", "bytes", "none", "empty"],
)  # fmt: skip
def test_a_providers_id_is_kept_as_text_whatever_type_its_library_gives_it(env_of, registry, given, kept):
    registry.workflow("w")(lambda step: step.sms("text", TEXT))
    texts = Answering(lambda: Delivery(uuid.UUID(int=9), given), needs_address=False)
    env = env_of(texts)
    run = env.trigger("w", to="u")
    env.advance(minutes=30)
    [message] = env.client.messages.list(subscriber_id="u")
    assert (len(texts.sent), run.status, message.provider_message_id) == (1, "completed", kept)
    assert message.provider == str(uuid.UUID(int=9))


@pytest.mark.parametrize(
    ("to", "path"),
    [
        ({"subscriberId": "u", "phone": "+1\x005550100"}, "/to/phone"),
        ({"subscriberId": "u", "email": "ada\x00@example.org"}, "/to/email"),
        ([{"subscriberId": "v"}, {"subscriberId": "u", "firstName": "A\ud800"}], "/to/1/firstName"),
        ({"subscriberId": "u", "nick": "a\x00"}, "/to/nick"),
    ],
)
def test_a_recipient_whom_no_store_can_hold_is_refused_at_the_trigger(env_of, registry, to, path):
    registry.workflow("w")(lambda step: step.sms("text", TEXT))
    texts = Recording(needs_address=False)
    env = env_of(texts)
    with pytest.raises(RecipientInvalidError) as caught:
        env.trigger("w", to=to)
    assert ([error.path for error in caught.value.errors], texts.sent) == ([path], [])
    with pytest.raises(RecipientInvalidError):
        env.client.subscribers.upsert(to if isinstance(to, dict) else to[1])


@pytest.mark.parametrize("key", [secrets.token_urlsafe(9000), "ä" * 3000, "half \ud800", "nul \x00"])
def test_any_digest_key_and_throttle_key_groups_what_is_equal(env_of, registry, key):
    @registry.workflow("w")
    def w(step, payload):
        step.in_app("bell", TEXT)
        step.digest("hour", {"amount": 1, "unit": "hours", "digestKey": payload["key"]})
        step.throttle(
            "once", {"type": "fixed", "amount": 1, "unit": "days", "threshold": 1, "throttleKey": payload["key"]}
        )
        step.sms("text", TEXT)

    texts = Recording(needs_address=False)
    env = env_of(texts)
    runs = [env.trigger(w, to="u", payload={"key": value}) for value in (key, key, key + "!")]
    env.advance(hours=2)
    stored = [env.client.executions.get(run.execution_id) for run in runs]
    assert [(run.status, run.outcome) for run in stored] == [
        ("completed", None), ("completed", "merged"), ("completed", None),
    ]  # fmt: skip
    assert len(texts.sent) == 2


@pytest.mark.parametrize("step_id", ["a\x00b", "a\ud800", "line\nbreak"])
def test_a_step_id_that_no_store_can_hold_ends_the_run_before_anything_is_sent(env_of, registry, step_id):
    @registry.workflow("w")
    def w(step, payload):
        step.sms(payload["id"], TEXT)

    texts = Recording(needs_address=False)
    env = env_of(texts)
    run = env.trigger(w, to="u", payload={"id": step_id})
    env.advance(minutes=30)
    stored = env.client.executions.get(run.execution_id)
    assert (stored.status, stored.error["type"], texts.sent) == ("failed", "DefinitionError", [])


@pytest.mark.parametrize("kind", ["sms", "custom", "delay", "throttle", "in_app"])
@pytest.mark.parametrize("times", [1, 2])
def test_a_step_whose_end_is_refused_for_good_fails_once_and_is_not_done_again(env_of, registry, refuse, kind, times):
    """``times`` = 2: the failure cannot be recorded either, so the run itself ends."""
    done = []
    resolvers = {"delay": {"amount": 1, "unit": "hours"}, "throttle": {"type": "fixed", "amount": 1, "unit": "hours"}}

    def work():
        done.append(kind)
        return resolvers.get(kind, TEXT)

    @registry.workflow("w", retry=Retry(attempts=3))
    def w(step):
        getattr(step, kind)("refused", work)
        step.in_app("later", TEXT)

    texts = Recording(needs_address=False)
    env = env_of(texts)
    refuse("refused", times)
    run = env.trigger(w, to="u")
    env.advance(hours=3)
    stored = env.client.executions.get(run.execution_id)
    channel = kind in ("sms", "in_app")
    assert (stored.status, stored.error["type"], stored.error["step_id"]) == ("failed", "StoreRefusedError", "refused")
    assert (len(done), len(texts.sent)) == (1, kind == "sms")
    assert stored.outcome == ("partial" if channel and times == 1 else None)
    assert [step.step_id for step in stored.steps] == (["refused", "later"] if channel else ["refused"])[
        : 2 * (times == 1)
    ]


@pytest.mark.parametrize("value", [{"a": "dict"}, {"an": "id", "of": 2}, "half \ud800"])
def test_a_store_tells_a_value_that_it_refuses_from_one_that_it_cannot_take_now(store, value):
    with pytest.raises(StoreRefusedError, match="refused a value"):
        store.known("w", value)
