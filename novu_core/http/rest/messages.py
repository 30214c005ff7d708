"""Operations on messages: everything that was sent or stored."""

from __future__ import annotations

from typing import Any

from novu_core.aio import IO
from novu_core.errors import ConflictError
from novu_core.http.messages import Request, Response
from novu_core.http.rest.parameters import given, page_of, refused
from novu_core.http.rest.tags import tagged
from novu_core.http.shapes.contents import body_of, text_of
from novu_core.http.surface import Served
from novu_core.records import MessageRecord
from novu_core.types import Channel, JsonObject

IDS = ("subscriber_id", "execution_id", "transaction_id")
CHANNELS = [channel.value for channel in Channel]
_LINE = 120
_BRIEF = (
    "message_id", "execution_id", "step_id", "workflow_id", "subscriber_id", "channel", "to", "provider", "created_at",
    "seen", "read",
)  # fmt: skip


async def list_messages(served: Served, request: Request, io: IO) -> Response:
    """List messages in brief, newest first."""
    filters: dict[str, Any] = given(request, *IDS, "channel", "text")
    if filters.get("channel", CHANNELS[0]) not in CHANNELS:
        raise refused("channel", f"is {filters['channel']!r}; use {', '.join(CHANNELS[:-1])} or {CHANNELS[-1]}")
    wanted, messages = page_of(request), served.client.messages
    found = await io.call(lambda: messages.list(**wanted, **filters))
    body = {"items": [_in_brief(message) for message in found], "next_cursor": found.next_cursor}
    return tagged(request, body)


async def get_message(served: Served, request: Request, io: IO) -> Response:
    """Return one message whole; of an e-mail its text, headers and source, too."""
    messages, message_id = served.client.messages, request.path_params["message_id"]
    found = (await io.call(messages.get, message_id)).to_json()
    mail: JsonObject = {}
    if found["channel"] == Channel.EMAIL:
        from novu_core.engine.letters import mail_of  # needs the engine, which definitions alone do not load

        try:
            mail = await io.call(lambda: mail_of(messages.letter(message_id)))
        except ConflictError:  # of another version, or of a provider that takes what no mail has
            mail = dict.fromkeys(("text", "headers", "source"))
    return Response.json(200, {**found, **mail})


async def get_source(served: Served, request: Request, io: IO) -> Response:
    """Return an e-mail as a file."""
    message_id = request.path_params["message_id"]
    email = await io.call(served.client.messages.letter, message_id)
    return Response(
        200,
        email.as_bytes(),
        {
            "content-type": "message/rfc822",
            "content-disposition": f'attachment; filename="{email["Message-ID"][1:9]}.eml"',
            "x-content-type-options": "nosniff",
        },
    )


def _in_brief(message: MessageRecord) -> JsonObject:
    whole: JsonObject = {name: getattr(message, name) for name in _BRIEF}
    title = text_of(message.content, "subject") or body_of(message.content)
    whole["created_at"] = message.created_at.isoformat()
    return {**whole, "title": " ".join(title[: 4 * _LINE].split())[:_LINE]}
