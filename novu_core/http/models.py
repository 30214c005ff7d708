"""The bodies of the routes beside the bridge, as pydantic models; the OpenAPI document is made of them."""

from __future__ import annotations

from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from novu_core.types import JsonObject


class Discovered(BaseModel):
    """How many workflows and steps are served."""

    workflows: int
    steps: int


class HealthCheckResponse(BaseModel):
    """The answer of the health check, with the peer's names (PROTOCOL section 4)."""

    model_config = ConfigDict(populate_by_name=True)

    status: str = "ok"
    sdk_version: str = Field(serialization_alias="sdkVersion")
    framework_version: str = Field(serialization_alias="frameworkVersion")
    discovered: Discovered


class TriggerPayload(BaseModel):
    """The body of ``POST /workflows/<id>/execute``. Novu's ``transactionId`` is read too."""

    to: Any
    payload: Any = Field(default_factory=dict)
    metadata: JsonObject = Field(default_factory=dict)
    transaction_id: str | None = Field(default=None, validation_alias=AliasChoices("transaction_id", "transactionId"))
    overrides: JsonObject = Field(default_factory=dict)
    actor: Any = None
    context: JsonObject = Field(default_factory=dict)
    controls: JsonObject = Field(default_factory=dict)
