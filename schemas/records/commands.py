"""What a person tells the processes of a deployment."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from schemas.wire import Wire

CommandName = Literal["pause", "resume"]


class JobCommand(Wire):
    """Whether a job is to go on: a record of `infobip_commands`, keyed by the job; the last one counts."""

    job: str = Field(description="The job's name.")
    command: CommandName = Field(
        description="`pause`: every process stops reading the job; `resume`: every process goes on."
    )
    by: str = Field(description="Who said so: the user and host of the command, such as ann@ops-1.")
    at: datetime = Field(description="When.")
