"""What a second process costs and brings: the same events by one process and by two, in turn, each several times.

The hand-written loop is the witness of the machine: what two of it cost more than one, two processes cost here.
"""

from contextlib import ExitStack
from statistics import median

from confluent_kafka import ConsumerGroupState
from confluent_kafka.admin import AdminClient

from bench.contenders import OURS, SENDS
from bench.endpoint import Behaviour, Seen
from bench.peers import Peer
from bench.peers.handwritten import PEER as LOOP
from bench.running import Failed, prepared, started
from bench.stream import Stream, publish
from bench.table import Column, Figures, Result, Row, measured, tell

EVENTS, ROUNDS = 400_000, 3
LATENCY_SECONDS = 0.02
COLUMNS = (
    Column("events", "events"),
    Column("events/s", "rate"),
    Column("of one", "rate_ratio", ".2f"),
    Column("CPU µs/event, all processes", "cpu_us", ",.2f"),
    Column("of one", "cpu_ratio", ".2f"),
    Column("from", "least_cpu_us", ",.2f"),
    Column("to", "most_cpu_us", ",.2f"),
    Column("peak MB, together", "peak_mb"),
)


def processes(broker: str, scale: float) -> Result:
    """Measure exports, sends and the loop; all processes, the endpoint and the broker share the machine."""
    stream = publish(broker, int(EVENTS * scale))
    rows: list[Row] = []
    for peer, what in ((OURS, "exports"), (LOOP, "exports"), (SENDS[0], "sends")):
        rounds = [{count: _told(peer, what, stream, count) for count in (1, 2)} for _ in range(ROUNDS)]
        one, two = ([told[count] for told in rounds] for count in (1, 2))
        rows += [_summed(one, one), _summed(two, one)]
    title = (
        f"Processes: {stream.events:,} records, {stream.partitions} partitions; medians of {ROUNDS} rounds, in which "
        "one process and two took turns"
    )
    return Result("processes", title, COLUMNS, rows)


def _told(peer: Peer, what: str, stream: Stream, count: int) -> Row:
    who = f"{peer.name}, {what}: {count} process{'es' if count > 1 else ''}"
    row = measured(who, "", lambda: measure(peer, stream, count), Failed)
    tell(row, COLUMNS)
    return row


def _summed(rows: list[Row], ones: list[Row]) -> Row:
    """The rounds of one subject in one row, beside those of one process."""
    told = [row.figures for row in rows if row.figures]
    alone = [row.figures for row in ones if row.figures]
    if not told or not alone:
        return Row(rows[0].who, why="; ".join(dict.fromkeys(row.why for row in (*rows, *ones) if row.why)))
    figures = {name: median(one[name] for one in told) for name in told[0]}
    for name, ratio in (("rate", "rate_ratio"), ("cpu_us", "cpu_ratio")):
        figures[ratio] = figures[name] / median(one[name] for one in alone)
    costs = [one["cpu_us"] for one in told]
    return Row(rows[0].who, figures={**figures, "least_cpu_us": min(costs), "most_cpu_us": max(costs)})


def measure(peer: Peer, stream: Stream, count: int) -> Figures:
    """Measure the later half, once every process has its partitions: starting up is no part of it.

    Nor is what a send asks the logs for of partitions that were another's, at Infobip's 120/min.
    """
    behaviour = Behaviour(latency=LATENCY_SECONDS, identities=peer is SENDS[0])
    with prepared(peer, stream, behaviour) as run, ExitStack() as stack:
        subjects = [stack.enter_context(started(run)) for _ in range(count)]
        group = run.group if peer is LOOP else f"infobip-streams.{run.group}"
        admin = AdminClient({"bootstrap.servers": stream.broker})
        begin = run.follow(subjects, lambda seen: _taken(seen) * 2 > stream.events and shared(admin, group, count))
        cpu = sum(subject.cpu_seconds() for subject in subjects)
        end = run.follow(subjects, lambda seen: _taken(seen) >= stream.events)
        cpu = sum(subject.cpu_seconds() for subject in subjects) - cpu
        events = _taken(end) - _taken(begin)
        if events <= 0:
            raise Failed("all was delivered before every process had its partitions: more records are needed")
        return {
            "events": events,
            "rate": events / (end.last - begin.last),
            "cpu_us": cpu / events * 1e6,
            "peak_mb": sum(subject.peak_mb for subject in subjects),
        }


def _taken(seen: Seen) -> int:
    return seen.people or seen.delivered


def shared(admin: AdminClient, group: str, processes: int) -> bool:
    """Whether so many members of a group have partitions."""
    told = admin.describe_consumer_groups([group])[group].result(30)
    members = [member for member in told.members if member.assignment.topic_partitions]
    return told.state == ConsumerGroupState.STABLE and len(members) == processes
