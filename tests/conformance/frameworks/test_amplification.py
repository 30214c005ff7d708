"""What one request makes of itself is bounded: recipients, answers, pages, faults."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from novu_core.engine.checking import LARGE, MOST_LARGE
from novu_core.http.surface import MOST_PAGE_BYTES


class Numbers(BaseModel):
    n: list[int]


MANY = [f"u{number}" for number in range(2000)]


@pytest.fixture
def api(make_api, registry):
    @registry.workflow("note")
    def note(payload, step):
        step.in_app("bell", {"body": "b"})

    @registry.workflow("numbers", payload_schema=Numbers)
    def numbers(payload, step):
        step.in_app("bell", {"body": "b"})

    return make_api(registry)


@pytest.mark.parametrize("payload", [{"text": "x" * 200_000}, {"text": "x" * 1000}, {}])
@pytest.mark.parametrize("to", [MANY, MANY[:101], ["ada"] * 101])
def test_a_request_for_too_many_is_refused_and_stores_nothing(api, to, payload):
    answer = api.execute("note", to=to, payload=payload)
    assert (answer.status, answer.json["errors"][0]["path"]) == (400, "/to")
    assert f"names {len(to)} recipients; a request may name 100" in answer.json["errors"][0]["message"]
    assert len(answer.body) < 1000
    assert api.novu.executions.list().items == []


@pytest.mark.parametrize("size", [10, LARGE - 1000])
def test_the_answer_for_a_hundred_names_them_and_holds_no_payload(api, size):
    answer = api.execute("note", to=MANY[:100], payload={"text": "x" * size})
    assert (answer.status, answer.json["count"], len(answer.json["executions"])) == (202, 100, 100)
    first = answer.json["executions"][0]
    assert (first["subscriber"], first["status"], first["workflow_id"]) == ({"subscriberId": "u0"}, "pending", "note")
    assert api.get(f"/executions/{first['execution_id']}").json["payload"] == {"text": "x" * size}
    assert len(answer.body) < 50_000


@pytest.mark.parametrize(
    ("named", "type_"), [([], {}), (["ada"], {"type": "Topic"}), (["ada", "bob"], {"type": "Topic"})]
)
def test_a_topic_of_many_is_answered_with_who_was_named(api, named, type_):
    api.novu.topics.subscribe("all", MANY[:150])
    topic = {**type_, "topicKey": "all", "exclude": ["u1"]}
    answer = api.execute("note", to=[*named, topic] if named else topic, payload={"text": "x"}, transaction_id="t")
    assert (answer.status, answer.json["transaction_id"], answer.json["repeated"]) == (202, "t", False)
    assert (answer.json["count"], [run["subscriber"]["subscriberId"] for run in answer.json["executions"]]) == (
        len(named), named
    )  # fmt: skip
    while api.novu.worker.run_due():
        pass
    found = {run.payload.recipient for page in pages(api) for run in page}
    assert found == {*MANY[:150], *named} - {"u1"}
    assert api.execute("note", to=topic, payload={"text": "x"}, transaction_id="t").json["repeated"]


def pages(api):
    cursor = None
    while True:
        page = api.novu.executions.list(transaction_id="t", limit=100, cursor=cursor)
        yield page
        cursor = page.next_cursor
        if cursor is None:
            return


@pytest.mark.parametrize("field", ["payload", "overrides", "context"])
@pytest.mark.parametrize("to", [MANY[: MOST_LARGE + 1], {"type": "Topic", "topicKey": "all"}])
def test_what_is_large_is_not_stored_for_many(api, to, field):
    given = {"payload": {}, field: {"email": {"text": "x" * LARGE}}}
    answer = api.execute("note", to=to, **given)
    assert (answer.status, answer.json["errors"][0]["path"]) == (400, "/payload")
    assert "too large for a topic, or for more than 10 recipients" in answer.json["errors"][0]["message"]
    few = api.execute("note", to=MANY[:MOST_LARGE], **given)
    assert (few.status, few.json["count"]) == (202, MOST_LARGE)


def test_a_page_of_large_runs_ends_early_and_the_next_goes_on(api):
    ids = {api.execute("note", payload={"text": "x" * 200_000}).json["execution_id"] for _ in range(12)}
    seen, cursor, pages = [], "", 0
    while cursor is not None:
        answer = api.get(f"/executions?limit=100&cursor={cursor}")
        assert answer.status == 200
        assert 0 < len(answer.body) <= MOST_PAGE_BYTES + 100
        seen += [run["execution_id"] for run in answer.json["items"]]
        cursor, pages = answer.json["next_cursor"], pages + 1
    assert (len(seen), set(seen), seen) == (12, ids, sorted(seen, reverse=True))
    assert pages == 3


def test_a_run_that_is_larger_than_a_page_has_one_of_its_own(api):
    for size in (10, MOST_PAGE_BYTES - 200, 10):
        assert api.execute("note", payload={"t": "x" * size}).status == 200
    cursor, sizes = "", []
    while cursor is not None:
        answer = api.get(f"/executions?limit=100&cursor={cursor}")
        sizes.append([len(run["payload"]["t"]) for run in answer.json["items"]])
        cursor = answer.json["next_cursor"]
    assert sizes == [[10], [MOST_PAGE_BYTES - 200], [10]]


@pytest.mark.parametrize("limit", [1, 10, 11, 20, 25])
def test_pages_of_small_runs_are_as_long_as_they_were_asked_for(api, limit):
    api.execute("note", to=MANY[:25])
    first = api.get(f"/executions?limit={limit}").json
    assert len(first["items"]) == limit
    assert (first["next_cursor"] is None) == (limit == 25)


def test_of_many_faults_the_first_are_named(api):
    answer = api.execute("numbers", payload={"n": ["no"] * 5000})
    assert (answer.status, len(answer.json["errors"])) == (400, 100)
    assert answer.json["errors"][0]["path"] == "/payload/n/0"
    assert len(answer.body) < 20_000
