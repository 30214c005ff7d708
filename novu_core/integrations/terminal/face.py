"""What the commands ask of the web framework that runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast

import click

from novu_core.client import Client


@dataclass(frozen=True)
class Face:
    """A framework's side of the commands.

    ``client`` returns the app's client; ``bridge_url`` the public address of its bridge, or raises click.UsageError
    that names what to set.
    """

    client: Callable[[], Client]
    bridge_url: Callable[[Client], str]


class FaceGroup(click.Group):
    """The group ``novu``: its commands find the face in their context."""

    def __init__(self, face: Face, commands: Iterable[click.Command]) -> None:
        super().__init__(
            "novu",
            commands=list(commands),
            help="Notification workflows: list, trigger, preview, history, people, controls, worker.",
        )
        self._face = face

    def invoke(self, ctx: click.Context) -> object:
        """Run a command of the group."""
        ctx.meta[__name__] = self._face
        return super().invoke(ctx)


def current_face() -> Face:
    """Return the face of the command that is running."""
    return cast(Face, click.get_current_context().meta[__name__])
