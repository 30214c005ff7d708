"""What opens inboxes under Flask: the app's secret stands for NOVU_SECRET_KEY where none is needed."""

from __future__ import annotations

import pytest
from flask import Flask

from flask_novu import Novu, current_novu
from novu_core import Registry, inbox_hash
from novu_core.errors import ConfigurationError, InboxTokenInvalidError
from novu_core.managers.inbox_tokens import hash_of


@pytest.fixture
def make():
    made = []

    def make(secret_key=None, **config):
        app = Flask("tokens")
        app.config.update(
            SECRET_KEY=secret_key, NOVU_STORE_URL="sqlite://", NOVU_WORKER="none", **{"TESTING": True, **config}
        )
        Novu(app, workflows=Registry())
        made.append(app)
        return app.extensions["novu"]

    yield make
    for app in made:
        app.extensions["novu"].close()


def accepts(client, token):
    try:
        return client.inbox_tokens.subscriber_of(token) == "ada"
    except InboxTokenInvalidError:
        return False


@pytest.mark.parametrize("secret", ["flask's", b"\xff flask's"])
def test_tokens_outlive_a_reload(make, secret):
    token = make(secret).inbox("ada").token()
    assert accepts(make(secret), token)
    assert accepts(make("new", SECRET_KEY_FALLBACKS=["newer", secret]), token)
    assert not accepts(make("other"), token)
    assert not accepts(make(), token)


def test_the_secret_of_novu_comes_first(make):
    client = make("flask's", NOVU_SECRET_KEY="novu's")
    assert not accepts(make("flask's"), client.inbox("ada").token())
    assert accepts(make(NOVU_SECRET_KEY=["newer", "novu's"]), client.inbox("ada").token())


def test_without_any_secret_they_end_with_the_process(make):
    assert accepts(make(), make().inbox("ada").token())


def test_in_production_nothing_stands_for_it(make):
    client = make("flask's", TESTING=False)
    with pytest.raises(ConfigurationError, match="NOVU_SECRET_KEY"):
        client.inbox("ada").token()
    assert not accepts(client, make("flask's").inbox("ada").token())


def test_the_hash_of_the_app_in_use(make):
    first, second = Flask("first"), Flask("second")
    for app in (first, second):
        Novu(app, workflows=Registry(), store_url="sqlite://", worker="none", secret_key=f"of the {app.name}")
        with app.app_context():
            assert inbox_hash("ada") == hash_of("ada", f"of the {app.name}")
            assert current_novu.inbox("ada").token()
        app.extensions["novu"].close()
