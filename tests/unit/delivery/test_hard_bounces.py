"""Which refusals of a recipient say that there is no such address."""

from __future__ import annotations

import smtplib

import pytest

from novu_core.delivery.failure import classify, is_hard_bounce
from novu_core.errors import DeliveryError


@pytest.mark.parametrize(
    ("status", "hard"),
    [
        ("5.1.1", True), ("5.1.1 <ada@b.c>: no such user", True), ("5.1.0", True), ("5.1.10 null MX", True),
        ("#5.1.1 x", True), ("(5.1.2)", True), ("5.1.6\n5.1.6 moved", True), ("5.1.7 bad sender", False),
        ("5.1.8 bad sender", False), ("5.1.70", True), ("5.7.1 5.1.1", False), ("4.1.1", False), ("5.2.2 full", False),
        ("15.1.1", False), ("5.1.", False), ("5.1.x", False), ("5.1.1111", False), ("", False), ("no such user", False),
    ],
)  # fmt: skip
def test_only_a_status_about_the_recipients_address(status, hard):
    assert is_hard_bounce(status) is hard


def refused(code, text):
    return smtplib.SMTPRecipientsRefused({"ada@b.c": (code, text)})


@pytest.mark.parametrize(
    ("error", "hard"),
    [
        (refused(550, b"5.1.1 no such user"), True), (refused(553, b"5.1.3 syntax"), True),
        (refused(450, b"5.1.1 later"), False), (refused(450, b"4.1.1 later"), False), (refused(550, b"5.7.1 spam"), False),
        (refused(550, b"no such user"), False), (smtplib.SMTPDataError(550, b"5.1.1 after DATA"), False),
        (smtplib.SMTPSenderRefused(550, b"5.1.1 sender", "a@b.c"), False), (ValueError("5.1.1"), False),
    ],
)  # fmt: skip
def test_only_a_permanent_answer_to_rcpt(error, hard):
    assert classify(error).hard_bounce is hard


def test_an_error_is_none_unless_it_says_so():
    assert DeliveryError("x").hard_bounce is False
