"""Replies into outcomes, and outcomes into the records that tell of them."""

from base64 import b64encode
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.records.message import Message
from schemas.records.outcomes import DeadLetter, Flush, Header, Outcome, PartitionRange, Reason, TextEncoding
from streams.pipeline.decode import Record
from streams.pipeline.message_record import MessageRecord
from streams.pipeline.origin import origin_of
from streams.pipeline.trace_context import Headers
from streams.pipeline.window import Window
from streams.pipeline.words import writable


@dataclass(frozen=True, slots=True)
class Failure:
    """An event that could not be used: it becomes a dead letter."""

    record: Record
    reason: Reason
    detail: str


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a window: one outcome for each of its records, and what became of each message it asked for.

    `failures` become dead letters; `left_out_fields` counts fields of profiles that could not be sent, by name. Where
    some events take longer, `window` is what is told of now, and `rest` what is to be delivered by itself. `contexts`
    are the traces that messages belong to, by their ids, and those of calls, by the ids of their events.
    """

    window: Window
    outcomes: Mapping[Outcome, int]
    failures: tuple[Failure, ...] = ()
    left_out_fields: Mapping[str, int] = field(default_factory=dict)
    messages: tuple[MessageRecord, ...] = ()
    #: What the job's own state is to know of it, if anything.
    notes: Any = None
    rest: Any = None
    contexts: Mapping[str, Headers] = field(default_factory=dict)

    @property
    def told(self) -> tuple[Message, ...]:
        """What is told of messages, read back."""
        return tuple(one.read() for one in self.messages)


def settle(
    window: Window,
    outcomes: list[Outcome],
    details: Mapping[int, str],
    left_out_fields: Mapping[str, int],
    messages: tuple[MessageRecord, ...] = (),
    notes: Any = None,
    rest: Any = None,
    reasons: Mapping[int, Reason] | None = None,
    contexts: Mapping[str, Headers] | None = None,
) -> Settled:
    """Add what never became an event to the outcomes of those that did.

    `outcomes` and the keys of `details` follow `window.entries`; each `dropped` or `rejected` entry has a detail, and
    `reasons` say why where that does not follow from its outcome.
    """
    counted: Counter[Outcome] = Counter(outcomes)
    counted["skipped"] += window.skipped
    counted["undecodable"] += len(window.undecodable)
    failures = [Failure(bad.record, "undecodable", bad.detail) for bad in window.undecodable]
    for index, detail in details.items():
        usual: Reason = "no_address" if outcomes[index] == "dropped" else "rejected"
        reason = (reasons or {}).get(index, usual)
        failures.append(Failure(window.entries[index].record, reason, detail))
    counts = {name: count for name, count in counted.items() if count}
    return Settled(window, counts, tuple(failures), left_out_fields, messages, notes, rest, contexts or {})


def flush_record(
    job: str,
    window: Window,
    settled: Settled,
    *,
    calls: Mapping[str, int],
    answers: Mapping[str, Mapping[str, int]],
    retries: int,
    seconds: float,
    now: datetime,
) -> Flush:
    """The record that says what a window did.

    Args:
        job: the job's name.
        window: the window as it was cut.
        settled: what became of it.
        calls: how many calls were made, by operation.
        answers: what was answered, by operation and HTTP status.
        retries: how many tries of them came before their last.
        seconds: how long it took to deliver.
        now: when that was done.

    """
    return Flush(
        job=job,
        partitions=tuple(
            PartitionRange(topic=topic, partition=partition, first_offset=first, last_offset=last)
            for (topic, partition), first, last in window.spans
        ),
        events=window.records,
        outcomes=dict(settled.outcomes),
        calls=dict(calls),
        answers={operation: dict(by_status) for operation, by_status in answers.items()},
        retries=retries,
        left_out_fields=dict(settled.left_out_fields),
        seconds=round(seconds, 6),
        flushed_at=now,
    )


def dead_letter(job: str, failure: Failure, *, now: datetime) -> DeadLetter:
    """The record that keeps an unusable event whole: bytes that are no UTF-8 in base64. `now` is when it failed."""
    record = failure.record
    key, key_encoding = as_text(record.key)
    value, value_encoding = as_text(record.value)
    headers = []
    for name, content in record.headers or ():
        text, encoding = as_text(content)
        headers.append(Header(name=name, value=text, encoding=encoding))
    return DeadLetter(
        job=job,
        reason=failure.reason,
        detail=writable(failure.detail) or "",
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        key=key,
        key_encoding=key_encoding,
        value=value,
        value_encoding=value_encoding,
        headers=tuple(headers),
        timestamp=origin_of(job, record).timestamp,
        failed_at=now,
    )


def as_text(content: bytes | None) -> tuple[str | None, TextEncoding]:
    """Bytes as a record can hold them: as text, or in base64 when they are no UTF-8."""
    if content is None:
        return None, "utf-8"
    try:
        return content.decode(), "utf-8"
    except UnicodeDecodeError:
        return b64encode(content).decode("ascii"), "base64"
