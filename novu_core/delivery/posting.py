"""What providers share that post to a web server: which answers are worth another attempt, and no secret told."""

from __future__ import annotations

import http.client
import re
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from urllib.parse import SplitResult, quote, urlsplit

from novu_core.clock import Clock, SystemClock
from novu_core.delivery.failure import classify, is_retriable_status, parse_retry_after
from novu_core.delivery.transport import Answer, Transport
from novu_core.errors import DeliveryError

_LIKE_A_SECRET = 12
"""Characters from which on a part of a URL or of a header may be one."""
_PLAIN = ("content-type", "content-encoding", "idempotency-key")
"""Headers that hold none."""
_SHORTEST_SECRET = 4
"""Characters; what is shorter is no secret, and stands in ordinary words."""


class Posting:
    """Posts to web servers as ``told``, the name in its errors, in which ``secrets`` never stand.

    Every 2xx is success. 408, 425, 429 and 5xx are worth another attempt, at the earliest after ``Retry-After``;
    everything else, redirects too (they are not followed), is permanent.
    """

    timeout: float | None = None

    def __init__(self, told: str, transport: Transport, clock: Clock | None, secrets: Iterable[str | None]) -> None:
        self._told = told
        self._transport = transport
        self._clock = clock or SystemClock()
        self._secrets = [
            form
            for secret in secrets
            if secret and len(secret) >= _SHORTEST_SECRET
            for form in {secret, quote(secret, "")}
        ]

    def __repr__(self) -> str:
        return f"<{self._told}>"

    def close(self) -> None:
        """Close the connections that wait for use. The next ``send`` opens a new one."""
        self._transport.close()

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Return an answer that means success. Raises DeliveryError for every other, and where none came."""
        with self._told_errors():
            answer = self._transport.post(url, body, {"User-Agent": "flask-novu", **headers})
        if not 200 <= answer.status <= 299:
            raise self._refused(answer, urlsplit(url), headers)
        return answer

    def reach(self, url: str) -> None:
        """Connect to a server, and ask it for nothing. Raises DeliveryError."""
        with self._told_errors():
            self._transport.reach(url)

    @contextmanager
    def _told_errors(self) -> Generator[None]:
        try:
            yield
        except DeliveryError as error:
            raise self.failed(f"was not called: {error.message}") from error
        except (OSError, http.client.HTTPException) as error:
            known = classify(error, self._clock)
            raise self.failed(f"did not answer: {known.message}", retriable=known.retriable) from error
        except ValueError:  # its text quotes the header; a name that the DNS cannot hold is one, too
            raise self.failed("was not called: its host or a header contains characters that cannot be sent.") from None

    def _refused(self, answer: Answer, asked: SplitResult, headers: Mapping[str, str]) -> DeliveryError:
        if 300 <= answer.status <= 399:
            where = answer.headers.get("Location", "not given")
            hint = f"; redirects are not followed, so set the final address ({where})"
        else:
            reason = self.reason(answer)
            hint = f": {reason}" if reason else ""
        sent = " ".join(value for name, value in headers.items() if name.lower() not in _PLAIN)
        for part in re.split("[/&= ]", f"{asked.path}&{asked.query} {sent}"):  # which servers like to repeat
            hint = hint.replace(part, "***") if len(part) >= _LIKE_A_SECRET else hint
        return self.failed(
            f"answered {answer.status}{hint}", retriable=is_retriable_status(answer.status), after=self.pause(answer)
        )

    def reason(self, answer: Answer) -> str:
        """Return why the server refuses, in its own words."""
        return answer.text

    def pause(self, answer: Answer) -> float | None:
        """Return how many seconds the server asks to wait, if it does."""
        after = answer.headers.get("Retry-After")
        return None if after is None else parse_retry_after(after, self._clock.now())

    def failed(self, text: str, *, retriable: bool = False, after: float | None = None) -> DeliveryError:
        """Return a DeliveryError of this provider whose text has none of its secrets."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return DeliveryError(f"{self._told} {text}", retriable=retriable, retry_after=after)
