"""The client: the facade over everything, and which client a bare ``workflow.trigger()`` means."""

from __future__ import annotations

from novu_core.client.client import Client
from novu_core.client.finding import default_client, find_client
from novu_core.client.hashes import inbox_hash

__all__ = ["Client", "default_client", "find_client", "inbox_hash"]
