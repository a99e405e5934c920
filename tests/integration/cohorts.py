"""A job that mirrors audiences as lists, who is in them, and what came of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from streams.simulator import SimulatorOptions
from tests.integration.brokers import Broker
from tests.integration.harness import Corridor, SimulatorThread, corridor

#: Forty times Infobip's own, so that a test need not last an hour.
LIMITS: dict[str, float | None] = {"create_list": 20.0, "add_to_list": 4.0, "remove_from_list": 8.0}
FLUSH = {"max_events": 100, "max_seconds": 0.3}


def member(number: int, action: str = "enter", audience: str = "vip", **profile: Any) -> dict[str, Any]:
    """Somebody enters or exits, with an email of their own."""
    said = {"event_id": f"{action}-{number}", "action": action, "audience": audience, "profile_id": f"u-{number}"}
    return {**said, "profile": profile or {"email": f"u-{number}@example.com"}}


def addresses(numbers: Iterator[int] | range) -> set[str]:
    """The ids of members."""
    return {f"u-{number}@example.com" for number in numbers}


def cohort_job(name: str, topic: str, **changes: Any) -> dict[str, Any]:
    """A job that mirrors two audiences."""
    job = {"name": name, "kind": "sync_cohort", "authorization": "main", "topics": [topic], "flush": FLUSH}
    return {**job, "audiences": ["vip", "new"], **changes}


@contextmanager
def mirroring(
    broker: Broker, folder: Path, name: str, options: SimulatorOptions | None = None, **job: Any
) -> Iterator[tuple[SimulatorThread, Corridor]]:
    """An Infobip with limits, and a job that mirrors audiences."""
    with (
        SimulatorThread(options or SimulatorOptions(limits=LIMITS)) as infobip,
        corridor(broker.bootstrap, infobip.url, folder, name) as made,
    ):
        made.configuration["jobs"] = [cohort_job(name, made.topic, **job)]
        made.configuration["authorizations"][0]["limits"] = LIMITS
        yield infobip, made


def lists(infobip: SimulatorThread) -> dict[str, set[str]]:
    """The ids in each list that is there."""
    shown = infobip.do(lambda: list(infobip.simulator.account.lists.shown()))
    return {one["name"]: set(one["ids"]) for one in shown}


def vanish(infobip: SimulatorThread, name: str) -> None:
    """Have a list vanish."""
    infobip.do(lambda: infobip.simulator.account.delete_tag(name))
