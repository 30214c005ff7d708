"""``novu`` at the command line: what an operator asks and does, the same under every web framework."""

from __future__ import annotations

import click

from novu_core.integrations.terminal import operations, workflows
from novu_core.integrations.terminal.backup import backup
from novu_core.integrations.terminal.controls import controls
from novu_core.integrations.terminal.deliver import deliver
from novu_core.integrations.terminal.executions import executions
from novu_core.integrations.terminal.face import Face, FaceGroup
from novu_core.integrations.terminal.live import run_live
from novu_core.integrations.terminal.output import Failure
from novu_core.integrations.terminal.preferences import preferences
from novu_core.integrations.terminal.retention import prune
from novu_core.integrations.terminal.studio import studio
from novu_core.integrations.terminal.subscribers import subscribers
from novu_core.integrations.terminal.suppressions import suppressions
from novu_core.integrations.terminal.topics import topics

__all__ = ["Face", "Failure", "group"]

_COMMANDS: tuple[click.Command, ...] = (
    workflows.list_workflows,
    workflows.show_workflow,
    workflows.trigger,
    workflows.preview,
    controls,
    executions,
    subscribers,
    topics,
    preferences,
    suppressions,
    prune,
    backup,
    operations.run_worker,
    run_live,
    operations.check,
    studio,
    deliver,
    operations.sync,
)


def group(face: Face) -> click.Group:
    """Return the group ``novu`` with every command, for one framework."""
    return FaceGroup(face, _COMMANDS)
