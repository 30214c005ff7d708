"""Where the settings say that Celery runs what is due, its apps get the tasks and the sender."""

from __future__ import annotations

from novu_core.errors import ConfigurationError


def prepare_celery() -> None:
    """Give every Celery app of this process, also those that are made later, what it needs. ConfigurationError."""
    try:
        import novu_core.backends.celery  # noqa: F401  # imported for its effect
    except ImportError as error:
        raise ConfigurationError(
            f"NOVU_WORKER=celery needs Celery, which is not installed: pip install 'flask-novu[celery]' ({error})"
        ) from error
