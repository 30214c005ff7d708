"""``novu_inbox`` in a Flask app's templates."""

from __future__ import annotations

import re

import pytest
from flask import Flask, render_template_string
from jinja2 import DictLoader

from flask_novu import Novu


@pytest.fixture
def application() -> Flask:
    application = Flask(__name__)
    application.config.from_mapping(TESTING=True, SECRET_KEY="s", NOVU_URL_PREFIX="/bells")
    Novu(application)
    application.add_url_rule("/", "page", lambda: render_template_string("{{ novu_inbox('ada', nonce='n') }}"))
    return application


def test_a_template_needs_no_import(application):
    text = application.test_client().get("/").text
    assert text.startswith(
        '<script type="module" src="/bells/inbox.js" nonce="n"></script><novu-inbox src="/bells" token="'
    )
    assert text.endswith('" unread="0"></novu-inbox>')


def test_below_a_servers_own_path_it_is_asked_for_there(application):
    text = application.test_client().get("/", environ_overrides={"SCRIPT_NAME": "/shop"}).text
    assert re.findall(r'src="([^"]+)"', text) == ["/shop/bells/inbox.js", "/shop/bells"]


def test_an_app_whose_templates_stand_already_has_it_too():
    application = Flask(__name__)
    application.config.update(TESTING=True)
    application.jinja_env.filters["loud"] = str.upper
    Novu(application)
    with application.test_request_context():
        assert "<novu-inbox " in render_template_string("{{ novu_inbox('ada') }}{{ 'x'|loud }}")


def test_extensions_of_the_app_stay():
    application = Flask(__name__)
    application.config.update(TESTING=True)
    application.jinja_options = {"extensions": ["jinja2.ext.do"], "trim_blocks": True}
    Novu(application)
    with application.test_request_context():
        assert "<novu-inbox " in render_template_string("{% do [] %}{{ novu_inbox('ada') }}")
        assert application.jinja_env.trim_blocks


def test_a_macro_of_another_file_has_it_too(application):
    macros = {"macros.html": "{% macro bell(id) %}{{ novu_inbox(id) }}{% endmacro %}"}
    application.jinja_loader = DictLoader(macros)
    with application.test_request_context():
        text = render_template_string("{% from 'macros.html' import bell %}{{ bell('ada') }}")
    assert "<novu-inbox " in text


def test_the_token_opens_the_inbox_of_that_subscriber(application):
    client = application.test_client()
    token = re.search(r'token="([^"]+)"', client.get("/").text)[1]
    with application.app_context():
        assert application.extensions["novu"].inbox_tokens.subscriber_of(token) == "ada"
