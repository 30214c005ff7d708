"""Tells of steps that a workflow's source calls and discovery did not reach, as after a ``return`` under an ``if``."""

from __future__ import annotations

import ast
import inspect
import textwrap

from novu_core.definition.workflow import Workflow
from novu_core.types import StepType

_METHODS = frozenset(StepType)


def unreached_steps(workflow: Workflow) -> str | None:
    """Return what to say about steps that only some values lead to, else None, by a look at the source.

    Raises what :meth:`Workflow.discover` raises.
    """
    known = workflow.discover()
    missing = [step_id for step_id in _called(workflow) if step_id not in known]
    if not missing:
        return None
    names = ", ".join(f"`{step_id}`" for step_id in missing)
    return (
        f"has steps that discovery did not reach ({names}): with placeholder values a `return` or a condition comes "
        "first, so list, show, preview and the bridge may not know them; use skip= where only some payloads lead there"
    )


def _called(workflow: Workflow) -> list[str]:
    """The ids of the step calls in the function's source, those that are plain text."""
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(inspect.unwrap(workflow.handler))))
    except (OSError, TypeError, SyntaxError):
        return []
    found = [name for node in ast.walk(tree) if (name := _step_id(node)) is not None]
    return list(dict.fromkeys(found))


def _step_id(node: ast.AST) -> str | None:
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _METHODS):
        return None
    if not (isinstance(node.func.value, ast.Name) and node.func.value.id == "step"):
        return None
    given = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "step_id")]
    first = given[0] if given else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
