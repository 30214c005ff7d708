"""Templates that are missing, raise or cannot be: the step fails, or the definition, and names them."""

from __future__ import annotations

import pytest

from novu_core import Client, Settings
from novu_core.client.checkup import findings
from novu_core.errors import ConfigurationError, DefinitionError
from novu_core.testing import NovuEnvironment
from tests.engine.templates.conftest import SUBJECT, TO

BROKEN = [
    ({}, "Template `mail/a.html`: it does not exist"),
    ({"mail/a.html": "a\nb\n{{ payload.user.name }}"}, "Template `mail/a.html`, line 3: UndefinedError: "),
    ({"mail/a.html": "a\n{% if %}"}, "Template `mail/a.html`, line 2: Expected an expression"),
    ({"mail/a.html": "a\n{{ 1 | nothing }}"}, "Template `mail/a.html`, line 2: No filter named 'nothing'"),
    (
        {"mail/a.html": "a\n{% include 'b.html' %}"},
        "Template `mail/a.html`, line 2: it names 'b.html', which does not exist",
    ),
    ({"mail/a.html": "{% include 'b.html' %}", "b.html": "\n{{ 1 / 0 }}"}, "ZeroDivisionError: division by zero ("),
    ({"mail/a.html": "{% include 'b.html' %}", "b.html": "\n{% if %}"}, "Template `b.html`, line 2: Expected"),
    ({"mail/a.html": "<p>", "mail/a.txt": "\n\n{{ 1 / 0 }}"}, "Template `mail/a.txt`, line 3: ZeroDivisionError"),
    ({"mail/a.html": "<p>", "mail/a.txt": "\n{% if %}"}, "Template `mail/a.txt`, line 2: Expected"),
]


@pytest.mark.parametrize(("files", "told"), BROKEN)
def test_a_template_that_is_missing_or_raises_fails_the_step_and_is_named(render, files, told):
    run = render(files, output=SUBJECT, retry=None)
    assert (run.status, run.error["type"], run.error["step_id"]) == ("failed", "TemplateError", "it")
    assert told in run.error["message"]
    assert not render.env.outbox.email


@pytest.mark.parametrize("option", ["template", "context"])
def test_a_function_that_raises_fails_its_step_as_a_resolver_does(render, option):
    run = render({"mail/a.html": "<p>"}, output=SUBJECT, **{"template": "mail/a.html", option: lambda: 1 / 0})
    assert (run.status, run.error["type"], run.error["step_id"]) == ("failed", "ZeroDivisionError", "it")


def test_what_is_no_name_and_no_dict_is_told(render):
    run = render({"a.txt": "x"}, output=SUBJECT, template="a.txt", context=lambda: [1])
    assert run.error["type"] == "TypeError"


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("<mjml>\n<mj-body><mj-include path='/etc/passwd'/></mj-body></mjml>", "(line 2 of what it rendered)"),
        ("<mjml><mj-body>\n<mj-nothing></mj-body></mjml>", "MJML: "),
        ("", "MJML: unable to find mjml element"),
    ],
)
def test_mjml_that_cannot_be_read_is_told_with_its_place(render, source, told):
    run = render({"a.mjml": source}, output=SUBJECT, template="a.mjml")
    assert "Template `a.mjml`: MJML: " in run.error["message"]
    assert told in run.error["message"]


@pytest.mark.parametrize(
    ("channel", "output", "template"),
    [
        ("email", {"html": "<p>", "subject": "s"}, "mail/a.html"),
        ("email", {"body": "b", "subject": "s"}, "mail/a.html"),
        ("email", {"body": "<p>", "subject": "s", "content_type": "text/html"}, "mail/a.html"),
        ("email", {"body": "b", "text": "t", "subject": "s"}, "mail/a.html"),
        ("email", {"body": "b", "subject": "s"}, "a.txt"),
        ("chat", {"body": "b"}, "a.txt"),
    ],
)
def test_what_a_step_says_itself_and_by_its_template_is_not_lost(render, channel, output, template):
    run = render({"a.txt": "t", "mail/a.html": "<p>"}, channel, output, template)
    assert run.error["message"].endswith("leave one of them out")


def test_without_templates_the_step_says_what_to_set(env, registry):
    @registry.workflow("w")
    def w(step):
        step.email("it", SUBJECT, template="a.html")

    assert "set NOVU_TEMPLATES" in env.trigger(w, TO).error["message"]


@pytest.mark.parametrize(
    ("options", "told"),
    [({"template": 7}, "template must be a name"), ({"context": 7}, "context must be a dict"),
     ({"template": lambda a, b: "x"}, "template")],
)  # fmt: skip
def test_options_that_cannot_work_are_refused_at_definition(registry, options, told):
    @registry.workflow("w")
    def w(step):
        step.email("it", SUBJECT, **options)

    with pytest.raises(DefinitionError, match=told):
        w.discover()


@pytest.mark.parametrize("options", [{"template": "a.html"}, {"context": {}}])
def test_only_channels_have_templates(registry, options):
    @registry.workflow("w")
    def w(step):
        step.digest("it", {"amount": 1, "unit": "hours"}, **options)

    with pytest.raises(DefinitionError, match="only channel steps take"):
        w.discover()


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("/nowhere/templates", "is not a folder"),
        (["/nowhere"], "is not a folder"),
        ([7], "is not a folder"),
        (7, "must be a folder, a Jinja environment or the import string of one"),
        ("nowhere.at.all:environment", "cannot be imported"),
        ("json:nothing", "cannot be imported"),
        ("json:dumps", "not a Jinja environment"),
    ],
)
def test_templates_that_cannot_be_are_told_when_the_client_is_made(registry, setting, told):
    with pytest.raises(ConfigurationError, match=told):
        Client(Settings(templates=setting), registry)


def test_the_checkup_names_templates_that_are_not_there(registry, folder):
    @registry.workflow("w")
    def w(step, payload):
        step.email("a", SUBJECT, template="a.txt")
        step.email("b", SUBJECT, template="b.txt")
        step.email("c", SUBJECT, template=payload["name"])

    with NovuEnvironment(registry, {"NOVU_TEMPLATES": str(folder({"a.txt": "{% if %}"}))}) as env:
        found = [finding.problem for finding in findings(env.client) if "template" in finding.problem]
    assert found == ["step `b` names the template `b.txt`, which does not exist"]
