"""The same Studio on every framework, behind a proxy, on other pages' machines, and when the server goes away."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import expect
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.middleware.proxy_fix import ProxyFix

import novu_core
from novu_core import Registry
from tests.browser.bell.test_frameworks import SERVED
from tests.browser.studio.conftest import said, timeline

STUDIO = Path(novu_core.__file__).parent / "studio"
VARIES = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d{4}-\d\d-\d\dT[^\"]*")
"""Ids and times."""


@pytest.fixture
def registry():
    registry = Registry()

    @registry.workflow("order", name="Orders")
    def order(payload, step):
        step.in_app("bell", {"body": f"Order {payload.get('number')}"})

    return registry


@pytest.mark.parametrize("framework", SERVED)
def test_other_frameworks(registry, page, framework):
    """FastAPI and Django: from a workflow by a trigger to its run, its message and its step."""
    with SERVED[framework](registry, studio="on", strict_authentication=True) as (_, address, _):
        page.goto(f"{address}/api/novu/studio")
        page.get_by_label("Password or secret key").fill("key")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
        page.get_by_role("link", name="Workflows").click()
        page.get_by_role("link", name="Orders").click()
        page.get_by_role("button", name="Trigger").click()
        page.get_by_label("Subscriber id").fill("ada")
        page.get_by_role("dialog").get_by_role("button", name="Trigger").click()
        expect(said(page)).to_contain_text("Done in")
        expect(timeline(page)).to_have_count(1)
        page.get_by_role("link", name="Message", exact=True).click()
        expect(page.get_by_role("region", name="Message")).to_contain_text("Order None")
        page.goto(f"{address}/api/novu/studio#/workflows/order/bell")
        expect(page.get_by_role("region", name="Preview")).to_contain_text("Order None")
        page.goto("about:blank")


FILES = sorted(
    path.relative_to(STUDIO).as_posix() for path in STUDIO.rglob("*") if path.suffix in (".js", ".css", ".html", ".svg")
)
SENT = ("content-type", "cache-control", "content-security-policy", "x-content-type-options", "referrer-policy")


def test_every_framework_sends_the_same_bytes(make_studio, registry, page):
    """The page, each of its files, and what the API says of a run."""

    def walk(address, client):
        run = client.trigger("order", to="ada", payload={"number": 5}, transaction_id="t").execution_id
        found = {}
        html = page.request.get(f"{address}/api/novu/studio").text()
        version = re.search(r"studio/(\w+)/app\.js", html)[1]
        key = {"authorization": "ApiKey key"}
        for path in (
            "", *(f"/{version}/{name}" for name in FILES), "/session", "/../workflows", "/../workflows/order",
            f"/../executions/{run}", "/../executions?view=summary", "/../executions/nothing", "/0/app.js", "/nothing",
        ):  # fmt: skip
            answer = page.request.get(f"{address}/api/novu/studio{path}", headers=key)
            told = VARIES.sub("", answer.body().decode())
            found[path.replace(run, "")] = (answer.status, told, {name: answer.headers.get(name) for name in SENT})
        return found

    studio = make_studio(registry, secret_key="key", strict_authentication=True)
    flask = walk(studio.address, studio.client)
    assert len(flask) > 40
    for served in SERVED.values():
        with served(registry, studio="on", strict_authentication=True) as (client, address, _):
            assert walk(address, client) == flask


def test_another_prefix_behind_a_proxy(make_studio, serve, registry, page):
    studio = make_studio(registry, url_prefix="/ops/notices")
    app = studio.app
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/shop": ProxyFix(app.wsgi_app, x_prefix=1)})
    run = studio.trigger("order")
    page.goto(f"{studio.address}/shop/ops/notices/studio/#/runs/{run}")
    expect(said(page)).to_contain_text("Done in")
    assert "/shop/ops/notices/studio#/runs/" in page.url


def test_the_server_goes_and_comes_back(make_studio, registry, page, context, watch):
    watch.expect("ERR_INTERNET_DISCONNECTED")
    studio = make_studio(registry)
    studio.trigger("order")
    studio.open(page, "runs")
    rows = page.get_by_role("table", name="Runs").locator("tbody tr")
    expect(rows).to_have_count(1)
    context.set_offline(True)
    expect(page.get_by_role("alert")).to_have_text("The server does not answer.")
    expect(rows).to_have_count(1)
    studio.trigger("order")
    context.set_offline(False)
    expect(rows).to_have_count(2)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_a_refresh_eats_nothing_that_is_typed(make_studio, registry, page, watch):
    studio = make_studio(registry)
    studio.open(page, "runs")
    field = page.get_by_label("Subscriber")
    field.press_sequentially("ad")
    asked = len(watch.asked("/executions"))
    studio.trigger("order")
    watch.until(lambda: len(watch.asked("/executions")) > asked + 1)
    expect(field).to_have_value("ad")
    expect(field).to_be_focused()


def test_the_first_view_is_small(make_studio, registry, page, watch):
    studio = make_studio(registry)
    studio.open(page)
    page.wait_for_load_state("networkidle")
    own = [request for request in watch.asked("/studio") if "/session" not in request.url]
    assert len(watch.requests) <= 30
    sizes = [len(request.response().body()) for request in own]
    assert sum(sizes) <= 120_000
    assert len({re.sub(r"\?.*", "", request.url) for request in own}) == len(own)
