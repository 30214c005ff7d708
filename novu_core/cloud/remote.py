"""Triggers, cancels and registers through Novu's API (PROTOCOL section 12); httpx comes with the extra ``cloud``."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any

from novu_core.errors import ConfigurationError, RemoteError
from novu_core.types import JsonObject

_ATTEMPTS = 3
_TIMEOUT = 10.0


class Remote:
    """Novu's API. ``api_url`` without ``/v1``; ``secret_key`` is Novu's. ``pause`` waits between attempts (seconds)."""

    def __init__(
        self, api_url: str, secret_key: str | None, *, pause: Callable[[float], object] | None = None, http: Any = None
    ) -> None:
        if not secret_key:
            raise ConfigurationError(
                "Novu's API needs a key: set NOVU_SECRET_KEY to the secret key of your environment in Novu."
            )
        self._url = api_url.rstrip("/")
        self._key = secret_key
        self._pause = pause or time.sleep
        self._http = http

    def trigger(self, body: JsonObject) -> JsonObject:
        """Post ``{name, to, payload, transactionId, ...}`` and return the API's answer.

        The same transactionId goes with every attempt, so that a repeated one triggers nothing twice.
        Raises RemoteError.
        """
        return self._triggered("/v1/events/trigger", body)

    def broadcast(self, body: JsonObject) -> JsonObject:
        """Post ``{name, payload, transactionId, ...}``, as :meth:`trigger` does, for everybody. Raises RemoteError."""
        return self._triggered("/v1/events/trigger/broadcast", body)

    def cancel(self, transaction_id: str) -> JsonObject:
        """Cancel what a trigger started. Raises RemoteError."""
        return self._json(self._retried("DELETE", f"/v1/events/trigger/{transaction_id}", None))

    def sync(self, bridge_url: str) -> JsonObject:
        """Register a bridge endpoint with Novu. Raises RemoteError."""
        return self._json(self._retried("POST", "/v1/bridge/sync?source=cli", {"bridgeUrl": bridge_url}))

    def forward(self, body: JsonObject) -> tuple[int, Any]:
        """Post a trigger once and return status and body as they came, for the bridge's own trigger action."""
        response = self._send("POST", "/v1/events/trigger", body)
        try:
            return int(response.status_code), response.json()
        except ValueError:
            return int(response.status_code), None

    def _triggered(self, path: str, body: JsonObject) -> JsonObject:
        origin = os.environ.get("NOVU_BRIDGE_ORIGIN")
        sent = {**body, "bridgeUrl": f"{origin}/api/novu"} if origin else dict(body)
        return self._json(self._retried("POST", path, sent))

    def _retried(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        for attempt in range(1, _ATTEMPTS + 1):
            last = attempt == _ATTEMPTS
            try:
                response = self._send(method, path, body)
            except RemoteError:
                if last:
                    raise
            else:
                if response.status_code < 500 or last:
                    return response
            self._pause(0.25 * 2 ** (attempt - 1))
        raise AssertionError("the last attempt returns or raises")

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        httpx = _httpx()
        http = self._http or httpx
        headers = {"Authorization": f"ApiKey {self._key}"}
        options: dict[str, Any] = {} if body is None else {"json": body}
        try:
            return http.request(method, self._url + path, headers=headers, timeout=_TIMEOUT, **options)
        except httpx.HTTPError as error:
            raise RemoteError(f"Novu's API at {self._url} did not answer: {error or type(error).__name__}") from error

    def _json(self, response: Any) -> JsonObject:
        try:
            data = response.json()
        except ValueError:
            data = {}
        if response.status_code >= 400:
            detail = data.get("message", response.reason_phrase) if isinstance(data, dict) else response.reason_phrase
            raise RemoteError(f"Novu's API answered {response.status_code}: {detail}", response.status_code)
        return data if isinstance(data, dict) else {"data": data}


def _httpx() -> Any:
    try:
        import httpx
    except ImportError as error:
        raise ConfigurationError("Novu's API needs httpx: pip install 'flask-novu[cloud]'") from error
    return httpx
