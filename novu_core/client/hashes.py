"""The hash by which an app's server says who a page's inbox belongs to."""

from __future__ import annotations

from novu_core.client.current import frameworks, innermost, live
from novu_core.errors import ConfigurationError
from novu_core.settings import Settings, environment


def inbox_hash(subscriber_id: str, secret_key: str | None = None) -> str:
    """Return the ``subscriberHash`` of ``<Inbox/>``, made on the server for a user who is logged in there.

    ``secret_key``: unless given, the newest ``NOVU_SECRET_KEY`` of the client in use, else of the environment.

    Raises ConfigurationError without a secret, and ValidationError for what is not an id and for one that begins with
    digits and a dot, whose hash could sign a request to the bridge.
    """
    from novu_core.managers.inbox_tokens import hash_of  # loads the engine's records

    secret = secret_key or next(iter(_settings().secret_key), None)
    if secret is None:
        raise ConfigurationError("Set NOVU_SECRET_KEY: hashes are made and checked with it.")
    return hash_of(subscriber_id, secret)


def _settings() -> Settings:
    of_apps = [client for current in frameworks if (client := current()) is not None]
    clients = of_apps[:1] or list(innermost.get()[-1:]) or list(live)
    if len(clients) != 1:
        return Settings.load(environment())
    found: Settings = clients[0].settings
    return found
