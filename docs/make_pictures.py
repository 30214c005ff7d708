"""Takes the pictures of the README: ``python docs/make_pictures.py``. It needs Debian's Chromium."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from werkzeug.serving import make_server

HERE = Path(__file__).parent
SIZE = {"width": 620, "height": 400}
COMMENTS = [
    ("Grace", "A kind word", "Twenty comments, one letter. My inbox thanks you!"),
    ("Ben", "On notes", "Does the seventh note answer the first one? I read it twice."),
    ("Cleo", "On notes", "Would it play music too?"),
]


def main() -> None:
    """Serve the example app, let people comment, and take the pictures: the author's page, and a run in the Studio."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["EXAMPLE_INSTANCE_PATH"] = folder
        from example_app import create_app
        from novu_core.testing import Outbox

        app = create_app(
            {"NOVU_DELIVERY": {"email": Outbox()}, "NOVU_STRICT_AUTHENTICATION": False, "NOVU_STUDIO": "on"}
        )
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with sync_playwright() as playwright:
            flags = ["--no-sandbox"] if os.geteuid() == 0 else []
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=flags)
            bell(browser, f"http://127.0.0.1:{server.server_port}")
            studio(browser, f"http://127.0.0.1:{server.server_port}")
            browser.close()
        server.shutdown()
        app.extensions["novu"].close()


def bell(browser: Browser, address: str) -> None:
    """Take the picture of an open bell."""
    people = {name: browser.new_page(viewport=SIZE, locale="en-GB") for name in ("Ada", "Ben", "Cleo", "Grace")}
    for name, page in people.items():
        page.goto(address)
        page.get_by_label("Name").fill(name)
        page.get_by_label("E-mail").fill(f"{name}@example.org")
        page.get_by_role("button", name="Log in").click()
    ada = people["Ada"]
    for title in dict.fromkeys(title for _, title, _ in COMMENTS):
        ada.goto(address)
        ada.get_by_label("Title").fill(title)
        ada.get_by_label("Text").fill("...")
        ada.get_by_role("button", name="Publish").click()
    for name, title, text in COMMENTS:
        people[name].goto(address)
        people[name].get_by_role("link", name=title).click()
        people[name].get_by_label("Comment").fill(text)
        people[name].get_by_role("button", name="Send").click()
        if name == "Grace":
            ada.goto(address)
            ada.get_by_role("button", name="Notifications").click()
            ada.get_by_role("button", name=text).click()
    ada.goto(address)
    ada.get_by_role("button", name="Notifications").click()
    ada.get_by_text(COMMENTS[-1][2]).wait_for()
    ada.screenshot(path=HERE / "bell.png")


def studio(browser: Browser, address: str) -> None:
    """Take the picture of a run that waits for its digest."""
    page = browser.new_page(viewport={"width": 900, "height": 620}, locale="en-GB")
    page.goto(f"{address}/api/novu/studio#/runs?status=waits+for+digest")
    page.get_by_role("table", name="Runs").get_by_role("link").first.click()
    page.get_by_text("events so far").wait_for()
    page.get_by_text("its run").first.wait_for()
    page.screenshot(path=HERE / "studio.png")


if __name__ == "__main__":
    main()
