"""Type-only: see test_typing.py."""
# ruff: noqa: B018  # lines that must fail, with their messages
# fmt: off

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import BaseModel
from typing_extensions import TypedDict, assert_type

from novu_core import AsyncStep, CronExpression, Step, Template
from novu_core.records.outputs import EmailOutput


class Weather(BaseModel):
    sky: str


class Wind(TypedDict):
    knots: int


class Window(BaseModel):
    hours: int = 1


def forecast() -> dict[str, Any]:
    return {"sky": "blue"}


async def later() -> Weather:
    return Weather(sky="grey")


def literal_outputs(payload: dict[str, Any], step: Step) -> None:
    step.digest("a", {"amount": 1, "unit": "hours", "digestKey": payload["post"]})
    step.digest("b", {"amount": 1, "unit": "hours", "digest_key": payload["post"], "extend_to_schedule": True})
    step.digest("c", {"cron": CronExpression.EVERY_DAY_AT_8AM, "look_back_window": {"amount": 1, "unit": "days"}})
    step.digest("d", {"amount": 1, "unit": "hour"})  # E: No overload
    step.digest("e", {"amount": 1, "unit": "hours", "digestkey": "post"})  # E: No overload
    step.delay("f", {"dynamic_key": "payload.due"}, on_past="send")
    step.delay("g", {"dynamicKye": "payload.due"}, on_past="send")  # E: No overload
    step.throttle("h", {"amount": 1, "unit": "hours", "throttle_key": payload["post"], "threshold": 2})
    step.throttle("i", {"amount": 1, "unit": "hours", "treshold": 2})  # E: No overload
    step.digest("j", lambda window: {"amount": window.hours, "unit": "hours"}, control_schema=Window)
    step.sms("k", {"body": "b", "sender_of_our_own": "x"})


def custom_outputs(step: Step) -> None:
    assert_type(step.custom("a", lambda: {"sky": "blue"}, output_schema=Weather), Weather)
    assert_type(step.custom("b", lambda: Weather(sky="blue"), output_schema=Weather), Weather)
    assert_type(step.custom("c", lambda window: {"sky": window.hours}, control_schema=Window, output_schema=Weather), Weather)
    assert_type(step.custom("d", {"sky": "blue"}, output_schema=Weather), Weather)
    assert_type(step.custom("e", forecast, output_schema=Weather), Weather)
    assert_type(step.custom("f", lambda: {"knots": 7}, output_schema=Wind), Wind)
    assert_type(step.custom("g", forecast), dict[str, Any])
    assert_type(step.custom("h", forecast, output_schema={"type": "object"}), dict[str, Any])
    step.custom("i", forecast, output_schema=Weather).sun  # E: has no attribute "sun"


async def awaited_outputs(step: AsyncStep) -> None:
    assert_type(await step.custom("a", lambda: {"sky": "blue"}, output_schema=Weather), Weather)
    assert_type(await step.custom("b", later, output_schema=Weather), Weather)
    assert_type(await step.custom("c", forecast, output_schema=Weather), Weather)
    assert_type(await step.custom("d", forecast), dict[str, Any])
    await step.delay("e", {"amount": 1, "unit": "hours", "extendToSchedul": True})  # E: No overload


def mails(step: Step, pdf: Path) -> None:
    whole: EmailOutput = {
        "subject": "s", "text": "t", "html": "<p>", "safe_html": True, "from_": "Shop <a@b.c>", "envelope_from": "a@b.c",
        "cc": ["a@b.c", {"email": "a@b.c", "name": "A"}], "bcc": "a@b.c", "reply_to": {"email": "a@b.c"},
        "headers": {"X-A": "1"}, "attachments": [{"path": pdf}, {"content": b"x", "name": "x", "type": "x/y", "cid": "x"}],
    }
    step.email("a", whole)
    step.email("b", {"subject": Template("s.txt", n=1)}, template="a.html", context={"n": 1})
    step.chat("c", {}, template=lambda: "a.txt", context=lambda controls: {"n": controls})
    step.email("d", {"subject": "s"}, template=7)  # E: No overload
    text: EmailOutput = {"subject": "s", "attachments": [{"content": "text"}]}  # E: has type "str"
    file: EmailOutput = {"subject": "s", "attachments": [{"url": "https://example.org"}]}  # E: "url"
    step.email("e", text)
    step.email("f", file)
