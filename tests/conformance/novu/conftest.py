"""Novu's server API on every framework: an app with the workflows of the recorded cases, and a worker of its own."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from novu_core import Registry
from tests.conformance.frameworks.conftest import KEY, MAKERS, Answer, Api, installed
from tests.conftest import until

BOOK = json.loads(Path(__file__).with_name("server-cases.json").read_text("utf-8"))
WITH_KEY = {"authorization": f"ApiKey {KEY}"}


class Welcomed(BaseModel):
    firstName: str


def fill(registry: Registry) -> Registry:
    """The three workflows that the cases need."""

    @registry.workflow("welcome", name="Welcome", tags=["onboarding"], payload_schema=Welcomed)
    def welcome(payload, step):
        step.in_app("hello", {"subject": "Welcome", "body": payload.firstName, "data": {"kind": "greeting"}})
        step.email("letter", {"subject": "Welcome", "body": f"Hello {payload.firstName}"})

    @registry.workflow("weekly", name="Weekly")
    def weekly(step):
        batch = step.digest("collect", {"amount": 1, "unit": "hours"})
        step.email("summary", lambda: {"subject": "This week", "body": str(len(batch.events))})

    @registry.workflow("draft-one", name="Draft one", status="draft")
    def draft_one(step):
        step.in_app("hello", {"body": "never"})

    return registry


class NovuApi:
    """An app of one framework as Novu's clients call it: with the key, and JSON both ways."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.client = api.novu

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        """Send a request; ``body`` is JSON data, ``raw`` bytes in its place, ``headers`` go beside the key."""
        headers = {**WITH_KEY, **options.get("headers", {})}
        raw = options.get("raw")
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        return self.api.request(method, path, data=data, headers={k: v for k, v in headers.items() if v is not None})

    def good(self, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        """Send a request that is answered as it should be; return what stands in the envelope."""
        answer = self.ask(method, path, body)
        assert answer.status == status, answer.body
        return answer.json["data"] if answer.body else None

    def trigger(self, to: Any, name: str = "welcome", payload: Any = None, **more: Any) -> Any:
        """Trigger, and wait until the worker has done what is due."""
        body = {"name": name, "to": to, "payload": {"firstName": "Ada"} if payload is None else payload, **more}
        done = self.good("POST", "/v1/events/trigger", body, 201)
        self.settle()
        return done

    def settle(self) -> None:
        """Let the worker do whatever is due."""
        executions = self.client.executions

        def idle() -> bool:
            if executions.fanouts(status="open").items:  # asked first: what they record is seen below
                return False
            open_runs = [run for status in ("pending", "running") for run in executions.list(status=status, limit=100)]
            return all(run.waiting_for is not None for run in open_runs)

        until(idle)


def is_error(answer: Answer, status: int) -> dict[str, Any]:
    """Check that an answer is Novu's error body with this status, and return it."""
    assert answer.status == status, answer.body
    assert answer.headers["content-type"] == "application/json"
    body = answer.json
    assert body["statusCode"] == status
    assert isinstance(body["message"], str)
    assert body["path"].startswith("/api/novu/v")
    assert body["timestamp"].endswith("Z")
    return body


def create(novu: NovuApi, name: str, **fields: Any) -> Any:
    """Create a subscriber; return it as the API shows it."""
    return novu.good("POST", "/v2/subscribers", {"subscriberId": name, **fields}, 201)


@pytest.fixture(params=sorted(MAKERS))
def framework(request) -> str:
    if request.param not in installed():
        pytest.skip(f"{request.param} is not installed")
    return request.param


@pytest.fixture
def make_novu() -> Iterator[Callable[..., NovuApi]]:
    """Make apps; ``works``: whether a worker runs what is due, which leases hold for a minute."""
    made: list[Api] = []

    def make(registry: Registry, framework: str = "flask", *, works: bool = True, **settings: Any) -> NovuApi:
        given = {"store_url": "sqlite://", "worker": "none", "debug": False, "secret_key": KEY, **settings}
        made.append(MAKERS[framework](registry, given))
        if works:
            made[-1].novu.start_worker()
        return NovuApi(made[-1])

    yield make
    for api in made:
        api.novu.close()


@pytest.fixture
def novu(make_novu, registry) -> NovuApi:
    """The workflows of the cases under Flask, with a worker and a place for e-mail."""
    return make_novu(fill(registry), delivery={"email": "console://"})


@pytest.fixture
def idle(make_novu, registry) -> NovuApi:
    """An app without a worker: what is recorded stays as it is."""
    return make_novu(fill(registry), works=False)
