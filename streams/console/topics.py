"""What `topics` shows: the topics jobs read and write, and which of them are missing."""

from collections.abc import Iterator

from schemas.jobs import Configuration
from streams.agents.kafka import Topics
from streams.agents.topics import inputs, missing_inputs, wanted_topics


def topic_lines(configuration: Configuration, *, create: bool) -> Iterator[str]:
    """A line for each topic, in order; with `create` those of ours that are missing are made."""
    door = Topics(configuration.kafka)
    existing = door.partitions()
    lines: dict[str, str] = {}
    for job in configuration.jobs:
        lines |= dict.fromkeys(missing_inputs(job, existing), "missing (yours to create)")
        lines |= {name: f"{_counted(existing[name])}, read" for name in inputs(job) if name in existing}
        for wanted in wanted_topics(job, configuration.kafka, existing):
            if wanted.name in existing:
                lines.setdefault(wanted.name, _counted(existing[wanted.name]))
            elif create:
                door.create(wanted.name, wanted.partitions, wanted.config)
                existing[wanted.name] = wanted.partitions
                lines[wanted.name] = f"created with {_counted(wanted.partitions)}"
            else:
                lines[wanted.name] = f"missing (would get {_counted(wanted.partitions)})"
    return (f"{name}: {line}" for name, line in sorted(lines.items()))


def _counted(partitions: int) -> str:
    return f"{partitions} partition{'' if partitions == 1 else 's'}"
