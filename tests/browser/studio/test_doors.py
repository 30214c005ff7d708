"""Who does not get in: other websites, tunnels and names that were resolved anew, also while the app is debugged."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import expect

from flask_novu import Novu
from novu_core import Registry
from tests.browser.conftest import REBOUND
from tests.browser.studio.conftest import said

DEBUGGED = {"TESTING": False, "DEBUG": True}
PAGES = ["/executions", "/messages", "/subscribers", "/workflows", "/stats", "/status"]
CHANGES = [
    ("POST", "/workflows/order/execute", '{"to": "eve"}'), ("POST", "/executions/RUN/cancel", None),
    ("POST", "/executions/RUN/wake", None), ("POST", "/executions/retry", "{}"),
    ("POST", "/workflows/order/status", '{"status": "archived"}'), ("DELETE", "/triggers/t1", None),
    ("PUT", "/workflows/order/controls", "{}"), ("POST", "/studio/session", '{"password": "key"}'),
]  # fmt: skip


@pytest.fixture
def registry():
    registry = Registry()

    @registry.workflow("order", name="Orders")
    def order(step):
        step.delay("pause", {"amount": 1, "unit": "hours"})
        step.in_app("bell", {"body": "b"})

    return registry


@pytest.fixture(params=[{}, DEBUGGED], ids=["while testing", "while debugging"])
def studio(request, make_studio, registry):
    studio = make_studio(registry, config=request.param)
    studio.run = studio.client.trigger("order", "ada", transaction_id="t1").execution_id
    return studio


def elsewhere(environ, start_response):
    start_response("200 OK", [("content-type", "text/html")])
    return [b"<!doctype html><title>Elsewhere</title><link rel=icon href=data:,>"]


@pytest.mark.parametrize("mode", ["no-cors", "cors"])
def test_another_page_changes_and_reads_nothing(studio, serve, page, watch, mode):
    """What decides is the page's origin, since open mode asks for no login."""
    watch.expect("status of (401|403|405)|blocked by CORS|ERR_FAILED|not allowed")
    studio.open(page, "runs")  # the browser may use it itself
    expect(page.get_by_role("table", name="Runs")).to_be_visible()
    page.goto(serve(elsewhere).replace("127.0.0.1", "localhost"))
    for method, path, body in CHANGES:
        page.evaluate(
            """([address, mode, method, body]) => fetch(address, { method, body, mode, credentials: "include" })
            .catch(() => "refused")""",
            [f"{studio.address}/api/novu{path.replace('RUN', studio.run)}", mode, method, body],
        )
    for path in PAGES:
        told = page.evaluate(
            """([address, mode]) => fetch(address, { mode, credentials: "include" })
            .then((answer) => answer.text()).catch(() => "")""",
            [f"{studio.address}/api/novu{path}", mode],
        )
        assert told == ""
    [run] = studio.client.executions.list()
    assert (run.waiting_for, run.subscriber.subscriber_id) == ("delay", "ada")
    assert studio.client.workflows.status("order") == "active"
    assert page.context.cookies() == []


def closed(page, watch):
    """The page is there, and nothing of the app: no route answers."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Log in")
    watch.expect("status of 401")
    for path in PAGES:
        asked = "path => fetch(`/api/novu${path}`).then((answer) => answer.status)"
        assert page.evaluate(asked, path) == 401, path
    for method, path, body in CHANGES[:-1]:
        asked = "([method, path, body]) => fetch(`/api/novu${path}`, { method, body }).then((answer) => answer.status)"
        assert page.evaluate(asked, [method, path, body]) == 401, path


def test_a_name_that_was_resolved_to_this_machine_opens_nothing(make_studio, registry, page, watch):
    watch.expect(f"a request to another host: http://{REBOUND}")
    studio = make_studio(registry, config=DEBUGGED)
    studio.trigger("order")
    page.goto(f"{studio.address.replace('127.0.0.1', REBOUND)}/api/novu/studio")
    closed(page, watch)
    page.goto(f"{studio.address.replace('127.0.0.1', 'localhost')}/api/novu/studio")
    expect(page.get_by_role("heading", level=1)).to_have_text("Overview")


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_FORWARDED_HOST"])
def test_a_tunnel_opens_nothing(make_studio, registry, serve, page, watch, header):
    studio = make_studio(registry, config=DEBUGGED)
    studio.trigger("order")
    told = "for=203.0.113.9" if header == "HTTP_FORWARDED" else "203.0.113.9"

    def tunnel(environ, start_response):
        return studio.app.wsgi_app({**environ, header: told}, start_response)

    page.goto(f"{serve(tunnel)}/api/novu/studio")
    closed(page, watch)


def test_through_a_tunnel_the_secret_opens_it(make_studio, registry, serve, page):
    studio = make_studio(registry, config=DEBUGGED, secret_key="key")
    run = studio.trigger("order")

    def tunnel(environ, start_response):
        return studio.app.wsgi_app({**environ, "HTTP_X_FORWARDED_FOR": "203.0.113.9"}, start_response)

    page.clock.set_fixed_time(studio.env.clock.now())
    page.goto(f"{serve(tunnel)}/api/novu/studio#/runs/{run}")
    page.get_by_label("Password or secret key").fill("key")
    page.get_by_role("button", name="Log in").click()
    expect(said(page)).to_contain_text("Waits until 11:00 (in 1 hour).")


def test_where_novu_runs_the_workflows_it_says_so(serve, registry, page, watch):
    """``NOVU_DISPATCH=cloud``: workflows and previews are here; runs, messages and people are Novu's."""
    watch.expect("status of 409")
    app = Flask("app")
    app.add_url_rule("/favicon.ico", "icon", lambda: ("", 204))
    Novu().init_app(
        app, workflows=registry, dispatch="cloud", secret_key="key", studio="on", api_url="http://127.0.0.1:9"
    )
    address = f"{serve(app)}/api/novu/studio"
    page.goto(address)
    page.get_by_label("Password or secret key").fill("key")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Workflows")
    expect(page.get_by_role("link", name="Orders")).to_be_visible()
    for view in ("runs", "messages", "subscribers", "overview"):
        page.goto(f"{address}#/{view}")
        expect(page.get_by_role("alert").first).to_contain_text("NOVU_DISPATCH=cloud")
    expect(page.get_by_text("Novu runs the workflows.")).to_be_visible()
    page.goto(f"{address}#/workflows/order/bell")
    expect(page.get_by_role("region", name="Preview")).to_contain_text("b")
    page.goto("about:blank")
    app.extensions["novu"].close()
