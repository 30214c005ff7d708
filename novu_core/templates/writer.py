"""What a step's templates say, as fields of its output."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from novu_core.errors import TemplateError
from novu_core.records.outputs import Template
from novu_core.templates.base import Templates, is_html, is_mjml, text_sibling
from novu_core.templates.language import Language
from novu_core.types import JsonObject, StepType

_WITH_HTML = (StepType.EMAIL, StepType.IN_APP)


def has_templates(template: object, output: Mapping[str, Any]) -> bool:
    """Whether there is anything to render."""
    if template is not None:
        return True
    for value in output.values():  # noqa: SIM110  # of every step, so no generator
        if isinstance(value, Template):
            return True
    return False


@dataclass
class Writer:
    """Renders the templates of one step. ``closed``: for Novu, which knows a ``body`` only."""

    step_type: StepType
    templates: Templates
    language: Language
    variables: JsonObject
    closed: bool

    def fill(self, output: Mapping[str, Any], template: str | None) -> JsonObject:
        """Return an output with its :class:`Template` fields rendered, and what ``template`` makes.

        Raises TemplateError.
        """
        made: JsonObject = {**output}
        for key, value in output.items():
            if isinstance(value, Template):
                rich = key == "html" or (key == "body" and output.get("content_type") == "text/html")
                text = self._html(value.name, value.context) if rich else self._text(value.name, value.context)
                made[key] = " ".join(text.split()) if key == "subject" else text
                if rich and self.step_type is StepType.EMAIL and not self.closed:
                    made["safe_html"] = True
        if template is None:
            return made
        fields = self._fields(template, {name: made[name] for name in ("subject", "preheader") if name in made})
        is_mail = self.step_type is StepType.EMAIL
        if is_mail and made.get("body") is not None:  # a text or HTML beside it would hide it
            raise TemplateError(template, "the step returns `body`, too; call it `text`, or leave one of them out")
        twice = next((key for key in ("html", "body") if key in fields and made.get(key) is not None), None)
        if twice is not None:
            raise TemplateError(template, f"the step returns `{twice}`, too; leave one of them out")
        return {**fields, **made}

    def _fields(self, name: str, more: Mapping[str, Any]) -> JsonObject:
        is_mail = self.step_type is StepType.EMAIL
        if not is_html(name):
            return {"text" if is_mail and not self.closed else "body": self._text(name, more)}
        if self.step_type not in _WITH_HTML:
            raise TemplateError(name, f"a step of type {self.step_type} takes text; name a template such as .txt")
        html = self._html(name, more)
        if self.closed and is_mail:
            return {"body": html}
        sibling = text_sibling(name)
        text = self._text(sibling, more) if self.templates.has(sibling) else None
        if self.closed:
            from novu_core.delivery.plaintext import html_to_text  # with HTML's tables

            return {"body": html_to_text(html) if text is None else text}
        made: JsonObject = {"html": html, "safe_html": True} if is_mail else {"html": html}
        return made if text is None else {**made, "text" if is_mail else "body": text}

    def _html(self, name: str, more: Mapping[str, Any]) -> str:
        from novu_core.templates.markup import html_of_mjml, inlined  # css-inline, where it is

        html = self.templates.render(name, {**self.variables, **more}, self.language, html=True)
        return html_of_mjml(name, html) if is_mjml(name) else inlined(name, html)

    def _text(self, name: str, more: Mapping[str, Any]) -> str:
        """Novu reads the body of an e-mail as HTML, whatever it is."""
        escaped = self.closed and self.step_type is StepType.EMAIL
        return self.templates.render(name, {**self.variables, **more}, self.language, html=escaped)
