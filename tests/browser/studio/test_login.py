"""Who may use the Studio, as a browser has it."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import expect

from flask_novu.cli import novu_cli

KEY = "nv-secret-key"
CLOSED = {"secret_key": KEY, "studio_password": "pass word", "strict_authentication": True}


@pytest.fixture
def studio(make_studio, registry):
    @registry.workflow("hello", name="Hello")
    def hello(step):
        step.email("mail", {"subject": "s", "body": "b"})

    return make_studio(registry, **CLOSED)


def log_in(page, password):
    page.get_by_label("Password or secret key").fill(password)
    page.get_by_role("button", name="Log in").click()


def test_the_secret_opens_everything_and_a_link_survives_the_login(studio, page):
    studio.trigger("hello")
    studio.open(page, "runs?workflow=hello")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    log_in(page, KEY)
    expect(page.get_by_role("table", name="Runs")).to_be_visible()
    assert page.url.endswith("#/runs?workflow=hello")
    stored = page.evaluate("[document.cookie, JSON.stringify({ ...localStorage, ...sessionStorage })]")
    assert stored == ["", "{}"]
    [cookie] = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"], cookie["path"]) == (True, "Strict", "/api/novu")

    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    assert page.context.cookies() == []


def test_who_is_not_logged_out_is_told(studio, context, page, watch):
    watch.expect("ERR_INTERNET_DISCONNECTED")
    studio.open(page, "workflows")
    log_in(page, "pass word")
    expect(page.get_by_role("heading", level=1)).to_have_text("Workflows")
    context.set_offline(True)
    page.get_by_role("button", name="Log out").click()
    told = page.get_by_role("alert").filter(has_text="You are still logged in.")  # what the view asks may fail, too
    expect(told).to_have_text("You are still logged in. The server does not answer.")
    context.set_offline(False)
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_password_opens_workflows_only(studio, page):
    studio.open(page)
    log_in(page, "pass word")
    expect(page.get_by_role("heading", level=1)).to_have_text("Workflows")
    expect(page.get_by_role("navigation", name="Studio").get_by_role("link")).to_have_text(["Workflows"])
    page.goto(f"{studio.address}/api/novu/studio#/runs")
    expect(page.get_by_role("heading", name="Nothing is here")).to_be_visible()


def test_what_is_wrong_is_said_and_after_five_it_waits(studio, page, watch):
    watch.expect("status of (401|429)")
    studio.open(page)
    for _ in range(5):
        with page.expect_response("**/studio/session"):
            log_in(page, "wrong")
        expect(page.get_by_role("alert")).to_have_text("Wrong password.")
    expect(page.get_by_label("Password or secret key")).to_have_attribute("aria-invalid", "true")
    log_in(page, KEY)
    expect(page.get_by_role("alert")).to_contain_text("Try again in")
    studio.advance(page, minutes=2)
    log_in(page, KEY)
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")


def test_a_session_that_runs_out_asks_again(studio, page, watch):
    watch.expect("status of 401")
    studio.open(page, "runs")
    log_in(page, KEY)
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    studio.env.advance(hours=13)
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")


def test_a_link_logs_in_once(studio, page, watch, make_context):
    """As ``flask novu studio`` prints it; its code stays neither in the address nor in the history."""
    watch.expect("status of 401")
    answer = studio.app.test_cli_runner().invoke(novu_cli, ["studio", "--url", studio.address, "--json"])
    login = json.loads(answer.output)["login"]
    page.goto(login)
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    expect(page).to_have_url(re.compile("/studio#/$"))
    assert page.evaluate("history.length") == 2  # the blank page before it, and this one
    page.goto("about:blank")
    page.goto(login)
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
    page.get_by_role("button", name="Log out").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    page.goto("about:blank")
    page.goto(login)
    expect(page.get_by_role("alert")).to_have_text("Wrong password.")
    expect(page).to_have_url(re.compile("/studio#/$"))


def test_a_new_secret_ends_every_session(make_studio, registry, page, watch):
    watch.expect("status of 401")
    studio = make_studio(registry, **CLOSED)
    studio.open(page, "runs")
    log_in(page, KEY)
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    [cookie] = page.context.cookies()
    rotated = make_studio(registry, **{**CLOSED, "secret_key": ["nv-new-key", KEY]})
    page.context.add_cookies([{**cookie, "domain": "127.0.0.1"}])  # cookies know no port
    rotated.open(page, "runs")
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    log_in(page, KEY)  # the old secret opens it while it is still among them
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    removed = make_studio(registry, **{**CLOSED, "secret_key": "nv-new-key"})
    removed.open(page, "runs")
    expect(page.get_by_role("heading", level=1)).to_have_text("Runs")
    page.get_by_role("button", name="Log out").click()
    log_in(page, KEY)
    expect(page.get_by_role("alert")).to_have_text("Wrong password.")
