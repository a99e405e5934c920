"""Events of an export, the topic they go to, and the wait until all are done."""

from typing import Any

from confluent_kafka.admin import AdminClient, NewPartitions

from tests.integration.harness import Corridor, until


def event(number: int, action: str = "enter", audience: str = "vip", **profile: Any) -> dict[str, Any]:
    """Somebody enters an audience, or leaves it."""
    return {
        "action": action,
        "audience": audience,
        "profile_id": f"u-{number}",
        "profile": {"email": f"p{number}@example.com", **profile},
    }


def emails(numbers: range) -> set[str]:
    """The addresses of these."""
    return {f"p{number}@example.com" for number in numbers}


def drain(made: Corridor, seconds: float = 60) -> None:
    """Wait until all events are committed, as long as a process runs."""
    until(lambda: made.lag() == 0 or not made.alive, "all events committed", seconds)
    assert made.lag() == 0, "the workers ended early: see their logs"


def grow(made: Corridor, partitions: int) -> None:
    """Give the topic more partitions."""
    admin = AdminClient(made.settings)
    admin.create_partitions([NewPartitions(made.topic, partitions)])[made.topic].result(30)
    made.partitions = partitions
