"""Where an event first stood: in its own record, or in that of which it is a replay."""

from pydantic import ValidationError

from schemas.records.replays import REPLAY_HEADER, Replay
from streams.pipeline.decode import Record


def replay_of(record: Record) -> Replay | None:
    """What a record says of the dead letter that it was; None for any other. What is no such word is none of ours."""
    content = next((content for name, content in record.headers or () if name == REPLAY_HEADER), None)
    return None if content is None else read_replay(content)


def read_replay(content: str | bytes) -> Replay | None:
    """Read the header's content; None where it is no word of ours."""
    try:
        return Replay.model_validate_json(content)
    except ValidationError:
        return None


def origin_of(job: str, record: Record) -> Replay:
    """Where the event of a record first stood, as a dead letter of this job would say it."""
    # Nearly no record has headers.
    if record.headers and (replay := replay_of(record)) is not None:
        return replay
    return Replay(
        job=job,
        topic=record.topic,
        partition=record.partition,
        offset=record.offset,
        timestamp=timestamp_of(record),
    )


def timestamp_of(record: Record) -> int | None:
    """When a record was written, in Unix milliseconds; None where the broker keeps no such times."""
    timestamp = record.timestamp
    return timestamp if timestamp is not None and timestamp >= 0 else None
