"""The hub of a client: one in each process, made when the first live client comes."""

from __future__ import annotations

import os
import weakref

from novu_core.client import Client
from novu_core.live.hub import Hub
from novu_core.live.news import News
from novu_core.live.source import StoreSource
from novu_core.threads import OwnLock

_hubs: weakref.WeakKeyDictionary[Client, tuple[int, Hub]] = weakref.WeakKeyDictionary()
_lock = OwnLock()


def hub_of(client: Client) -> Hub:
    """Return this process's hub of a client; after a fork it is another one. It ends with the client.

    Raises KeptByNovuError where Novu keeps the inbox, ConfigurationError, StoreError, and RuntimeError where no thread
    can start.
    """
    with _lock:
        pid, hub = _hubs.get(client, (0, None))
        if hub is None or pid != os.getpid():
            tokens, source = client.inbox_tokens, StoreSource(client)
            hub = Hub(tokens.subscriber_of, lambda made: News(source, made))
            hub.start()
            client.ends.append(hub.close)
            weakref.finalize(client, hub.end).atexit = False
            _hubs[client] = (os.getpid(), hub)
        return hub
