"""An account at Infobip, and the key to it."""

from collections.abc import Mapping

from pydantic import ConfigDict, Field, SecretStr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from schemas.config.settings import Settings
from schemas.config.values import (
    ApiKey,
    FileName,
    Operation,
    Positive,
    Text,
    WebAddress,
)


class Authorization(Settings):
    """An Infobip account: its address, and the key to it."""

    model_config = ConfigDict(
        json_schema_extra={"oneOf": [{"required": ["api_key"]}, {"required": ["api_key_file"]}]},
    )

    name: Text = Field(description="The unique name by which jobs choose it. Example: acme")
    label: str = Field("", description="The name that people call it by. Default: none. Example: Acme, Europe")
    description: str = Field(
        "", description="A note on what it is for. Default: none. Example: The account of the shops"
    )
    base_url: WebAddress = Field(
        description="The account's own address; https unless a scheme is given. Example: xyz123.api.infobip.com"
    )
    api_key_file: FileName | None = Field(
        None,
        description="A file that holds the API key, in place of api_key; beside jobs.yaml unless its whole path is "
        "given. It is read at the start. Default: none. Example: /run/secrets/infobip",
    )
    api_key: ApiKey | None = Field(
        None,
        description="The API key, unless api_key_file names a file with it; keep it in the environment. Default: "
        "none. Example: ${INFOBIP_API_KEY}",
    )
    ca_file: FileName | None = Field(
        None,
        description="Certificates (PEM) to trust in place of the usual ones, for a gateway or simulator with one of its"
        " own; beside jobs.yaml unless its whole path is given. Default: the usual ones. Example: gateway-ca.pem",
    )
    limits: Mapping[Operation, Positive] = Field(
        {},
        description="Requests a second by operation, where the account's differ from the published ones. Default: "
        "the published ones. Example: {upsert_persons: 10}",
    )

    @field_validator("api_key")
    @classmethod
    def _one_key(cls, given: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        if "api_key_file" in info.data and (given is None) == (info.data["api_key_file"] is None):
            raise (
                PydanticCustomError("missing", "missing")
                if given is None
                else ValueError("is given by api_key_file, too: say one of them")
            )
        return given

    @field_validator("ca_file")
    @classmethod
    def _only_encrypted(cls, given: str | None, info: ValidationInfo) -> str | None:
        if given is not None and info.data.get("base_url", "").startswith("http://"):
            raise ValueError("has no use with http://, which is not encrypted")
        return given

    @property
    def key(self) -> str:
        """The API key, which is there once the file is read that may hold it."""
        if self.api_key is None:
            raise ValueError(f"the API key of {self.name} has not been read")
        return self.api_key.get_secret_value()
