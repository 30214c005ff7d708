"""docs/providers.md has the URL of every service, and each of them is read."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from novu_core.delivery import provider_from_url
from novu_core.delivery.services.schemes import OURS
from novu_core.errors import ConfigurationError
from novu_core.types import Channel

PAGE = (Path(__file__).parents[2] / "docs" / "providers.md").read_text("utf-8")
URLS = re.findall(r"^\| [^|]+ \| `([a-z]+)(://[^`]+)` \|$", PAGE, re.M)
NEEDS = {"fcm": "No such file", "webpush": "the private key must be|needs cryptography"}
"""What the page cannot give."""


def test_every_scheme_is_there():
    assert {scheme for scheme, _ in URLS} == set(OURS)


@pytest.mark.parametrize(("scheme", "rest"), URLS, ids=[scheme for scheme, _ in URLS])
def test_its_url_is_read(scheme, rest):
    module, _, name = OURS[scheme].partition(":")
    service = getattr(import_module(f"novu_core.delivery.services.{module}"), name)
    for url in (scheme + rest, service.example):
        if scheme in NEEDS:
            with pytest.raises(ConfigurationError, match=NEEDS[scheme]):
                provider_from_url(url, Channel(service.channel))
        else:
            assert provider_from_url(url, Channel(service.channel)).name == service.name
