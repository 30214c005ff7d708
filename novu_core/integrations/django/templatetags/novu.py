"""``{% load novu %}`` and ``{% novu_inbox user.pk %}``: the bell in Django's templates."""

from __future__ import annotations

from collections.abc import Mapping

from django import template
from django.urls import reverse
from markupsafe import Markup
from typing_extensions import Unpack

from novu_core.inbox import bell
from novu_core.inbox.markup import Options
from novu_core.integrations.django.client import client_in_use

register = template.Library()


@register.simple_tag
def novu_inbox(
    subscriber_id: str | int,
    words: Mapping[str, str] | None = None,
    nonce: str | None = None,
    **options: Unpack[Options],
) -> Markup:
    """Return the bell of a subscriber.

    ``words``, ``nonce`` and ``options`` as :func:`novu_core.inbox.bell` takes and refuses them.
    """
    return bell(client_in_use(), reverse("novu:inbox_js"), subscriber_id, words=words, nonce=nonce, **options)
