"""What Infobip says of messages."""

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from schemas.wire import Vendor


def _if(kind: type) -> BeforeValidator:
    """Take what nothing hangs on only in its own form, so that a wrong one does not hide the rest."""

    def read(given: Any) -> Any:
        return given if type(given) is kind else None

    return BeforeValidator(read)


Word = Annotated[str | None, _if(str)]
Count = Annotated[int | None, _if(int)]


class Status(Vendor):
    """How a message stands."""

    group_id: int = Field(description="0 or 1 on its way, 2 undeliverable, 3 delivered, 4 expired, 5 rejected.")
    group_name: Word = Field(None, description="The group in a word.")
    id: int = Field(description="The status: what to branch on.")
    name: Word = Field(None, description="The status in a word; the same id may have several.")
    description: Word = Field(None, description="The status in words.")


class SentDetails(Vendor):
    """More on a message."""

    message_count: Count = Field(None, description="The parts of an SMS.")


class SentMessage(Vendor):
    """One message of an answer to a send, or of the logs."""

    message_id: str | None = Field(None, description="The id it was sent with.")
    status: Status = Field(description="How it stands.")
    bulk_id: Word = Field(None, description="The request it came with; in logs only.")
    message_count: Count = Field(None, description="The parts of an SMS; in logs, and for WhatsApp always 1.")
    details: SentDetails | None = Field(None, description="More, where it was asked for.")
    destination: Word = Field(None, description="Where it went; some answers say `to`.")
    to: Word = Field(None, description="Where it went; some answers say `destination`.")
