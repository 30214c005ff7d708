"""What the tests of several apps on one store share: their workflows, which say whose they are."""

from __future__ import annotations

from novu_core import Registry


def workflows(name):
    registry = Registry()

    @registry.workflow("welcome")
    def welcome(step):
        step.in_app("bell", {"body": f"from {name}"})
        step.email("mail", {"subject": name, "body": "b"})

    @registry.workflow("later")
    def later(step):
        step.delay("pause", {"amount": 1, "unit": "hours"})
        step.in_app("bell", {"body": f"from {name}"})

    @registry.workflow("digest")
    def digest(step):
        batch = step.digest("batch", {"amount": 1, "unit": "hours"})
        step.in_app("bell", lambda: {"body": f"{batch.event_count} for {name}"})

    @registry.workflow("once")
    def once(step):
        step.throttle("limit", {"amount": 1, "unit": "hours"})
        step.in_app("bell", {"body": f"from {name}"})

    @registry.workflow("broken")
    def broken(step):
        step.custom("fails", lambda: {}[name])

    return registry
