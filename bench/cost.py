"""What a million events cost, and what a second process brings."""

from contextlib import ExitStack

from confluent_kafka import ConsumerGroupState
from confluent_kafka.admin import AdminClient

from bench.contenders import OURS
from bench.endpoint import Behaviour
from bench.running import Failed, prepared, started
from bench.stream import Stream, publish
from bench.table import Column, Figures, Result, measured

EVENTS = 400_000
BEHAVIOUR = Behaviour(latency=0.02)
COLUMNS = (
    Column("events", "events"),
    Column("events/s", "rate"),
    Column("of one", "ratio", ".2f"),
    Column("CPU s/million events", "cpu_us", ".1f"),
    Column("peak MB, together", "peak_mb"),
)


def cost(broker: str, scale: float) -> Result:
    """Measure one process and two; their endpoint and the broker live on the same cores."""
    stream = publish(broker, int(EVENTS * scale))
    rows = [
        measured(f"{count} process{'es' if count > 1 else ''}", "", lambda count=count: measure(stream, count), Failed)  # type: ignore[misc]
        for count in (1, 2)
    ]
    for row in rows:
        if row.figures and rows[0].figures:
            row.figures.update(ratio=row.figures["rate"] / rows[0].figures["rate"])
    title = (
        f"Cost: {stream.events:,} records, {stream.partitions} partitions; all processes, the endpoint and the broker "
        "share the machine"
    )
    return Result("cost", title, COLUMNS, rows)


def measure(stream: Stream, processes: int) -> Figures:
    """Measure from when every process has its partitions, so that starting up is not part of it."""
    with prepared(OURS, stream, BEHAVIOUR) as run, ExitStack() as stack:
        subjects = [stack.enter_context(started(run)) for _ in range(processes)]
        group = f"infobip-streams.{run.group}"
        admin = AdminClient({"bootstrap.servers": stream.broker})
        begin = run.follow(subjects, lambda seen: seen.delivered > 0 and shared(admin, group, processes))
        cpu = sum(subject.cpu_seconds() for subject in subjects)
        end = run.follow(subjects, lambda seen: seen.delivered >= stream.events)
        cpu = sum(subject.cpu_seconds() for subject in subjects) - cpu
        events = end.delivered - begin.delivered
        if events <= 0:
            raise Failed("all was delivered before every process had its partitions: more records are needed")
        return {
            "events": events,
            "rate": events / (end.last - begin.last),
            "cpu_us": cpu / events * 1e6,
            "peak_mb": sum(subject.peak_mb for subject in subjects),
        }


def shared(admin: AdminClient, group: str, processes: int) -> bool:
    """Whether so many members of a group have partitions."""
    told = admin.describe_consumer_groups([group])[group].result(30)
    members = [member for member in told.members if member.assignment.topic_partitions]
    return told.state == ConsumerGroupState.STABLE and len(members) == processes
