"""Debian's Chromium, one of a run, and a context of its own for every test, which fails where a page complains."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browser.serving import served_by
from tests.browser.watch import Watch

HERE = Path(__file__).parent
PATIENCE = 20_000  # milliseconds: what takes longer is missing, however busy the machine is
expect.set_options(timeout=PATIENCE)
CHROMIUM = shutil.which("chromium")
REBOUND = "rebound.example.org"
"""A website's name that its owner has resolved to this machine."""
QUIET = [  # nothing of its own is asked of any network
    "--disable-background-networking", "--disable-component-update", "--disable-gpu", "--disable-quic", "--disable-sync",
    "--no-first-run",
    f"--host-resolver-rules=MAP {REBOUND} 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    """One browser for the tests below this folder, and no longer: its event loop counts as this thread's while it runs."""
    if CHROMIUM is None:
        absent = "Chromium is not installed: apt-get install chromium"
        pytest.fail(absent) if os.environ.get("CI") else pytest.skip(absent)
    flags = [*QUIET, "--no-sandbox"] if os.geteuid() == 0 else QUIET
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield launched
        launched.close()


@pytest.fixture
def make_context(browser) -> Iterator[Callable[..., BrowserContext]]:
    """Make contexts, each a visitor with cookies of its own; ``context.watch`` is what hears its pages."""
    made: list[BrowserContext] = []

    def make(**options) -> BrowserContext:
        given = {"locale": "en-GB", "timezone_id": "Europe/Berlin", "reduced_motion": "reduce", **options}
        context = browser.new_context(**given)
        context.set_default_timeout(PATIENCE)
        context.watch = Watch(context)
        made.append(context)
        return context

    yield make
    faults = [fault for context in made for fault in context.watch.faults]
    for context in made:
        context.close()
    assert faults == []


@pytest.fixture
def context(make_context) -> BrowserContext:
    return make_context()


@pytest.fixture
def watch(context) -> Watch:
    return context.watch


@pytest.fixture
def page(context) -> Page:
    return context.new_page()


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Serve WSGI apps on loopback until the test ends; return an app's address."""
    with served_by() as start:
        yield start
