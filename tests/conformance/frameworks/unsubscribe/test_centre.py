"""The preference centre."""

from __future__ import annotations

import pytest

from tests.conformance.frameworks.unsubscribe.conftest import (
    centre,
    is_on,
    post,
)
from tests.links import boxes


def test_the_preference_centre_saves_what_was_changed_on_it(api):
    api.novu.preferences.set("ada", {"schedule": {"isEnabled": False}})
    page = api.get(centre(api))
    assert boxes(page.body) == {
        "in_app:": (True, True), "email:": (True, True), "in_app:news": (True, True), "email:news": (True, True),
        "email:offers": (False, True), "email:alarm": (True, False), "email:terms": (True, False),
    }  # fmt: skip
    assert post(api, centre(api), *_sent(page, {"email:news": False, "email:offers": True})).status == 200
    assert api.novu.preferences.get("ada", "news") == {"channels": {"email": {"enabled": False}}}
    assert api.novu.preferences.get("ada", "offers") == {"channels": {"email": {"enabled": True}}}
    assert api.novu.preferences.get("ada") == {"schedule": {"isEnabled": False}}


def test_a_global_choice_holds_for_every_workflow(api):
    page = api.get(centre(api))
    answer = post(api, centre(api), *_sent(page, {"email:": False}))
    assert "Your preferences have been saved." in answer.body.decode()
    assert {name: on for name, (on, may) in boxes(answer.body).items() if "email" in name} == {
        "email:": False, "email:news": False, "email:offers": False, "email:alarm": True, "email:terms": True,
    }  # fmt: skip
    post(api, centre(api), *_sent(answer, {"email:news": True}))
    assert (is_on(api), is_on(api, "offers")) == (True, False)


def test_two_open_pages_do_not_undo_each_other(api):
    first = second = api.get(centre(api))
    post(api, centre(api), *_sent(first, {"email:news": False}))
    post(api, centre(api), *_sent(second, {"in_app:news": False}))
    assert (is_on(api), is_on(api, channel="in_app")) == (False, False)


@pytest.mark.parametrize(
    "name", ["email:alarm", "email:terms", "email:nobody", "fax:news", "email", "", ":::", "email:news\n"]
)
def test_what_the_centre_did_not_offer_is_not_changed(api, name):
    assert post(api, centre(api), ("was-on", name)).status == 200
    assert post(api, centre(api), ("was-off", name), ("on", name)).status == 200
    assert all(api.novu.preferences.get("ada", workflow) == {} for workflow in ("news", "alarm", "terms", "offers"))
    assert api.novu.preferences.get("ada") == {}


def _sent(page, changed):
    """What a browser sends of a page on which some boxes were changed."""
    fields = [(f"was-{'on' if on else 'off'}", name) for name, (on, may) in boxes(page.body).items() if may]
    return [*fields, *(("on", name) for name, (on, may) in boxes(page.body).items() if may and changed.get(name, on))]
