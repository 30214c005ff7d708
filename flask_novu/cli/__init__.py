"""``flask novu``: what an operator asks and does at the terminal."""

from __future__ import annotations

from flask.cli import AppGroup

from flask_novu.cli import operations, workflows
from flask_novu.cli.executions import executions

novu_cli = AppGroup("novu", help="Notification workflows: list, trigger, preview, history, controls, worker.")

for _command in (
    workflows.list_workflows,
    workflows.show_workflow,
    workflows.trigger,
    workflows.preview,
    workflows.controls,
    executions,
    operations.run_worker,
    operations.check,
    operations.sync,
):
    novu_cli.add_command(_command)
