"""Settings: which source wins, what a bad value is told, and which secrets never show."""

from __future__ import annotations

import pydantic
import pytest

from novu_core import Client, Registry, Settings
from novu_core.client import default_client
from novu_core.errors import ConfigurationError, StoreError
from novu_core.settings import environment
from novu_core.testing import NovuEnvironment


def test_the_first_source_that_has_a_key_wins_and_fixed_values_win_over_all():
    loaded = Settings.load(
        {"NOVU_TIMEZONE": "Europe/Berlin"}, {"NOVU_TIMEZONE": "UTC", "NOVU_WORKER": "none"}, lease_seconds=5
    )
    assert (loaded.timezone, loaded.worker, loaded.lease_seconds) == ("Europe/Berlin", "none", 5)


def test_debug_and_testing_are_not_configuration():
    loaded = Settings.load({"NOVU_DEBUG": True, "NOVU_TESTING": True, "OTHER": 1})
    assert (loaded.debug, loaded.testing) == (False, False)


def test_the_environment_reads_json_lists_and_fallbacks():
    found = environment({
        "NOVU_SECRET_KEY": "", "NOVU_API_KEY": "old", "NOVU_RETRY": '{"attempts": 2}', "NOVU_CORS_ORIGINS": "https://a, https://b",
        "NOVU_WORKFLOWS": "app.one", "NOVU_DEBUG": "1", "NOVU_STRICT_AUTHENTICATION_ENABLED": "false",
    })  # fmt: skip
    assert found == {
        "NOVU_SECRET_KEY": "old", "NOVU_RETRY": {"attempts": 2}, "NOVU_CORS_ORIGINS": ["https://a", "https://b"],
        "NOVU_WORKFLOWS": ["app.one"], "NOVU_STRICT_AUTHENTICATION": "false",
    }  # fmt: skip
    assert Settings.load(found).strict is False


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        ({"NOVU_TIMEZONE": "Mars"}, ["NOVU_TIMEZONE", "'Mars'", "Europe/Berlin"]),
        ({"NOVU_URL_PREFIX": "novu"}, ["NOVU_URL_PREFIX", "slash"]),
        ({"NOVU_URL_PREFIX": "/"}, ["NOVU_URL_PREFIX", "slash"]),
        ({"NOVU_URL_PREFIX": "//"}, ["NOVU_URL_PREFIX", "slash"]),
        ({"NOVU_URL_PREFIX": "/a//b"}, ["NOVU_URL_PREFIX", "slash"]),
        ({"NOVU_LEASE_SECONDS": 0}, ["NOVU_LEASE_SECONDS", "greater than or equal to 0.1"]),
        ({"NOVU_LEASE_SECONDS": 1e-9}, ["NOVU_LEASE_SECONDS", "greater than or equal to 0.1"]),
        ({"NOVU_LEASE_SECONDS": "0.001"}, ["NOVU_LEASE_SECONDS", "greater than or equal to 0.1"]),
        ({"NOVU_LEASE_SECONDS": float("inf")}, ["NOVU_LEASE_SECONDS", "less than or equal to 604800"]),
        ({"NOVU_LEASE_SECONDS": "1e400"}, ["NOVU_LEASE_SECONDS", "less than or equal to 604800"]),
        ({"NOVU_LEASE_SECONDS": 1e300}, ["NOVU_LEASE_SECONDS", "less than or equal to 604800"]),
        ({"NOVU_LEASE_SECONDS": float("nan")}, ["NOVU_LEASE_SECONDS"]),
        ({"NOVU_LEASE_SECONDS": 10**400}, ["NOVU_LEASE_SECONDS", "number"]),
        ({"NOVU_TAKEOVERS": 10**30}, ["NOVU_TAKEOVERS", "less than or equal to 1000000"]),
        ({"NOVU_MAX_BODY_BYTES": 10**400}, ["NOVU_MAX_BODY_BYTES", "less than or equal to 1073741824"]),
        ({"NOVU_RETRY": {"attempts": 10**400}}, ["NOVU_RETRY", "attempts must be a whole number"]),
        ({"NOVU_RETRY": {"base": float("inf")}}, ["NOVU_RETRY", "base must be a number"]),
        ({"NOVU_RETRY": {"cap": 1e300}}, ["NOVU_RETRY", "cap must be a number", "a year at most"]),
        ({"NOVU_CORS": {"max_age": -5}}, ["NOVU_CORS.max_age", "greater than or equal to 0"]),
        ({"NOVU_CORS": {"max_age": 1e400}}, ["NOVU_CORS.max_age"]),
        ({"NOVU_API_URL": "api.novu.co"}, ["NOVU_API_URL", "scheme"]),
        ({"NOVU_SECRET_KEY": "one\ntwo"}, ["NOVU_SECRET_KEY", "line break"]),
        ({"NOVU_SECRET_KEY": ["one", "t\x00wo"]}, ["NOVU_SECRET_KEY", "control character"]),
        ({"NOVU_SECRET_KEY": "o\x7fne"}, ["NOVU_SECRET_KEY", "control character"]),
        ({"NOVU_WORKER": "both"}, ["NOVU_WORKER", "thread"]),
        ({"NOVU_MAX_BODY_BYTES": -1}, ["NOVU_MAX_BODY_BYTES"]),
    ],
)
def test_a_bad_value_names_its_setting(values, parts):
    with pytest.raises(ConfigurationError) as caught:
        Settings.load(values)
    assert all(part in str(caught.value) for part in parts)


