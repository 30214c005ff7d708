"""``novu deliver``: one test message through the providers of a channel."""

from __future__ import annotations

import click

from novu_core.integrations.terminal.output import as_json, client, echo, parse_json, table, tells_errors
from novu_core.records.providers import ProviderAnswer
from novu_core.types import Channel


@click.command("deliver")
@click.option(
    "--channel", required=True, type=click.Choice([one.value for one in Channel if one is not Channel.IN_APP])
)
@click.option("--to", help="An address, a telephone number, a device token or a webhook.")
@click.option("--content", help="The content as JSON, as a step returns it; a short text by default.")
@click.option("--template", help="A template of the app to render instead of the short text.")
@click.option("--context", help="The context of the template, as JSON.")
@click.option("--locale", help="The language of the template, such as de or de_AT.")
@as_json
@tells_errors
def deliver(
    channel: str,
    to: str | None,
    content: str | None,
    template: str | None,
    context: str | None,
    locale: str | None,
    json_output: bool,
) -> None:
    """Send one test message through each provider of a channel. Exit code 1 if one does not accept it."""
    given = None if content is None else parse_json(content, "--content")
    variables = None if context is None else parse_json(context, "--context")
    send = client().providers.send_test
    answers = send(channel, to, given, template=template, context=variables, locale=locale)
    if json_output:
        echo([answer.to_json() for answer in answers])
    else:
        table(["PROVIDER", "DELIVERED", "ID", "SAID"], [_row(answer) for answer in answers])
    if not all(answer.delivered for answer in answers):
        raise SystemExit(1)


def _row(answer: ProviderAnswer) -> list[object]:
    if answer.error is None:
        said = ", ".join(f"{name} {value}" for name, value in answer.detail.items())
        return [answer.provider, "yes", answer.id, said]
    later = "" if answer.retry_after is None else f" in {answer.retry_after:g} s"
    again = f" (worth another attempt{later})" if answer.retriable else ""
    return [answer.provider, "no", None, f"{answer.error}{again}"]
