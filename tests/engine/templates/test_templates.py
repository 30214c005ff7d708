"""Templates that steps name: what they are given, what they make of each channel, and what goes wrong in them."""

from __future__ import annotations

import json

import jinja2
import pytest

from novu_core import Template
from novu_core.testing import NovuEnvironment
from tests.engine.templates.conftest import SUBJECT, TO


def content(run):
    assert run.status == "completed", run.error
    return run.step_results["it"]


def test_a_mail_is_made_of_its_template_and_the_text_beside_it(render):
    files = {"mail/a.html": "<p>{{ payload.text }}</p>", "mail/a.txt": "Text: {{ payload.text }}"}
    run = render(files, output=SUBJECT, payload={"text": "<b> & 'x'"})
    assert content(run) == {"subject": "s", "html": "<p>&lt;b&gt; &amp; &#39;x&#39;</p>", "text": "Text: <b> & 'x'"}
    [mail] = render.env.outbox.email
    assert (mail.html, mail.text) == ("<p>&lt;b&gt; &amp; &#39;x&#39;</p>", "Text: <b> & 'x'")


def test_without_a_text_beside_it_one_is_made_of_the_html(render):
    render({"mail/a.html": "<h1>Hi</h1><p>{{ payload.n }}</p>"}, output=SUBJECT, payload={"n": 7})
    assert render.env.outbox.email[0].text == "Hi\n\n7"


@pytest.mark.parametrize("name", ["mail/a.html.j2", "mail/a.htm", "mail/a.xhtml", "mail/a.html.jinja2"])
def test_html_is_escaped_by_what_its_name_says(render, name):
    run = render({name: "<p>{{ payload.x }}</p>"}, output=SUBJECT, template=name, payload={"x": "<i>"})
    assert content(run)["html"] == "<p>&lt;i&gt;</p>"


@pytest.mark.parametrize("autoescape", [True, False, jinja2.select_autoescape()])
def test_html_is_always_escaped_and_text_never(registry, autoescape):
    loader = jinja2.DictLoader({"a.html.j2": "{{ payload.x }}", "a.txt.j2": "{{ payload.x }}"})

    @registry.workflow("w")
    def w(step, payload):
        step.email("it", SUBJECT, template="a.html.j2")

    environment = jinja2.Environment(loader=loader, autoescape=autoescape)  # what is tested
    with NovuEnvironment(registry, {"NOVU_TEMPLATES": environment}) as env:
        run = env.trigger(w, TO, {"x": "<i>"})
    assert content(run) == {"subject": "s", "html": "&lt;i&gt;", "text": "<i>"}


def test_bytecode_of_ones_own_environment_is_not_taken_for_escaped(registry, tmp_path):
    loader = jinja2.DictLoader({"a.html": "{{ payload.x }}"})
    cache = jinja2.FileSystemBytecodeCache(str(tmp_path))
    environment = jinja2.Environment(loader=loader, autoescape=False, bytecode_cache=cache, enable_async=True)
    environment.get_template("a.html")

    @registry.workflow("w")
    async def w(step, payload):
        await step.email("it", SUBJECT, template="a.html")

    with NovuEnvironment(registry, {"NOVU_TEMPLATES": environment}) as env:
        assert content(env.trigger(w, TO, {"x": "<i>"}))["html"] == "&lt;i&gt;"


def test_own_html_is_not_sanitized_and_its_css_is_inlined(render):
    html = (
        "<!doctype html><html><head><style>p { color: red } a:hover { color: blue } @media print { p { color: black } }"
        '</style><link rel="stylesheet" href="https://example.org/x.css"></head><body bgcolor="#eee"><center><p>Hi</p>'
        '</center><!--[if mso]><p>x</p><![endif]--><img src="cid:logo"></body></html>'
    )
    made = content(render({"mail/a.html": html}, output=SUBJECT))["html"]
    assert made.startswith("<!DOCTYPE html>")
    for kept in (
        '<p style="color: red;">Hi</p>',
        "a:hover",
        "@media print",
        'bgcolor="#eee"',
        "<center>",
        "<!--[if mso]><p>x</p><![endif]-->",
        'src="cid:logo"',
        "https://example.org/x.css",
    ):
        assert kept in made


