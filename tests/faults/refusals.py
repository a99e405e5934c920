"""The brokers refuse what is written: too few copies are there, or the disk is full."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.arena import Arena, Row, let_pass
from tests.faults.duet import Duet, duet
from tests.faults.model import Model

OFFSETS = "__consumer_offsets"
EVENTS = 300


def writes_refused(arena: Arena) -> Row:
    """One topic after the other takes nothing for a while, as if its other copies were gone; then it does again."""
    seconds = arena.size(5, 60)
    model, caught_up = Model(arena.chance("refusals"), people=100), list[float]()
    with duet(arena) as (infobip, made):
        worker = made.start()
        made.put(model.next(EVENTS))
        model.settle(made, infobip)
        kinds = [*_topics(made), [*sum(_topics(made), []), OFFSETS]]  # noqa: RUF017 - a handful
        for topics in kinds[-1:] if arena.short else kinds:
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
        f"{len(caught_up)} times topics took nothing for {seconds} s",
        f"{model.number:,} events, none lost, {len(model.messages):,} messages, none twice; waited, "
        f"and went on by itself within {max(caught_up):.0f} s",
    )


def _topics(made: Duet) -> list[list[str]]:
    """The topics that both jobs write while they work; each set must hold up some event."""
    export = made.jobs[0]["name"]
    names = ("infobip_flushes", "infobip_messages", f"infobip_memberships_{export}")
    return [[f"{made.name}.{name}"] for name in names]


@contextmanager
def _refusing(made: Duet, topics: list[str]) -> Iterator[None]:
    """Ask for more copies than there are."""
    try:
        for topic in topics:
            made.configure(topic, min_insync_replicas="2")
        yield
    finally:
        for topic in topics:
            made.configure(topic, min_insync_replicas="1")
