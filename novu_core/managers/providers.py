"""The providers of this process: which circuits are open, and what each says to a test message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from novu_core.aio import Blocking, drive, is_failure
from novu_core.delivery import Delivery, Message, Provider, attempt, classify, needs_address, provider_name, receipt
from novu_core.engine.parts import Parts
from novu_core.errors import ConfigurationError, FieldError, ValidationError
from novu_core.records.providers import ProviderAnswer, ProviderState
from novu_core.records.subscriber import Subscriber
from novu_core.templates.language import Language
from novu_core.types import Channel, JsonObject, StepType

_NAME = "test-message"
_TEXT = "This is a test message of flask-novu."


class Providers:
    """The providers of this process."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def list(self) -> list[ProviderState]:
        """Return what this process knows of each provider, in the order in which they are configured."""
        return self._parts.router.states()

    def send_test(
        self,
        channel: Channel | str,
        to: str | None = None,
        content: Mapping[str, Any] | None = None,
        *,
        template: str | None = None,
        context: Mapping[str, Any] | None = None,
        locale: str | None = None,
    ) -> Sequence[ProviderAnswer]:
        """Send one message through each provider of a channel, once, and return what each said. It may take seconds.

        ``to``: an address, a telephone number, a device token or a webhook. ``content``: as a step gives it; a few
        words without it. ``template``: of the app, rendered with ``context`` in the language ``locale``. Nothing is
        stored, and neither rates nor circuits are heeded.
        Raises ValidationError for a channel that is unknown or has no providers of its own, and for a ``to`` that is
        missing; ConfigurationError where the channel has no provider; TemplateError.
        """
        chosen = _checked(channel)
        providers = self._parts.router.providers(chosen)
        if not providers:
            raise ConfigurationError(self._parts.router.missing(chosen))
        if to is None and any(needs_address(provider, chosen) for provider in providers):
            raise ValidationError("The test message is invalid.", [FieldError("/to", f"is missing for {chosen.value}")])
        person = _person(chosen, to, locale)
        subject: JsonObject = {"subject": "Test message"} if chosen in (Channel.EMAIL, Channel.PUSH) else {}
        if template is not None:
            given = self._rendered(chosen, person, {**subject, **(content or {})}, template, context or {})
        else:
            given = {**subject, "body": _TEXT} if content is None else dict(content)
        return [self._said(provider, self._message(chosen, to, person, given)) for provider in providers]

    def _rendered(
        self, channel: Channel, person: Subscriber, content: JsonObject, template: str, context: Mapping[str, Any]
    ) -> JsonObject:
        from novu_core.templates.writer import Writer  # with what templates need

        parts = self._parts
        language = Language.of({"locale": person.locale}, parts.timezone, parts.clock.now())
        known: JsonObject = {"locale": language.locale, "timezone": language.zone.key, "subscriber": person}
        variables = {"payload": {}, "controls": {}, **parts.links.samples(), **known, **context}
        with parts.context():
            return Writer(StepType(channel.value), parts.templates, language, variables, closed=False).fill(
                content, template
            )

    def _message(self, channel: Channel, to: str | None, person: Subscriber, content: JsonObject) -> Message:
        token = self._parts.new_id()
        return Message(
            channel=channel,
            to=to,
            subscriber=person,
            content={name: value for name, value in content.items() if name != "safe_html"},
            idempotency_key=f"{token}:{_NAME}",
            execution_id=token,
            step_id=_NAME,
            workflow_id=_NAME,
            created_at=self._parts.clock.now(),
        )

    def _said(self, provider: Provider, message: Message) -> ProviderAnswer:
        name = provider_name(provider)
        try:
            answer = drive(attempt(provider, message, Blocking()))
        except BaseException as raised:
            if not is_failure(raised):
                raise
            error = classify(raised, self._parts.clock)
            return ProviderAnswer(
                provider=name, error=error.message, retriable=error.retriable, retry_after=error.retry_after
            )
        got: Delivery = receipt(provider, answer)
        return ProviderAnswer(provider=got.provider, id=got.id, detail=got.detail)


def _checked(channel: Channel | str) -> Channel:
    names = [one.value for one in Channel if one is not Channel.IN_APP]
    if channel not in names:
        fault = FieldError("/channel", f"must be one of {', '.join(names)}, not {str(channel)!r}")
        raise ValidationError("The test message is invalid.", [fault])
    return Channel(channel)


def _person(channel: Channel, to: str | None, locale: str | None) -> Subscriber:
    field = {Channel.EMAIL: "email", Channel.SMS: "phone"}.get(channel)
    address: JsonObject = {field: to} if field else {"channels": {channel.value: to}} if to else {}
    return Subscriber.lenient({"subscriberId": _NAME, "locale": locale, **address})
