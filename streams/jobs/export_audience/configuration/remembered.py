"""The configuration that a job remembers, and which processes run with which: read from its topic of states."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError

from schemas.records.states import ExportedConfiguration, JobState
from streams.kafka.compacted import read_topic
from streams.kafka.producer import OutgoingRecord

log = logging.getLogger(__name__)

#: A process that has been silent for so long is taken for dead.
SILENT_AFTER = timedelta(seconds=60)
ENDED = ("stopped", "failed")


@dataclass(slots=True)
class Remembered:
    """What a job remembers; None where it does not, or a newer version wrote it. And what its processes say."""

    configuration: ExportedConfiguration | None = None
    processes: dict[str, JobState] = field(default_factory=dict)

    def others(self, instance: str, now: datetime) -> dict[str, str | None]:
        """The digests that other processes run with, by their instances; None: one does not say."""
        return {
            one.instance: one.configuration
            for one in self.processes.values()
            if one.instance != instance and one.state not in ENDED and now - one.updated_at < SILENT_AFTER
        }


def key_of(job: str) -> bytes:
    """What a configuration is stored under."""
    return f"{job}/configuration".encode()


def read_remembered(settings: dict[str, Any], topic: str, job: str, still_wanted: Callable[[], bool]) -> Remembered:
    """What a job remembers by now. Blocks; raises KafkaException."""
    found = Remembered()
    prefix = f"{job}/".encode()
    for message in read_topic(settings, topic, [0], still_wanted):
        key, value = message.key() or b"", message.value()
        if value is None:
            found.processes.pop(key.removeprefix(prefix).decode(errors="replace"), None)
        elif key == key_of(job):
            found.configuration = _configuration(value)
        elif key.startswith(prefix) and b"/" not in key.removeprefix(prefix):
            try:
                said = JobState.model_validate_json(value)
            except ValidationError:  # something else that a job notes
                continue
            found.processes[said.instance] = said
    return found


def configuration_record(topic: str, said: ExportedConfiguration) -> OutgoingRecord:
    """What a job is to remember, to be read when it starts again."""
    return OutgoingRecord(topic, key_of(said.job), said.model_dump_json().encode())


def _configuration(value: bytes) -> ExportedConfiguration | None:
    try:
        return ExportedConfiguration.model_validate_json(value)
    except ValidationError:  # of a newer version, which says nothing to us
        return None
