"""docs/providers.md has the URL of every service, and each of them is read."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from novu_core.delivery import provider_from_url
from novu_core.delivery.services.schemes import OURS
from novu_core.types import Channel

PAGE = (Path(__file__).parents[2] / "docs" / "providers.md").read_text("utf-8")
URLS = re.findall(r"^\| [^|]+ \| `([a-z]+)(://[^`]+)` \|$", PAGE, re.M)


def test_every_scheme_is_there():
    assert {scheme for scheme, _ in URLS} == set(OURS)


@pytest.mark.parametrize(("scheme", "rest"), URLS, ids=[scheme for scheme, _ in URLS])
def test_its_url_is_read(scheme, rest):
    module, _, name = OURS[scheme].partition(":")
    service = getattr(import_module(f"novu_core.delivery.services.{module}"), name)
    assert provider_from_url(scheme + rest, Channel(service.channel)).name == service.name
    assert provider_from_url(service.example, Channel(service.channel)).name == service.name
