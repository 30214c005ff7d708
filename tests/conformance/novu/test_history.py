"""Messages and the activity feed."""

from __future__ import annotations

import jsonschema
import pytest

from novu_core.http.shapes.contents import body_of
from novu_core.types import StepType
from tests.conformance.novu.conftest import BOOK, fill, is_error


def check(name, body):
    """Check data against a schema of the recorded cases."""
    schema = {**BOOK["schemas"][name], "schemas": BOOK["schemas"]}
    jsonschema.Draft202012Validator(schema).validate(body)


def feed(novu, query=""):
    answer = novu.ask("GET", f"/v1/notifications{query}")
    assert answer.status == 200, answer.body
    check("Activities", answer.json)
    return answer.json


def jobs(novu, transaction_id):
    [run] = feed(novu, f"?transactionId={transaction_id}")["data"]
    return {job["step"]["name"]: (job["status"], job["executionDetails"][0]["detail"]) for job in run["jobs"]}


def words(novu, transaction_id):
    return {name: status for name, (status, _) in jobs(novu, transaction_id).items()}


class Failing:
    name = "acme-mail"

    def send(self, message):
        raise ValueError("no such mailbox")


@pytest.fixture
def busy(make_novu, registry):
    """Workflows in every state that a job can be in."""

    @registry.workflow("every")
    def every(step):
        step.in_app("told", {"body": "b"})
        step.email("left-out", {"subject": "s", "body": "b"}, skip=True)
        step.sms("no-address", {"body": "b"})
        step.delay("pause", {"amount": 1, "unit": "hours"})
        step.push("later", {"subject": "s", "body": "b"})
        step.custom("last", dict)

    @registry.workflow("breaks")
    def breaks(step):
        step.email("mail", {"subject": "s", "body": "b"}, retry=None)
        step.custom("own", lambda: 1 / 0)
        step.in_app("never", {"body": "b"})

    @registry.workflow("limited")
    def limited(step):
        step.throttle("limit", {"amount": 1, "unit": "hours", "threshold": 1})
        step.in_app("told", {"body": "b"})

    return make_novu(fill(registry), delivery={"email": Failing(), "sms": Failing()})


def test_jobs_are_in_the_words_of_novu(busy):
    busy.trigger("ada", "every", {}, transactionId="tx")
    assert words(busy, "tx") == {
        "told": "completed", "left-out": "skipped", "no-address": "skipped", "pause": "delayed", "later": "pending", "last": "pending",
    }  # fmt: skip
    assert jobs(busy, "tx")["left-out"][1] == "skip"
    assert jobs(busy, "tx")["no-address"][1] == "no_address"
    assert busy.good("DELETE", "/v1/events/trigger/tx") is True
    assert words(busy, "tx") == {
        "told": "completed",
        "left-out": "skipped",
        "no-address": "skipped",
        "pause": "canceled",
    }


def test_a_run_that_failed_shows_where_and_leaves_out_what_was_never_reached(busy):
    busy.trigger({"subscriberId": "ada", "email": "ada@example.org"}, "breaks", {}, transactionId="tx")
    assert words(busy, "tx") == {"mail": "failed", "own": "failed"}
    [run] = feed(busy, "?transactionId=tx")["data"]
    assert [job["providerId"] for job in run["jobs"]] == ["email-webhook", "novu"]
    assert "mailbox" not in str(run), "the messages of providers are not for whoever has the key"


def test_merged_and_throttled_runs(busy):
    for transaction in ("one", "two"):
        busy.trigger("ada", "weekly", {}, transactionId=transaction)
        busy.trigger("ada", "limited", {}, transactionId=f"limit-{transaction}")
    assert words(busy, "one") == {"collect": "delayed", "summary": "pending"}
    assert words(busy, "two") == {"collect": "merged", "summary": "merged"}
    assert words(busy, "limit-one") == {"limit": "completed", "told": "completed"}
    assert set(words(busy, "limit-two").values()) <= {"completed", "skipped"}


def test_a_follower_that_was_canceled_is_not_merged_any_more(busy):
    for transaction in ("one", "two", "three"):
        busy.trigger("ada", "weekly", {}, transactionId=transaction)
    assert busy.good("DELETE", "/v1/events/trigger/two") is True
    assert set(jobs(busy, "two").values()) == {("canceled", "canceled")}
    assert set(words(busy, "three").values()) == {"merged"}
    assert busy.good("DELETE", "/v1/events/trigger/one") is True
    assert words(busy, "one") == {"collect": "canceled"}
    assert words(busy, "three") == {"collect": "delayed", "summary": "pending"}


