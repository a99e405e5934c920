"""The brokers refuse what is written: too few copies are there, or the disk is full."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from streams.errors import StreamsError
from tests.faults.arena import Arena, Row, let_pass, until_called
from tests.faults.duet import Duet, duet
from tests.faults.model import Model
from tests.integration.apache_kafka import KafkaFromJars
from tests.integration.cluster import NODES, cluster
from tests.integration.harness import until

DISK_BYTES = 128 * 1024 * 1024
#: Segments that a small disk has room for.
SMALL = {"log.segment.bytes": str(8 * 1024 * 1024), "log.index.size.max.bytes": str(1024 * 1024)}
OFFSETS = "__consumer_offsets"
EVENTS = 300


def writes_refused(arena: Arena) -> Row:
    """Topics take nothing for a while, because too few of their copies are there; then they do again."""
    seconds = arena.size(5, 60)
    model, caught_up = Model(arena.chance("refusals"), people=100), list[float]()
    with (
        cluster(arena.own_folder(), controllers=1) as brokers,
        duet(arena, broker=brokers.bootstrap, copies=NODES) as (infobip, made),
    ):
        worker = made.start()
        made.put(model.next(EVENTS))
        model.settle(made, infobip)
        brokers.nodes[-1].kill()
        until(lambda: len(made.brokers()) < NODES, "the others miss it")
        kinds = _topics(made)
        for topics in [sum(kinds, [])] if arena.short else [*kinds, sum(kinds, [])]:  # noqa: RUF017 - a handful
            with _refusing(made, topics):
                made.put(model.next(EVENTS))
                let_pass(seconds)
                assert worker.process.poll() is None, f"it ended, see {worker.log}"
                assert made.behind() > 0, f"it is taken for done though {', '.join(topics)} took nothing"
            began = time.monotonic()
            model.settle(made, infobip)
            caught_up.append(time.monotonic() - began)
        assert made.counted("job_failed") == 0, f"a job has failed, see {worker.log}"
        assert worker.stop() == 0
        model.check(made, infobip)
    return Row(
        f"{len(caught_up)} times topics took nothing for {seconds} s, for want of copies",
        f"{model.number:,} events, none lost, {len(model.messages):,} messages, none twice; waited, "
        f"and went on by itself within {max(caught_up):.0f} s",
    )


def disk_full(arena: Arena) -> Row:
    """The broker's disk is full in the middle of the work, so that it writes nothing and ends; then there is room."""
    times = arena.size(1, 5)
    model, caught_up = Model(arena.chance("disk"), people=100), list[float]()
    with _small_disk(arena.own_folder()) as disk:
        node = KafkaFromJars(arena.own_folder(), settings={"log.dirs": f"{disk}/data", **SMALL})
        with ExitStack() as stack:
            stack.callback(node.stop)
            node.start()
            infobip, made = stack.enter_context(duet(arena, broker=node.bootstrap))
            worker = made.start()
            for _ in range(times):
                with until_called(infobip, "upsert_persons", 1):
                    made.put(model.next(EVENTS))
                ballast = _fill(disk)
                until(lambda: not node.runs, "the broker cannot write any more, and ends")
                let_pass(arena.size(3, 30))
                ballast.unlink()
                node.start()
                began = time.monotonic()
                model.settle(made, infobip)
                caught_up.append(time.monotonic() - began)
            assert made.counted("job_failed") == 0, f"a job has failed, see {worker.log}"
            assert worker.stop() == 0
            model.check(made, infobip)
    return Row(
        f"the broker's disk was full {times} times, so that it ended",
        f"{model.number:,} events, none lost, {len(model.messages):,} messages, none twice; went on by itself within "
        f"{max(caught_up):.0f} s of the broker's return",
    )


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path]:
    """A file system that is soon full.

    Raises:
        StreamsError: this machine lets nobody mount one.

    """
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "none", str(folder)], check=False)
    if made.returncode != 0:
        raise StreamsError("a full disk needs root, to mount a small one")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _fill(disk: Path) -> Path:
    """Leave no room."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file, suppress(OSError):
        while file.write(b"x" * 4096):
            pass
    return ballast


def _topics(made: Duet) -> list[list[str]]:
    """The topics that both jobs write while they work; each set must hold up some event."""
    export = made.jobs[0]["name"]
    names = ("infobip_flushes", "infobip_messages", f"infobip_memberships_{export}")
    return [*([f"{made.name}.{name}"] for name in names), [OFFSETS]]


@contextmanager
def _refusing(made: Duet, topics: list[str]) -> Iterator[None]:
    """Ask for all copies, of which one is gone."""
    try:
        for topic in topics:
            made.configure(topic, min_insync_replicas=str(NODES))
        yield
    finally:
        for topic in topics:
            made.configure(topic, min_insync_replicas="2")
