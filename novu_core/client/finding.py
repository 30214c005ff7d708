"""Which client a bare ``workflow.trigger()`` means."""

from __future__ import annotations

import gc

from novu_core.client.client import Client
from novu_core.client.current import frameworks, innermost, live
from novu_core.definition.workflow import Workflow, set_dispatcher
from novu_core.errors import ConfigurationError
from novu_core.lines import logger_of
from novu_core.threads import OwnLock

logger = logger_of(__name__)
_lock = OwnLock()
_default: Client | None = None


def find_client(workflow: Workflow) -> Client:
    """Return the client that a bare ``workflow.trigger()`` means (ARCHITECTURE, Triggering).

    The application context's, else the innermost ``with client:``, else the only live one that registered the workflow,
    else the default client. Raises ConfigurationError where several could be meant.
    """
    for current in frameworks:
        client: Client | None = current()
        if client is not None and client.registry.get(workflow.workflow_id) is workflow:
            return client
    inner: tuple[Client, ...] = innermost.get()
    if inner:
        return inner[-1]
    owners = _owners(workflow)
    if len(owners) > 1:
        del owners
        gc.collect()  # clients that only a cycle of the user's objects holds were counted
        owners = _owners(workflow)
    if len(owners) == 1:
        return owners[0]
    if len(owners) > 1:
        raise ConfigurationError(
            f"Workflow `{workflow.workflow_id}` is registered with {len(owners)} live clients. Say which one: "
            "call `client.trigger(workflow, ...)`, enter `with client: ...`, or push the app's context. The last two "
            "apply only to the thread that entered them: in another thread, call `client.trigger(workflow, ...)`, or "
            "run what triggers with `contextvars.copy_context().run`."
        )
    return default_client()


def _owners(workflow: Workflow) -> list[Client]:
    return [client for client in live if client.owns(workflow)]


def default_client() -> Client:
    """Return the client of plain scripts, made from the environment when first used; it prints what nothing sends."""
    global _default
    with _lock:
        if _default is None or _default.closed:
            _default = Client(console=True)
            where = f"in {_default.engine.parts.store.database.name}"
            logger.warning(
                "No client is set up: workflows run on a default client, which keeps its history %s and prints the "
                "messages of channels without a provider. Create a Client(...), or set NOVU_STORE_URL and "
                "NOVU_DELIVERY.",
                where,
            )
        return _default


set_dispatcher(find_client)
