"""Push notifications through Firebase Cloud Messaging (its HTTP API v1)."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

from novu_core.delivery.base import Message
from novu_core.delivery.services import crypto
from novu_core.delivery.services.base import Request, merged
from novu_core.delivery.services.push import PushService
from novu_core.delivery.services.service_url import ServiceURL, checked_base
from novu_core.delivery.transport import Answer
from novu_core.errors import ConfigurationError, DeliveryError
from novu_core.types import JsonObject

_SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
_GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_HOUR = 3600
_EARLY = timedelta(minutes=1)


class FCM(PushService):
    """Sends to devices by their registration tokens. ``account``: the JSON of a service account."""

    name = scheme = "fcm"
    home = "https://fcm.googleapis.com"
    example = "fcm://fcm.googleapis.com?credentials=/etc/service-account.json"
    options = ("credentials", "project")

    def __init__(self, account: JsonObject, *, project: str | None = None, **wiring: Any) -> None:
        missing = [
            name for name in ("client_email", "private_key", "token_uri") if not isinstance(account.get(name), str)
        ]
        project = project or account.get("project_id")
        if missing or not project:
            raise ConfigurationError(f"the service account has no {', '.join(missing) or 'project_id'}.")
        super().__init__(**wiring)
        self._url = f"{self.base_url}/v1/projects/{quote(project, '')}/messages:send"
        self._key = crypto.rsa_key(account["private_key"])
        self._issuer: str = account["client_email"]
        self._token_url = checked_base(account["token_uri"])
        self._token: tuple[str, datetime] | None = None

    @classmethod
    def from_url(cls, url: ServiceURL, **wiring: Any) -> FCM:
        """Make one of ``fcm://host?credentials=FILE``. Raises ConfigurationError."""
        path = url.need("credentials")
        try:
            account: Any = json.loads(Path(path).read_text("utf-8"))
        except OSError as error:
            raise ConfigurationError(f"its credentials cannot be read: {error.strerror}: {path}.") from None
        except ValueError:
            raise ConfigurationError(f"its credentials are not JSON: {path}.") from None
        given = account if isinstance(account, dict) else {}
        return cls(given, project=url.options.get("project"), **url.common(), **wiring)

    def to_device(self, message: Message, device: str) -> Request:
        """Return a message to one registration token."""
        shown = {"title": message.subject, "body": message.text}
        notification = {"notification": {name: text for name, text in shown.items() if text}}
        told = merged(notification, self.override(message))
        if isinstance(told.get("data"), dict):  # it takes only text
            told["data"] = {
                name: one if isinstance(one, str) else json.dumps(one) for name, one in told["data"].items()
            }
        return Request.json(self._url, {"message": {**told, "token": device}})

    def greet(self) -> None:
        """Get an access token, and connect. Raises DeliveryError."""
        self._access_token()
        super().greet()

    def ask(self, request: Request) -> Answer:
        """Ask with a token that is a minute or more from its end; one that is refused is replaced once."""
        known = self._token
        try:
            return super().ask(self._authorized(request))
        except DeliveryError:
            if known is None or self._token is not None:
                raise
        return super().ask(self._authorized(request))

    def _authorized(self, request: Request) -> Request:
        headers = {**request.headers, "Authorization": f"Bearer {self._access_token()}"}
        return Request(request.url, request.body, headers)

    def _access_token(self) -> str:
        now = self._clock.now()
        if self._token is not None and self._token[1] > now:
            return self._token[0]
        issued = int(now.timestamp())
        claims = {"iss": self._issuer, "scope": _SCOPE, "aud": self._token_url, "iat": issued, "exp": issued + _HOUR}
        form = [("grant_type", _GRANT), ("assertion", crypto.jwt(claims, self._key))]
        found = super().ask(Request.form(self._token_url, form)).json
        token, seconds = found.get("access_token"), found.get("expires_in")
        if not isinstance(token, str) or not token.isascii() or not token.isprintable():
            raise self.failed("got no access token.", retriable=True)
        lasts = timedelta(seconds=min(seconds, _HOUR) if isinstance(seconds, int | float) else 0)
        self._secrets = [token]
        self._token = (token, now + lasts - _EARLY)
        return token

    def reason(self, answer: Answer) -> str:
        """Return Firebase's code and message; forget a token that it does not take."""
        if answer.status == 401:
            self._token = None
        error = answer.json.get("error")
        if not isinstance(error, dict):
            return answer.text
        details = error.get("details")
        codes = [one["errorCode"] for one in details or [] if isinstance(one, dict) and "errorCode" in one]
        return " ".join(str(part) for part in (*codes[:1], error.get("message")) if part) or answer.text

    def id_of(self, answer: Answer) -> str | None:
        """Return the message's name."""
        return answer.id("name")
