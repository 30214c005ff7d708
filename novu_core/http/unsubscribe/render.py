"""The pages: the app's own template where it has one, else ours, in the language of the subscriber."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from novu_core.client import Client
from novu_core.errors import text_of
from novu_core.http.messages import Response
from novu_core.lines import logger_of
from novu_core.records.subscriber import Subscriber
from novu_core.templates.language import Language
from novu_core.types import JsonObject

if TYPE_CHECKING:
    from jinja2 import Environment

logger = logger_of(__name__)
_FOLDER = Path(__file__).parent / "pages"
_RIGHT_TO_LEFT = frozenset({"ar", "ckb", "dv", "fa", "he", "ps", "sd", "ug", "ur", "yi"})
_ENGLISH = {"lang": "en", "dir": "ltr"}
_SIGN = "Your notifications"
"""A text without which a catalogue counts as one that does not have our pages."""
_POLICY = (
    "default-src 'none'; style-src {styles}; img-src {images}; font-src {fonts}; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)
_APP_POLICY = _POLICY.format(styles="'self' 'unsafe-inline'", images="'self' data:", fonts="'self'")
HEADERS = {
    "content-type": "text/html; charset=utf-8",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "x-robots-tag": "noindex, nofollow",
}


def page(client: Client, status: int, name: str, subscriber: Mapping[str, Any], context: JsonObject) -> Response:
    """Return a page by ``novu/<name>.html`` of the app's templates, else by ours of that name.

    One of the app's that fails is told to the log: whoever wants to unsubscribe gets ours.
    """
    language = Language.of(subscriber, client.settings.timezone, client.clock.now())
    said = {
        "locale": language.locale,
        "timezone": language.zone.key,
        "subscriber": Subscriber.lenient({**subscriber}),
        **context,
    }
    own = f"novu/{name}.html"
    try:
        if client.templates.has(own):
            html = client.templates.render(own, said, language, html=True)
            return Response(status, html.encode(), {**HEADERS, "content-security-policy": _APP_POLICY})
    except Exception as error:  # of the app's loaders, filters and context processors, too
        logger.error("The app's page %s failed, and the built-in one is shown: %s", own, text_of(error))
    return _ours(status, name, {**said, **_words(client, language)})


def plain(status: int, text: str, advice: str) -> Response:
    """Return a page that only says what to do, in English: whose it is nobody knows."""
    return _ours(status, "message", {"say": str.format, "lang": "en", "dir": "ltr", "text": text, "advice": advice})


def _ours(status: int, name: str, context: JsonObject) -> Response:
    html = _environment().get_template(f"{name}.html").render({**context, "style": _style()})
    policy = _POLICY.format(styles=_style_hash(), images="'none'", fonts="'none'")
    return Response(status, html.encode(), {**HEADERS, "content-security-policy": policy})


def _words(client: Client, language: Language) -> JsonObject:
    """What says a text in a language as far as the app's catalogues know it, and what language that is."""

    def translation(text: str) -> str | None:
        try:
            return client.templates.translation(text, language)
        except Exception as error:  # of a catalogue that cannot be read
            logger.error("A page is shown in English: %s", text_of(error))
            return None

    def say(text: str, **values: str) -> str:
        said = translation(text) or text
        for name, value in values.items():
            said = said.replace(f"{{{name}}}", value)
        return said

    if not language.candidates or translation(_SIGN) is None:
        return {"say": say, **_ENGLISH}
    tag = language.candidates[0].replace("_", "-")
    return {"say": say, "lang": tag, "dir": "rtl" if tag.split("-")[0].lower() in _RIGHT_TO_LEFT else "ltr"}


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _style() -> str:
    return (_FOLDER / "style.css").read_text("utf-8")


@cache
def _style_hash() -> str:
    digest = hashlib.sha256(_style().encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
