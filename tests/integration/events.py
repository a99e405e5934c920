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
    """Give the input more partitions."""
    add_partitions(made.settings, made.topic, partitions)
    made.partitions = partitions


def add_partitions(settings: dict[str, str], topic: str, partitions: int) -> None:
    """Give a topic more partitions, `partitions` in all; until brokers tell of them, producers would pass them by."""
    admin = AdminClient(settings)
    admin.create_partitions([NewPartitions(topic, partitions)])[topic].result(30)
    until(
        lambda: len(admin.list_topics(topic, timeout=30).topics[topic].partitions) == partitions,
        f"brokers tell of {partitions} partitions",
    )
