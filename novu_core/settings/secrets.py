"""The settings about secrets: what they are, and where payloads hold some."""

from __future__ import annotations

import re
import string
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from novu_core.settings.cross_origin import Several

_INVISIBLE = string.whitespace + "\x85\xa0\u2028\u2029\u200b\u200c\u200d\u2060\ufeff"
"""What a file or an editor leaves around a secret, a byte order mark too."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
MASKED_KEYS = ("password", "passphrase", "passcode", "token", "secret", "code", "otp", "api_key", "credential")
"""The words of keys whose values are secrets, more often than not."""


def _secrets(value: tuple[str, ...]) -> tuple[str, ...]:
    """Take secrets without what an editor left around them."""
    keys = tuple(filter(None, (key.strip(_INVISIBLE) for key in value)))
    if any(_CONTROL.search(key) for key in keys):
        raise ValueError("a secret contains a line break or another control character, which no header can carry")
    return keys


def _words(value: Any) -> Any:
    """Take a list of words, or a string of words separated by commas."""
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list | tuple | set | frozenset) or not all(isinstance(word, str) for word in given):
        raise ValueError('use a list of words, such as ["password", "token"], or a string of words separated by commas')
    return tuple(filter(None, (word.strip() for word in given)))


Secrets = Annotated[Several, AfterValidator(_secrets)]
"""A secret, or a list of them."""
Words = Annotated[tuple[str, ...], BeforeValidator(_words)]
"""A list of words."""
