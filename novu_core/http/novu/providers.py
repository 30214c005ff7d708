"""The words that Novu's clients have for providers; one other makes them refuse a whole page."""

from __future__ import annotations

from novu_core.delivery import provider_name
from novu_core.delivery.router import Router
from novu_core.types import Channel

_WORDS = {
    Channel.EMAIL: """anypost emailjs mailgun mailjet mandrill nodemailer postmark sendgrid sendinblue ses netcore
        infobip-email resend plunk mailersend mailtrap clickatell outlook365 novu-email sparkpost email-webhook braze
        novu-email-agent""",
    Channel.SMS: """nexmo plivo sms77 sms-central sns telnyx twilio gupshup firetext infobip-sms burst-sms bulk-sms
        isend-sms forty-six-elks kannel maqsam termii africas-talking novu-sms sendchamp generic-sms clicksend bandwidth
        messagebird simpletexting azure-sms ring-central brevo-sms eazy-sms mobishastra afro-message unifonic smsmode
        imedia sinch isendpro-sms cm-telecom ruach-sms""",
    Channel.PUSH: "fcm apns expo one-signal pushpad push-webhook pusher-beams appio",
    Channel.IN_APP: "novu",
    Channel.CHAT: """slack discord msteams webex-messaging mattermost ryver zulip grafana-on-call getstream rocket-chat
        whatsapp-business line chat-webhook novu-slack telegram sendblue novu-web-chat""",
    Channel.TOOL: "anthropic novu-anthropic anthropic-aws pagerduty opsgenie grafana tool-webhook",
}
_KNOWN = frozenset(word for words in _WORDS.values() for word in words.split())
_WEBHOOKS = {
    Channel.EMAIL: "email-webhook",
    Channel.SMS: "generic-sms",
    Channel.PUSH: "push-webhook",
    Channel.CHAT: "chat-webhook",
    Channel.TOOL: "tool-webhook",
    Channel.IN_APP: "novu",
}
_MAIL = frozenset({"smtp", "console", "outbox", "memory"})


def provider_id(kind: str, name: str | None = None) -> str:
    """Return the word for a provider. ``kind``: the type of a step; ``name``: of the provider that took its message."""
    if kind not in _CHANNELS:
        return "novu"
    channel = Channel(kind)
    if name in _KNOWN:
        return str(name)
    if channel is Channel.EMAIL and (name is None or name in _MAIL):
        return "nodemailer"
    return _WEBHOOKS[channel]


def configured(router: Router, channel: Channel) -> list[str]:
    """Return the words for the providers of a channel, in the order in which they are tried."""
    if channel is Channel.IN_APP:
        return ["novu"]
    return [provider_id(channel.value, provider_name(provider)) for provider in router.providers(channel)]


_CHANNELS = frozenset(channel.value for channel in Channel)
