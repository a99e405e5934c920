"""What was called for an event, and what was answered."""

from datetime import datetime

from pydantic import Field

from schemas.operations import Method
from schemas.wire import Wire

#: So many bytes of an answer are kept.
ANSWER_BYTES_MAX = 65_536


class CallMade(Wire):
    """One call of a job of kind webhook: a record of `infobip_calls`, keyed by its event's id."""

    event_id: str = Field(description="The event that led to it; of a call for several, each has a record.")
    job: str = Field(description="The job that made it.")
    method: Method = Field(description="The HTTP method.")
    path: str = Field(description="The path at the account, or the whole address elsewhere.")
    status: int | None = Field(description="The HTTP status; null where no answer came.")
    answer: str = Field(description="The answer's body, at most 64 KiB of it; empty where there was none.")
    seconds: float = Field(description="How long its last try took, from its first byte to the answer's last.")
    at: datetime = Field(description="When the answer came, or was given up.")
