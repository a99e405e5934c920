"""What became of events and people: a record for each flushed window or run, a dead letter for what was of no use."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from schemas.wire import Wire

Outcome = Literal[
    "accepted",  # Infobip took it
    "unchanged",  # Infobip says it is so already, or nothing had to be said
    "superseded",  # a later event of the same profile and audience in the window
    "skipped",  # another audience's event, a tombstone, another job's replay; for sends, who gets no message
    "dropped",  # no usable email or phone; a dead letter holds it
    "rejected",  # Infobip, or whoever was called, refused it, or its template failed; a dead letter holds it
    "undecodable",  # not an event, or a person that cannot be read; a dead letter holds it
    "imported",  # a person in a version that had not been written before
    "deleted",  # a person who is gone: a tombstone
    "joined",  # a record that was joined with what is known of its message, or is waited for
    "relayed",  # a record that was passed on to the partition that its message belongs to, where it is read again
    "stored",  # a record that is in the history
    "repaired_added",  # a member who had lost the tag has it again
    "repaired_removed",  # somebody who had the tag in vain has it no more
    "repaired_fields",  # a member whose fields differed has those of the profile again
]

Reason = Literal[
    "undecodable",
    "no_address",
    "rejected",
    "template_failed",
    "unreadable_report",  # what Infobip sent and nobody could read: it belongs to no job
]
TextEncoding = Literal["utf-8", "base64"]


class PartitionRange(Wire):
    """The records of one partition that a window held, both ends included."""

    topic: str = Field(description="The topic read.")
    partition: int = Field(description="The partition read.")
    first_offset: int = Field(description="The first offset in the window.")
    last_offset: int = Field(description="The last offset in the window.")
    topic_id: str = Field(
        "", description="The brokers' id of the topic, another one once it is made anew; empty where they give none."
    )


class Flush(Wire):
    """One window flushed, or one run of an import: a record of `infobip_flushes`, keyed by the job."""

    job: str = Field(description="The job's name.")
    partitions: tuple[PartitionRange, ...] = Field(description="First and last offset by partition; none for a run.")
    events: int = Field(description="How many events, or people, there were; the outcomes add up to it.")
    outcomes: dict[Outcome, int] = Field(description="How many ended in each outcome.")
    calls: dict[str, int] = Field(description="How many calls were answered, by operation.")
    retries: int = Field(description="How many times a call had to be repeated.")
    answers: dict[str, dict[str, int]] = Field(
        {},
        description='Answers by operation and HTTP status, such as {"upsert_people": {"200": 3, "429": 1}}; `429` '
        "counts those that asked to slow down, after which the call was made again.",
    )
    left_out_fields: dict[str, int] = Field(
        description="Values that were not in the form they go in, counted by field."
    )
    seconds: float = Field(
        description="From the window's first event to its last answer; for a run, from its start to its end."
    )
    flushed_at: datetime = Field(description="When the window was settled.")
    created_count: int | None = Field(
        None, description="People that Infobip made for an add to a list, as its answer counts them; null for others."
    )
    modified_count: int | None = Field(
        None, description="People that Infobip had and changed for an add to a list, likewise; null for others."
    )
    errors: dict[str, int] = Field(
        {},
        description='Ids that Infobip refused for a list, by its own word for why, such as {"VALIDATION_ERROR": 1}; '
        "empty: none, or no call to a list.",
    )

    def of_topics(self, ids: Mapping[str, str]) -> "Flush":
        """The same, with the ids that its topics have."""
        named = tuple(one.model_copy(update={"topic_id": ids.get(one.topic, "")}) for one in self.partitions)
        return self.model_copy(update={"partitions": named})


class Header(Wire):
    """One header of the original record."""

    name: str = Field(description="The header's name.")
    value: str | None = Field(description="The header's value as text, or base64 when not UTF-8.")
    encoding: TextEncoding = Field(description="How the value is written.")


class DeadLetter(Wire):
    """What could not be used, whole: a record of `infobip_dead_letters`, under its original key.

    One that its topic does not take whole is cut, and says so; topic, partition and offset still name the original.
    """

    job: str | None = Field(description="The job that could not use it; null for what Infobip sent to nobody's job.")
    reason: Reason = Field(description="Why, as a code.")
    detail: str = Field(description="Why, in words; for `rejected` Infobip's own code and text.")
    topic: str | None = Field(
        description="Where it was read; null for what came from Infobip, such as a person or a report."
    )
    partition: int | None = Field(
        description="Where it was read; null for what came from Infobip, such as a person or a report."
    )
    offset: int | None = Field(
        description="Where it was read; null for what came from Infobip, such as a person or a report."
    )
    key: str | None = Field(description="The original key as text, or base64 when not UTF-8.")
    key_encoding: TextEncoding = Field(description="How the key is written.")
    value: str | None = Field(description="The original value as text, or base64 when not UTF-8.")
    value_encoding: TextEncoding = Field(description="How the value is written.")
    headers: tuple[Header, ...] = Field(description="The original headers, in order.")
    timestamp: int | None = Field(
        None,
        description="The timestamp of the event's first record, in Unix milliseconds; null for what came from Infobip, "
        "where brokers keep no timestamps, and in older dead letters.",
    )
    failed_at: datetime = Field(description="When it was given up.")
    cut: dict[str, int] = Field(
        {},
        description="What was cut because the topic takes no record so large: by the name of the field (value, headers,"
        ' detail, key) the bytes it had, such as {"value": 900000}; empty: nothing.',
    )
