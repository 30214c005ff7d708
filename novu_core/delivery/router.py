"""Which providers a channel has: the setting ``NOVU_DELIVERY`` as objects, in the order in which they are tried."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from novu_core.clock import Clock, SystemClock
from novu_core.delivery.base import Provider
from novu_core.delivery.events.base import EventSource
from novu_core.delivery.failure import GiveUp as GiveUp
from novu_core.delivery.failure import NextProvider as NextProvider
from novu_core.delivery.failure import RetryLater as RetryLater
from novu_core.delivery.failure import next_attempt as next_attempt
from novu_core.delivery.lane import Lane
from novu_core.delivery.urls import provider_from_url
from novu_core.errors import ConfigurationError
from novu_core.records.providers import ProviderState
from novu_core.types import Channel


class Router:
    """The providers of each channel.

    ``delivery`` maps a channel to a URL (:func:`provider_from_url`), a provider object, or a list of those, tried in
    order. A URL that stands more than once is one provider, so that its connections are shared. ``default`` serves the
    channels that ``delivery`` does not name. ``clock`` and ``deny_private`` are for the providers of URLs. Raises
    ConfigurationError that names the channel and the fix.
    """

    def __init__(
        self,
        delivery: Mapping[Any, Any] | None = None,
        *,
        default: Provider | None = None,
        clock: Clock | None = None,
        deny_private: bool = False,
    ) -> None:
        if delivery is not None and not isinstance(delivery, Mapping):
            raise ConfigurationError(
                f"NOVU_DELIVERY must map channels to providers, not be a {type(delivery).__name__}. "
                'For example: {"email": "smtp://localhost:25?from=no-reply@example.com"}.'
            )
        self._by_url: dict[str, Provider] = {}
        self._default = default
        self._clock = clock or SystemClock()
        self._lanes: dict[int, Lane] = {}
        self._read = partial(provider_from_url, clock=clock, deny_private=deny_private)
        self._providers = {
            _channel(key): self._resolve(_channel(key), value)
            for key, value in (delivery or {}).items()
            if value is not None
        }
        for channel, found in [*self._providers.items(), (None, [] if default is None else [default])]:
            for provider in found:
                self._lanes.setdefault(id(provider), Lane(provider, channel, self._clock))

    @classmethod
    def of(cls, delivery: Any, default: Provider | None, **wiring: Any) -> Router:
        """Return one of the setting, or with ``delivery``, a provider, for every channel."""
        if isinstance(delivery, Mapping):
            return cls(delivery, default=default, **wiring)
        return cls(default=delivery, **wiring)

    def __repr__(self) -> str:
        return f"<Router {', '.join(f'{channel}: {found}' for channel, found in self._providers.items()) or 'empty'}>"

    def providers(self, channel: Channel) -> list[Provider]:
        """Return the channel's providers in order: its own, else the default, else none."""
        found = self._providers.get(channel)
        if found is not None:
            return list(found)
        if self._default is None or getattr(self._default, "channel", None) not in (None, channel):
            return []
        return [self._default]

    def event_sources(self, name: str) -> list[EventSource]:
        """Return what reads the reports of a service: the ``events`` of each provider that takes them."""
        everyone = [provider for found in self._providers.values() for provider in found] + [self._default]
        found = {id(source): source for each in everyone if (source := getattr(each, "events", None)) is not None}
        return [source for source in found.values() if source.name == name]

    def lane(self, provider: Provider) -> Lane:
        """Return the provider's traffic in this process."""
        found = self._lanes.get(id(provider))
        if found is None or found.provider is not provider:  # it was put in later, or is another one's successor
            found = self._lanes[id(provider)] = Lane(provider, None, self._clock)
        return found

    def states(self) -> list[ProviderState]:
        """Return what is known of each provider."""
        return [lane.state() for lane in list(self._lanes.values())]

    def missing(self, channel: Channel) -> str:
        """Return what to tell about a channel without a provider."""
        example = (
            "smtp://localhost:25?from=no-reply@example.com" if channel is Channel.EMAIL else "https://example.com/hook"
        )
        return (
            f'No provider delivers the channel {channel.value!r}. Set NOVU_DELIVERY, for example {{"{channel.value}": '
            f'"{example}"}}, or "console://" instead of the address to print such messages.'
        )

    def close(self) -> None:
        """Close every provider that has a ``close``, each once."""
        everyone = [provider for found in self._providers.values() for provider in found] + [self._default]
        for provider in {id(provider): provider for provider in everyone}.values():
            close: Callable[[], object] | None = getattr(provider, "close", None)
            if callable(close):
                close()

    def _resolve(self, channel: Channel, value: Any) -> list[Provider]:
        values = value if isinstance(value, (list, tuple)) else [value]
        if not values:
            raise ConfigurationError(
                f"NOVU_DELIVERY, channel {channel.value!r}: the list is empty. Leave the channel out."
            )
        return [self._one(channel, value) for value in values]

    def _one(self, channel: Channel, value: Any) -> Provider:
        if isinstance(value, str):
            if value in self._by_url and _serves(self._by_url[value], channel):
                return self._by_url[value]
            return self._by_url.setdefault(value, self._read(value, channel))
        where = f"NOVU_DELIVERY, channel {channel.value!r}"
        if isinstance(value, type):
            raise ConfigurationError(f"{where}: {value.__name__} is a class. Pass an instance: {value.__name__}(...).")
        if not callable(getattr(value, "send", None)):
            raise ConfigurationError(
                f"{where}: a {type(value).__name__} is not a provider. Use a URL, or an object with send(message)."
            )
        if not _serves(value, channel):
            raise ConfigurationError(f"{where}: {type(value).__name__} serves only the channel {str(value.channel)!r}.")
        provider: Provider = value
        return provider


def _serves(provider: object, channel: Channel) -> bool:
    return getattr(provider, "channel", None) in (None, channel)


def _channel(key: object) -> Channel:
    try:
        return Channel(key)
    except ValueError:
        names = ", ".join(channel.value for channel in Channel)
        raise ConfigurationError(f"NOVU_DELIVERY: {str(key)!r} is not a channel. Use one of {names}.") from None
