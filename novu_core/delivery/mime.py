"""A Letter as an e-mail: headers, a text part beside HTML, inline images and attachments."""

from __future__ import annotations

import base64
import re
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP, SMTPUTF8, EmailPolicy
from email.utils import format_datetime
from typing import NamedTuple
from urllib.parse import quote

from novu_core.delivery.addresses import Address
from novu_core.delivery.attachments import MAIL_OVERRIDES, Attachment
from novu_core.delivery.base import Message
from novu_core.delivery.headers import addresses_header, custom_header, one_line, text_header
from novu_core.delivery.letter import Letter, letter_of

_PLAIN_NAME = re.compile(r"(?!.*=\?)[ !#-\[\]-~]{1,60}")
_PIECE = 50
_CHARSET = "utf-8''"


class Posted(NamedTuple):
    """An e-mail and its envelope. ``international``: an address needs a server with SMTPUTF8 (RFC 6531)."""

    sender: str
    recipients: tuple[str, ...]
    message_id: str
    email: EmailMessage
    international: bool

    @property
    def recipient(self) -> str:
        """The subscriber; the others get copies."""
        return self.recipients[0]


def compose(message: Message, default_sender: Address) -> Posted:
    """Return ``message`` as an e-mail, read by :func:`~novu_core.delivery.letter.letter_of`.

    Line breaks in the subject and in names become blanks. Message-ID follows from the idempotency key, so that a
    mailbox or a log shows a repetition for what it is. Raises DeliveryError (permanent).
    """
    letter = letter_of(message, default_sender, *MAIL_OVERRIDES)
    envelope = (letter.envelope_from or letter.sender, *letter.recipients)
    shown = {"From": [letter.sender], "To": [letter.to], "Cc": letter.cc, "Reply-To": letter.reply_to}
    used = [*envelope, *(address for addresses in shown.values() for address in addresses)]
    international = not all(address.addr_spec.isascii() for address in used)
    # 7bit: a body that is not ASCII is encoded, so that it passes servers without 8BITMIME too. The headers that are
    # set raw are folded already.
    policy = (SMTPUTF8 if international else SMTP).clone(cte_type="7bit", refold_source="none")
    email = EmailMessage(policy=policy)
    for name, addresses in shown.items():
        if addresses:
            email.set_raw(name, addresses_header(name, addresses))
    for name, line in _texts(letter).items():
        email.set_raw(name, text_header(name, line))
    for name, line in letter.headers.items():
        email.set_raw(name, custom_header(name, line))
    _fill(email, letter, policy)
    sender, *recipients = (address.addr_spec for address in envelope)
    return Posted(sender, tuple(recipients), letter.message_id, email, international)


def _texts(letter: Letter) -> dict[str, str]:
    return {
        "Subject": letter.subject,
        "Date": format_datetime(letter.created_at),
        "Message-ID": letter.message_id,
        "Auto-Submitted": "auto-generated",  # RFC 3834: no out-of-office answers
        "X-Novu-Idempotency-Key": one_line(letter.idempotency_key),
    }


def _fill(email: EmailMessage, letter: Letter, policy: EmailPolicy[EmailMessage]) -> None:
    """Mixed holds alternative holds related: attachments beside the texts, inline images beside the HTML."""
    inline = [attachment for attachment in letter.attachments if attachment.cid and letter.html]
    email.set_content(letter.text)
    if letter.html:
        email.add_alternative(letter.html, subtype="html")
        if inline:
            *_, rich = email.iter_parts()
            assert isinstance(rich, MIMEPart)
            rich.make_related()
            del rich["MIME-Version"]
            for attachment in inline:
                rich.attach(_part(attachment, "inline", policy))
    others = [attachment for attachment in letter.attachments if attachment not in inline]
    if others:
        email.make_mixed()
        for attachment in others:
            email.attach(_part(attachment, "attachment", policy))


def _part(attachment: Attachment, disposition: str, policy: EmailPolicy[EmailMessage]) -> EmailMessage:
    """A file as a part, its headers written here: ``email`` would decode what looks like an encoded word."""
    part = EmailMessage(policy=policy)
    part.set_raw("Content-Type", attachment.type)
    part.set_raw("Content-Transfer-Encoding", "base64")
    part.set_raw("Content-Disposition", disposition + _filename(attachment.name))
    if attachment.cid is not None:
        part.set_raw("Content-ID", f"<{attachment.cid}>")
    part.set_payload(base64.encodebytes(attachment.content).decode())
    return part


def _filename(name: str) -> str:
    """The parameter ``filename``, in RFC 2231's pieces where it is long or not plain ASCII."""
    if _PLAIN_NAME.fullmatch(name):
        return f';\r\n filename="{name}"'
    pieces = [""]
    for char in name:
        octets = quote(char, safe="")
        if len(pieces[-1]) + len(octets) > _PIECE:
            pieces.append("")
        pieces[-1] += octets
    pieces[0] = _CHARSET + pieces[0]
    if len(pieces) == 1:
        return f";\r\n filename*={pieces[0]}"
    return "".join(f";\r\n filename*{index}*={piece}" for index, piece in enumerate(pieces))
