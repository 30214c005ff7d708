"""``{% novu_inbox %}`` in Django's templates."""

from __future__ import annotations

import re

from django.template import Context, Engine
from django.template.backends.django import get_installed_libraries

from novu_core import Registry
from novu_core.integrations.django.client import using
from tests.conformance.django_project import Project


def test_a_template_loads_it_and_says_whose_bell_it_is():
    project = Project(Registry(), store_url="sqlite://", worker="none", secret_key="key")
    engine = Engine(libraries=get_installed_libraries())
    template = engine.from_string('{% load novu %}{% novu_inbox user.pk nonce="n" archive=True words=words %}')
    context = Context({"user": {"pk": 7}, "words": {"title": "<Neu>"}})
    with using(project.client), project.client:
        text = template.render(context)
        token = re.search(r'token="([^"]+)"', text)[1]
        assert project.client.inbox_tokens.subscriber_of(token) == "7"
    assert text.startswith(
        '<script type="module" src="/api/novu/inbox.js" nonce="n"></script><novu-inbox src="/api/novu" '
    )
    assert text.endswith(' unread="0" archive="" words="{&#34;title&#34;: &#34;&lt;Neu&gt;&#34;}"></novu-inbox>')