@pytest.mark.parametrize(
    ("given", "keys"),
    [
        (" ", ()),
        ("\n", ()),
        ("\t\r\n", ()),
        ("\u00a0\u200b", ()),
        ("\ufeff", ()),
        ([" ", "\n"], ()),
        ("secret\n", ("secret",)),
        (" secret\r\n", ("secret",)),
        ("\ufeffsecret\n", ("secret",)),
        (["new\n", " ", "old "], ("new", "old")),
        ("two words", ("two words",)),
    ],
)
def test_a_secret_has_no_space_around_it_and_is_none_where_nothing_else_is_there(given, keys):
    assert Settings.load({"NOVU_SECRET_KEY": given}).secret_key == keys
    assert Settings(secret_key=given).secret_key == keys


@pytest.mark.parametrize("blank", ["", " ", "\n", " \t"])
def test_a_blank_variable_is_not_set(blank):
    found = environment(
        {"NOVU_SECRET_KEY": blank, "NOVU_API_KEY": "peer\n", "NOVU_TIMEZONE": blank, "NOVU_CORS": blank}
    )
    assert found == {"NOVU_SECRET_KEY": "peer"}


def test_a_line_break_after_a_value_is_not_part_of_it(tmp_path):
    found = Settings.load(environment({"NOVU_WORKER": "none\n", "NOVU_WAIT": "false\n", "NOVU_LEASE_SECONDS": "7 \n"}))
    assert (found.worker, found.wait, found.lease_seconds) == ("none", False, 7)
    read = Settings.load({
        "NOVU_STORE_URL": f"sqlite:///{tmp_path}/x.db\n", "NOVU_URL_PREFIX": "/n\n", "NOVU_TIMEZONE": " Europe/Berlin\n",
        "NOVU_PUBLIC_URL": "https://a.example\n", "NOVU_CORS_ORIGINS": ["https://b.example\n"],
    })  # fmt: skip
    assert read.store_url == f"sqlite:///{tmp_path}/x.db"
    assert (read.url_prefix, read.timezone, read.public_url) == ("/n", "Europe/Berlin", "https://a.example")


def test_broken_json_names_its_setting():
    with pytest.raises(ConfigurationError, match="NOVU_RETRY"):
        environment({"NOVU_RETRY": "{oops"})


@pytest.mark.parametrize(
    ("values", "strict"),
    [
        ({}, True),
        ({"debug": True}, False),
        ({"testing": True}, False),
        ({"debug": True, "strict_authentication": True}, True),
    ],
)
def test_requests_are_authenticated_unless_debugging(values, strict):
    assert Settings(**values).strict is strict


@pytest.mark.mission("D0-10")
def test_errors_are_exposed_only_while_debugging():
    assert not Settings().exposes_errors
    assert Settings(debug=True).exposes_errors
    assert not Settings(debug=True, expose_errors=False).exposes_errors


def test_secrets_do_not_show_and_settings_do_not_change():
    settings = Settings(secret_key="s3cret", delivery={"email": "smtp://u:p4ss@h?from=a@b.c"})
    assert settings.secret_key == ("s3cret",)
    assert "s3cret" not in repr(settings)
    assert "p4ss" not in repr(settings)
    with pytest.raises(pydantic.ValidationError):
        settings.timezone = "UTC"


def test_no_secret_is_in_what_is_printed_or_logged(caplog, monkeypatch):
    url = "postgresql://bob:hunter2@127.0.0.1:1/db?password=hunter2"
    settings = Settings(
        store_url=url, secret_key="hunter2", worker="none", delivery={"email": "smtp://u:hunter2@h?from=a@b.c"}
    )
    client = Client(settings, Registry())
    assert "hunter2" not in repr(settings) + repr(client)
    assert "postgresql://bob:***@127.0.0.1:1/db" in repr(client)
    with pytest.raises(StoreError) as told:
        client.executions.list()
    assert "hunter2" not in str(told.value)
    assert "NOVU_STORE_URL is postgresql://bob:***@127.0.0.1:1/db" in str(told.value)
    monkeypatch.setenv("NOVU_STORE_URL", url)
    default_client().close()
    assert "bob:***" in caplog.text
    assert "hunter2" not in caplog.text


