"""Discord's webhooks."""

from __future__ import annotations

from novu_core.delivery.services.chat_webhook import ChatWebhook
from novu_core.delivery.services.service_url import options_of
from novu_core.delivery.transport import Answer
from novu_core.types import JsonObject


class Discord(ChatWebhook):
    """Posts the text, in which nobody is notified by a mention: strangers' texts have them, too."""

    name = scheme = "discord"
    home = "https://discord.com"
    hosts = ("discord.com", "discordapp.com", ".discord.com")
    example = "discord://discord.com/api/webhooks/ID/TOKEN"

    def payload(self, text: str) -> JsonObject:
        """Return the content of a message."""
        return {"content": text, "allowed_mentions": {"parse": []}}

    def query(self, query: str) -> str:
        """Ask for an answer that has the message's id."""
        if "wait" in options_of(query):
            return query
        return f"{query}&wait=true" if query else "wait=true"

    def reason(self, answer: Answer) -> str:
        """Return Discord's code and message."""
        found = answer.json
        return f"{found.get('code')} {found['message']}" if found.get("message") else answer.text

    def pause(self, answer: Answer) -> float | None:
        """Return the pause in the body, which has fractions of seconds, else the header's."""
        found = answer.json.get("retry_after")
        known = isinstance(found, int | float) and not isinstance(found, bool) and 0 <= found < float("inf")
        return float(found) if known else super().pause(answer)  # type: ignore[arg-type]  # known says so
