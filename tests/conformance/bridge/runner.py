"""Sends the corpus's requests to a bridge and compares its answers with the recorded ones.

The same comparison as the corpus's own compare.py makes over HTTP, over any ``send`` function.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
import urllib.parse
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

SECRET = "nv-secret-0123456789"
MOUNTS = {"open": False, "strict": True, "raw-open": False, "raw-strict": True}
"""The four mounts and whether each checks signatures."""

Answer = tuple[int, Mapping[str, str], bytes]
Send = Callable[[str, str, str, Mapping[str, str], bytes | None], Answer]
"""``send(mount, method, query, headers, body)`` gives status, headers with lower-case names, and body."""

DATA = Path(__file__).with_name("data")
COMPARED_HEADERS = (
    "access-control-allow-origin",
    "access-control-allow-private-network",
    "access-control-allow-methods",
    "access-control-allow-headers",
    "access-control-max-age",
    "novu-framework-version",
)
_SOURCE = re.compile(r"workflows\.\d+(\.steps\.\d+(\.providers\.\d+)?)?\.code")


def load(name: str) -> Any:
    """Read one file of the corpus."""
    return json.loads((DATA / f"{name}.json").read_text("utf-8"))


def differences(send: Send, case: Mapping[str, Any], golden: Mapping[str, Any]) -> list[str]:
    """Send one case; return what is not as recorded, empty if all is. ``golden``: the answers of every case by id."""
    recorded = golden[case["id"]]
    status, headers, raw = send(case["server"], case["method"], _query(case), *_message(case))
    found = [] if status == recorded["status"] else [f"status: want {recorded['status']} got {status}"]
    found += [
        f"header {name}: want {recorded['headers'][name]!r} got {headers.get(name)!r}"
        for name in COMPARED_HEADERS
        if recorded["headers"].get(name, headers.get(name)) != headers.get(name)
    ]
    if case["method"] == "HEAD":
        return found
    want = recorded["body"]
    if want == "<same as get-discover>":
        want = golden["get-discover"]["body"]
    got = normalize(_json(raw), is_source=_asks_for_source(case))
    for path in recorded.get("varies", ()):
        want, got = (_blank(side, path.split(".")) for side in (want, got))
    if recorded.get("engineText"):
        want, got = ({"code": side.get("code")} if isinstance(side, dict) else side for side in (want, got))
    return found + _unequal(normalize(want), got)


def _query(case: Mapping[str, Any]) -> str:
    return case["rawQuery"] if "rawQuery" in case else urllib.parse.urlencode(case.get("query") or {})


def _message(case: Mapping[str, Any]) -> tuple[dict[str, str], bytes | None]:
    """The headers and body of a case, signed as it asks."""
    headers = {name.lower(): value for name, value in (case.get("headers") or {}).items()}
    text = case["rawBody"] if "rawBody" in case else _dumps(case["body"]) if "body" in case else None
    if text is not None:
        headers.setdefault("content-type", "application/json")
    sign = case.get("sign")
    if sign:
        timestamp = int(time.time() * 1000) + sign.get("offsetMs", 0)
        if sign.get("seconds"):
            timestamp //= 1000
        signed = f"{timestamp}.{sign.get('payload', '{}' if text is None else text)}"
        v1 = hmac.new(sign["secret"].encode(), signed.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()
        spelling = {"hex": hex(timestamp), "exp": f"{timestamp / 1000}e3"}.get(sign.get("tExpr"), str(timestamp))
        header = sign.get("format", "t={t},v1={v1}").replace("{t}", spelling)
        headers[sign.get("header", "novu-signature").lower()] = header.replace(
            "{v1}", v1.upper() if sign.get("upper") else v1
        )
    return headers, None if text is None else text.encode("utf-8", "surrogatepass")


def _dumps(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", text)


def _json(raw: bytes) -> Any:
    try:
        return json.loads(raw.decode("utf-8", "replace"))
    except ValueError:
        return None


def _asks_for_source(case: Mapping[str, Any]) -> bool:
    return (case.get("query") or {}).get("action") == "code" or "action=code" in (case.get("rawQuery") or "")


def normalize(body: Any, path: str = "", *, is_source: bool = False) -> Any:
    """Replace what may differ between servers: the duration, the version, stacks and source texts."""
    if isinstance(body, list):
        return [normalize(item, f"{path}.{at}") for at, item in enumerate(body)]
    if not isinstance(body, dict):
        return body
    normal = {}
    for name, value in body.items():
        place = f"{path}.{name}".lstrip(".")
        if place in ("metadata.duration", "data.stack") or (place == "sdkVersion" and value):
            normal[name] = f"<{place}>"
        elif name == "code" and (_SOURCE.fullmatch(place) or (is_source and not path and "message" not in body)):
            normal[name] = "<code>"
        else:
            normal[name] = normalize(value, place)
    return normal


def _blank(body: Any, path: list[str]) -> Any:
    """A copy with the value at ``path`` replaced, if there is one."""
    head, *rest = path
    if isinstance(body, list) and head.isdigit() and int(head) < len(body):
        changed = list(body)
        changed[int(head)] = _blank(body[int(head)], rest) if rest else "<varies>"
        return changed
    if isinstance(body, dict) and (head in body or not rest):
        return {**body, head: _blank(body[head], rest) if rest else "<varies>"}
    return body


def _unequal(want: Any, got: Any, path: str = "body") -> list[str]:
    if isinstance(want, dict) and isinstance(got, dict):
        names = [*want, *(name for name in got if name not in want)]
        return [
            line
            for name in names
            for line in _unequal(want.get(name, "<absent>"), got.get(name, "<absent>"), f"{path}.{name}")
        ]
    if isinstance(want, list) and isinstance(got, list) and len(want) == len(got):
        return [line for at in range(len(want)) for line in _unequal(want[at], got[at], f"{path}[{at}]")]
    alike = want == got and isinstance(want, bool) == isinstance(got, bool)
    return [] if alike else [f"{path}: want {str(want)[:300]!r} got {str(got)[:300]!r}"]
