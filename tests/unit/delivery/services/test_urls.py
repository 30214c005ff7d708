"""URLs of services: what is wrong is told when they are read, and no secret is."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from novu_core.delivery import Router, provider_from_url, redact
from novu_core.delivery.services.base import Request
from novu_core.delivery.services.schemes import OURS
from novu_core.delivery.services.service_url import ServiceURL
from novu_core.errors import ConfigurationError
from novu_core.types import Channel


@pytest.mark.parametrize(
    ("url", "channel", "words"),
    [
        ("twilio://AC1@api.twilio.com?from=+1", "sms", "its auth token is missing. Use the form twilio://SID:TOKEN@"),
        ("twilio://:S3CRET@api.twilio.com?from=+1", "sms", "the account's SID is missing"),
        ("twilio://api.twilio.com?from=+1", "sms", "the account's SID is missing"),
        ("twilio://AC1:S3CRET@api.twilio.com", "sms", "the option 'from' is missing"),
        ("twilio://AC1:S3CRET@api.twilio.com?from=", "sms", "the option 'from' is missing"),
        ("twilio://AC1:S3CRET@api.twilio.com?form=+1", "sms", "unknown option 'form'. The options are from, account"),
        ("twilio://AC1:S3CRET@api.twilio.com?from=+1&base_url=ftp://x", "sms", "base_url must have the form https://"),
        ("twilio://AC1:S3CRET@api.twilio.com?from=+1&base_url=http://u:S3CRET@x", "sms", "base_url must have the form"),
        ("twilio://AC1:S3CRET@api.twilio.com?from=+1&base_url=http://[::1", "sms", "base_url must have the form"),
        ("twilio://AC1:S3CRET@api.twilio.com?from=+1&timeout=soon", "sms", "timeout must be a number"),
        ("twilio://AC1:S3#CRET@api.twilio.com?from=+1", "sms", "%23"),
        ("twilio://AC1:S3CRET@api.twilio.com?from=+1", "chat", "it delivers only the channel 'sms'"),
        ("slack://hooks.slack.com", "chat", "slack:// for each subscriber's own"),
        ("slack://hooks.slack.com/", "chat", "it must have the form slack://hooks.slack.com/services/"),
        ("slack://user:S3CRET@hooks.slack.com/x", "chat", "it must have the form slack://"),
        ("slack:///services/S3CRET", "chat", "it must have the form slack://"),
        ("slack://hooks.slack.com/S3CRET", "push", "it delivers only the channel 'chat'"),
        ("slack://hooks.slack.com/S3CRET\u00e9", "chat", "it must have the form slack://"),
        ("resend://S3CRET%0AX:%20y@api.resend.com?from=a@b.c", "email", "credentials must be ASCII"),
        ("resend://S3CRET%C3%A9@api.resend.com?from=a@b.c", "email", "credentials must be ASCII"),
        ("ses://a:S3CRET@h?region=x&session_token=a%0Ab&from=a@b.c", "email", "no part may contain a line break"),
        ("mailgun://S3CRET@h/a%0Db?from=a@b.c", "email", "no part may contain a line break"),
        ("nosuch://S3CRET", "sms", "unknown scheme 'nosuch'"),
        ("twili0://AC1:S3CRET@api.twilio.com", "sms", "twilio://"),
    ],
)
def test_what_is_wrong_is_named_and_no_secret_is(url, channel, words):
    with pytest.raises(ConfigurationError) as refused:
        Router({channel: url})
    assert words in str(refused.value)
    assert "S3" not in str(refused.value)
    assert "#CRET" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("twilio://AC1:secret@api.twilio.com?from=+1&base_url=x", "twilio://AC1:***@api.twilio.com?from=+1&***"),
        ("slack://hooks.slack.com/services/secret", "slack://hooks.slack.com/..."),
        ("resend://secret:secret@api.resend.com?from=a@b.c", "resend://***@api.resend.com?from=a@b.c"),
        ("other://secret@secret/secret", "other://***"),
        ("other://secret", "other://***"),
    ],
)
def test_redacted_urls(url, shown):
    assert redact(url) == shown


@pytest.fixture
def package(tmp_path, monkeypatch):
    """Install a package whose entry points are given, and whose module ``carrier`` is this one."""
    (tmp_path / "carrier.py").write_text(
        "class Carrier:\n"
        "    def __init__(self, url): self.url = url\n"
        "    def send(self, message): ...\n"
        "def broken(url): raise ValueError(url)\n"
        "def told(url):\n"
        "    from novu_core.errors import ConfigurationError\n"
        "    raise ConfigurationError('the region is missing.')\n"
        "def nothing(url): return None\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    def install(name, **points):
        info = tmp_path / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        lines = "".join(f"{scheme} = {value}\n" for scheme, value in points.items())
        (info / "entry_points.txt").write_text(f"[flask_novu.providers]\n{lines}")

    return install


def test_another_package_brings_a_scheme(package):
    package("carrier", carrier="carrier:Carrier")
    provider = provider_from_url("carrier://key@host?x=1", Channel.PUSH)
    assert provider.url == "carrier://key@host?x=1"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("carrier:missing", "'carrier:missing' cannot be imported: AttributeError"),
        ("nowhere_at_all:Carrier", "cannot be imported: ModuleNotFoundError"),
        ("carrier:broken", "its provider refuses the URL (ValueError)"),
        ("carrier:told", "the region is missing"),
        ("carrier:nothing", "it has no send(message)"),
    ],
)
def test_another_package_that_cannot(package, value, words):
    package("carrier", carrier=value)
    with pytest.raises(ConfigurationError) as refused:
        provider_from_url("carrier://S3CRET@host", Channel.PUSH)
    assert words in str(refused.value)
    assert "S3CRET" not in str(refused.value)


def test_two_packages_for_one_scheme(package):
    package("one", carrier="carrier:Carrier")
    package("two", carrier="carrier:told")
    with pytest.raises(ConfigurationError, match="carrier:Carrier and carrier:told"):
        provider_from_url("carrier://x", Channel.PUSH)


def test_a_scheme_of_ours_stays_ours(package):
    package("one", slack="carrier:Carrier")
    assert provider_from_url("slack://", Channel.CHAT).name == "slack"
    assert "slack" in OURS


def test_without_apprise_its_extra_is_told(monkeypatch):
    monkeypatch.setattr("novu_core.delivery.services.apprise_urls.find_spec", lambda name: None)
    with pytest.raises(ConfigurationError, match=r"pip install 'flask-novu\[apprise\]'"):
        provider_from_url("apprise+tgram://token/chat", Channel.CHAT)
    with pytest.raises(ConfigurationError, match="with the extra apprise"):
        provider_from_url("tgram://token/chat", Channel.CHAT)


def test_without_cryptography_its_extra_is_told(monkeypatch):
    monkeypatch.setattr("novu_core.delivery.services.crypto._MODULES", "no_such_package")
    with pytest.raises(ConfigurationError, match=r"pip install 'flask-novu\[push\]'"):
        provider_from_url("webpush://key@?subject=mailto:a@b.c", Channel.PUSH)


def test_what_is_read_of_a_url_has_no_secret_in_its_repr():
    url = ServiceURL.read(urlsplit("twilio://AC1:S3CRET@host?from=1"), "example", ("from",))
    assert url.password == "S3CRET"
    assert "S3CRET" not in repr(url) + repr(Request.json("https://x", {}, {"Authorization": "S3CRET"}))