def test_a_run_that_was_canceled_before_it_began_shows_its_first_job(make_novu, registry):
    novu = make_novu(fill(registry), works=False)
    novu.good("POST", "/v1/events/trigger", {"name": "weekly", "to": "ada", "transactionId": "tx"}, 201)
    assert words(novu, "tx") == {"collect": "pending", "summary": "pending"}
    assert novu.good("DELETE", "/v1/events/trigger/tx") is True
    assert words(novu, "tx") == {"collect": "canceled"}


@pytest.mark.parametrize("kind", [kind for kind in StepType if kind is not StepType.HTTP_REQUEST])
@pytest.mark.parametrize("name", ["acme", "sendgrid", "twilio", "smtp", "x" * 300, "Übel", "outbox"])
def test_no_provider_makes_a_page_unreadable(make_novu, registry, kind, name):
    class Named:
        def send(self, message):
            return None

    Named.name = name
    values = {
        "email": {"subject": "s", "body": "b"}, "push": {"subject": "s", "body": "b"}, "digest": {"amount": 1, "unit": "hours"},
        "delay": {"amount": 1, "unit": "hours"}, "throttle": {"amount": 1, "unit": "hours", "threshold": 1},
    }  # fmt: skip

    @registry.workflow("one")
    def one(step):
        getattr(step, kind.value)("s", (dict) if kind is StepType.CUSTOM else values.get(kind.value, {"body": "b"}))

    provider = Named()
    delivery = dict.fromkeys(("email", "sms", "push", "chat", "tool"), provider)
    novu = make_novu(registry, delivery=delivery)
    novu.trigger({"subscriberId": "ada", "email": "a@b.c", "phone": "+15550199"}, "one", {})
    [run] = feed(novu)["data"]
    assert run["jobs"][0]["type"] == kind.value
    check("Messages", novu.ask("GET", "/v1/messages").json)
    for integration in novu.good("GET", "/v1/integrations/active"):
        check("Integration", integration)


def test_filters_of_the_feed(busy):
    people = [{"subscriberId": "ada", "email": "ada@example.org", "firstName": "Ada"}, {"subscriberId": "bob"}]
    busy.trigger(people, "limited", {}, transactionId="tx")
    busy.trigger("bob", "weekly", {}, transactionId="ty")

    def found(query):
        return {(run["template"]["name"], run["subscriber"]["subscriberId"]) for run in feed(busy, query)["data"]}

    everything = {("limited", "ada"), ("limited", "bob"), ("Weekly", "bob")}
    assert found("") == everything
    assert found("?templates=limited&templates=weekly") == everything
    assert found("?templates=weekly") == {("Weekly", "bob")}
    assert found("?subscriberIds=ada&subscriberIds=none") == {("limited", "ada")}
    assert found("?emails=ada%40example.org") == {("limited", "ada")}
    assert found("?channels=in_app") == {("limited", "ada"), ("limited", "bob")}
    assert found("?channels=digest&channels=sms") == {("Weekly", "bob")}
    assert found("?transactionId=tx&transactionId=none") == {("limited", "ada"), ("limited", "bob")}
    assert found("?search=ada%40example.org") == {("limited", "ada")}
    assert found("?severity=none") == everything
    assert found("?severity=high") == set()
    assert found("?after=2020-01-01T00:00:00.000Z&before=2100-01-01T00:00:00.000Z") == everything
    assert found("?after=2100-01-01T00:00:00.000Z") == set()
    page = feed(busy, "?page=1&limit=2")
    assert (page["page"], page["pageSize"], page["hasMore"], len(page["data"]), "totalCount" in page) == (
        1,
        2,
        False,
        1,
        False,
    )


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=101", "page=-1", "channels=pigeon", "severity=urgent", "after=then", "search=%00"]
)
def test_filters_that_cannot_be_meant(busy, query):
    is_error(busy.ask("GET", f"/v1/notifications?{query}"), 422)


def test_many_values_of_one_filter_are_bounded(busy):
    many = "&".join(f"subscriberIds=s{number}" for number in range(101))
    is_error(busy.ask("GET", f"/v1/notifications?{many}"), 422)
    assert busy.ask("GET", f"/v1/notifications?{many.rpartition('&')[0]}").status == 200


