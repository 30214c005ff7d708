"""A shop whose pages have Novu's own inbox, under strict authentication, and the programs that npm installs."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from flask_novu import Novu
from novu_core import Client, Registry, inbox_hash
from tests.npm import installed

HERE = Path(__file__).parent
KEY = "nv-secret-key"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title>
<div id="root" data-subscriber="{who}" data-hash="{hash}"></div><script src="/page.js"></script>"""


class Shop:
    """The shop as served, on the real clock, which Novu's clients go by."""

    def __init__(self, address: str, client: Client) -> None:
        self.address = address
        self.client = client

    def tell(self, body: str, who: str = "ada", **content: Any) -> None:
        self.client.trigger("told", to=who, payload={"body": body, **content})

    def messages(self, who: str = "ada") -> dict[str, Any]:
        """Return the messages by their text."""
        return {message.content["body"]: message for message in self.client.inbox(who).list(archived=None, limit=100)}


@pytest.fixture(scope="session")
def modules() -> Path:
    return installed(HERE / "package.json")


@pytest.fixture(scope="session")
def page_script(modules) -> str:
    """The page with <Inbox/>, built."""
    shutil.copy(HERE / "page.jsx", modules / "page.jsx")
    build = ["page.jsx", "--bundle", "--minify", "--jsx=automatic", '--define:process.env.NODE_ENV="production"']
    done = subprocess.run(
        [modules / "node_modules/.bin/esbuild", *build], cwd=modules, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def make_shop(serve) -> Iterator[Any]:
    made: list[Client] = []

    def make(script: str = "") -> Shop:
        registry = Registry()

        @registry.workflow("told", name="News", tags=["shop"])
        def told(payload, step):
            step.in_app("bell", dict(payload))

        @registry.workflow("other", name="Offers")
        def other(step):
            step.in_app("bell", {"body": "Offer"})
            step.email("mail", {"subject": "Offer", "body": "Offer"})

        app = Flask("shop")

        def page() -> str:
            return PAGE.format(who="ada", hash=inbox_hash("ada"))

        app.add_url_rule("/", "page", page)
        app.add_url_rule("/page.js", "script", lambda: (script, {"content-type": "text/javascript"}))
        app.add_url_rule("/favicon.ico", "icon", lambda: ("", 204))
        Novu().init_app(app, workflows=registry, secret_key=KEY, store_url="sqlite://", worker="none")
        client = app.extensions["novu"]
        made.append(client)
        return Shop(serve(app), client)

    yield make
    for client in made:
        client.close()
