"""``GET /metrics``: Prometheus' text format."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from novu_core.errors import StoreError
from novu_core.http.rest.metrics import exposition
from novu_core.records.metrics import Metric, Sample

ROW = re.compile(r'([a-z_]+)(?:\{((?:[a-z]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (\S+)')
PAIR = re.compile(r'([a-z]+)="((?:[^"\\\n]|\\["\\n])*)"')
UNESCAPED = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


def read(page):
    """The samples of a page, as Prometheus reads it."""
    assert page.endswith("\n")
    found = {}
    for line in page[:-1].split("\n"):
        if not line.startswith(("# HELP novu_", "# TYPE novu_")):
            name, labels, value = ROW.fullmatch(line).groups()
            pairs = [
                (key, re.sub(r'\\["\\n]', lambda each: UNESCAPED[each[0]], text))
                for key, text in PAIR.findall(labels or "")
            ]
            found[(name, *pairs)] = float(value)
    return found


def test_it_is_text_for_whoever_has_the_key(make_api, bell):
    api = make_api(bell, secret_key="key", strict_authentication=True)
    assert api.get("/metrics").status == 401
    trusted = {"Authorization": "ApiKey key"}
    api.post("/workflows/bell/execute", json={"to": "ada"}, headers=trusted)
    answer = api.get("/metrics", headers=trusted)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    found = read(answer.body.decode())
    assert found["novu_runs", ("status", "completed"), ("workflow", "bell")] == 1
    delivered = (("channel", "in_app"), ("provider", "novu"), ("outcome", "delivered"))
    assert found[("novu_deliveries_total", *delivered)] == 1
    assert found["novu_duration_seconds_bucket", ("channel", "in_app"), ("le", "+Inf")] == 1
    assert api.request("POST", "/metrics", headers=trusted).status == 405


def test_a_store_that_does_not_answer_is_503(make_api, bell, monkeypatch):
    api = make_api(bell)

    def away(work, **options):
        raise StoreError("away")

    monkeypatch.setattr(api.novu.engine.parts.store.database, "read", away)
    answer = api.get("/metrics")
    assert (answer.status, answer.json["status_code"], answer.json["error_type"]) == (503, 503, "StoreError")


def test_where_novu_runs_it_novu_has_the_numbers(make_api, bell):
    assert make_api(bell, dispatch="cloud", secret_key="key").get("/metrics").status == 409


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_can_be_a_label(value):
    page = exposition([Metric("novu_x", "gauge", "X.", [Sample({"workflow": value, "status": "a"}, 1.5, "_sum")])])
    assert read(page) == {("novu_x_sum", ("workflow", value), ("status", "a")): 1.5}
