"""Who may use the pages: whoever brings the token of a link that still holds. It alone is the authority."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from novu_core.client import Client
from novu_core.errors import KeptByNovuError
from novu_core.http.messages import Request, Response
from novu_core.managers.preferences import Opened
from novu_core.records.links import Link


class LinkRefused(Exception):
    """The link was forged, cut, made for something else, signed with a secret that is gone, or its subscriber is."""


@dataclass(frozen=True)
class Visitor:
    """Whose link a request brought."""

    client: Client
    opened: Opened

    @property
    def link(self) -> Link:
        """What it opens."""
        return self.opened.link


Answers = Callable[[Visitor, Request], Response]


def for_bearers(show: Answers, change: Answers, *, workflow: bool) -> Callable[[Client, Request], Response]:
    """Return what answers the bearers of a link alone: nothing else makes a :class:`Visitor`.

    ``change`` answers POST. ``workflow``: whether it takes the links of a workflow, or those of the preference centre.
    """

    def answer(client: Client, request: Request) -> Response:
        visitor = visitor_of(client, request.path_params["token"], workflow=workflow)
        return (change if request.method == "POST" else show)(visitor, request)

    return answer


def visitor_of(client: Client, token: str, *, workflow: bool) -> Visitor:
    """Return whose link a token is of. Raises LinkRefused, whatever the reason: nobody learns who there is."""
    try:
        found = client.preferences.opened_by(token)
    except KeptByNovuError:  # the links of mails that were sent before Novu kept the preferences
        found = None
    if found is None or (found.link.workflow_id is not None) is not workflow:
        raise LinkRefused
    return Visitor(client, found)
