"""What became of a run, and why: its sentence, its timeline, and what may be done with it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.studio.conftest import Mailer, said, timeline

ADA = {"subscriberId": "ada", "firstName": "Ada", "email": "ada@example.org"}
MAIL = {"subject": "s", "body": "b"}


@pytest.fixture
def studio(make_studio, registry):
    @registry.workflow("order", name="Orders")
    def order(payload, step):
        step.in_app("bell", {"body": "b"})
        batch = step.digest("collect", {"amount": 1, "unit": "hours"})
        step.email("mail", {"subject": f"{batch.event_count} orders", "body": "b"})

    @registry.workflow("plain")
    def plain(payload, step):
        step.email("mail", MAIL, skip=lambda: payload.get("skip", False))
        step.sms("text", {"body": "b"}, skip_condition="payload.plan == 'free'")
        step.in_app("bell", {"body": "b"})

    return make_studio(registry)


def test_from_the_list_to_a_runs_timeline(studio, page):
    run = studio.trigger("plain", ADA, plan="pro", password="hunter2")
    studio.open(page, "runs")
    expect(page).to_have_title("Runs - Studio")
    row = page.get_by_role("row").filter(has_text="plain")
    expect(row).to_contain_text("ada")
    expect(row.get_by_role("img", name="delivered, delivered, delivered")).to_be_visible()
    row.get_by_role("link", name="done").click()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert page.url.endswith(f"#/runs/{run}")
    expect(said(page)).to_have_text("done Done in 0 ms, 3 messages delivered.")
    expect(timeline(page)).to_have_count(3)
    for row, words in zip(
        timeline(page).all(), ["E-mail mail delivered", "SMS text delivered", "In-app bell delivered"], strict=True
    ):
        assert " ".join(row.inner_text().split()).startswith(words)
    expect(page.get_by_role("heading", name="Payload")).to_be_visible()
    assert "hunter2" not in page.content()
    expect(page.get_by_text('"password": "••••"')).to_be_visible()  # the run has ended, and nobody keeps it
    expect(page.get_by_role("button", name="Show what is hidden")).to_have_count(0)


def test_a_digest_waits_merges_and_is_woken(studio, page):
    first = studio.trigger("order", ADA, number=1, api_key="hunter2")
    second = studio.trigger("order", ADA, number=2)
    studio.open(page, f"runs/{first}")
    expect(said(page)).to_contain_text("Waits for its digest until 11:00 (in 1 hour), 2 events so far.")
    collect = timeline(page).nth(1)
    expect(collect).to_contain_text("Waits until 11:00 (in 1 hour), since 10:00")
    expect(collect.get_by_role("progressbar", name="Time waited")).to_be_visible()
    expect(collect).to_contain_text('{"number":2}')
    expect(collect).to_contain_text('{"number":1,"api_key":"••••"}')
    assert "hunter2" not in page.content()
    page.get_by_role("button", name="Show what is hidden").last.click()
    expect(page.get_by_text("hunter2").first).to_be_visible()
    expect(timeline(page).nth(2)).to_contain_text("not reached")

    collect.get_by_role("link", name="its run").click()
    expect(said(page)).to_contain_text("Its event went into the digest of another run.")
    assert page.url.endswith(second)
    expect(timeline(page).nth(1)).to_contain_text("Skipped: its event went into the digest of another run.")
    page.get_by_role("link", name="To the run with the digest").click()

    page.get_by_role("button", name="Run now").click()
    expect(said(page)).to_contain_text("Done in")
    assert [message.content["subject"] for message in studio.env.outbox if message.channel == "email"] == ["2 orders"]
    expect(page.get_by_role("button", name="Run now")).to_have_count(0)


def test_merged_runs_stand_under_their_digest(studio, page):
    for number in range(4):
        studio.trigger("order", ADA, number=number)
    studio.open(page, "runs")
    rows = page.get_by_role("table", name="Runs").locator("tbody tr")
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="+3 merged").click()
    expect(rows).to_have_count(4)
    expect(rows.nth(1)).to_contain_text("merged")


def test_what_failed_is_open_and_runs_again(make_studio, registry, page):
    @registry.workflow("fragile")
    def fragile(step):
        step.in_app("bell", {"body": "b"})
        step.email("mail", MAIL)

    first, second = Mailer("first", down=True), Mailer("second", down=True)
    studio = make_studio(registry, [first, second], expose_errors=True)
    run = studio.trigger("fragile", ADA)
    studio.advance(page, days=1)
    studio.open(page, "runs")
    page.get_by_label("Status").select_option("partly delivered")
    page.get_by_role("link", name="partly delivered").click()
    expect(said(page)).to_contain_text("Partly delivered: mail failed; 1 message delivered.")
    tries = timeline(page).nth(1).get_by_role("list", name="Attempts")
    expect(tries).to_contain_text("first is down")
    expect(tries).to_contain_text("Changed from first to second.")
    second.down = False
    with page.expect_response("**/retry"):
        page.get_by_role("button", name="Retry", exact=True).click()
    studio.advance(page, days=1)
    expect(said(page)).to_contain_text("done Done in")
    expect(tries).to_contain_text("Retried")
    expect(tries).to_contain_text("second took it.")
    assert studio.client.executions.get(run).status == "completed"


def test_a_run_that_waits_is_canceled(studio, page):
    studio.open(page, f"runs/{studio.trigger('order', ADA)}")
    page.get_by_role("button", name="Cancel").click()
    expect(said(page)).to_contain_text("canceled Canceled; 1 message delivered before.")
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)


def test_filters_stand_in_the_address_and_one_click_clears_them(studio, page):
    studio.trigger("plain", ADA)
    studio.trigger("order", "ben")
    studio.open(page, "runs?workflow=order&subscriber=ben")
    rows = page.get_by_role("table", name="Runs").locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(page.get_by_label("Workflow")).to_have_value("order")
    page.get_by_label("Status").select_option("waits for digest")
    expect(rows).to_have_count(1)
    page.get_by_label("Subscriber").fill("ada")
    page.get_by_label("Subscriber").press("Enter")
    expect(page.get_by_text("No runs match.")).to_be_visible()
    assert "subscriber=ada" in page.url
    page.get_by_role("button", name="Clear the filters").click()
    expect(rows).to_have_count(2)
    expect(page.get_by_label("Subscriber")).to_have_value("")


def test_a_run_that_is_not_there_says_so(studio, page, watch):
    watch.expect("status of 404")
    studio.open(page, "runs/019b8d62-7a80-7000-9de6-2d452a71e810")
    expect(page.get_by_role("alert")).to_contain_text("error_id")


def test_the_list_is_live_and_rests_while_it_is_hidden(studio, page, watch):
    page.clock.install(time=studio.env.clock.now())
    page.goto(f"{studio.address}/api/novu/studio#/runs")
    expect(page.get_by_text("No runs match.")).to_be_visible()
    studio.trigger("plain", ADA)
    page.clock.run_for(2_000)
    expect(page.get_by_role("table", name="Runs")).to_be_visible()
    hide = """hidden => { Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange")) }"""
    page.evaluate(hide, True)
    page.evaluate("fetch('/favicon.ico').then((answer) => answer.status)")  # what was asked before it is heard by now
    asked = len(watch.asked("/executions"))
    for _ in range(5):
        page.clock.run_for(2_000)
        page.wait_for_load_state("networkidle")
    assert len(watch.asked("/executions")) == asked
    page.evaluate(hide, False)
    watch.until(lambda: len(watch.asked("/executions")) > asked)


def test_a_state_fills_a_whole_page(make_studio, registry, page):
    """However many of another state lie between."""

    @registry.workflow("many")
    def many(payload, step):
        step.throttle("limit", {"type": "fixed", "amount": 1, "unit": "hours", "threshold": 1})
        step.in_app("bell", {"body": "b"})

    studio = make_studio(registry)
    for number in range(60):
        studio.trigger("many", f"somebody-{number}")
        studio.trigger("many", f"somebody-{number}")
    studio.open(page, "runs?status=done")
    rows = page.get_by_role("table", name="Runs").locator("tbody tr")
    expect(rows).to_have_count(50)
    page.get_by_role("link", name="Older").click()
    expect(rows).to_have_count(10)
    expect(page.get_by_role("link", name="Older")).to_have_count(0)
    for state, count in {"throttled": 50, "running": 0, "failed": 0, "queued": 0}.items():
        page.get_by_label("Status").select_option(state)
        expect(rows).to_have_count(count)
