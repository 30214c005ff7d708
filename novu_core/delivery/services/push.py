"""What push services share: a subscriber has several devices, and is reached if one of them is."""

from __future__ import annotations

from novu_core.delivery.base import Delivery, Message
from novu_core.delivery.services.base import Request, Service
from novu_core.errors import DeliveryError
from novu_core.types import Channel, JsonObject

_MOST = 100
"""Devices of one subscriber that are asked."""


class PushService(Service):
    """Sends to each of the subscriber's devices; those that refuse are told if another one takes the message."""

    channel = Channel.PUSH
    timeout = 60.0
    """Seconds for all devices together; their addresses may be users', and answer as slowly as they like."""

    def devices(self, message: Message) -> list[str]:
        """Return the device tokens of the subscriber's credentials for this provider, else the message's address."""
        found = self.credential(message, "deviceTokens")
        tokens = found if isinstance(found, list) else [found] if found else [message.to]
        return list(dict.fromkeys(token for token in tokens if isinstance(token, str) and token))[:_MOST]

    def to_device(self, message: Message, device: str) -> Request:
        """Return what to ask for a message to one device. Raises DeliveryError and ValueError."""
        raise NotImplementedError

    def send(self, message: Message) -> Delivery:
        """Send the message. Raises DeliveryError where no device takes it: one that may help if any would."""
        devices = self.devices(message)
        if not devices:
            raise self.failed("was not called: the subscriber has no device for it.")
        taken: list[tuple[str | None, int]] = []
        errors: dict[str, DeliveryError] = {}
        for device in devices:
            try:
                answer = self.ask(self.to_device(message, device))
            except ValueError as error:
                errors[device] = self.failed(f"was not called: {error}")
            except DeliveryError as error:
                errors[device] = error
            else:
                taken.append((self.id_of(answer), answer.status))
        if not taken:
            raise max(errors.values(), key=lambda error: error.retriable)
        detail: JsonObject = {"status": taken[0][1], "devices": len(taken)}
        if errors:
            detail["refused"] = {_short(device): error.message for device, error in errors.items()}
        return Delivery(self.name, taken[0][0], detail)


def _short(device: str) -> str:
    """As much of a device's token as tells it from the others."""
    return device if len(device) <= 24 else f"{device[:8]}...{device[-12:]}"