def test_one_run(busy):
    busy.trigger("ada", "limited", {"n": 1}, transactionId="tx")
    [run] = feed(busy)["data"]
    same = busy.good("GET", f"/v1/notifications/{run['_id']}")
    assert same == run
    assert (run["payload"], run["channels"], run["template"]["triggers"][0]["identifier"]) == (
        {"n": 1},
        ["throttle", "in_app"],
        "limited",
    )
    for unknown in ("none", "%00", "f" * 24, "019abcde-0000-7000-8000-000000000000"):
        is_error(busy.ask("GET", f"/v1/notifications/{unknown}"), 404)


def test_a_workflow_that_is_gone_leaves_its_runs_readable(make_novu, registry, tmp_path):
    url = f"sqlite:///{tmp_path / 'novu.db'}"
    novu = make_novu(fill(registry), store_url=url)
    novu.trigger("ada", "welcome")
    novu.client.close()
    from novu_core import Registry

    other = make_novu(Registry(), store_url=url, works=False)
    [run] = feed(other)["data"]
    assert run["template"]["name"] == "welcome"
    [message] = other.ask("GET", "/v2/subscribers/ada/notifications").json["data"]
    check("InboxNotification", message)


def test_messages(novu):
    novu.trigger({"subscriberId": "ada", "email": "ada@example.org"}, "welcome", {"firstName": "A"}, transactionId="tx")
    novu.trigger("bob", "welcome", {"firstName": "B"}, transactionId="ty")
    page = novu.ask("GET", "/v1/messages").json
    check("Messages", page)
    assert (page["totalCount"], page["hasMore"]) == (4, False)
    assert [item["content"] for item in page["data"]] == ["Hello B", "B", "Hello A", "A"]
    letter = novu.ask("GET", "/v1/messages?channel=email&transactionId=tx&transactionId=none").json["data"]
    assert [(item["email"], item["subject"], item["providerId"], item["payload"]) for item in letter] == [
        ("ada@example.org", "Welcome", "nodemailer", {"firstName": "A"})
    ]
    ada = novu.good("GET", "/v2/subscribers/ada")
    assert letter[0]["_subscriberId"] == ada["_id"]
    assert novu.ask("GET", "/v1/messages?subscriberId=bob&limit=1").json["totalCount"] == 2
    assert novu.ask("GET", "/v1/messages?limit=1&page=3.0").json["data"][0]["content"] == "A"
    is_error(novu.ask("GET", "/v1/messages?subscriberId=none"), 404)
    assert is_error(novu.ask("GET", "/v1/messages?limit=1001.0"), 400)["message"] == "Limit can not be larger then 1000"
    assert novu.ask("GET", "/v1/messages?limit=1000").status == 200
    for query in ("limit=0", "page=-1", "channel=pigeon", "limit=1.5"):
        is_error(novu.ask("GET", f"/v1/messages?{query}"), 422)


def test_deleting_messages(novu):
    novu.trigger({"subscriberId": "ada", "email": "ada@example.org"}, "welcome", transactionId="tx")
    [message] = novu.ask("GET", "/v1/messages?channel=in_app").json["data"]
    assert novu.good("DELETE", f"/v1/messages/{message['_id']}") == {"acknowledged": True, "status": "deleted"}
    is_error(novu.ask("DELETE", f"/v1/messages/{message['_id']}"), 404)
    assert novu.ask("GET", "/v2/subscribers/ada/notifications").json["data"] == []
    is_error(novu.ask("DELETE", "/v1/messages/transaction/tx?channel=in_app"), 404)
    is_error(novu.ask("DELETE", "/v1/messages/transaction/tx?channel=pigeon"), 422)
    assert novu.good("DELETE", "/v1/messages/transaction/tx?channel=email", status=204) is None
    is_error(novu.ask("DELETE", "/v1/messages/transaction/tx"), 404)
    is_error(novu.ask("DELETE", "/v1/messages/transaction/%00"), 404)


def test_large_payloads_do_not_make_a_page_larger_than_they_have_to(novu):
    for number in range(4):
        novu.trigger("ada", "weekly", {"text": "x" * 400_000}, transactionId=str(number))
    page = novu.ask("GET", "/v1/notifications")
    assert ["payload" in run for run in page.json["data"]] == [True, True, False, False]
    assert len(page.body) < 1_100_000


@pytest.mark.parametrize(
    ("content", "body"),
    [
        ({"body": "b"}, "b"),
        ({"html": "<p>"}, "<p>"),
        ({"text": "t"}, "t"),
        ({"body": {"a": 1}, "text": "t"}, "t"),
        ({}, ""),
        ({"body": 5}, ""),
    ],
)
def test_a_body_is_always_text(content, body):
    assert body_of(content) == body
