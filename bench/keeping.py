"""What it costs an export to keep who is in which audience: in memory, as shared tags do, or on disk."""

from collections.abc import Mapping
from typing import Any

from bench.endpoint import Behaviour
from bench.peers import Options, Peer, always
from bench.peers.ours import configuration_of, started_with
from bench.running import Failed, prepared, started
from bench.stream import Stream, publish
from bench.table import Column, Figures, Result, measured, tell

MEMBERS = 1_000_000
BEHAVIOUR = Behaviour(latency=0.02)
WAYS: Mapping[str, dict[str, Any]] = {
    "keeps nobody": {},
    "shared tags": {"audiences": ["vip", "gold"]},
    "remember_address": {"remember_address": True},
    "keep_members": {"keep_members": True},
}
COLUMNS = (
    Column("members", "members"),
    Column("events/s", "rate"),
    Column("CPU µs/event", "cpu_us", ",.1f"),
    Column("peak MB", "peak_mb"),
    Column("MB once they are read back", "again_mb"),
)


def keeping(broker: str, scale: float) -> Result:
    """Export as many members by each way, and start a second time."""
    stream = publish(broker, int(MEMBERS * scale))
    rows = []
    for name, options in WAYS.items():
        peer = Peer(name=name, does="", command=_command(options), missing=always)
        row = measured(name, "", lambda peer=peer: measure(peer, stream), Failed)  # type: ignore[misc]
        tell(row, COLUMNS)
        rows.append(row)
    return Result("keeping", f"Keeping {stream.events:,} members, answers after 20 ms", COLUMNS, rows)


def measure(peer: Peer, stream: Stream) -> Figures:
    """Measure from the first call to the last delivery; then a process that comes to it anew, on another's disk."""
    with prepared(peer, stream, BEHAVIOUR) as run:
        with started(run) as subject:
            run.follow([subject], lambda seen: seen.calls > 0)
            cpu = subject.cpu_seconds()
            seen = run.follow([subject], lambda seen: seen.delivered >= stream.events)
            cpu, peak = subject.cpu_seconds() - cpu, subject.peak_mb
            subject.stop()
        with started(run) as again:
            run.settle([again], 20.0)
            return {
                "members": seen.delivered,
                "rate": seen.delivered / (seen.last - seen.first),
                "cpu_us": cpu / seen.delivered * 1e6,
                "peak_mb": peak,
                "again_mb": again.peak_mb,
            }


def _command(options: Mapping[str, Any]) -> Any:
    def command(broker: str, topic: str, url: str, group: str, said: Options) -> list[str]:
        configuration = configuration_of(broker, topic, url, group, said)
        configuration["kafka"]["state_dir"] = str(said.folder / "state")
        configuration["jobs"][0] |= options
        return started_with(configuration, group, said)

    return command
