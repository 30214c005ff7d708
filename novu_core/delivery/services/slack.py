"""Slack's incoming webhooks, and those of what speaks like them (Mattermost, Rocket.Chat)."""

from __future__ import annotations

from novu_core.delivery.services.chat_webhook import ChatWebhook
from novu_core.types import JsonObject


class Slack(ChatWebhook):
    """Posts the text in Slack's markup, or the ``blocks`` that the step gives for the provider ``slack``."""

    name = scheme = "slack"
    home = "https://hooks.slack.com"
    hosts = ("hooks.slack.com", "hooks.slack-gov.com")
    example = "slack://hooks.slack.com/services/T000/B000/SECRET"

    def payload(self, text: str) -> JsonObject:
        """Return the text of a message."""
        return {"text": text}
