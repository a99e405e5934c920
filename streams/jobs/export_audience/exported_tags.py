"""Which audiences a job exported to which tags when it last ran, and what a change of them leaves as it is."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from schemas.jobs.export_audience import ExportAudience
from schemas.records.states import ExportedTags
from streams.kafka.compacted import read_topic
from streams.kafka.producer import OutgoingRecord

#: Stands for all audiences there are.
ALL = "*"
NAMED_MAX = 10


def tags_of(job: ExportAudience) -> dict[str, str]:
    """Tag by audience."""
    return {audience: job.tag_of(audience) or "" for audience in job.audiences} or {ALL: job.tags[0]}


def key_of(job: str) -> bytes:
    """What they are stored under."""
    return f"{job}/configuration".encode()


def read_tags(settings: dict[str, Any], topic: str, job: str, still_wanted: Callable[[], bool]) -> ExportedTags | None:
    """What the job exported when it last ran; None where it is not known. Blocks; raises KafkaException."""
    found = None
    for message in read_topic(settings, topic, [0], still_wanted):
        value = message.value()
        if message.key() == key_of(job) and value is not None:
            try:
                found = ExportedTags.model_validate_json(value)
            except ValidationError:  # of a newer version, which says nothing to us
                found = None
    return found


def tags_record(topic: str, job: ExportAudience, now: datetime) -> OutgoingRecord:
    """What the job exports, to be read when it starts again."""
    said = ExportedTags(job=job.name, tags=tags_of(job), since=now)
    return OutgoingRecord(topic, key_of(job.name), said.model_dump_json().encode())


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    """What has changed, and what that leaves as it is: a phrase for each."""
    renamed: dict[tuple[str, str], list[str]] = {}
    for audience in before.keys() & now.keys():
        if before[audience] != now[audience]:
            renamed.setdefault((before[audience], now[audience]), []).append(audience)
    for (old, new), audiences in sorted(renamed.items()):
        yield f"tag {old!r} -> {new!r}, {_named(audiences)}: members keep {old!r}, and get {new!r} if they enter again"
    if added := now.keys() - before.keys():
        yield f"audiences added, {_named(added)}: those who are in them already are exported with their next event"
    if gone := before.keys() - now.keys():
        yield f"audiences gone, {_named(gone)}: those who are in them keep their tag"


def _named(audiences: Any) -> str:
    names = ["all audiences" if name == ALL else name for name in sorted(audiences)]
    return ", ".join(names[:NAMED_MAX]) + (f" and {len(names) - NAMED_MAX} more" if len(names) > NAMED_MAX else "")
