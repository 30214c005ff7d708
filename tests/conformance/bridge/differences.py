"""The recorded cases that we answer otherwise on purpose: why, and what we answer."""

from __future__ import annotations

from typing import Any, NamedTuple


class Difference(NamedTuple):
    """One case: the reason, and ``answer``'s ``status`` and ``body`` in place of the recorded ones."""

    reason: str
    answer: dict[str, Any]


DELIBERATE: dict[str, Difference] = {
    "ex-out-inapp-data": Difference(
        "null in a list is kept; the peer's sanitizer crashes on it.",
        {
            "status": 200,
            "body": {
                "outputs": {
                    "body": "b",
                    "data": {"a": 1, "n": None, "l": [1, None, "<b>z</b>"], "o": {"p": '{"a":1}'}},
                },
                "providers": {},
                "options": {"skip": False},
                "metadata": {"status": "success", "error": False, "duration": "<metadata.duration>"},
            },
        },
    ),
    "ex-inapp-full": Difference(
        "null in a list is kept; the peer's sanitizer crashes on it.",
        {
            "status": 200,
            "body": {
                "outputs": {
                    "subject": "Hi",
                    "body": "Body {{x}}",
                    "avatar": "https://a.b/c.png",
                    "primaryAction": {"label": "Yes", "redirect": {"url": "/abs", "target": "_self"}},
                    "secondaryAction": {"label": "No", "redirect": {"url": "https://x.y/z", "target": "_self"}},
                    "redirect": {"url": "https://x.y/", "target": "_blank"},
                    "data": {"a": 1, "b": {"c": "<b>k</b>"}, "list": [1, "<i>q</i>", {"z": ""}, None]},
                },
                "providers": {},
                "options": {"skip": False},
                "metadata": {"status": "success", "error": False, "duration": "<metadata.duration>"},
            },
        },
    ),
    "pv-inapp-full": Difference(
        "null in a list is kept; the peer's sanitizer crashes on it.",
        {
            "status": 200,
            "body": {
                "outputs": {
                    "subject": "Hi",
                    "body": "Body {{x}}",
                    "avatar": "https://a.b/c.png",
                    "primaryAction": {"label": "Yes", "redirect": {"url": "/abs", "target": "_self"}},
                    "secondaryAction": {"label": "No", "redirect": {"url": "https://x.y/z", "target": "_self"}},
                    "redirect": {"url": "https://x.y/", "target": "_blank"},
                    "data": {"a": 1, "b": {"c": "<b>k</b>"}, "list": [1, "<i>q</i>", {"z": ""}, None]},
                },
                "providers": {},
                "options": {"skip": False},
                "metadata": {"status": "success", "error": False, "duration": "<metadata.duration>"},
            },
        },
    ),
    "lq-dq-in-tag": Difference(
        "A double-quoted string inside a tag is Liquid like any other.",
        {
            "status": 200,
            "body": {
                "outputs": {"body": "Zoéx"},
                "providers": {},
                "options": {"skip": False},
                "metadata": {"status": "success", "error": False, "duration": "<metadata.duration>"},
            },
        },
    ),
    "lq-nested-quote-if": Difference(
        "A double-quoted string inside a tag is Liquid like any other.",
        {
            "status": 200,
            "body": {
                "outputs": {"body": "yes"},
                "providers": {},
                "options": {"skip": False},
                "metadata": {"status": "success", "error": False, "duration": "<metadata.duration>"},
            },
        },
    ),
    "ex-inapp-ok": Difference(
        "A nested list stays a list; the peer makes it an object.",
        {
            "status": 200,
            "body": {
                "outputs": {
                    "subject": "Hi",
                    "body": "Body <b>x</b>",
                    "avatar": "https://a.b/c.png",
                    "primaryAction": {"label": "Yes &amp; No", "redirect": {"url": "/abs", "target": "_self"}},
                    "secondaryAction": {"label": "No", "redirect": {"url": "https://x.y/z", "target": "_self"}},
                    "redirect": {"url": "https://x.y/", "target": "_blank"},
                    "data": {
                        "a": 1,
                        "n": None,
                        "t": True,
                        "b": {"c": "<b>k</b>"},
                        "list": [1, "<i>q</i>", {"z": ""}, [1, ""]],
                    },
                },
                "providers": {},
                "options": {"skip": False},
                "metadata": {"status": "success", "error": False, "duration": "<metadata.duration>"},
            },
        },
    ),
    "pv-inapp-ok": Difference(
        "A nested list stays a list; the peer makes it an object.",
        {
            "status": 200,
            "body": {
                "outputs": {
                    "subject": "Hi",
                    "body": "Body <b>x</b>",
                    "avatar": "https://a.b/c.png",
                    "primaryAction": {"label": "Yes &amp; No", "redirect": {"url": "/abs", "target": "_self"}},
                    "secondaryAction": {"label": "No", "redirect": {"url": "https://x.y/z", "target": "_self"}},
                    "redirect": {"url": "https://x.y/", "target": "_blank"},
                    "data": {
                        "a": 1,
                        "n": None,
                        "t": True,
                        "b": {"c": "<b>k</b>"},
                        "list": [1, "<i>q</i>", {"z": ""}, [1, ""]],
                    },
                },
                "providers": {},
                "options": {"skip": False},
                "metadata": {"status": "success", "error": False, "duration": "<metadata.duration>"},
            },
        },
    ),
    "lq-control-char": Difference(
        "A control character in a value is escaped in the JSON between; the peer's is then no JSON.",
        {
            "status": 200,
            "body": {
                "outputs": {"body": "a\x01\x08b\u2028"},
                "providers": {},
                "options": {"skip": False},
                "metadata": {"status": "success", "error": False, "duration": "<metadata.duration>"},
            },
        },
    ),
}
