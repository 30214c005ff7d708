"""What the two doors say and hear."""

from __future__ import annotations

import json

import pytest

from novu_core.live.doors import Plain, SocketIO


def opened(house, token="token-ada"):
    client = house.connect(SocketIO, token)
    [opening] = client.take()
    assert opening[0] == "0"
    return client, json.loads(opening[1:])


def test_socketio_opens_connects_and_tells(house):
    client, opening = opened(house)
    assert opening.pop("sid")
    assert opening == {"upgrades": [], "pingInterval": 25000, "pingTimeout": 20000, "maxPayload": 100000}
    assert house.desk.came == []
    client.say("40")
    house.turn()
    [connected] = client.take()
    assert connected[:2] == "40"
    assert set(json.loads(connected[2:])) == {"sid"}
    assert house.desk.came == ["ada"]
    house.hub.tell("ada", [("unread_count_changed", {"unreadCount": 1})])
    assert client.take() == ['42["unread_count_changed",{"unreadCount":1}]']


@pytest.mark.parametrize("token", ["", "token-eve"])
def test_a_token_of_the_handshake_wins_over_auth(house, token):
    client, _ = opened(house, token)
    client.say('40{"token":"token-ada"}')
    house.turn()
    assert client.take()[0][:2] == "40"
    assert house.desk.came == ["eve" if token else "ada"]


@pytest.mark.parametrize("auth", ["", "{}", '{"token":1}', '{"token":""}', '{"token":"no"}', "[]", "{", "null", "1"])
def test_a_bad_token_is_refused_as_socketio_does_and_the_socket_closed(house, auth):
    client, _ = opened(house, "")
    client.say("40" + auth)
    house.turn()
    assert client.take() == ['44{"message":"Unauthorized"}']
    assert client.code == 4401
    assert house.desk.came == []


def test_a_bad_token_in_the_query_is_refused_too(house):
    client, _ = opened(house, "forged")
    client.say("40{}")
    house.turn()
    assert client.take() == ['44{"message":"Unauthorized"}']


def test_connecting_twice_is_once(house):
    client, _ = opened(house)
    client.say("40")
    client.say("40/,")
    house.turn()
    assert len(client.take()) == 1
    assert house.desk.came == ["ada"]


def test_another_namespace_is_refused(house):
    client, _ = opened(house)
    client.say('40/admin,{"a":1}')
    house.turn()
    assert client.take() == ['44/admin,{"message":"Invalid namespace"}']
    assert client.code is None


@pytest.mark.parametrize("said", ["41", "1"])
def test_a_client_that_leaves_is_let_go(house, said):
    client, _ = opened(house)
    client.say("40")
    client.say(said)
    house.turn()
    assert client.code == 1000
    client.sock.close()
    house.turn()
    assert house.desk.went == ["ada"]


@pytest.mark.parametrize("said", ["3", "42[1]", "43", "4", "45-"])
def test_what_says_nothing_is_ignored(house, said):
    client, _ = opened(house)
    client.say(said)
    house.turn()
    assert client.take() == []
    assert client.code is None


def test_an_older_client_s_ping_is_answered(house):
    client, _ = opened(house)
    client.say("2probe")
    house.turn()
    assert client.take() == ["3probe"]


@pytest.mark.parametrize("said", ["x", "9", '{"event":1}'])
def test_what_is_no_packet_ends_the_socket(house, said):
    client, _ = opened(house)
    client.say(said)
    house.turn()
    assert client.code == 1002


def test_plain_tells_and_answers_pings(house):
    client = house.connect(Plain, "token-ada")
    assert house.desk.came == ["ada"]
    client.say("ping")
    client.say("anything")
    house.turn()
    assert client.take() == ["pong"]
    house.hub.tell("ada", [("notification_received", {"message": {"_id": "1"}})])
    assert client.take() == ['{"event":"notification_received","data":{"message":{"_id":"1"}}}']


def test_a_token_that_ran_out_since_the_handshake(house):
    client = house.connect(Plain, "token-ada ran out")
    assert house.desk.came == ["ada ran out"]
    house.tokens.over.add("token-ben")
    client = house.connect(Plain, "token-ben")
    client.read()
    assert (client.code, client.reason) == (4401, "Unauthorized")
    assert "ben" not in house.desk.came
