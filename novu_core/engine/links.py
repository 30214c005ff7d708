"""Signed links for subscribers: where they unsubscribe, and where they choose what to get.

A mail is read years later, so that a link does not expire. It opens one subscriber's choice and nothing else, and none
of before the subscriber was deleted. No session, hash or signature of ours can be made of it, nor it of one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from urllib.parse import quote, urlsplit

from novu_core.clock import micros
from novu_core.definition.registry import Registry
from novu_core.definition.workflow import Workflow
from novu_core.engine.preferences import is_fixed
from novu_core.records import MessageRecord
from novu_core.records.links import PREFERENCES, UNSUBSCRIBE, Link
from novu_core.signing import TokenSigner
from novu_core.types import Channel

_LABEL = b"novu link\0"
_SAMPLE = "preview"


class Links:
    """Makes and reads links below ``public_url``; the first of ``secrets`` signs, and all of them are accepted.

    ``prefix`` returns where the routes are mounted. Without an address or a secret no link can be made.
    """

    def __init__(
        self,
        public_url: str | None = None,
        secrets: Sequence[str] = (),
        prefix: Callable[[], str] = lambda: "",
    ) -> None:
        self._base = _ascii(public_url or "")
        self._signer = TokenSigner(_LABEL, secrets)
        self._prefix = prefix

    @property
    def possible(self) -> bool:
        """Whether links can be made."""
        return bool(self._base and self._signer)

    def unsubscribe(self, subscriber_id: str, workflow: Workflow, at: datetime) -> str | None:
        """Return where a subscriber stops the workflow's e-mail; None where nobody can, or no link can be made.

        ``at``: when what the link is for began: a later deletion of the subscriber ends it.
        """
        if is_fixed(workflow):
            return None
        return self._address(UNSUBSCRIBE, Link(subscriber_id, micros(at), workflow.workflow_id))

    def of_message(self, registry: Registry, message: MessageRecord) -> str | None:
        """Return what a stored e-mail of a workflow that is still there has in ``List-Unsubscribe``, or None."""
        workflow = registry.get(message.workflow_id)
        if workflow is None:
            return None
        return self.unsubscribe(message.subscriber_id, workflow, message.created_at)

    def preferences(self, subscriber_id: str, at: datetime) -> str | None:
        """Return where a subscriber chooses what to get, or None. ``at``: as of :meth:`unsubscribe`."""
        return self._address(PREFERENCES, Link(subscriber_id, micros(at)))

    def variables(self, subscriber_id: str, workflow: Workflow, at: datetime) -> dict[str, str]:
        """Return both as templates name them; empty where there is no such link."""
        return _named(self.unsubscribe(subscriber_id, workflow, at), self.preferences(subscriber_id, at))

    def samples(self, workflow: Workflow | None = None) -> dict[str, str]:
        """Return the same for a preview, which opens nothing: whoever may look at one need not be the subscriber."""
        fixed = workflow is not None and is_fixed(workflow)
        return _named(None if fixed else self._sample(UNSUBSCRIBE), self._sample(PREFERENCES))

    def read(self, token: str) -> Link | None:
        """Return what a token opens, or None for one that was not made here."""
        claims = self._signer.read(token)
        return None if claims is None else Link(*claims[:3])  # the channel is e-mail: no other has links of its own

    def token(self, link: Link) -> str:
        """Return the token of a link, under the newest secret."""
        target = [] if link.workflow_id is None else [link.workflow_id, Channel.EMAIL.value]
        return self._signer.sign([link.subscriber_id, link.issued, *target])

    def _address(self, path: str, link: Link) -> str | None:
        return f"{self._below(path)}/{self.token(link)}" if self.possible else None

    def _sample(self, path: str) -> str | None:
        return f"{self._below(path)}/{_SAMPLE}" if self.possible else None

    def _below(self, path: str) -> str:
        return f"{self._base}{quote(self._prefix(), safe='/%')}{path}"


def _named(unsubscribe: str | None, preferences: str | None) -> dict[str, str]:
    return {"unsubscribe_url": unsubscribe or "", "preferences_url": preferences or ""}


def _ascii(url: str) -> str:
    """An address as a header of an e-mail can hold it."""
    if url.isascii():
        return url
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.encode('idna').decode()}{quote(parts.path, safe='/%')}"
