"""Text messages through Twilio's API."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from novu_core.delivery.base import Message
from novu_core.delivery.services.base import Request, Service, text_of
from novu_core.delivery.services.service_url import ServiceURL
from novu_core.delivery.transport import Answer, basic
from novu_core.errors import DeliveryError
from novu_core.types import Channel, JsonObject


class Twilio(Service):
    """Sends text messages. ``sender``: a telephone number, or the SID of a messaging service (``MG...``).

    ``account``: the account's SID, where ``sid`` is an API key's (``SK...``).
    """

    name = scheme = "twilio"
    channel = Channel.SMS
    home = "https://api.twilio.com"
    example = "twilio://SID:TOKEN@api.twilio.com?from=+15550100"
    options = ("from", "account")

    def __init__(self, sid: str, token: str, *, sender: str, account: str | None = None, **wiring: Any) -> None:
        super().__init__(token, **wiring)
        self._url = f"{self.base_url}/2010-04-01/Accounts/{quote(account or sid, '')}/Messages.json"
        self._headers = {"Authorization": basic(f"{quote(sid)}:{quote(token)}")}
        self._sender = {"MessagingServiceSid" if sender.startswith("MG") else "From": sender}

    @classmethod
    def from_url(cls, url: ServiceURL, **wiring: Any) -> Twilio:
        """Make one of ``twilio://SID:TOKEN@api.twilio.com?from=NUMBER``. Raises ConfigurationError."""
        sid, token = url.credentials("the account's SID", "its auth token")
        account = url.options.get("account")
        return cls(sid, token, sender=url.need("from"), account=account, **url.common(), **wiring)

    def request(self, message: Message, to: str) -> Request:
        """Return the creation of a message resource."""
        given = {f"{name[:1].upper()}{name[1:]}": value for name, value in self.override(message).items()}
        sender = {} if given.keys() & {"From", "MessagingServiceSid"} else self._sender
        body = {} if given.keys() & {"Body", "ContentSid", "MediaUrl"} else {"Body": text_of(message)}
        return Request.form(self._url, _pairs({**sender, "To": to, **body, **given}), self._headers)

    def id_of(self, answer: Answer) -> str | None:
        """Return the SID of the message."""
        return answer.id("sid")

    def fault(self, answer: Answer) -> DeliveryError | None:
        """A message may be made and have failed at once."""
        if answer.json.get("status") in ("failed", "undelivered"):
            return self.failed(f"could not send: {self.reason(answer)}")
        return None

    def reason(self, answer: Answer) -> str:
        """Return Twilio's code and message."""
        found = answer.json
        code = found.get("code") or found.get("error_code")
        told = found.get("message") or found.get("error_message")
        return " ".join(str(part) for part in (code, told) if part) or answer.text


def _pairs(fields: JsonObject) -> Iterator[tuple[str, str]]:
    for name, value in fields.items():
        for one in value if isinstance(value, list) else [value]:
            yield name, one if isinstance(one, str) else json.dumps(one)
