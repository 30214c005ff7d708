"""``make demo``: the example app under gunicorn with a real mail server, killed twice, losing nothing."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from example_app.demo_failover import failover
from example_app.demo_parts import DIGEST_SECONDS, Failed, Mailbox, Server, check, say
from example_app.demo_unwanted import unwanted

COMMENTS = 20


def main() -> int:
    """Run the demonstration; 0 where all was as it should be."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="novu-demo-") as folder, Mailbox() as mailbox:
        server = Server(Path(folder), mailbox.port)
        try:
            say("Starting the example app under gunicorn, and a mail server for it to talk to.")
            server.start()
            killed_between_two_steps(server, mailbox)
            one_digest(server, mailbox)
            unwanted(server, mailbox)
            history(server)
            failover()
        except Failed as error:
            print(f"\nThe demo failed: {error}\n\n{server.log()}", file=sys.stderr)
            return 1
        finally:
            server.stop()
    say(f"Done in {time.monotonic() - began:.0f} seconds.")
    print(
        "\nWhere to go next:\n"
        "  README.md                     the quickstart: your own workflow in twenty lines\n"
        "  example_app/notifications.py  the workflows you just saw\n"
        "  make serve                    the same app at http://127.0.0.1:5000, to click through\n"
        "  docs/                         one short page for each mechanism"
    )
    return 0


def killed_between_two_steps(server: Server, mailbox: Mailbox) -> None:
    """Kill the server while a run is between its in-app message and its e-mail."""
    say("Ada signs up. The mail server is slow, and the app is killed with -9 while it waits.")
    mailbox.hold()
    server.log_in("Ada", wait=False)
    check(mailbox.wait_until_asked(), "the welcome e-mail never reached the mail server")
    server.kill()
    mailbox.release()
    say("Killed: the in-app message was stored, the e-mail not sent. Starting again; the run is taken over.")
    server.start()
    [run] = server.wait_for("welcome", count=1, status="completed")
    server.timeline(run)
    mails = mailbox.to("Ada@example.org")
    check(len(mails) == 1, f"expected one welcome e-mail, found {len(mails)}")
    check([step["outcome"] for step in run["steps"]] == ["delivered", "delivered"], "a step was not delivered")
    say(f"One in-app message, one e-mail: {mails[0]!r}. The finished step was not repeated.")


def one_digest(server: Server, mailbox: Mailbox) -> None:
    """Turn many comments into one e-mail, with a kill in the middle."""
    say(f"Ben writes {COMMENTS} comments on Ada's post; after half of them the app is killed with -9.")
    server.log_in("Ada")
    server.post("/posts", {"title": "Digests", "body": "Are they any good?"})
    server.log_in("Ben")
    for number in range(COMMENTS):
        if number == COMMENTS // 2:
            server.kill()
            server.start()
            server.log_in("Ben")
        server.post("/posts/1/comments", {"text": f"Comment number {number + 1}"})
    say(f"All comments are in. Their window of {DIGEST_SECONDS} seconds closes soon.")
    runs = server.wait_for("comment-on-post", count=COMMENTS, status="completed")
    mails = [subject for subject in mailbox.to("Ada@example.org") if "comments" in subject]
    check(len(mails) == 1, f"expected one digest e-mail, found {mails}")
    check(f"({COMMENTS})" in mails[0], f"the digest lost comments: {mails[0]}")
    opener = next(run for run in runs if run["outcome"] is None)
    server.timeline(opener)
    stored = server.count_messages("in_app", "comment-on-post")
    check(stored == COMMENTS, f"expected {COMMENTS} in-app messages, found {stored}")
    say(f"{COMMENTS} events, {COMMENTS} in-app messages, 1 e-mail: {mails[0]!r}. Saved: {COMMENTS - 1} e-mails.")


def history(server: Server) -> None:
    """Read the history back over HTTP."""
    say("The history, as GET /api/novu/executions tells it:")
    counts: dict[str, int] = {}
    for run in server.executions():
        line = f"{run['workflow_id']}: {run['status']}" + (f" ({run['outcome']})" if run["outcome"] else "")
        counts[line] = counts.get(line, 0) + 1
    for line, count in sorted(counts.items()):
        print(f"    {count:3} x {line}")


if __name__ == "__main__":
    sys.exit(main())