def test_a_store_that_can_not_be_opened_names_its_place(tmp_path):
    with pytest.raises(StoreError, match=rf"NOVU_STORE_URL is sqlite:///{tmp_path}/none/novu.db"):
        Client(Settings(store_url=f"sqlite:///{tmp_path}/none/novu.db", worker="none"), Registry()).executions.list()


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"timezon": "UTC"}, "Unknown setting 'timezon'; did you mean NOVU_TIMEZONE"),
        ({"NOVU_TIMEZON": "UTC"}, "Unknown setting 'NOVU_TIMEZON'; did you mean NOVU_TIMEZONE"),
        ({"novu_delivry": {}}, "Unknown setting 'novu_delivry'; did you mean NOVU_DELIVERY"),
        ({"QUITE_ELSE": {}}, "Unknown setting 'QUITE_ELSE'; use one of NOVU_API_URL, "),
        ({"NOVU_WORKER": "none", "delivry": {}}, "Unknown setting 'delivry'; did you mean NOVU_DELIVERY"),
        ({"NOVU_WORKER": "none", "worker": "none"}, "The setting NOVU_WORKER is given twice"),
        ({"NOVU_SECRET_KEY": 123}, "NOVU_SECRET_KEY: use a string, or a list of strings"),
        ({"NOVU_CORS_ORIGINS": 5}, "NOVU_CORS_ORIGINS: use a string, or a list"),
    ],
)
def test_a_mapping_of_settings_is_checked(given, told):
    for make in (Client, lambda given: NovuEnvironment(settings=given)):
        with pytest.raises(ConfigurationError) as caught:
            make(given)
        assert told in str(caught.value)
    Client({"OTHER": 1, "SECRET_KEY": "flasks", "NOVU_API_KEY": "k", "NOVU_WORKER": "none"}, Registry()).close()


@pytest.mark.parametrize("key", ["timezone", "TIMEZONE", "NOVU_TIMEZONE", "novu_timezone", "Novu_Timezone"])
def test_a_setting_of_a_mapping_may_be_written_in_any_of_its_ways(key):
    with Client({key: "Europe/Berlin"}, Registry()) as client:
        assert client.settings.timezone == "Europe/Berlin"


def test_of_an_app_s_whole_configuration_only_the_keys_with_the_prefix_count():
    configuration = {"SECRET_KEY": "flask's own", "DELIVERY": "theirs", "DEBUG": True, "NOVU_TIMEZONE": "Europe/Berlin"}
    with Client(configuration, Registry()) as client:
        assert (client.settings.timezone, client.settings.secret_key, client.settings.delivery) == (
            "Europe/Berlin", (), {},
        )  # fmt: skip


@pytest.mark.parametrize(
    ("setting", "given", "waited"),
    [(True, None, True), (False, None, False), (False, True, True), (True, False, False)],
)
def test_the_setting_is_the_default_of_a_trigger_s_wait(setting, given, waited):
    registry = Registry()

    @registry.workflow("w")
    def w(step):
        step.in_app("bell", {"body": "b"})

    with NovuEnvironment(workflows=registry, settings={"wait": setting}) as env:
        options = {} if given is None else {"wait": given}
        assert w.trigger(to="ada", **options).status == ("completed" if waited else "pending")
        env.run_due()
        assert len(env.outbox) == 1


@pytest.mark.parametrize(
    ("retry", "told"),
    [
        (
            {"attempts": 0},
            "Invalid configuration. NOVU_RETRY: attempts must be a whole number of at least 1 (1 means no retry), not 0.",
        ),
        (
            {"tries": 3},
            "Invalid configuration. NOVU_RETRY: use attempts, base and cap, such as {'attempts': 4}, not {'tries': 3}",
        ),
        (5, "Invalid configuration. NOVU_RETRY: use attempts, base and cap, such as {'attempts': 4}, not 5"),
    ],
)
def test_a_retry_setting_that_makes_no_sense_is_told(registry, retry, told):
    with pytest.raises(ConfigurationError) as caught:
        Client({"NOVU_RETRY": retry, "NOVU_WORKER": "none"}, registry)
    assert str(caught.value) == told


@pytest.mark.parametrize("written", ["pin, iban,", ["pin", "iban"], (" pin", "iban "), '["pin", "iban"]'])
def test_words_are_a_list_or_text_with_commas(written):
    given = environment({"NOVU_MASKED_KEYS": written}) if isinstance(written, str) else {"NOVU_MASKED_KEYS": written}
    assert Settings.load(given).masked_keys == ("pin", "iban")


@pytest.mark.parametrize("written", [5, {"pin": 1}, ["pin", 5]])
def test_what_is_no_list_of_words_is_refused(written):
    with pytest.raises(ConfigurationError, match=r"NOVU_MASKED_KEYS: use a list of words"):
        Settings.load({"NOVU_MASKED_KEYS": written})
