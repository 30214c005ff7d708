"""What a template can fail with. The class names are the peer's: they reach the wire as ``{"name": ...}``."""

from __future__ import annotations


class LiquidError(Exception):
    """Base of the errors below."""

    @property
    def name(self) -> str:
        """The liquidjs class name, for the wire."""
        return type(self).__name__


class TokenizationError(LiquidError):
    """A tag, an output or an expression cannot be read."""


class ParseError(LiquidError):
    """The tags do not fit together, or there is no such tag."""


class RenderError(LiquidError):
    """A filter or a tag failed on the values it got, or a limit was reached."""


def excerpt(text: str) -> str:
    """Return a text as an error message shows it, cut when it is long."""
    return repr(text if len(text) <= 60 else text[:57] + "...")


def assert_token(condition: object, message: str) -> None:
    """Raise TokenizationError with ``message`` unless ``condition`` is true."""
    if not condition:
        raise TokenizationError(message)
