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

    host: Text = Field(
        "0.0.0.0",  # noqa: S104 - Infobip calls from outside
        description="The address to listen on. Default: 0.0.0.0, which is all of the machine's. Example: 127.0.0.1",
    )
    port: Port = Field(6066, description="The port to listen on, 1 to 65,535. Default: 6066.")
    public_url: WebAddress = Field(
        description="The address at which Infobip reaches this service. Example: https://hooks.example.com"
    )
    secret: Secret = Field(
        description="The secret by which a caller proves to be Infobip; keep it in the environment. Example: "
        "${WEBHOOK_SECRET}"
    )
