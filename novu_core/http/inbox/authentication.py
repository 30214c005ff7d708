"""Who may use the inbox API: whoever has a subscriber's token, and who gets one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from novu_core.aio import IO
from novu_core.client import Client
from novu_core.errors import AuthenticationError, InboxTokenInvalidError, SubscriberNotFoundError
from novu_core.http.api_keys import credentials
from novu_core.http.browsers import check_same_site, is_local
from novu_core.http.messages import Request, Response
from novu_core.http.shapes.errors import Refusal
from novu_core.http.shapes.notifications import Reader
from novu_core.http.surface import Operation, Served
from novu_core.managers.inbox import Inbox
from novu_core.managers.inbox_tokens import is_hash
from novu_core.records import StoredSubscriber
from novu_core.settings import Settings

NO_HASH = "Please provide a valid HMAC hash"


@dataclass(frozen=True)
class Owner:
    """Whose token a request brought."""

    client: Client
    subscriber: StoredSubscriber

    @property
    def inbox(self) -> Inbox:
        """The owner's messages."""
        return self.client.inbox(self.subscriber.subscriber_id)

    @property
    def reader(self) -> Reader:
        """What shows them."""
        return Reader(self.inbox, self.subscriber, self.client.workflows)


def opened(run: Callable[[Owner, Request, IO], Awaitable[Response]]) -> Operation:
    """Return the operation that runs only for a token's owner: nothing else makes an :class:`Owner`."""

    async def guarded(served: Served, request: Request, io: IO) -> Response:
        return await run(await owner_of(served.client, request, io), request, io)

    return Operation(guarded)


async def owner_of(client: Client, request: Request, io: IO) -> Owner:
    """Return whose inbox a request is for. Raises InboxTokenInvalidError, for a deleted subscriber's token too."""
    scheme, token = credentials(request)
    if scheme.lower() != "bearer":
        raise InboxTokenInvalidError
    subscriber_id = client.inbox_tokens.subscriber_of(token)
    try:
        return Owner(client, await io.call(client.subscribers.get, subscriber_id))
    except SubscriberNotFoundError:
        raise InboxTokenInvalidError from None


def check_session(request: Request, settings: Settings, subscriber_id: str, given: str) -> bool:
    """Return whether the hash is this subscriber's; raise where it has to be: Refusal, 400, or AuthenticationError.

    Without strict authentication it need not be, so that anybody could open any inbox; so pages of other origins may
    not, unless they are among those of ``NOVU_CORS``. While that is so only because the app is being debugged, nobody
    may from another machine.
    """
    if is_hash(given, subscriber_id, settings.secret_key):
        return True
    if settings.strict:
        if not settings.secret_key:
            raise AuthenticationError("NOVU_SECRET_KEY is not set where this server runs, so that no hash can be valid")
        raise Refusal(400, NO_HASH)
    if settings.open_by_debug and not is_local(request):
        raise Refusal(400, f"{NO_HASH}: while debugging, this machine alone needs none")
    check_same_site(request, settings.cross_origin.origins)
    return False
