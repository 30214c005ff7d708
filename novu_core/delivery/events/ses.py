"""Amazon SES's reports, which SNS carries: feedback notifications, and events of a configuration set."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from novu_core.delivery.events.base import (
    Event,
    Kind,
    Post,
    Report,
    digest_of,
    message_ids_of,
    object_of,
    objects_of,
    parsed_object,
    text_of,
    texts_of,
    time_of,
)
from novu_core.delivery.events.sns import Fetch, Topic
from novu_core.errors import RequestInvalidError

_KEY = "x-novu-idempotency-key"


class SESEvents:
    """Reports of SES. ``key``: the ARN of the SNS topic; ``fetch``: as of a Topic. Raises ConfigurationError."""

    name = "ses"

    def __init__(self, key: str, fetch: Fetch | None = None) -> None:
        self.topic = Topic(key, fetch)

    def verify(self, post: Post) -> None:
        """Raise AuthenticationError unless SNS signed this for the topic; RemoteError without its certificate."""
        self.topic.verify(post)

    def read(self, post: Post) -> Report:
        """Return the bounces and complaints; a subscription is confirmed."""
        message = self.topic.message(post)
        if message is None:
            return Report()
        try:
            return Report(tuple(_events(parsed_object(message), post)))
        except RequestInvalidError:  # "Successfully validated SNS topic", and what else the topic carries
            return Report()


def _events(found: dict[str, Any], post: Post) -> Iterator[Event]:
    kind = found.get("notificationType") or found.get("eventType")
    mail = object_of(found, "mail")
    headers = {text_of(each.get("name")).lower(): each.get("value") for each in objects_of(mail.get("headers"))}
    ids = texts_of(mail.get("messageId"), *message_ids_of(headers.get("message-id")))
    for what, feedback, recipient in _of_each(str(kind), found):
        address = texts_of(recipient.get("emailAddress"))
        at = time_of(feedback.get("timestamp"), post.now)
        told = (recipient.get("diagnosticCode"), feedback.get("complaintFeedbackType"), feedback.get("bounceSubType"))
        yield Event(
            kind=what,
            event_id=text_of(feedback.get("feedbackId")) or digest_of(*ids, at.isoformat()),
            at=at,
            reason=next(iter(texts_of(*told, what.replace("_", " ")))),
            addresses=address,
            message_ids=ids,
            idempotency_key=text_of(headers.get(_KEY)) or None,
        )


def _of_each(kind: str, found: dict[str, Any]) -> Iterator[tuple[Kind, dict[str, Any], dict[str, Any]]]:
    """What is told of each recipient."""
    if kind == "Bounce":
        bounce = object_of(found, "bounce")
        what: Kind = "hard_bounce" if bounce.get("bounceType") == "Permanent" else "soft_bounce"
        for recipient in objects_of(bounce.get("bouncedRecipients")):
            yield what, bounce, recipient
    elif kind == "Complaint":
        complaint = object_of(found, "complaint")
        if complaint.get("complaintFeedbackType") != "not-spam":
            for recipient in objects_of(complaint.get("complainedRecipients")):
                yield "complaint", complaint, recipient
