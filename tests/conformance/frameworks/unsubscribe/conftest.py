"""Workflows that send mails, and how the pages behind their links are asked."""

from __future__ import annotations

import re
from html import unescape

import pytest

from tests.conformance.frameworks.conftest import KEY, PREFIX
from tests.links import urlencoded

SITE = "https://app.example.org"


SETTINGS = {"public_url": SITE, "secret_key": KEY}


CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def news(registry):
    @registry.workflow("news", name='News & "more"')
    def news(step):
        step.in_app("bell", {"body": "b"})
        step.email("mail", {"subject": "s", "body": "b"})

    @registry.workflow("offers", preferences={"channels": {"email": {"enabled": False}}})
    def offers(step):
        step.email("mail", {"subject": "s", "body": "b"})

    @registry.workflow("alarm", critical=True)
    def alarm(step):
        step.email("mail", {"subject": "s", "body": "b"})

    @registry.workflow("terms", preferences={"all": {"enabled": True, "read_only": True}})
    def terms(step):
        step.email("mail", {"subject": "s", "body": "b"})

    return registry


@pytest.fixture
def api(make_api, news):
    return make_api(news, **SETTINGS)


def below(url):
    assert url.startswith(SITE + PREFIX)
    return url.removeprefix(SITE + PREFIX)


def unsubscribing(api, workflow="news", subscriber="ada"):
    return below(api.novu.preferences.unsubscribe_url(subscriber, workflow))


def centre(api, subscriber="ada"):
    return below(api.novu.preferences.url(subscriber))


def post(api, path, *fields, encode=urlencoded, **named):
    media, body = encode([*fields, *named.items()])
    return api.request("POST", path, data=body, headers={"content-type": media})


def heading(answer):
    return unescape(re.search(rb"<h1>(.*?)</h1>", answer.body, re.DOTALL)[1].decode())


def is_on(api, workflow="news", channel="email"):
    return api.novu.preferences.decision("ada", channel, workflow).enabled
