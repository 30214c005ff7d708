"""url_for inside a workflow leads to NOVU_PUBLIC_URL, wherever the run goes on."""

from __future__ import annotations

import asyncio

import pytest
from flask import Blueprint, Flask, request, url_for

from flask_novu import Novu
from novu_core import Settings
from novu_core.errors import ConfigurationError
from novu_core.testing import NovuEnvironment

ADA = {"subscriberId": "ada", "email": "ada@example.org"}


@pytest.fixture
def linking(registry):
    @registry.workflow("linking")
    def linking(step):
        step.custom("now", lambda: {"link": url_for("post", number=1)})
        step.delay("pause", {"amount": 1, "unit": "hours"})
        step.custom(
            "later", lambda: {"link": url_for("post", number=1), "full": url_for("post", number=2, _external=True)}
        )

    return linking


@pytest.fixture
def make(registry, linking):
    apps = []

    def make(public_url=None, **config):
        app = Flask("links", **config.pop("flask", {}))
        app.config.update(TESTING=True, **config)
        Novu().init_app(app, workflows=registry, worker="none", public_url=public_url)
        apps.append(app)

        @app.get("/posts/<int:number>")
        def post(number):
            return linking.trigger(to=ADA).to_json()["step_results"]["now"] | {"here": url_for("post", number=3)}

        return app

    yield make
    for app in apps:
        app.extensions["novu"].close()


@pytest.mark.parametrize(
    ("public", "link"),
    [
        ("https://app.example.org", "https://app.example.org/posts/1"),
        ("https://app.example.org/", "https://app.example.org/posts/1"),
        ("http://app.example.org:8080/shop", "http://app.example.org:8080/shop/posts/1"),
        ("https://app.example.org/a/b/", "https://app.example.org/a/b/posts/1"),
        ("http://[::1]:5000", "http://[::1]:5000/posts/1"),
    ],
)
def test_a_link_is_the_same_in_a_request_after_a_delay_and_in_a_script(make, linking, public, link):
    app = make(public)
    with NovuEnvironment(app=app) as env:
        answer = app.test_client().get("/posts/7", base_url="http://an-attacker.example").json
        run = env.trigger(linking, to={**ADA, "subscriberId": "ben"})
        env.advance(hours=1)
        later = env.client.executions.get(run.execution_id).step_results
        waited = env.client.executions.list(subscriber_id="ada").items[0].step_results
    assert answer == {"link": link, "here": "/posts/3"}
    assert run.step_results["now"]["link"] == later["later"]["link"] == waited["later"]["link"] == link
    assert later["later"]["full"] == link.removesuffix("1") + "2"


def test_in_a_context_inside_a_run_and_behind_one_flask_is_as_it_was(make, registry):
    app = make("https://app.example.org", SERVER_NAME="inner.example")
    seen = []

    @registry.workflow("nested")
    def nested(step):
        def look():
            with app.app_context():
                seen.append(url_for("post", number=1))
            with app.test_request_context():
                seen.append(url_for("post", number=1))
            seen.append(url_for("post", number=1))
            return {}

        step.custom("look", look)

    nested.trigger(to=ADA)
    with app.app_context():
        nested.trigger(to=ADA)
        seen.append(url_for("post", number=1))
    inside = ["http://inner.example/posts/1", "/posts/1", "https://app.example.org/posts/1"]
    assert seen == [*inside, *inside, "http://inner.example/posts/1"]


def test_the_request_stays_at_hand_in_a_run_that_begins_there(make, registry):
    app = make("https://app.example.org")

    @registry.workflow("asking")
    def asking(step):
        step.custom("who", lambda: {"agent": request.headers["x-agent"], "link": url_for("post", number=1)})

    @app.get("/ask")
    def ask():
        before = url_for("post", number=1, _external=True)
        results = [asking.trigger(to=name).step_results["who"] for name in ("ada", "ben")]
        return {"results": results, "around": [before, url_for("post", number=1, _external=True)]}

    answer = app.test_client().get("/ask", headers={"x-agent": "me"}).json
    assert answer["results"] == [{"agent": "me", "link": "https://app.example.org/posts/1"}] * 2
    assert answer["around"] == ["http://localhost/posts/1"] * 2


def test_async_runs_at_once_in_one_request_keep_their_links(make, registry):
    app = make("https://app.example.org")

    @registry.workflow("slow")
    async def slow(step):
        async def look():
            await asyncio.sleep(0)
            return {"link": url_for("post", number=1)}

        await step.custom("a", look)
        await step.custom("b", look)

    @app.get("/many")
    async def many():
        runs = await asyncio.gather(*[slow.atrigger(to=f"u{number}") for number in range(5)])
        links = [run.step_results[step]["link"] for run in runs for step in ("a", "b")]
        return {"links": links, "here": url_for("post", number=1)}

    answer = app.test_client().get("/many").json
    assert set(answer["links"]) == {"https://app.example.org/posts/1"}
    assert answer["here"] == "/posts/1"


def test_subdomains_and_blueprints_are_found(make, registry):
    app = make("https://example.org", flask={"subdomain_matching": True}, SERVER_NAME="example.org")
    shop = Blueprint("shop", __name__, subdomain="shop")
    shop.add_url_rule("/cart", "cart", lambda: "cart")
    app.register_blueprint(shop)

    @registry.workflow("subdomain")
    def subdomain(step):
        step.custom("c", lambda: {"link": url_for("shop.cart", colour="red", _anchor="top")})

    assert subdomain.trigger(to=ADA).step_results["c"]["link"] == "https://shop.example.org/cart?colour=red#top"


def test_without_it_flasks_own_answers_stay(make, linking):
    app = make()
    run = linking.trigger(to=ADA)
    assert "SERVER_NAME" in run.error["message"]
    assert "NOVU" not in run.error["message"]
    assert app.test_client().get("/posts/7").json == {"link": "/posts/1", "here": "/posts/3"}
    named = make(SERVER_NAME="flask.example", APPLICATION_ROOT="/root", PREFERRED_URL_SCHEME="https")
    client = named.extensions["novu"]
    assert client.trigger(linking, to="ben").step_results["now"]["link"] == "https://flask.example/root/posts/1"


@pytest.mark.parametrize(
    "url",
    ["app.example.org", "ftp://a.example", "https://", "https://a.example?x=1", "https://a.example/#top", "//a.example",
     "https://user:word@a.example", "https://a b.example", "javascript:alert(1)", "https://a.example:port",
     "https://a.example:99999", ""],
)  # fmt: skip
def test_what_is_no_web_address_is_refused(url):
    with pytest.raises(ConfigurationError, match="NOVU_PUBLIC_URL"):
        Settings.build(public_url=url)


def test_it_may_be_set_after_init_app(make, linking):
    app = make()
    app.config["NOVU_PUBLIC_URL"] = "https://later.example"
    assert linking.trigger(to=ADA).step_results["now"]["link"] == "https://later.example/posts/1"