def test_a_part_of_a_page_stays_a_part(render):
    made = content(render({"mail/a.html": "<style>p { color: red }</style><p>Hi</p>"}, output=SUBJECT))["html"]
    assert made == '<style></style><p style="color: red;">Hi</p>'


def test_mjml_becomes_html(render):
    files = {"a.mjml": MJML.format(text="{{ payload.text }}"), "a.txt": "text"}
    run = render(files, output=SUBJECT, template="a.mjml", payload={"text": "<b>x</b>"})
    assert "&lt;b&gt;x&lt;/b&gt;" in content(run)["html"]
    assert "<mj-" not in content(run)["html"]
    assert content(run)["text"] == "text"


MJML = "<mjml><mj-body><mj-section><mj-column><mj-text>{text}</mj-text></mj-column></mj-section></mj-body></mjml>"


@pytest.mark.parametrize("channel", ["chat", "sms", "push", "tool"])
def test_other_channels_take_text(render, channel):
    output = SUBJECT if channel == "push" else {}
    run = render({"a.txt": "{{ payload.x }}"}, channel, output, "a.txt", {"x": "<i> & y"})
    assert content(run)["body"] == "<i> & y"


def test_text_channels_take_no_html(render):
    run = render({"mail/a.html": "<p>"}, "chat")
    assert (
        run.error["message"] == "Template `mail/a.html`: a step of type chat takes text; name a template such as .txt"
    )


def test_in_app_takes_both_and_its_html_stays_in_its_box(render):
    files = {"mail/a.html": "<p onclick=x>{{ payload.x }}</p><script>x</script>", "mail/a.txt": "{{ payload.x }}"}
    assert content(render(files, "in_app", payload={"x": "<i>"})) == {"html": "<p>&lt;i&gt;</p>", "body": "<i>"}


def test_a_text_template_makes_the_text_of_a_mail(render):
    assert content(render({"a.txt": "hi"}, output=SUBJECT, template="a.txt")) == {"subject": "s", "text": "hi"}


def test_what_a_template_is_given(render, registry):
    text = (
        "{{ payload.n }} {{ subscriber.first_name }} {{ subscriber.firstName }} {{ controls.greeting }} {{ subject }} "
        "{{ workflow.workflowId }} {{ locale }} {{ timezone }} {{ context.tenant }} {{ more }} {{ payload.items }}"
    )
    schema = {"type": "object", "properties": {"greeting": {"type": "string", "default": "Hello"}}}
    run = render(
        {"a.txt": text},
        output=SUBJECT,
        template="a.txt",
        payload={"n": 1},
        control_schema=schema,
        context={"more": "M"},
    )
    assert content(run)["text"].startswith("1 Ada Ada Hello s w de_AT Europe/Vienna  M")


def test_earlier_steps_are_given(registry, folder):
    @registry.workflow("w")
    def w(step):
        step.custom("look", lambda: {"count": 3})
        step.email("it", SUBJECT, template="a.txt")

    with NovuEnvironment(registry, {"NOVU_TEMPLATES": [str(folder({"a.txt": "{{ steps.look.count }}"}))]}) as env:
        assert content(env.trigger(w, TO))["text"] == "3"


def test_controls_may_name_templates_and_what_they_are_given(render):
    files = {"a.txt": "A {{ n }}", "b.txt": "B {{ n }}", "s.txt": "About\n {{ n }}"}
    schema = {"type": "object", "properties": {"look": {"type": "string", "default": "b.txt"}}}
    run = render(
        files,
        output=lambda controls: {"subject": Template("s.txt", n=1)},
        template=lambda controls: controls["look"],
        context=lambda controls: {"n": controls["look"]},
        control_schema=schema,
    )
    assert content(run) == {"subject": "About 1", "text": "B b.txt"}


