"""``novu_inbox``: the bell in the Jinja templates of FastAPI and Starlette."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from markupsafe import Markup
from starlette.requests import Request
from typing_extensions import Unpack

from novu_core.inbox import bell
from novu_core.inbox.markup import Options


def novu_inbox(request: Request) -> dict[str, Callable[..., Markup]]:
    """Give templates the function: ``Jinja2Templates("templates", context_processors=[novu_inbox])``.

    ``{{ novu_inbox(user.id) }}`` is the bell of a subscriber, with the options of :func:`novu_core.inbox.bell`. It
    reads the store, so that an endpoint that renders it is best a ``def``, which FastAPI runs in a thread.
    """

    def function(
        subscriber_id: str | int,
        *,
        words: Mapping[str, str] | None = None,
        nonce: str | None = None,
        **options: Unpack[Options],
    ) -> Markup:
        script = request.url_for("inbox_js").path
        return bell(request.app.state.novu, script, subscriber_id, words=words, nonce=nonce, **options)

    return {"novu_inbox": function}
