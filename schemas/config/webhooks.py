"""Where Infobip reaches this service."""

from pydantic import Field

from schemas.config.settings import Settings
from schemas.config.values import (
    Port,
    Secret,
    Text,
    WebAddress,
)


class Webhooks(Settings):
    """Where Infobip reaches us with reports, clicks and inbound messages."""

    host: Text = Field("0.0.0.0", description="The address to listen on.")  # noqa: S104 - Infobip calls from outside
    port: Port = Field(6066, description="The port to listen on.")
    public_url: WebAddress = Field(description="How Infobip reaches this service.")
    secret: Secret = Field(description="Proves that a caller is Infobip; say ${NAME} and keep it in the environment.")
