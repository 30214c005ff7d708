"""What providers reported, beside the message and in the timeline, and the address that is closed since."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import expect

from novu_core.delivery.events.base import Event, Post, Report
from tests.browser.studio.conftest import timeline

ADA = {"subscriberId": "ada", "firstName": "Ada", "email": "ada@example.org"}


class Source:
    name = "postmark"

    def __init__(self, event):
        self.event = event

    def read(self, post):
        return Report((self.event,))


@pytest.fixture
def studio(make_studio, registry):
    registry.workflow("news")(lambda step: step.email("mail", {"subject": "News", "body": "It is spring."}))
    return make_studio(registry)


def test_a_bounce_is_told_and_the_next_mail_is_skipped(studio, page):
    run = studio.trigger("news", ADA)
    now = studio.client.clock.now()
    event = Event("hard_bounce", "e1", now, "550 <b>no</b> such user", ("ada@example.org",), (), f"{run}:mail")
    with ThreadPoolExecutor(1) as pool:  # in this thread is the browser's event loop
        pool.submit(studio.client.reports.take, Source(event), Post({}, b"", now)).result()
    studio.open(page, f"runs/{run}")
    expect(timeline(page).first).to_contain_text("hard bounce of ada@example.org: 550 <b>no</b> such user")
    timeline(page).first.get_by_role("link", name="Message").click()
    reader = page.get_by_role("region", name="Message")
    expect(reader.get_by_role("definition").filter(has_text="hard bounce of ada@example.org")).to_have_count(1)
    again = studio.trigger("news", ADA)
    studio.open(page, f"runs/{again}")
    expect(timeline(page).first).to_contain_text(f"Skipped: Ada's address is suppressed: hard bounce ({now:%Y-%m-%d}).")
