"""The recorded workflows. They may be rewritten, but their open runs must go on as they would have before."""

from __future__ import annotations

from pydantic import BaseModel

from novu_core import AsyncStep, Registry, Retry, Step

registry = Registry()


class Order(BaseModel):
    number: int
    total: float = 9.5


@registry.workflow("order")
def order(payload: Order, step: Step):
    """A model as payload, a custom step's output, a delay, and results read after it."""
    priced = step.custom("price", lambda: {"text": f"{payload.total:.2f}"}, output_schema=_object(text="string"))
    bell = step.in_app("bell", {"body": f"order {payload.number}"})
    step.delay("pause", {"amount": 2, "unit": "days"})
    step.email("mail", lambda: {"subject": f"seen {bell.seen}", "body": priced["text"]}, skip=lambda: bell.read)
    step.sms("text", {"body": "never"}, skip_condition="payload.number == 7")


@registry.workflow("comments")
def comments(payload, step: Step):
    """A digest with a key."""
    batch = step.digest("window", {"amount": 1, "unit": "hours", "digestKey": payload["post"]})
    step.email(
        "mail", lambda: {"subject": str(batch.event_count), "body": ",".join(e["payload"]["n"] for e in batch.events)}
    )


@registry.workflow("quiet")
def quiet(payload, step: Step):
    """A digest that looks back, at a time of the subscriber's day."""
    batch = step.digest("window", {"cron": "0 30 8 * * *", "lookBackWindow": {"amount": 5, "unit": "minutes"}})
    step.in_app("bell", lambda: {"body": ",".join(e["payload"]["n"] for e in batch.events)})


@registry.workflow("limited")
def limited(payload, step: Step):
    """A throttle before a dynamic delay."""
    limit = step.throttle("limit", {"amount": 1, "unit": "days", "threshold": 2, "throttleKey": "payload.kind"})
    step.delay("until", {"type": "dynamic", "dynamicKey": "payload.due"})
    step.push("push", lambda: {"subject": "s", "body": str(limit.throttled)})


@registry.workflow("flaky", retry=Retry(attempts=3, base=60, cap=60))
def flaky(payload, step: Step):
    """A delivery that is tried again later, then another step."""
    step.email("mail", {"subject": "s", "body": "b"})
    step.chat("chat", {"body": "c"})


@registry.workflow("patient")
async def patient(payload, step: AsyncStep):
    """An async function with a condition that is read from a step."""
    answer = await step.custom("ask", _answer)
    if answer["go"]:
        await step.delay("pause", {"amount": 1, "unit": "weeks"})
    await step.in_app("bell", {"body": "done"})


async def _answer():
    return {"go": True}


def _object(**names):
    return {"type": "object", "properties": {name: {"type": kind} for name, kind in names.items()}}
