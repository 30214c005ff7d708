"""Where an app's settings come from, and when they count."""

from __future__ import annotations

import sys
import types

import pytest
from flask import Flask

from flask_novu import Novu, serve
from flask_novu.cli import novu_cli
from novu_core import Registry, settings
from novu_core.errors import ConfigurationError
from novu_core.settings import Settings


@pytest.mark.mission("F-FR-001")
def test_settings_count_as_they_stand_at_the_first_use(registry):
    app = Flask("late")
    Novu().init_app(app, workflows=registry)
    app.config.update(TESTING=True, NOVU_SECRET_KEY="later", NOVU_WORKER="none", NOVU_LEASE_SECONDS=7)
    client = app.extensions["novu"]
    assert client.settings.secret_key == ("later",)
    assert client.settings.lease_seconds == 7
    assert not client.settings.strict
    assert client.engine.parts.store.database.memory
    client.close()


LAYERS = {  # setting: (environment, configuration, argument), each as written there
    "url_prefix": ("/environment", "/configuration", "/argument"),
    "secret_key": ("environment", "configuration", ["argument", "older"]),
    "strict_authentication": ("false", True, False),
    "api_url": ("https://environment", "https://configuration", "https://argument"),
    "dispatch": ("cloud", "embedded", "cloud"),
    "store_url": ("sqlite:///environment.db", "sqlite:///configuration.db", "sqlite://"),
    "app": ("environment", "configuration", "argument"),
    "workflows": ("environment", "configuration", "argument"),
    "delivery": ('{"sms": "console://"}', {"email": "console://"}, {"push": "console://"}),
    "webhook_deny_private": ("true", False, True),
    "max_attachment_bytes": ("1000", 2000, 3000),
    "templates": ("/", "/usr", "/etc"),
    "translations": ("environment", "configuration", ["argument", "other"]),
    "worker": ("none", "thread", "none"),
    "wait": ("false", True, False),
    "retry": ('{"attempts": 2}', {"attempts": 3}, {"attempts": 5}),
    "timezone": ("Europe/Berlin", "Europe/Paris", "Europe/Rome"),
    "lease_seconds": ("11", 12, 13),
    "takeovers": ("3", 4, 6),
    "grace_seconds": ("1", 2, 3),
    "retention_days": ("1", 2, 3),
    "masked_keys": ("pin,otp", ["iban"], ["key"]),
    "inbox_retention_days": ("1", 2, 3),
    "cors_origins": ("https://environment", "https://configuration", ["https://argument"]),
    "cors": ('{"max_age": 1}', {"max_age": 2}, {"max_age": 3}),
    "application_identifier": ("environment", "configuration", "argument"),
    "branding": ("true", False, True),
    "public_url": ("https://environment", "https://configuration", "https://argument"),
    "max_body_bytes": ("100", 200, 300),
    "expose_errors": ("true", False, True),
    "studio": ("on", "off", "auto"),
    "studio_password": ("environment", "configuration", "argument"),
    "studio_access": ("environment:role", "configuration:role", "argument:role"),
}


@pytest.mark.parametrize("name", sorted(set(Settings.model_fields) - {"debug", "testing"}))
def test_argument_over_config_over_environment_over_default(name, monkeypatch):
    environment, configuration, argument = LAYERS[name]

    def setting(config=None, **arguments):
        app = Flask("layers")
        app.config.update(TESTING=True, **{f"NOVU_{name.upper()}": config} if config is not None else {})
        Novu().init_app(app, **arguments)
        if name == "url_prefix":  # the only one that counts at once: a blueprint is mounted under it
            return next(rule.rule for rule in app.url_map.iter_rules() if rule.endpoint == "novu.health")
        if name == "workflows":  # an argument need not become a setting
            return list(app.extensions["novu"].workflows)
        return getattr(app.extensions["novu"].settings, name)

    def same(found, written):
        if name == "url_prefix":
            return found.startswith(written)
        if name == "workflows":
            return found == [written]
        return found == getattr(Settings.load(read({f"NOVU_{name.upper()}": written}, written)), name)

    def read(mapping, written):
        return settings.environment(mapping) if written is environment else mapping

    for module in LAYERS["workflows"]:
        made = types.ModuleType(module)
        made.workflow = Registry().workflow(module)(lambda step: None)
        monkeypatch.setitem(sys.modules, module, made)
    default = Settings.model_fields[name].get_default(call_default_factory=True)
    assert same(setting(), default) or name == "workflows"  # the default registry has no name
    monkeypatch.setenv(f"NOVU_{name.upper()}", environment)
    assert same(setting(), environment)
    assert same(setting(configuration), configuration)
    written = "NOVU_APP" if name == "app" else name  # whose argument is the Flask app
    assert same(setting(configuration, **{written: argument}), argument)


def test_every_setting_is_documented_and_visible(make_app):
    app = make_app()
    for name in set(Settings.model_fields) - {"debug", "testing"}:
        key = f"NOVU_{name.upper()}"
        assert f"``{key}``" in (Novu.init_app.__doc__ or "")
        assert key in app.config


def test_a_setting_that_does_not_exist_is_refused_by_name(registry):
    with pytest.raises(ConfigurationError, match=r"Unknown setting .dellivery.; did you mean NOVU_DELIVERY"):
        Novu(Flask("x"), dellivery={})
    with pytest.raises(ConfigurationError, match="Unknown setting"):
        serve(Flask("y"), workflows=registry, storeurl="sqlite://")


def test_an_environment_that_can_not_be_read_is_one_line_at_the_first_use(registry, monkeypatch):
    monkeypatch.setenv("NOVU_DELIVERY", "{email: x}")
    app = Flask("unreadable")
    Novu(app, workflows=registry)
    result = app.test_cli_runner().invoke(novu_cli, ["check"])
    assert (result.exit_code, result.output.count("\n")) == (1, 1)
    assert "NOVU_DELIVERY looks like JSON" in result.output
