"""Every workflow of the cookbook is listed, each of its steps previewed, and each of its schemas a form."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from jinja2 import DictLoader, Environment
from playwright.sync_api import expect

from tests.browser.studio.conftest import Studio, previewed
from tests.browser.studio.cookbook import cookbook


def aside(function):
    """Run a function where no event loop runs: in this thread is the browser's."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(function).result()


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return aside(lambda: cookbook(tmp_path_factory.mktemp("cookbook")))


@pytest.fixture
def studio(make_studio, kept) -> Studio:
    studio = make_studio(kept.registry, templates=Environment(loader=DictLoader(kept.templates), autoescape=True))

    def trigger():
        for workflow_id, example in kept.examples.items():
            if studio.client.workflows.status(workflow_id) == "draft":
                studio.client.workflows.activate(workflow_id)
            studio.client.trigger(workflow_id, to=example.to, payload=example.payload, wait=False)

    aside(trigger)
    return studio


WAITS = "It would (not wait|go on at)|Its window would end"


def visit(studio, page, workflow, step):
    """Open a step's view from another one, as a link does; return its preview once it is there."""
    page.goto(f"{studio.address}/api/novu/studio#/workflows/{workflow.workflow_id}/{step.step_id}")
    expect(page.get_by_role("heading", level=1)).to_have_text(f"{workflow.name}: {step.name}")
    return previewed(page)


def fill_results(page, workflow, step, results):
    """Say what the code of earlier steps returned, which a preview does not run."""
    for earlier in workflow.steps[: list(workflow.steps).index(step)]:
        if earlier.step_type == "custom":
            page.get_by_label(earlier.step_id, exact=True).fill(json.dumps(results[earlier.step_id]))


def test_every_workflow_is_listed_and_every_step_previewed(studio, kept, page):
    studio.open(page, "workflows")
    names = page.get_by_role("list", name="Workflows").get_by_role("heading")
    expect(names).to_have_count(len(kept.registry))
    assert len(kept.registry) >= 40
    for workflow in kept.registry.values():
        for step in workflow.steps:
            region = visit(studio, page, workflow, step)
            if workflow.workflow_id in kept.examples:  # without a schema nobody knows what is in a payload
                page.get_by_label("Begin with").select_option(index=1)
                fill_results(page, workflow, step, kept.examples[workflow.workflow_id].results)
                previewed(page)
            expect(region.get_by_role("alert")).to_have_count(0)
            shown = {"email": "iframe", "custom": "p"}.get(
                step.step_type, "summary" if step.step_type.is_channel else "p"
            )
            expect(region.locator(f"{shown}, .gate").first).to_be_visible()
            if region.locator(".gate").count():
                assert step.call.skip is not None or step.skip_condition is not None
            elif step.step_type == "email":
                expect(region.get_by_role("definition").nth(1)).not_to_be_empty()  # its subject
                expect(page.frame_locator("iframe").locator("body")).not_to_be_empty()
            elif not step.step_type.is_channel and step.step_type != "custom":
                expect(region).to_contain_text(re.compile(WAITS))


def resolved(schema, root):
    """A schema behind its reference, or beside null."""
    for choice in schema.get("anyOf", []):
        if choice.get("type") != "null":
            schema = {**choice, **{name: value for name, value in schema.items() if name != "anyOf"}}
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return schema


TYPED = {"uri": "https://example.org/a", "date": "2026-02-03", "email": "a@example.org"}


def fill(scope, schema, root):
    """Type something into every field that a schema asks for; return what it must become."""
    typed: dict[str, object] = {}
    counts: dict[str, int] = {}
    for name, part in schema["properties"].items():
        part = resolved(part, root)
        label, kind = part.get("title", name), part.get("type")
        at = counts[label] = counts.get(label, -1) + 1  # of two fields of one model the labels are the same
        field = scope.get_by_label(label, exact=True)
        if kind == "object":
            typed[name] = fill(scope.get_by_role("group", name=label, exact=True).nth(at), part, root)
        elif kind == "array":
            group = scope.get_by_role("group", name=label, exact=True)
            group.get_by_role("button", name="Add").click()
            item = resolved(part["items"], root)
            entry = group.get_by_role("group", name=re.compile(rf"^{label} \d+$")).last
            typed[name] = [fill(entry, item, root)]
        elif kind == "boolean":
            field.nth(at).check()
            typed[name] = True
        elif "enum" in part:
            field.nth(at).select_option(label=str(part["enum"][-1]))
            typed[name] = part["enum"][-1]
        else:
            text, typed[name] = {"integer": ("12", 12), "number": ("1.5", 1.5)}.get(
                kind, (TYPED.get(part.get("format"), "grün"),) * 2
            )
            field.nth(at).fill(text)
    return typed


def test_every_schema_is_a_form_whose_values_come_back(studio, kept, page, watch):
    """Each field has the label and the kind that the schema says; what is typed in is JSON of that kind."""
    studio.open(page, "workflows")
    forms = [workflow for workflow in kept.registry.values() if workflow.payload_schema]
    assert len(forms) >= 8
    for workflow in forms:
        schema, given = workflow.payload_json_schema, kept.examples[workflow.workflow_id].payload
        visit(studio, page, workflow, workflow.steps[0])
        section = page.locator("section").filter(has=page.get_by_role("heading", name="Payload"))
        section.get_by_label("Begin with").select_option(index=1)
        section.get_by_role("button", name="JSON", exact=True).click()
        text = section.get_by_label("Payload as JSON")
        watch.until(lambda text=text, given=given: json.loads(text.input_value()) == given)
        section.get_by_role("button", name="Form", exact=True).click()
        typed = fill(section, schema, schema)
        section.get_by_role("button", name="JSON", exact=True).click()
        found = json.loads(text.input_value())
        for name, value in typed.items():  # a list keeps the entries that it had
            assert (found[name][-1:] if isinstance(value, list) else found[name]) == value, workflow.workflow_id
        expect(previewed(page).get_by_role("alert")).to_have_count(0)
