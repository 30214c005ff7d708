"""An app whose workflows Celery runs, as Flask's documentation joins the two; ``make demo-celery`` starts two workers.

``celery -A example_app.celery_app worker -P threads``; the environment has ``NOVU_STORE_URL`` and ``BROKER_URL``.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from celery import Celery, Task
from flask import Flask

from flask_novu import Novu
from novu_core import Registry, Step

registry = Registry()


class Mailbox:
    """Stands for a mail provider: a line in a file for each e-mail, its idempotency key."""

    def __init__(self, path: str) -> None:
        self._path = Path(path)

    def send(self, message: Any) -> None:
        """Take an e-mail."""
        with self._path.open("a") as lines:
            lines.write(f"{message.idempotency_key}\n")


@registry.workflow("order-shipped")
def order_shipped(payload: Any, step: Step) -> None:
    """Tell at once, and ask how it was a moment later."""
    step.in_app("bell", lambda: {"body": f"Order {payload['id']} is on its way"})
    step.email("mail", lambda: {"subject": "On its way", "body": f"Order {payload['id']}"})
    step.delay("two-seconds", {"amount": 2, "unit": "seconds"})
    step.in_app("ask", lambda: {"body": "Did it arrive?"})


@registry.workflow("password-reset", critical=True)
def password_reset(step: Step) -> None:
    """What cannot wait."""
    step.in_app("code", lambda: {"body": "Your code is 123456"})


def celery_init_app(app: Flask) -> Celery:
    """Join a Flask app and Celery: Flask's documented pattern, unchanged."""

    class FlaskTask(Task):  # type: ignore[misc]  # Celery has no types
        def __call__(self, *args: object, **kwargs: object) -> object:
            with app.app_context():
                return self.run(*args, **kwargs)

    celery_app = Celery(app.name, task_cls=FlaskTask)
    celery_app.config_from_object(app.config["CELERY"])
    celery_app.set_default()
    app.extensions["celery"] = celery_app
    return celery_app


def create_app() -> Flask:
    """Make the app; ``NOVU_STORE_URL`` and the other settings come from the environment."""
    app = Flask(__name__)
    app.config.from_mapping(
        NOVU_WORKER="celery",
        NOVU_DELIVERY={"email": Mailbox(os.environ.get("MAILBOX", os.devnull))},
        CELERY={
            "broker_url": os.environ.get("BROKER_URL", "memory://"),
            "task_ignore_result": True,
            "task_routes": {"novu.run.password-reset": {"queue": "critical"}, "novu.run.*": {"queue": "novu"}},
        },
    )
    celery_init_app(app)
    Novu().init_app(app, workflows=registry)
    return app


if "BROKER_URL" in os.environ:  # a worker
    flask_app = create_app()
    celery_app = flask_app.extensions["celery"]
