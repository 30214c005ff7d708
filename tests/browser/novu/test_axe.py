"""What axe finds in an open bell."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.bell.conftest import rows, shop

__all__ = ["shop"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(shop, page, modules, scheme):  # the fixture
    shop.tell(subject="Subject", primaryAction={"label": "Accept"}, secondaryAction={"label": "Decline"})
    shop.tell(body="Read")
    shop.env.client.inbox("ada").mark(shop.messages()[0].message_id, read=True)
    shop.open(page, archive="").click()
    page.evaluate("scheme => { document.documentElement.style.colorScheme = scheme }", scheme)
    expect(rows(page)).to_have_count(2)
    page.evaluate((modules / "node_modules/axe-core/axe.min.js").read_text("utf-8"))
    found = page.evaluate("axe.run(document.querySelector('novu-inbox')).then(({ violations }) => violations)")
    assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found] == []
