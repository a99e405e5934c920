"""Where operators and their tools ask a process how it fares."""

from typing import Annotated

from pydantic import Field

from schemas.config.settings import Settings
from schemas.config.values import PORT_MAX, NoFlag, Text


class OperationsAddress(Settings):
    """Where `run` and `receive` answer /healthz, /readyz and /metrics; nothing that they say is a secret."""

    host: Text = Field(
        "127.0.0.1",
        description="The address to listen on. Default: 127.0.0.1, which only this machine reaches. Example: 0.0.0.0, "
        "which is all of the machine's, for Kubernetes.",
    )
    port: Annotated[int, Field(ge=0, le=PORT_MAX), NoFlag] = Field(
        9464,
        description="The port to listen on, 0 to 65,535; 0 has the machine choose one, which the log tells: for "
        "several processes of one machine. Default: 9464.",
    )
