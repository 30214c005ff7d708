"""Microsoft Teams: the webhooks of Workflows (Power Automate), and the connectors before them."""

from __future__ import annotations

import re

from novu_core.delivery.services.chat_webhook import ChatWebhook
from novu_core.delivery.transport import Answer
from novu_core.errors import DeliveryError
from novu_core.types import JsonObject

_SCHEMA = "http://adaptivecards.io/schemas/adaptive-card.json"
_BEHIND = re.compile(r"HTTP error (\d{3})")


class Teams(ChatWebhook):
    """Posts the text as an adaptive card, or the ``attachments`` that the step gives for ``msteams``."""

    name = scheme = "msteams"
    home = "https://outlook.office.com"
    hosts = (".logic.azure.com", ".api.powerplatform.com", ".webhook.office.com", "outlook.office.com")
    example = "msteams://prod-01.westeurope.logic.azure.com/workflows/ID/triggers/manual/paths/invoke?sig=SECRET"

    def payload(self, text: str) -> JsonObject:
        """Return a message with one card."""
        block = {"type": "TextBlock", "text": text, "wrap": True}
        card = {"$schema": _SCHEMA, "type": "AdaptiveCard", "version": "1.4", "body": [block]}
        attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
        return {"type": "message", "attachments": [attachment]}

    def fault(self, answer: Answer) -> DeliveryError | None:
        """Connectors answer 200 and tell in the text that Teams itself did not."""
        behind = _BEHIND.search(answer.text)
        if behind is None:
            return None
        status = int(behind[1])
        return self.failed(f"answered {answer.status}: {answer.text}", retriable=status == 429 or status >= 500)
