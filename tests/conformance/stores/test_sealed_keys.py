"""What a digest or a throttle groups by is stored without the secrets in it, in each database."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from novu_core.managers.inbox_tokens import is_hash
from novu_core.storage.masking import Mask
from novu_core.testing import NovuEnvironment
from tests.conformance.stores.test_masked_places import stored
from tests.conformance.stores.test_masking import HOUR, SECRET

KEYS = {
    "a secret below the key": ("payload.account", {"account": {"id": 1, "password": SECRET}}),
    "a secret in a list": ("payload.accounts", {"accounts": [{"id": 1}, {"login": {"apiKey": SECRET}}]}),
    "a path through a secret": ("payload.credential.id", {"credential": {"id": SECRET}}),
    "a secret in both": ("payload.tokens", {"tokens": {"token": SECRET}}),
}


@pytest.fixture
def env_with(url, registry) -> Iterator[Callable[..., NovuEnvironment]]:
    """Make an environment on the same store, with these secrets."""

    @registry.workflow("batch")
    def batch(step, payload):
        step.digest("window", lambda: {**HOUR, "digestKey": payload.get("key", "payload.pin_token")})

    @registry.workflow("limited")
    def limited(step, payload):
        step.throttle("once", lambda: {**HOUR, "threshold": 1, "throttleKey": payload.get("key", "payload.pin_token")})

    with ExitStack() as stack:

        def make(*secrets: str) -> NovuEnvironment:
            settings = {"NOVU_STORE_URL": url, "NOVU_SECRET_KEY": list(secrets)}
            return stack.enter_context(NovuEnvironment(workflows=registry, settings=settings))

        yield make


@pytest.mark.parametrize("secrets", [(), ("key-1",)])
@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize(("workflow", "outcome"), [("batch", "merged"), ("limited", "throttled")])
def test_no_bucket_holds_a_secret(env_with, kind, workflow, outcome, secrets):
    env, (path, payload) = env_with(*secrets), KEYS[kind]
    assert [env.trigger(workflow, "ada", {**payload, "key": path}).outcome for _ in range(2)] == [None, outcome]
    env.trigger(workflow, "ada", {**payload, "key": path}, context={"tenant": {"clientSecret": SECRET}})
    env.advance(hours=1)
    assert SECRET not in stored(env)


def test_a_short_secret_cannot_be_tried(env_with):
    env = env_with("key-1")
    env.trigger("limited", "ada", {"pin_token": 4711})
    found = stored(env)
    for value in ("4711", '"4711"'):
        assert hashlib.sha256(value.encode()).hexdigest() not in found
    assert Mask(["token"]).seal(4711) not in found
    assert Mask(["token"], ["key-1"]).seal(4711) in found


def test_a_seal_opens_no_inbox():
    assert not is_hash(Mask(["token"], ["key-1"]).seal(4711), "4711", ("key-1",))


def test_an_older_secret_beside_the_first_changes_nothing_and_a_new_first_one_begins_anew(env_with):
    env, outcomes = env_with("old"), []
    for secrets in [("old",), ("old", "older"), ("new", "old"), ("new",)]:
        env.client.engine.parts.mask = Mask(["token"], secrets)
        outcomes.append(env.trigger("batch", "ada", {"pin_token": "4711"}).outcome)
    assert outcomes == [None, "merged", None, "merged"]
