"""Who may come in."""

from __future__ import annotations

import logging

import pytest

from novu_core.errors import KeptByNovuError, StoreError
from novu_core.live.doors import Plain, SocketIO
from novu_core.live.handshake import FULL, UNAVAILABLE, Refusal, check, failed, query_of, unserved
from novu_core.settings.cross_origin import CrossOrigin
from tests.live.clients import House

ENGINE = {"EIO": "4", "transport": "websocket"}


def asked(house, door, query=None, headers=None, origins=()):
    return check(door, [*(query or {}).items()], headers or {}, house.hub, CrossOrigin(origins=origins))


def status(found) -> int | None:
    return found.status if isinstance(found, Refusal) else None


@pytest.mark.parametrize(
    ("origin", "host", "origins", "passes"),
    [
        (None, "app.example", (), True),
        ("https://app.example", "app.example", (), True),
        ("https://APP.example:8443", "app.example:8443", (), True),
        ("https://app.example", "app.example:8443", (), False),
        ("https://evil.example", "app.example", (), False),
        ("https://app.example.evil", "app.example", (), False),
        ("null", "app.example", (), False),
        ("null", "", (), False),
        ("", "", (), False),
        ("https://[", "app.example", (), False),
        ("https://shop.example", "app.example", ("https://shop.example",), True),
        ("https://Shop.example", "app.example", ("https://shop.example",), True),
        ("https://shop.example.evil", "app.example", ("https://shop.example",), False),
        ("https://evil.example", "app.example", ("*",), True),
    ],
)
def test_origins(house, origin, host, origins, passes):
    headers = {"host": host, **({} if origin is None else {"origin": origin})}
    found = asked(house, Plain, {"token": "token-ada"}, headers, origins)
    assert status(found) == (None if passes else 403)


@pytest.mark.parametrize("token", ["", "forged"])
def test_the_plain_door_needs_a_token_at_once(house, token):
    found = asked(house, Plain, {"token": token})
    assert (found.status, found.body) == (401, {"statusCode": 401, "message": "Unauthorized"})
    assert house.hub._clients == 0


@pytest.mark.parametrize("token", ["", "forged", "token-ada"])
def test_socketio_is_let_in_and_told_later(house, token):
    assert asked(house, SocketIO, {**ENGINE, "token": token}) == token
    assert house.hub._clients == 1


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({}, 0),
        ({**ENGINE, "transport": "polling"}, 0),
        ({**ENGINE, "sid": "x"}, 1),
        ({**ENGINE, "EIO": "3"}, 5),
        ({"transport": "websocket"}, 5),
    ],
)
def test_what_engine_io_refuses(house, query, code):
    found = asked(house, SocketIO, query)
    assert (found.status, found.body["code"]) == (400, code)


def test_a_full_house():
    house = House(most=1)
    assert asked(house, Plain, {"token": "token-ada"}) == "token-ada"
    assert asked(house, Plain, {"token": "token-ada"}) is FULL
    assert FULL.headers["retry-after"]
    house.close()


def test_requests_that_reach_no_hub():
    assert unserved(Plain, [], {"upgrade": "WebSocket"}) is UNAVAILABLE
    assert unserved(Plain, [], {}).status == 400
    assert unserved(SocketIO, [("transport", "polling")], {}).body["code"] == 0
    assert unserved(SocketIO, [("transport", "websocket")], {}).body["code"] == 3


def test_trouble_is_told_or_logged(caplog):
    assert failed(KeptByNovuError("inbox")).status == KeptByNovuError("inbox").status_code
    with caplog.at_level(logging.ERROR):
        found = failed(StoreError("the disk is on fire"))
    assert found.status == 500
    assert "fire" not in found.text
    assert found.body["errorId"] in caplog.text


def test_queries():
    assert query_of("token=a%2Bb&x=&token=c") == [("token", "a+b"), ("x", ""), ("token", "c")]


def test_strangers_leave_half_of_the_places():
    house = House(most=4)
    for _ in range(2):
        assert asked(house, SocketIO, {**ENGINE, "token": "forged"}) == "forged"
    assert asked(house, SocketIO, {**ENGINE, "token": "forged"}) is FULL
    for door in (SocketIO, Plain):
        assert asked(house, door, {**ENGINE, "token": "token-ada"}) == "token-ada"
    assert asked(house, Plain, {"token": "token-ada"}) is FULL
    house.close()
