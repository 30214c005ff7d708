"""Every setting, with its default and what it means."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

import pydantic
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from novu_core.errors import ConfigurationError
from novu_core.schedules.retry import Retry
from novu_core.settings.checks import a_function, a_retry, absolute_prefix, known_zone, plain_name, web_address
from novu_core.settings.cross_origin import NAMED, CrossOrigin, Origins, Several
from novu_core.settings.secrets import MASKED_KEYS, Secrets, Words

PREFIX = "NOVU_"


class Settings(BaseModel):
    """How one client behaves. Immutable.

    ``debug`` and ``testing`` are not read from the configuration: a framework's integration sets them from its app.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, defer_build=True, str_strip_whitespace=True
    )

    url_prefix: Annotated[str, AfterValidator(absolute_prefix)] = Field(
        default="/api/novu", description="the path under which the routes are mounted", examples=["/notifications"]
    )
    secret_key: Secrets = Field(
        default=(),
        repr=False,
        description="the secret that signs the bridge's requests and gives access to the other routes; for "
        "rotation, a list with the newest first",
        examples=["nv-secret-0123", ["newest", "older"]],
    )
    strict_authentication: bool | None = Field(
        default=None,
        description="whether requests must be authenticated; if unset, they must, except while testing, and "
        "while debugging from this machine",
        examples=[True],
    )
    api_url: Annotated[str, AfterValidator(web_address)] = Field(
        default="https://api.novu.co",
        description="the address of Novu's API",
        examples=["https://eu.api.novu.co"],
    )
    dispatch: Literal["embedded", "cloud"] = Field(
        default="embedded", description="who runs what is triggered: this engine, or Novu", examples=["cloud"]
    )
    store_url: str | None = Field(
        default=None,
        repr=False,
        description="the SQLAlchemy URL of the store, on SQLite or PostgreSQL; if unset, `novu.db` in a Flask "
        "app's instance folder unless testing, or in Django's `BASE_DIR`, otherwise memory",
        examples=["postgresql://user:password@host/database"],
    )
    app: Annotated[str, AfterValidator(plain_name)] = Field(
        default="",
        description="the app's name, if several apps share a store: each one sees and runs only its own runs",
        examples=["shop"],
    )
    workflows: Any = Field(
        default=None,
        description="what to serve: workflows, modules or import strings, or a list of these; if unset, the "
        "default registry",
        examples=["app.notifications", ["app.notifications", "app.billing:workflows"]],
    )
    delivery: Mapping[str, Any] = Field(
        default_factory=dict,
        repr=False,
        description="each channel's provider, or a list of providers that are tried in order; a provider is a "
        "URL, or an object with a `send` method",
        examples=[{"email": "smtp://localhost:25?from=a@example.org", "sms": "https://example.org/hooks/sms"}],
    )
    webhook_deny_private: bool = Field(
        default=False,
        description="whether webhooks and services at addresses outside the public internet are refused; "
        "link-local addresses always are",
        examples=[True],
    )
    worker: Literal["thread", "none", "celery"] = Field(
        default="thread",
        description="who runs what is due: a thread in each process (none while testing), only `flask novu "
        "worker`, or the workers of the app's Celery",
        examples=["none", "celery"],
    )
    wait: bool = Field(
        default=True,
        description="whether a trigger runs its workflow before it returns, or leaves it to the worker",
        examples=[False],
    )
    retry: Annotated[Retry, BeforeValidator(a_retry)] = Field(
        default=Retry(),
        description="how failed deliveries are retried: the number of attempts, and the first and the longest "
        "wait in seconds",
        examples=[{"attempts": 3, "base": 2, "cap": 60}],
    )
    timezone: Annotated[str, AfterValidator(known_zone)] = Field(
        default="UTC",
        description="the time zone of subscribers who have none",
        examples=["Europe/Berlin"],
    )
    lease_seconds: float = Field(
        default=30,
        ge=0.1,
        le=604_800,
        description="the number of seconds after which a dead worker's runs are taken over; at least 0.1",
        examples=[60],
    )
    takeovers: int = Field(
        default=5,
        ge=1,
        le=1_000_000,
        description="how often a run that makes no progress is taken over from dead workers before it fails; it "
        "can then be retried",
        examples=[3],
    )
    grace_seconds: float = Field(
        default=30,
        ge=0,
        le=604_800,
        description="the number of seconds that runs in progress have to finish when a worker is asked to stop; "
        "the others are taken over when their leases expire",
        examples=[60],
    )
    retention_days: float | None = Field(
        default=None,
        ge=1,
        le=36_500,
        description="the number of days for which runs are kept after they have ended; if unset, forever",
        examples=[90],
    )
    masked_keys: Words = Field(
        default=MASKED_KEYS,
        description="words in keys, such as `token`, whose values are hidden in the history once the run has "
        "completed; `[]` hides nothing",
        examples=["password,token,iban", ["password", "token", "iban"]],
    )
    inbox_retention_days: float | None = Field(
        default=None,
        ge=1,
        le=36_500,
        description="the number of days for which in-app messages are kept; if unset, forever",
        examples=[90],
    )
    cors_origins: Origins = Field(
        default=(),
        description="the origins whose pages may call the routes other than the bridge; the same as `origins` "
        "in `NOVU_CORS`",
        examples=[["https://app.example.org", "https://admin.example.org"]],
    )
    cors: CrossOrigin = Field(
        default=CrossOrigin(),
        description="which pages of other origins may call the routes other than the bridge, and how",
        examples=[{"origins": "https://app.example.org", "supports_credentials": True}],
    )
    application_identifier: str | None = Field(
        default=None,
        description="the only `applicationIdentifier` that opens inboxes; if unset, any does",
        examples=["my-app"],
    )
    branding: bool = Field(
        default=False, description="whether Novu's `<Inbox/>` shows `Inbox by Novu` at the bottom", examples=[True]
    )
    public_url: Annotated[str | None, AfterValidator(web_address)] = Field(
        default=None,
        description="the address that links in messages lead to: those to unsubscribe, and those that `url_for` "
        "of a Flask app builds inside a workflow; one-click unsubscribing needs `https`",
        examples=["https://app.example.org"],
    )
    max_body_bytes: int = Field(
        default=1_048_576,
        gt=0,
        le=1_073_741_824,
        description="the size of the largest request body, in bytes",
        examples=[65536],
    )
    templates: Any = Field(
        default=None,
        description="where the templates are that steps name: a folder, or several; a Jinja environment, or its "
        "import string `module:name`; if unset, those of the Flask app or the Django project",
        examples=["app/templates", "app.mail:environment"],
    )
    translations: Several = Field(
        default=(),
        description="folders of compiled gettext catalogues (`<locale>/LC_MESSAGES/messages.mo`); if unset, "
        "those of the Flask app or the Django project",
        examples=["app/translations", ["app/translations", "/srv/shared"]],
    )
    max_attachment_bytes: int = Field(
        default=10_485_760,
        ge=0,
        le=1_073_741_824,
        description="the largest total size of the attachments of one e-mail, in bytes",
        examples=[1_048_576],
    )
    expose_errors: bool | None = Field(
        default=None,
        description="whether answers include the messages and traces of your code's errors; if unset, only "
        "while debugging",
        examples=[False],
    )
    studio: Literal["auto", "on", "off"] = Field(
        default="auto", description="whether the Studio is served; `auto`: only while debugging", examples=["on"]
    )
    studio_password: str | None = Field(
        default=None,
        repr=False,
        description="a password for the Studio for people who may preview workflows and change control values, "
        "but see no runs, messages or subscribers; the secret gives access to everything",
        examples=["a-long-password"],
    )
    studio_access: Annotated[Callable[..., Any] | str | None, AfterValidator(a_function)] = Field(
        default=None,
        description="who may use the Studio, instead of its login: a function, or its import string, that is "
        "called for each request, with the framework's request if it takes an argument, and returns "
        '`"all"`, `"edit"` or None',
        examples=["app.users:studio_role"],
    )
    debug: bool = False
    testing: bool = False

    @field_validator("cors", mode="before")
    @classmethod
    def _cors_of(cls, value: Any) -> Any:
        return CrossOrigin() if value is None else value

    @model_validator(mode="after")
    def _origins_once(self) -> Settings:
        if self.cors_origins and self.cors.origins:
            raise ValueError("set the origins only once, in NOVU_CORS_ORIGINS or as `origins` in NOVU_CORS")
        if self.cors.supports_credentials and "*" in self.cors_origins:
            raise ValueError(f"NOVU_CORS: {NAMED}")
        return self

    @property
    def cross_origin(self) -> CrossOrigin:
        """What ``NOVU_CORS_ORIGINS`` and ``NOVU_CORS`` say together."""
        return self.cors.model_copy(update={"origins": self.cors_origins}) if self.cors_origins else self.cors

    @property
    def strict(self) -> bool:
        """Whether requests must prove who sent them: as set, else on unless debugging or testing."""
        if self.strict_authentication is not None:
            return self.strict_authentication
        return not (self.debug or self.testing)

    @property
    def open_by_debug(self) -> bool:
        """Whether requests need no proof only because the app is being debugged, not because somebody said so."""
        return self.strict_authentication is None and self.debug and not self.testing

    @property
    def studio_on(self) -> bool:
        """Whether the Studio is there: as set, else while debugging."""
        return self.studio == "on" or (self.studio == "auto" and self.debug)

    @property
    def exposes_errors(self) -> bool:
        """Whether answers may carry messages and traces of the user's own errors: as set, else while debugging."""
        return self.debug if self.expose_errors is None else self.expose_errors

    @classmethod
    def load(cls, *sources: Mapping[str, Any], **fixed: Any) -> Settings:
        """Build from ``NOVU_*`` mappings, the first that has a key winning; ``fixed`` are field names and win over all.

        Keys that are not ours are ignored. Raises ConfigurationError that names the setting.
        """
        values: dict[str, Any] = {}
        for source in reversed(sources):
            values |= {name: source[key] for name, key in KEYS.items() if key in source}
        return cls.build(**{**values, **fixed})

    @classmethod
    def build(cls, **values: Any) -> Settings:
        """Build from field names. Raises ConfigurationError that names the setting."""
        try:
            return cls(**values)
        except pydantic.ValidationError as error:
            faults = "; ".join(_told(fault["loc"], fault["msg"]) for fault in error.errors())
            raise ConfigurationError(f"Invalid configuration. {faults}") from None


def _told(where: Sequence[int | str], message: str) -> str:
    told = message.removeprefix("Value error, ")
    if not where:
        return told
    field = Settings.model_fields.get(str(where[0]))
    if told == message and field is not None and field.examples:  # pydantic's words, which do not say what it is
        told += f" ({field.description}; for example {json.dumps(field.examples[0])})"
    return f"{PREFIX}{str(where[0]).upper()}{''.join(f'.{part}' for part in where[1:])}: {told}"


KEYS = {name: PREFIX + name.upper() for name in Settings.model_fields if name not in ("debug", "testing")}
"""Each setting's field and its key in a configuration; the other fields are the app's to say."""