def test_a_template_may_stand_in_the_place_of_any_text(registry, folder):
    files = {"s.txt": "  {{ payload.x }}\n", "h.html": "<center>{{ payload.x }}</center>", "b.txt": "{{ payload.x }}"}

    @registry.workflow("w")
    def w(step, payload):
        step.email("it", {"subject": Template("s.txt"), "html": Template("h.html"), "text": Template("b.txt")})
        step.email("old", {"subject": "s", "body": Template("h.html"), "content_type": "text/html"})
        step.sms("sms", lambda: {"body": Template("b.txt")})

    with NovuEnvironment(registry, {"NOVU_TEMPLATES": str(folder(files))}) as env:
        steps = env.trigger(w, TO, {"x": "<i>\nBcc: y"}).step_results
    assert steps["it"]["subject"] == "<i> Bcc: y"
    assert steps["it"]["html"] == "<center>&lt;i&gt;\nBcc: y</center>"
    assert steps["old"]["body"] == steps["it"]["html"]
    assert steps["sms"]["body"] == "<i>\nBcc: y"
    assert repr(Template("s.txt")) == "Template('s.txt')"


def test_an_environment_of_ones_own_is_named_by_where_it_is(registry, monkeypatch):
    monkeypatch.setattr(json, "mails", jinja2.Environment(loader=jinja2.DictLoader({"a.txt": "own"})), raising=False)

    @registry.workflow("w")
    def w(step):
        step.email("it", SUBJECT, template="a.txt")

    with NovuEnvironment(registry, {"NOVU_TEMPLATES": "json:mails"}) as env:
        assert content(env.trigger(w, TO))["text"] == "own"


def test_the_environment_keeps_what_is_its_own(registry):
    environment = jinja2.Environment(loader=jinja2.DictLoader({"a.txt": "{{ 'x' | shout }} {{ site }}"}))

    @registry.workflow("w")
    def w(step):
        step.email("it", SUBJECT, template="a.txt")

    with NovuEnvironment(registry, {"NOVU_TEMPLATES": environment}) as env:
        environment.filters["shout"] = str.upper
        environment.globals["site"] = "S"
        assert content(env.trigger(w, TO))["text"] == "X S"
    assert "dateformat" not in environment.filters
    assert "t" not in environment.globals
    assert environment.extensions == {}


def test_templates_of_any_other_kind_are_an_object_with_three_methods(registry):
    class Mine:
        def render(self, name, context, language, *, html):
            return f"{name} {html} {context['payload']['n']} {language.locale}"

        def has(self, name):
            return name.endswith(".txt")

        def translation(self, key, language):
            return None

    @registry.workflow("w")
    def w(step, payload):
        step.email("it", SUBJECT, template="a.html")

    with NovuEnvironment(registry, {"NOVU_TEMPLATES": Mine()}) as env:
        made = content(env.trigger(w, TO, {"n": 7}))
    assert made == {"subject": "s", "html": "a.html True 7 de_AT", "text": "a.txt False 7 de_AT"}


def test_a_preview_renders_them(registry, folder):
    from novu_core.aio import Blocking, drive
    from novu_core.engine.preview import preview

    @registry.workflow("w")
    def w(step):
        step.email("it", SUBJECT, template="a.txt")

    with NovuEnvironment(registry, {"NOVU_TEMPLATES": str(folder({"a.txt": "{{ locale }}"}))}) as env:
        shown = [
            drive(preview(env.client.engine, "w", "it", Blocking(), to={"subscriberId": "a", "locale": locale}))
            for locale in ("de", "fr")
        ]
    assert [it["output"]["text"] for it in shown] == ["de", "fr"]


@pytest.mark.parametrize(
    ("template", "kept"), [("a.txt", "a.txt"), (lambda: "a.txt", None), (lambda controls: "a.txt", None)]
)
def test_a_definition_keeps_no_run_alive(registry, template, kept):
    @registry.workflow("w")
    def w(step, payload):
        step.email("it", SUBJECT, template=template, context={"payload": payload})
        step.email("other", SUBJECT, template=payload["name"])

    calls = [w.discover()[step].bare.call for step in ("it", "other")]
    assert [(call.template, call.context) for call in calls] == [(kept, None), (None, None)]
