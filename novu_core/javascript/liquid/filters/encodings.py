"""Filters for HTML, URLs, base64, hashes and JSON."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from novu_core.javascript.liquid.context import Context
from novu_core.javascript.liquid.errors import RenderError
from novu_core.javascript.liquid.filters.signatures import table
from novu_core.javascript.liquid.serialize import charge_indentation, json_stringify
from novu_core.javascript.liquid.values import UNDEFINED, is_falsy, js_truthy, stringify, to_string, to_value
from novu_core.javascript.text import JS_SPACE, join_surrogates

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&#34;", "'": "&#39;"}
_CHARACTERS = {entity: character for character, entity in _ENTITIES.items()}
_ESCAPES = str.maketrans(_ENTITIES)
_ENTITY = re.compile("&(?:amp|lt|gt|#34|#39);")
_UNRESERVED = "!'()*-._~"
_RESERVED = ";/?:@&=+$,#"
_PERCENT = re.compile("(?:%[0-9a-fA-F]{2})+|%")


def escape(context: Context, value: Any) -> Any:
    """Escape for HTML."""
    return stringify(value).translate(_ESCAPES)


def xml_escape(context: Context, value: Any) -> Any:
    """Escape for XML: the same."""
    return escape(context, value)


def escape_once(context: Context, value: Any) -> Any:
    """Escape for HTML what is not escaped yet."""
    return escape(context, _ENTITY.sub(lambda match: _CHARACTERS[match[0]], stringify(value)))


def newline_to_br(context: Context, value: Any) -> Any:
    """Put ``<br />`` before each line break."""
    return re.sub(r"\r?\n", "<br />\n", stringify(value))


def strip_html(context: Context, value: Any) -> Any:
    """Remove tags, comments, scripts and styles."""
    text = stringify(value)
    blocks = {"<script": "</script>", "<style": "</style>", "<!--": "-->", "<": ">"}
    pieces: list[str] = []
    position = 0
    while (start := text.find("<", position)) >= 0:
        pieces.append(text[position:start])
        position = _after_block(text, start, blocks)
        if position <= start:
            return "".join([*pieces, text[start:]])
    return "".join([*pieces, text[position:]])


def _after_block(text: str, start: int, blocks: dict[str, str]) -> int:
    """Return where the block that opens here ends; a kind that is never closed again is forgotten."""
    for opener, closer in list(blocks.items()):
        if text.startswith(opener, start):
            end = text.find(closer, start + len(opener))
            if end >= 0:
                return end + len(closer)
            del blocks[opener]
    return start


def _encode(value: Any, safe: str) -> str:
    try:
        return quote(join_surrogates(stringify(value)), safe=safe)
    except UnicodeEncodeError as error:
        raise RenderError("A lone surrogate cannot be part of a URL.") from error


def url_decode(context: Context, value: Any) -> Any:
    """Decode percent escapes and plus signs. Raises RenderError where they are malformed."""
    text = stringify(value).replace("+", " ")
    try:
        return _PERCENT.sub(lambda match: bytes.fromhex(match[0].replace("%", "") or "%").decode(), text)
    except ValueError as error:
        raise RenderError(f"url_decode cannot read {text[:32]!r}: {error}") from error


def url_encode(context: Context, value: Any) -> Any:
    """Escape for a URL's query."""
    return _encode(value, _UNRESERVED).replace("%20", "+")


def cgi_escape(context: Context, value: Any) -> Any:
    """Escape for a form."""
    return _encode(value, "-._~").replace("%20", "+")


def uri_escape(context: Context, value: Any) -> Any:
    """Escape what cannot stand in a URL at all."""
    return _encode(value, _UNRESERVED + _RESERVED + "[]")


def slugify(context: Context, value: Any, mode: Any = "default", cased: Any = False) -> Any:
    """Turn text into a slug for a URL's path; modes raw, default, pretty, ascii, latin, none."""
    text = stringify(value)
    mode = to_string(to_value(mode))
    if mode == "latin":
        text = "".join(_LATIN.get(character, character) for character in text)
    if mode in _SLUG:
        slug = "".join(character if _SLUG[mode](character) else "\0" for character in text)
        text = re.sub("\0+", "-", slug)
        text = text.removeprefix("-").removesuffix("-")
    return text if js_truthy(cased) else text.lower()


