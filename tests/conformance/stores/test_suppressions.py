"""Suppressed addresses, on every store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from novu_core.aio import Blocking, drive
from novu_core.engine.showing import Wanted, show_step
from novu_core.errors import SuppressionNotFoundError, ValidationError


@pytest.fixture
def suppressions(env):
    return env.client.suppressions


@pytest.fixture
def letter(registry):
    @registry.workflow("letter")
    def letter(step):
        step.in_app("bell", {"body": "b"})
        step.email("mail", {"subject": "s", "body": "b"})

    return letter


def person(address):
    return {"subscriberId": "ada", "email": address}


def test_a_suppressed_address_is_skipped_with_the_reason_and_the_date_until_it_is_removed(env, letter, suppressions):
    made = suppressions.add("Ada <ada@EXAMPLE.org>", reason="asked by phone")
    assert (made.address, made.channel, made.created_at) == ("ada@example.org", "email", env.clock.now())
    env.advance(days=1)
    result = env.trigger(letter, person("ada@Example.ORG"))
    assert result.status == "completed"
    assert [step.outcome for step in result.steps] == ["delivered", "skipped"]
    assert result.steps[1].reason == f"suppressed: asked by phone ({made.created_at:%Y-%m-%d})"
    assert result.step_results["mail"] == {"skipped": True}
    assert env.outbox.email == []
    suppressions.remove(" ada@example.org ")
    assert env.trigger(letter, person("ada@example.org")).steps[1].outcome == "delivered"


def test_critical_workflows_are_skipped_too(env, registry, suppressions):
    @registry.workflow("reset", critical=True)
    def reset(step):
        step.email("mail", {"subject": "s", "body": "b"})

    suppressions.add("ada@example.org")
    assert env.trigger(reset, person("ada@example.org")).steps[0].reason.startswith("suppressed: manual (")


@pytest.mark.parametrize(
    "address",
    ["Ada@example.org", "ada+news@example.org", "ada@mail.example.org", "ada@xn--strae-oqa.example", "", None],
)
def test_other_addresses_stay_open(env, letter, suppressions, address):
    suppressions.add("ada@example.org")
    assert env.trigger(letter, person(address)).steps[1].reason in (None, "no_address")


def test_domains_are_one_in_every_spelling(env, letter, suppressions):
    suppressions.add("ada@STRAßE.example")
    assert suppressions.get("ada@xn--strae-oqa.EXAMPLE").address == "ada@xn--strae-oqa.example"
    assert env.trigger(letter, person("ada@straße.example")).steps[1].outcome == "skipped"


def test_one_that_is_suppressed_already_stays_as_it_is(env, suppressions):
    first = suppressions.add("ada@example.org", reason="one")
    env.advance(hours=1)
    assert suppressions.add("ada@example.org", reason="two") == first == suppressions.get("ada@example.org")
    assert suppressions.list().total == 1


def test_of_twenty_threads_one_makes_it(suppressions):
    with ThreadPoolExecutor(20) as pool:
        assert len({made.id for made in pool.map(suppressions.add, ["ada@example.org"] * 20)}) == 1


def test_lists_page_in_both_directions(suppressions):
    for number in range(5):
        suppressions.add(f"u{number}@example.org")
    page = suppressions.list(limit=2)
    assert ([found.address for found in page], page.total) == (["u4@example.org", "u3@example.org"], 5)
    following = suppressions.list(limit=2, cursor=page.next_cursor)
    assert [found.address for found in following] == ["u2@example.org", "u1@example.org"]
    assert suppressions.list(limit=2, before=following.previous_cursor) == page
    assert suppressions.list(order="asc").items[0].address == "u0@example.org"
    for bad in ({"limit": 0}, {"cursor": "x"}, {"order": "up"}):
        with pytest.raises(ValidationError):
            suppressions.list(**bad)


@pytest.mark.parametrize(
    "address", ["", "ada", "ada@", "a@b@c", "a@b.c, d@e.f", None, 5, "a\x00@b.c", "x" * 300 + "@b.c"]
)
def test_what_is_not_an_address_is_refused(suppressions, address):
    for refused in (suppressions.add, suppressions.get, suppressions.remove):
        with pytest.raises(ValidationError) as told:
            refused(address)
        assert told.value.errors[0].path == "/address"


@pytest.mark.parametrize("reason", ["", " ", None, 5, "a\nb", "\x00", "x" * 201, "\ud800"])
def test_a_reason_is_one_line(suppressions, reason):
    with pytest.raises(ValidationError) as told:
        suppressions.add("ada@example.org", reason=reason)
    assert told.value.errors[0].path == "/reason"


def test_an_open_address_is_not_found(suppressions):
    for ask in (suppressions.get, suppressions.remove):
        with pytest.raises(SuppressionNotFoundError, match=r"nobody@example\.org"):
            ask("nobody@example.org")


def test_what_waits_for_another_attempt_is_skipped_as_well(env, registry, suppressions):
    class Busy:
        name = "busy"
        left = 1

        def send(self, message):
            if self.left:
                self.left -= 1
                raise ConnectionError("busy")

    env.client.engine.parts.router._providers["email"] = [Busy()]

    @registry.workflow("w")
    def workflow(step):
        step.email("mail", {"subject": "s", "body": "b"})

    result = env.trigger(workflow, person("ada@example.org"))
    assert result.waiting_for == "retry"
    suppressions.add("ada@example.org", reason="gone")
    env.advance(hours=1)
    run = env.client.executions.get(result.execution_id)
    assert (run.status, run.steps[0].outcome) == ("completed", "skipped")
    assert run.steps[0].reason.startswith("suppressed: gone")
    assert env.client.messages.list().items == []


def test_who_may_see_nobody_is_not_told_in_a_preview(env, letter, suppressions):
    suppressions.add("ada@example.org")

    def closed(people):
        wanted = Wanted(to=person("ada@example.org"), people=people)
        return drive(show_step(env.client.engine, "letter", "mail", Blocking(), wanted))["closed"]

    assert closed(people=True)["reason"].startswith("suppressed: manual")
    assert closed(people=False) is None
