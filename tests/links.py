"""What stands on the pages behind the links of mails, and what a browser sends of them."""

from __future__ import annotations

from collections.abc import Iterable
from html.parser import HTMLParser
from urllib.parse import urlencode

Fields = Iterable[tuple[str, str]]


class _Found(HTMLParser):
    def __init__(self, page: bytes) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page.decode())

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


def form_of(page: bytes) -> dict[str, str | None]:
    [found] = [given for tag, given in _Found(page).tags if tag == "form"]
    return found


def choose(page: bytes) -> list[str | None]:
    """The choices that the page's buttons offer."""
    return [given.get("value") for tag, given in _Found(page).tags if tag == "button"]


def boxes(page: bytes) -> dict[str, tuple[bool, bool]]:
    """Each checkbox: whether it is on, and whether it may be changed."""
    found = [given for tag, given in _Found(page).tags if tag == "input" and given.get("type") == "checkbox"]
    return {str(given["value"]): ("checked" in given, "disabled" not in given) for given in found}


def urlencoded(fields: Fields) -> tuple[str, bytes]:
    return "application/x-www-form-urlencoded", urlencode(list(fields)).encode()


def multipart(fields: Fields) -> tuple[str, bytes]:
    parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields]
    return "multipart/form-data; boundary=x", "".join([*parts, "--x--\r\n"]).encode()