def _is_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "ML" or unicodedata.category(character) == "Nd"


_SLUG: dict[str, Callable[[str], bool]] = {
    "raw": lambda character: character not in JS_SPACE,
    "default": _is_word,
    "latin": _is_word,
    "pretty": lambda character: _is_word(character) or character in "._~!$&'()+,;=@",
    "ascii": lambda character: character.isascii() and character.isalnum(),
}

_ACCENTS = {
    "a": "àáâãäå",
    "ae": "æ",
    "c": "ç",
    "e": "èéêë",
    "i": "ìíîï",
    "d": "ð",
    "n": "ñ",
    "o": "òóôõöø",
    "u": "ùúûü",
    "y": "ýÿ",
    "ss": "ß",
    "oe": "œ",
    "th": "þ",
    "SS": "ẞ",
    "OE": "Œ",
    "TH": "Þ",
}
_LATIN = {accented: plain for plain, group in _ACCENTS.items() for accented in group}


def base64_encode(context: Context, value: Any) -> Any:
    """Encode the text's UTF-8 bytes."""
    return base64.b64encode(_bytes(value)).decode("ascii")


def base64_decode(context: Context, value: Any) -> Any:
    """Decode to text. Raises RenderError for text that is not base64."""
    text = re.sub(r"[\t\n\f\r ]", "", stringify(value))
    body = re.sub("==?$", "", text) if len(text) % 4 == 0 else text
    if len(body) % 4 == 1 or not re.fullmatch("[A-Za-z0-9+/]*", body):
        raise RenderError("base64_decode got a text that is not base64.")
    return base64.b64decode(body + "=" * (-len(body) % 4)).decode("utf-8", "replace")


def _bytes(value: Any) -> bytes:
    # A lone surrogate becomes U+FFFD, as when JavaScript encodes.
    return stringify(value).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def sha256(context: Context, value: Any) -> Any:
    """Return the hash in hexadecimal digits."""
    return hashlib.sha256(_bytes(value)).hexdigest()


def hmac_sha256(context: Context, value: Any, key: Any = UNDEFINED) -> Any:
    """Return the keyed hash in hexadecimal digits."""
    return hmac.new(_bytes(key), _bytes(value), "sha256").hexdigest()


def default(context: Context, value: Any, other: Any = UNDEFINED, *options: Any) -> Any:
    """Replace nil, false and what is empty; ``allow_false: true`` keeps false."""
    value = to_value(value)
    if isinstance(value, (list, str)):
        return value if value else other
    if value is False and _allows_false(options):
        return False
    return other if is_falsy(value) else value


def _allows_false(options: tuple[Any, ...]) -> bool:
    if not all(isinstance(option, (list, dict)) for option in options):
        raise RenderError("The filter default takes one value, and then only allow_false: true.")
    pairs = [option for option in options if isinstance(option, list) and len(option) > 1]
    return js_truthy({pair[0]: pair[1] for pair in pairs if isinstance(pair[0], str)}.get("allow_false"))


def raw(context: Context, value: Any) -> Any:
    """Leave the value as it is; as the last filter of an output it turns escaping off."""
    return value


def jsonify(context: Context, value: Any, indent: Any = 0) -> Any:
    """Serialise as JSON, with its double quotes."""
    if value is UNDEFINED:
        return UNDEFINED
    charge_indentation(context.budget, value, to_value(indent))
    return json_stringify(value, to_value(indent))


def inspect(context: Context, value: Any, indent: Any = 0) -> Any:
    """Serialise as JSON."""
    return jsonify(context, value, indent)


def _default(context: Context, value: Any, given: list[Any]) -> Any:
    return default(context, value, *given)


FILTERS = {
    **table(
        escape,
        xml_escape,
        escape_once,
        newline_to_br,
        strip_html,
        url_decode,
        url_encode,
        cgi_escape,
        uri_escape,
        slugify,
        base64_encode,
        base64_decode,
        sha256,
        hmac_sha256,
        raw,
        jsonify,
        inspect,
    ),
    "default": _default,
}
