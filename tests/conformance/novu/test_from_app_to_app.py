"""``NOVU_DISPATCH=cloud`` with another app's address: one app triggers another app's workflows."""

from __future__ import annotations

import pytest

from novu_core import Client, Registry
from tests.conformance.frameworks.conftest import KEY
from tests.conformance.novu.conftest import fill, is_error
from tests.conformance.novu.serving import served
from tests.conftest import until


def test_one_app_triggers_and_cancels_in_another(registry):
    with served(fill(Registry())) as (address, theirs):
        ours = {"NOVU_DISPATCH": "cloud", "NOVU_API_URL": address, "NOVU_SECRET_KEY": KEY, "NOVU_WORKER": "none"}
        with Client(ours, workflows=fill(registry)) as client:
            done = client.trigger(
                "welcome", to={"subscriberId": "ada", "firstName": "Ada"}, payload={"firstName": "A"}, actor="bob"
            )
            again = client.trigger("weekly", to="ada", transaction_id="tx")
            assert (done.status, again.transaction_id) == ("accepted", "tx")
            until(lambda: theirs.messages.list(transaction_id=done.transaction_id).items)
            assert theirs.subscribers.get("ada").first_name == "Ada"
            assert client.cancel("tx") == 1
        [run] = theirs.executions.list(transaction_id="tx").items
        assert run.outcome == "canceled"


@pytest.mark.parametrize(
    "path", ["/v2/subscribers", "/v1/notifications", "/v1/messages", "/v2/topics", "/v2/subscribers/a/notifications"]
)
def test_what_novu_keeps_is_not_available_here(make_novu, registry, path):
    novu = make_novu(fill(registry), works=False, dispatch="cloud", api_url="http://127.0.0.1:1")
    told = is_error(novu.ask("GET", path), 405)
    assert ("NOVU_DISPATCH" in told["message"], told["ctx"]) == (True, {"reason": "not_available"})
