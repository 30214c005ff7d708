"""The credentials of push and chat providers."""

from __future__ import annotations

import pytest

from tests.conformance.novu.conftest import create, is_error


def listed(novu, query=""):
    answer = novu.ask("GET", "/v2/subscribers" + query)
    assert answer.status == 200, answer.body
    return answer.json


@pytest.mark.parametrize("provider", ["fcm", "apns", "expo", "one-signal", "slack", "discord", "msteams"])
def test_credentials_of_each_provider(idle, provider):
    create(idle, "ada")
    body = {
        "providerId": provider,
        "credentials": {"deviceTokens": ["a"], "webhookUrl": "https://x"},
        "integrationIdentifier": "mine",
    }
    channels = idle.good("PUT", "/v1/subscribers/ada/credentials", body)["channels"]
    assert channels == [
        {
            "providerId": provider,
            "_integrationId": "mine",
            "integrationIdentifier": "mine",
            "credentials": body["credentials"],
        }
    ]
    body["credentials"] = {"deviceTokens": ["b", "a"]}
    channels = idle.good("PATCH", "/v1/subscribers/ada/credentials", body)["channels"]
    assert channels[0]["credentials"] == {"deviceTokens": ["a", "b"], "webhookUrl": "https://x"}
    for _ in range(2):
        assert idle.good("DELETE", f"/v1/subscribers/ada/credentials/{provider}", status=204) is None
    assert idle.good("GET", "/v2/subscribers/ada")["channels"] == []


@pytest.mark.parametrize(
    "body",
    [
        {"providerId": "carrier-pigeon", "credentials": {}}, {"credentials": {}}, {"providerId": "fcm"}, {"providerId": 5, "credentials": {}},
        {"providerId": "fcm", "credentials": []}, {"providerId": "fcm", "credentials": {"deviceTokens": "one"}},
        {"providerId": "fcm", "credentials": {"deviceTokens": [1]}}, {"providerId": "slack", "credentials": {"webhookUrl": 5}},
    ],
)  # fmt: skip
def test_credentials_that_the_clients_could_not_read_are_refused(idle, body):
    create(idle, "ada")
    for method in ("PUT", "PATCH"):
        is_error(idle.ask(method, "/v1/subscribers/ada/credentials", body), 422)


def test_credentials_that_python_stored_never_make_a_page_unreadable(idle):
    idle.client.subscribers.upsert("odd", channels={"push": "token", "pigeon": {"loft": 1}})
    idle.client.subscribers.upsert(
        "list",
        channels=[
            {"providerId": "pigeon", "credentials": {}},
            {"providerId": "slack", "credentials": {"webhookUrl": 5, "x": 1}},
        ],
    )
    found = {item["subscriberId"]: item["channels"] for item in listed(idle)["data"]}
    assert [channel["providerId"] for channel in found["odd"]] == ["push-webhook"]
    assert [(channel["providerId"], channel["credentials"]) for channel in found["list"]] == [("slack", {"x": 1})]


def test_credentials_of_nobody_are_not_found(idle):
    body = {"providerId": "fcm", "credentials": {}}
    for method, path in (("PUT", ""), ("PATCH", ""), ("DELETE", "/fcm")):
        is_error(idle.ask(method, f"/v1/subscribers/none/credentials{path}", body), 404)
