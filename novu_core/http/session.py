"""The Studio's login: a signed cookie with a role, and how often a wrong password is looked at."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import threading
from datetime import datetime, timedelta
from urllib.parse import quote

from itsdangerous import BadData, URLSafeSerializer

from novu_core.clock import Clock
from novu_core.errors import AuthenticationError, TooManyAttemptsError
from novu_core.http.api_keys import is_key
from novu_core.http.messages import Request, Role
from novu_core.settings import Settings

COOKIE = "novu_studio"
LASTS = timedelta(hours=12)
MOST_WRONG = 5
"""How many wrong passwords of one address are looked at in a minute; the next ones are refused unseen."""
MINUTE = timedelta(minutes=1)
_MOST_ADDRESSES = 1000


class Sessions:
    """Whoever is logged in to one client's Studio. The server keeps nothing: a cookie holds its role and its end.

    It is signed under a key made of the newest secret, and for the role ``edit`` of the password too, so that a new
    secret or a new password ends it.
    """

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._secrets = settings.secret_key
        self._password = (settings.studio_password or "").encode()
        self._serializers: dict[Role, URLSafeSerializer] = {}
        if self._secrets:
            self._serializers["all"] = _serializer("all", self._secrets[0])
        if self._password:
            self._serializers["edit"] = _serializer(
                "edit", "\0".join([*self._secrets[:1], settings.studio_password or ""])
            )
        self._clock = clock
        self._wrong: dict[str, list[datetime]] = {}
        self._used: dict[str, float] = {}
        self._lock = threading.Lock()

    @property
    def possible(self) -> bool:
        """Whether anything opens a session."""
        return bool(self._serializers)

    def log_in(self, request: Request, given: str) -> Role:
        """Return the role that a password or secret opens. Raises AuthenticationError and TooManyAttemptsError."""
        address, now = _network(request.client), self._clock.now()
        with self._lock:
            recent = [at for at in self._wrong.pop(address, ()) if now - at < MINUTE]
            self._wrong[address] = recent
            if len(self._wrong) > _MOST_ADDRESSES:
                del self._wrong[next(iter(self._wrong))]
            if len(recent) >= MOST_WRONG:
                raise TooManyAttemptsError(int((recent[0] + MINUTE - now).total_seconds()) + 1)
            role = self._opened_by(given)
            if role is None:
                recent.append(now)
                raise AuthenticationError("Wrong password.")
        return role

    def code(self) -> str | None:
        """Return what logs in once, within a minute and for each process; None without a secret."""
        if not self._secrets:
            return None
        ends = int((self._clock.now() + MINUTE).timestamp())
        return str(_serializer("all", self._secrets[0], "code").dumps([ends, secrets.token_urlsafe(12)]))

    def cookie(self, request: Request, role: Role) -> str:
        """Return the ``Set-Cookie`` of a new session; the prefix is told by the request, which asks for the login."""
        ends = int((self._clock.now() + LASTS).timestamp())
        return _cookie(request, str(self._serializers[role].dumps(ends)), LASTS)

    def role_of(self, request: Request) -> Role | None:
        """Return the role of a request's session, or None where it has none that holds."""
        now = self._clock.now().timestamp()
        for sealed in _cookies(request):
            for role, serializer in self._serializers.items():
                try:
                    ends = serializer.loads(sealed)
                except BadData:
                    continue
                if ends > now:
                    return role
        return None

    def _opened_by(self, given: str) -> Role | None:
        if is_key(given.strip(), self._secrets):
            return "all"
        if self._secrets and self._is_code(given):
            return "all"
        sent = given.encode("utf-8", "backslashreplace")
        return "edit" if self._password and hmac.compare_digest(sent, self._password) else None

    def _is_code(self, given: str) -> bool:
        """Whether it is a code that has not been used."""
        now = self._clock.now().timestamp()
        try:
            ends, name = _serializer("all", self._secrets[0], "code").loads(given)
        except (BadData, UnicodeError):
            return False
        self._used = {used: until for used, until in self._used.items() if until > now}
        if ends <= now or name in self._used:
            return False
        self._used[name] = ends
        return True


def _serializer(role: Role, told: str, use: str = "studio") -> URLSafeSerializer:
    key = hashlib.sha256(f"novu {use} {role}\0{told}".encode()).digest()
    return URLSafeSerializer(
        key, salt=COOKIE, signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256}
    )


def ended(request: Request) -> str:
    """Return the ``Set-Cookie`` that ends a session."""
    return _cookie(request, "", timedelta(0))


def _cookie(request: Request, value: str, lasts: timedelta) -> str:
    path = quote(request.path.rpartition("/studio/session")[0]) or "/"
    secure = "; Secure" if request.scheme == "https" else ""
    return f"{COOKIE}={value}; Path={path}; Max-Age={int(lasts.total_seconds())}; HttpOnly; SameSite=Strict{secure}"


def _cookies(request: Request) -> list[str]:
    """Return every value of the cookie: one prefix below another has its own, and a browser sends both."""
    pairs = (part.strip().partition("=") for part in request.headers.get("cookie", "").split(";"))
    return [value for name, _, value in pairs if name == COOKIE and value]


def _network(address: str | None) -> str:
    """Return whose attempts count together: an address, or the network of an IPv6 one, whose owner has all of it."""
    try:
        found = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or ""
    return str(found if found.version == 4 else ipaddress.ip_network((int(found) >> 64 << 64, 64)))
