"""Signs a POST to AWS (Signature Version 4)."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"


def signed(
    url: str, headers: dict[str, str], body: bytes, *, key: str, secret: str, region: str, service: str, now: datetime
) -> dict[str, str]:
    """Return ``headers`` with those that sign the request: host, time and Authorization. ``url`` has no query."""
    parts = urlsplit(url)
    moment = now.strftime("%Y%m%dT%H%M%SZ")
    sent = {**headers, "Host": parts.netloc, "X-Amz-Date": moment}
    named = sorted((name.lower(), " ".join(value.split())) for name, value in sent.items())
    names = ";".join(name for name, _ in named)
    path = quote(parts.path or "/", safe="/~")  # encoded twice: it stands encoded in the URL already
    lines = [f"{name}:{value}" for name, value in named]
    canonical = "\n".join(["POST", path, "", *lines, "", names, hashlib.sha256(body).hexdigest()])
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    text = "\n".join([_ALGORITHM, moment, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    derived = f"AWS4{secret}".encode()
    for step in scope.split("/"):
        derived = hmac.digest(derived, step.encode(), "sha256")
    signature = hmac.digest(derived, text.encode(), "sha256").hex()
    return {
        **sent,
        "Authorization": f"{_ALGORITHM} Credential={key}/{scope}, SignedHeaders={names}, Signature={signature}",
    }
