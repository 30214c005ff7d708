"""The two mails that the bridge is measured with: what Novu sends for them, and their schemas."""

from __future__ import annotations

from typing import Any, NamedTuple

from novu_core.javascript.canonical import encode


class Mail(NamedTuple):
    """A workflow of an in-app message and a mail. ``bell``: the field that the message shows; ``shows``: the answer's.

    ``bell`` is a field of the payload; ``shows`` stands in the body that the bridge answers with.
    """

    workflow_id: str
    payload_schema: dict[str, Any]
    subject: str
    body: str
    bell: str
    payload: dict[str, Any]
    shows: str

    @property
    def control_schema(self) -> dict[str, Any]:
        """The mail's own schema, with its texts as defaults."""
        return {
            "type": "object",
            "properties": {
                "subject": {"type": "string", "minLength": 1, "default": self.subject},
                "body": {"type": "string", "default": self.body},
            },
            "required": ["subject", "body"],
            "additionalProperties": False,
        }

    @property
    def request(self) -> bytes:
        """The body of an execute request for the mail, once the in-app message was sent."""
        seen = {"seen": False, "read": False, "lastSeenDate": None, "lastReadDate": None}
        return encode(
            {
                "payload": self.payload,
                "controls": {},
                "state": [{"stepId": "inbox", "outputs": seen, "state": {"status": "completed"}}],
                "subscriber": {"subscriberId": "s1", "firstName": "Bob", "email": "bob@example.com"},
                "context": {},
            }
        )

    @property
    def for_peer(self) -> dict[str, Any]:
        """What the peer's server needs to know."""
        return {
            "workflowId": self.workflow_id,
            "payloadSchema": self.payload_schema,
            "controlSchema": self.control_schema,
            "bell": self.bell,
        }


def _object(properties: dict[str, Any], *optional: str) -> dict[str, Any]:
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}


_STRING = {"type": "string"}
_AMOUNT = {"type": "number", "minimum": 0}

ORDER = Mail(
    "order",
    _object(
        {
            "number": {"type": "string", "pattern": "^[A-Z]-[0-9]+$"},
            "placedAt": {"type": "string", "format": "date-time"},
            "items": {
                "type": "array",
                "minItems": 1,
                "items": _object(
                    {"sku": _STRING, "name": _STRING, "quantity": {"type": "integer", "minimum": 1}, "price": _AMOUNT}
                ),
            },
            "shipping": _AMOUNT,
            "total": _AMOUNT,
            "express": {"type": "boolean"},
            "address": _object({"street": _STRING, "city": _STRING, "country": {"type": "string", "maxLength": 2}}),
            "url": {"type": "string", "format": "uri"},
        }
    ),
    "Your order {{payload.number}}, {{payload.items.size}} items",
    """<!DOCTYPE html>
<html><head><style>.box { padding: 24px; } td { border-bottom: 1px solid #eee; }</style></head>
<body style="font-family: sans-serif; color: #222;">
<div class="box">
<h1 style="font-size: 20px;">Thank you, {{subscriber.firstName | default: 'dear customer'}}!</h1>
<p>We received your order <b>{{payload.number}}</b> of {{payload.placedAt | date: '%d %B %Y'}}.</p>
<table width="100%" cellpadding="4" cellspacing="0">
<tr><th align="left">Item</th><th align="right">Quantity</th><th align="right">Price</th></tr>
{% for item in payload.items %}<tr><td>{{forloop.index}}. {{item.name}} <small>{{item.sku | downcase}}</small></td>\
<td align="right">{{item.quantity}}</td><td align="right">{{item.price | times: item.quantity}} EUR</td></tr>
{% endfor %}<tr><td colspan="2">Shipping</td><td align="right">{{payload.shipping}} EUR</td></tr>
<tr><td colspan="2"><b>Total</b></td><td align="right"><b>{{payload.total}} EUR</b></td></tr>
</table>
{% if payload.express %}<p>It leaves <em>today</em>, to {{payload.address.city}}.</p>{% else %}\
<p>It leaves within three days.</p>{% endif %}
<p><a href="{{payload.url}}" style="color: #06c;">Track your order</a></p>
</div></body></html>""",
    "number",
    {
        "number": "A-1042",
        "placedAt": "2026-11-20T09:30:00Z",
        "items": [
            {"sku": "TEA-100", "name": "Darjeeling, 100 g", "quantity": 2, "price": 7.9},
            {"sku": "POT-2", "name": "Tea pot & lid", "quantity": 1, "price": 34.5},
            {"sku": "CUP-6", "name": "Cups <set of 6>", "quantity": 1, "price": 28},
            {"sku": "SIEVE-1", "name": "Sieve", "quantity": 3, "price": 4.25},
            {"sku": "TIN-3", "name": "Tin, \u201cblue\u201d", "quantity": 1, "price": 6.4},
        ],
        "shipping": 4.9,
        "total": 102.35,
        "express": True,
        "address": {"street": "Hauptstra\u00dfe 1", "city": "Z\u00fcrich", "country": "CH"},
        "url": "https://shop.example.com/orders/A-1042?from=mail&lang=en",
    },
    "4. Sieve <small>sieve-1</small></td><td align=",
)
LIGHT = Mail(
    "comment",
    _object(
        {
            "name": _STRING,
            "comment": {"type": "string", "maxLength": 500},
            "post": _object({"id": {"type": "integer"}, "title": _STRING}),
            "plan": {"type": "string", "enum": ["free", "pro"], "default": "free"},
        },
        "plan",
    ),
    "{{payload.name}} commented on {{payload.post.title}}",
    "<p>Hi {{subscriber.firstName}},</p><p>{{payload.name | upcase}} wrote: {{payload.comment}}</p>",
    "comment",
    {"name": "Ann", "comment": "Nice post & <b>well</b> written", "post": {"id": 7, "title": "Hello"}},
    "ANN wrote: Nice post &amp; <b>",
)
MAILS = (ORDER, LIGHT)
