"""A Flask app with Celery, as Flask's documentation joins them: what the workers of the fault tests run."""

from __future__ import annotations

import os
import time
from datetime import timedelta

from celery import Celery, Task
from flask import Flask, current_app

from flask_novu import Novu
from novu_core import Registry
from novu_core.clock import SystemClock
from tests.providers import Noting

registry = Registry()


@registry.workflow("three")
def three(payload, step):
    step.in_app("bell", lambda: {"body": f"number {payload['n']} of {current_app.name}"})
    step.email("mail", lambda: {"subject": "s", "body": "b"})
    if payload["n"] % 5 == 0:
        step.delay("nap", {"amount": 1, "unit": "seconds"})
    step.custom("count", lambda: {"n": payload["n"]})


@registry.workflow("digest")
def digest(step):
    found = step.digest("window", {"amount": 2, "unit": "seconds"})
    step.email("mail", lambda: {"subject": "s", "body": str(found.event_count)})


@registry.workflow("urgent", critical=True)
def urgent(step):
    step.in_app("bell", lambda: {"body": "now"})


class Ahead(SystemClock):
    """A clock that is so many seconds ahead."""

    def __init__(self, seconds):
        self._by = timedelta(seconds=seconds)

    def now(self):
        return super().now() + self._by


def celery_init_app(app):
    class FlaskTask(Task):
        def __call__(self, *args, **kwargs):
            with app.app_context():
                return self.run(*args, **kwargs)

    celery_app = Celery(app.name, task_cls=FlaskTask)
    celery_app.config_from_object(app.config["CELERY"])
    celery_app.set_default()
    app.extensions["celery"] = celery_app
    return celery_app


@registry.workflow("long")
def long(payload, step):
    """Its third step takes ten minutes, as often as the file ``mark`` is to have lines."""

    def take():
        with open(payload["mark"], "a+") as mark:
            mark.seek(0)
            if len(mark.readlines()) >= payload["times"]:
                return {}
            mark.write("begun\n")
        return time.sleep(600) or {}

    step.in_app("bell", lambda: {"body": "before"})
    step.email("mail", lambda: {"subject": "s", "body": "b"})
    step.custom("take", take)
    step.in_app("after", lambda: {"body": "after"})


def make(store, broker, sent, lease="4", ahead="0", soft="0", hard="0", takeovers="5"):
    app = Flask("product")
    app.config.from_mapping(
        NOVU_STORE_URL=store,
        NOVU_WORKER="celery",
        NOVU_DELIVERY={"email": Noting(sent)},
        NOVU_LEASE_SECONDS=float(lease),
        NOVU_TAKEOVERS=int(takeovers),
        CELERY={
            "broker_url": broker,
            "task_ignore_result": True,
            "task_routes": {"novu.run.urgent": {"queue": "critical"}, "novu.run.*": {"queue": "novu"}},
            "task_soft_time_limit": float(soft) or None,
            "task_time_limit": float(hard) or None,
        },
    )
    celery_init_app(app)
    Novu().init_app(app, workflows=registry)
    app.extensions["novu"].clock = Ahead(float(ahead))
    return app


if "PRODUCT_STORE" in os.environ:
    given = {
        name.removeprefix("PRODUCT_").lower(): value
        for name, value in os.environ.items()
        if name.startswith("PRODUCT_")
    }
    flask_app = make(**given)
    celery_app = flask_app.extensions["celery"]
