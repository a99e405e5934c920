"""What became of a message: one verdict for each, which only moves forward."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from schemas.wire import Wire

#: Infobip's final statuses by their group, and that there is none.
OutcomeName = Literal["DELIVERED", "UNDELIVERABLE", "REJECTED", "EXPIRED", "NOT_AVAILABLE"]
#: Why it is said: Infobip reported it; nothing came in time; nothing ever comes from there; it was never sent.
OutcomeReason = Literal["reported", "waited", "no_reports_from_country", "not_sent"]
Seen = Literal["SEEN", "NOT_SEEN"]


class MessageOutcome(Wire):
    """What became of one message: a record of `infobip_message_outcomes`, keyed by its id; the last one counts."""

    message_id: str = Field(description="The message's id.")
    job: str | None = Field(description="The job that sent the message.")
    channel: str | None = Field(
        description="The job's channel; where only reports tell of the message, the one that they name."
    )
    event_id: str | None = Field(description="The event that asked for it.")
    profile_id: str | None = Field(description="Whose event it was.")
    audience: str | None = Field(description="The audience that was entered.")
    to: str | None = Field(description="The phone number in digits, or the email address; null where there is none.")
    outcome: OutcomeName = Field(
        description="`DELIVERED`, `UNDELIVERABLE`, `REJECTED` or `EXPIRED` as Infobip's final status has it, or "
        "`NOT_AVAILABLE` where none is known."
    )
    status_name: str | None = Field(description="Infobip's last status, such as DELIVERED_TO_HANDSET; null before one.")
    error_name: str | None = Field(
        description="Infobip's error, such as EC_ABSENT_SUBSCRIBER or NO_ERROR, or the `message_status` of what was "
        "never sent; null where it told none."
    )
    seen: Seen = Field(description="Whether Infobip told that it was seen, or that an email was opened.")
    urls: tuple[str, ...] = Field(description="The links that were clicked, each once, sorted; none: `NOT_CLICKED`.")
    reply: str | None = Field(
        description="What the person answered first: its text, or its type, such as IMAGE, where it has none; null "
        "where nobody answered in time."
    )
    final: bool = Field(description="Whether Infobip has said its last word: true for `reported` and `not_sent`.")
    reason: OutcomeReason = Field(
        description="`reported`: by a report; `waited`: no final report came in time; `no_reports_from_country`: none "
        "comes from there; `not_sent`: Infobip did not take it."
    )
    sent_at: datetime | None = Field(description="When it was handed to Infobip, or refused.")
    done_at: datetime | None = Field(description="When it got its final status; null where it has none.")
    seen_at: datetime | None = Field(description="When it was first seen; null where it was not.")
    decided_at: datetime = Field(description="When this was decided.")
