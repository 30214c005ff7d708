"""What was really sent, as its recipient sees it; what strangers wrote into it does nothing."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

ADA = {"subscriberId": "ada", "firstName": "Ada", "email": "ada@example.org", "phone": "+4915112345678"}
HOSTILE = """<html><head><meta http-equiv="refresh" content="0;url=https://example.org/away">
<base href="https://example.org/"><style>p { color: rgb(1, 2, 3) }</style><script>parent.ran = 1; alert(1)</script></head>
<body style="background: rgb(4, 5, 6)"><p id="styled" style="font-size: 31px" onclick="alert(2)">Hello</p>
<meta http-equiv="refresh" content="0;url=https://example.org/away"><base href="https://example.org/"><script>alert(7)</script>
<img src="https://example.org/pixel.png" onerror="alert(3)" alt=""><img src=x onerror="alert(4)" alt="">
<form action="https://example.org/form"><button>Send</button></form><iframe src="https://example.org/"></iframe>
<a id="away" href="javascript:alert(5)">Away</a><svg onload="alert(6)"></svg></body></html>"""


@pytest.fixture
def studio(make_studio, registry):
    @registry.workflow("all")
    def everywhere(payload, step):
        step.in_app("bell", {"subject": "In the bell", "body": "Look", "primaryAction": {"label": "Go"}})
        mail = {"subject": "In the mail", "html": payload.get("html", "<p>Read</p>")}
        step.email("mail", mail, disable_output_sanitization=True)
        step.sms("text", {"body": "On the phone " + "x" * 160})
        step.push("push", {"subject": "On the lock screen", "body": "Swipe"})
        step.chat("chat", {"body": "In the chat"})

    return make_studio(registry)


def test_a_message_of_each_channel(studio, page):
    studio.open(page, "messages")
    expect(page.get_by_text("Nothing was sent yet.")).to_be_visible()
    studio.trigger("all", ADA)
    rows = page.get_by_role("list", name="Messages").get_by_role("link")
    expect(rows).to_have_count(5)
    reader = page.get_by_role("region", name="Message")
    for title, words in {
        "In the bell": ["Look", "Go"],
        "On the phone": ["173 characters, 2 segments"],
        "On the lock screen": ["Swipe"],
        "In the chat": ["In the chat"],
    }.items():
        rows.filter(has_text=title).click()
        for word in words:
            expect(reader).to_contain_text(word)
    rows.filter(has_text="In the mail").click()
    expect(reader).to_contain_text("ada@example.org")
    expect(page.frame_locator("iframe").get_by_text("Read")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("Messages")
    page.get_by_role("tab", name="HTML").press("ArrowRight")
    expect(page.get_by_role("tab", name="Text")).to_be_focused()
    expect(page.get_by_role("tabpanel")).to_contain_text("Read")
    page.get_by_role("tab", name="Source").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("Content-Type: multipart/alternative")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download (.eml)").click()
    assert download.value.suggested_filename.endswith(".eml")
    page.get_by_role("link", name="all").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Run of all")


def test_filters(studio, page):
    studio.trigger("all", ADA)
    studio.trigger("all", "ben")
    studio.open(page, "messages")
    rows = page.get_by_role("list", name="Messages").get_by_role("link")
    expect(rows).to_have_count(10)
    page.get_by_label("Channel").select_option("SMS")
    expect(rows).to_have_count(2)
    page.get_by_label("Subscriber").fill("ada")
    page.get_by_label("Subscriber").press("Enter")
    expect(rows).to_have_count(1)
    page.get_by_label("Text").fill("nothing like this")
    page.get_by_label("Text").press("Enter")
    expect(page.get_by_text("No messages match.")).to_be_visible()


def test_a_hostile_mail_does_nothing_and_is_styled(studio, page, watch):
    watch.expect("Content Security Policy|violates the following|sandboxed")
    page.on("dialog", lambda dialog: pytest.fail(f"something ran: {dialog.message}"))
    studio.trigger("all", ADA, html=HOSTILE)
    studio.open(page, "messages?channel=email")
    page.get_by_role("list", name="Messages").get_by_role("link").click()
    frame = page.frame_locator("iframe")
    styled = frame.locator("#styled")
    expect(styled).to_have_css("color", "rgb(1, 2, 3)")
    expect(styled).to_have_css("font-size", "31px")
    expect(frame.locator("body")).to_have_css("background-color", "rgb(4, 5, 6)")
    expect(frame.locator("script, meta, base, iframe, [onclick], [onerror], [onload]")).to_have_count(2)  # its own
    assert frame.locator("#away").get_attribute("href") is None
    page.locator("iframe").scroll_into_view_if_needed()
    styled.click()
    frame.get_by_role("button", name="Send").click()
    assert page.evaluate("window.ran") is None
    assert watch.asked("example.org/form") == watch.asked("example.org/away") == []
    pixel = "example.org/pixel.png"
    watch.until(lambda: all(request.failure == "csp" for request in watch.asked(pixel)))
    assert page.locator("iframe").get_attribute("sandbox") == "allow-scripts allow-popups"
    watch.expect("a request to another host: https://example.org/pixel.png|ERR_NAME_NOT_RESOLVED")
    page.get_by_role("button", name="Load images").click()
    watch.until(lambda: any(request.failure not in ("csp", None) for request in watch.asked(pixel)))  # it was tried
    expect(styled).to_be_visible()
    assert watch.asked("example.org/away") == watch.asked("example.org/form") == []


def test_an_image_that_is_attached_is_told_by_its_words(studio, page):
    html = '<table background="CID:paper"><tr><td><img src="cid:logo" alt="The logo">'
    html += '<img src="/flag.png" alt="A flag"></td></tr></table>'
    studio.trigger("all", ADA, html=html)
    studio.open(page, "messages?channel=email")
    page.get_by_role("list", name="Messages").get_by_role("link").click()
    expect(page.frame_locator("iframe").get_by_role("img", name="The logo")).to_be_attached()
    expect(page.frame_locator("iframe").get_by_role("img", name="A flag")).to_be_attached()
    page.get_by_role("tab", name="Source").click()
    expect(page.get_by_role("tabpanel")).to_contain_text("cid:logo")
