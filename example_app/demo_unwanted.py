"""What is not sent: e-mail that somebody unsubscribed from, and e-mail to an address that does not exist."""

from __future__ import annotations

from example_app.demo_parts import Mailbox, Server, check, say


def unwanted(server: Server, mailbox: Mailbox) -> None:
    """Let a reader unsubscribe, and a mail server refuse an address; the next e-mail to either is skipped."""
    say("Cy signs up, and unsubscribes with one click in the mailbox: a POST to the mail's List-Unsubscribe.")
    server.log_in("Cy")
    link = mailbox.wait_for("Cy@example.org")["List-Unsubscribe"].strip("<>")
    server.click(link)
    skipped(server, "cy", "preference")

    say("Nobody signs up: the mail server knows no such address, and says so with 550 5.1.1.")
    server.log_in("Nobody")
    [first] = server.wait_for("welcome", 1, "failed", subscriber_id="nobody")
    server.timeline(first)
    [found] = server.get("/suppressions")["items"]
    print(f"    {found['address']} is suppressed: {found['reason']}, {found['created_at'][:19]}")
    skipped(server, "nobody", f"suppressed: hard bounce ({found['created_at'][:10]})")
    check(mailbox.to("Nobody@example.org") == [], "a mail was taken for an address that does not exist")
    check(len(mailbox.to("Cy@example.org")) == 1, "a mail was sent to somebody who had unsubscribed")
    server.remove(f"/suppressions/{found['address']}")
    say("Both are told in the timeline, and both can be undone: DELETE /suppressions/... has opened the address again.")


def skipped(server: Server, user: str, reason: str) -> None:
    """Greet a user again, who gets the in-app message and no e-mail for this reason."""
    run = server.execute("welcome", user, {"name": user.title()})
    server.timeline(run)
    told = [(step["outcome"], step["reason"]) for step in run["steps"]]
    check(told == [("delivered", None), ("skipped", reason)], f"expected the e-mail to be skipped, found {told}")
