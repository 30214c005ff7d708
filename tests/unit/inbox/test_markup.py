"""What a page says to have the bell."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from novu_core import Client
from novu_core.errors import ConfigurationError, ValidationError
from novu_core.inbox import bell
from novu_core.inbox.markup import WORDS
from novu_core.inbox.script import script
from novu_core.settings import Settings


class Elements(HTMLParser):
    """The elements of a text, with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.fixture
def told(env, registry):
    @registry.workflow("hello")
    def hello(step):
        step.in_app("bell", {"body": "b"})

    def told(subscriber_id="ada", **options):
        (first, script), (second, element) = Elements(bell(env.client, "/x/inbox.js", subscriber_id, **options)).found
        assert (first, second) == ("script", "novu-inbox")
        return script, element

    env.hello = lambda: hello.trigger("ada")
    return told


def test_it_names_the_script_the_address_the_token_and_how_many_are_unread(env, told):
    env.hello()
    env.hello()
    script, element = told()
    token = element.pop("token")
    assert script == {"type": "module", "src": "/x/inbox.js"}
    assert element == {"src": "/x", "unread": "2"}
    assert env.client.inbox_tokens.subscriber_of(token) == "ada"


def test_what_is_read_archived_or_snoozed_is_not_unread(env, told):
    env.hello()
    env.client.inbox("ada").mark_all(read=True)
    assert told()[1]["unread"] == "0"


def test_a_number_is_the_id_that_it_is_written_as(env, told):
    assert env.client.inbox_tokens.subscriber_of(told(7)[1]["token"]) == "7"


@pytest.mark.parametrize("name", [None, "", " ", True, 1.5, b"ada"])
def test_what_is_no_id_is_refused(told, name):
    with pytest.raises(ValidationError):
        told(name)


HOSTILE = """"><script>alert(1)</script>&quot; ' `é"""


def test_everything_is_escaped(told):
    words = {"title": HOSTILE, "empty": "Rien d'autre"}
    script, element = told(HOSTILE, words=words, nonce=HOSTILE, lang=HOSTILE, placement=HOSTILE)
    assert script["nonce"] == HOSTILE
    assert (element["lang"], element["placement"]) == (HOSTILE, HOSTILE)
    assert json.loads(element["words"]) == words


def test_options_become_attributes(told):
    element = told(limit=20, poll=2.5, archive=True)[1]
    assert (element["limit"], element["poll"], element["archive"]) == ("20", "2.5", "")
    assert "archive" not in told(archive=False)[1]


@pytest.mark.parametrize("options", [{"words": {"titel": "x"}}, {"onclick": "alert(1)"}, {"token": "t"}, {"src": "/"}])
def test_words_and_options_that_it_does_not_have_are_named(told, options):
    with pytest.raises(ValidationError) as failed:
        told(**options)
    assert "is unknown; use " in str(failed.value)


def test_without_a_secret_there_is_no_bell(registry):
    settings = Settings.build(store_url="sqlite://", strict_authentication=True, worker="none")
    with Client(settings, registry) as client, pytest.raises(ConfigurationError):
        bell(client, "/inbox.js", "ada")


def test_the_words_are_the_components():
    block = re.search(rf'=\{{({next(iter(WORDS))}:".*?)\}}[,;]', script().body.decode())[1]
    assert re.findall(r'(\w+):"', block) == list(WORDS)


def test_tabs_of_one_subscriber_share_a_name_and_those_of_two_do_not(env, told):
    """The component takes the token without its last 16 letters, which tell when it ends, as the tabs' name."""

    def name(subscriber_id):
        token = told(subscriber_id)[1]["token"]
        return token[: token.index(".") - 16]

    ids = ["a", "ab", "abc", "abcd", "b", "é", "x" * 60]
    before = [name(each) for each in ids]
    env.advance(hours=7)
    assert [name(each) for each in ids] == before
    assert len(set(before)) == len(ids)
