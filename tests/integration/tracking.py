"""A job that follows messages, in processes of its own, and messages with all that may come back of them."""

import os
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient

from tests.integration.events import add_partitions
from tests.integration.harness import ROOT, Corridor, corridor, until

MESSAGES, REPORTS, CLICKS, INBOUND = (
    "infobip_messages",
    "infobip_delivery_reports",
    "infobip_clicks",
    "infobip_inbound_messages",
)
OUTCOMES, EVENTS = "infobip_message_outcomes", "infobip_campaign_events"

Told = tuple[str, str | None, dict[str, Any] | bytes]


def now() -> str:
    return datetime.now(UTC).isoformat()


def message(message_id: str, to: str = "447700900123", **changes: Any) -> Told:
    said = {
        "message_id": message_id,
        "job": "order-sms",
        "channel": "sms",
        "event_id": f"e-{message_id}",
        "profile_id": f"u-{message_id}",
        "audience": "vip",
        "to": to,
        "status": "enqueued",
        "message_status": "Success",
        "parts": 1,
        "sent_at": now(),
    }
    return MESSAGES, message_id, {**said, **changes}


def report(message_id: str, group: int = 3, status: int = 5, **changes: Any) -> Told:
    said = {
        "report_id": f"r-{message_id}-{status}",
        "event": "delivery",
        "channel": "sms",
        "source": "webhook",
        "received_at": now(),
        "job": "order-sms",
        "message_id": message_id,
        "to": "447700900123",
        "status_group_id": group,
        "status_group_name": {1: "PENDING", 2: "UNDELIVERABLE", 3: "DELIVERED", 4: "EXPIRED", 5: "REJECTED"}[group],
        "status_id": status,
        "status_name": "DELIVERED_TO_HANDSET" if status == 5 else "PENDING_ENROUTE",
        "error_name": "NO_ERROR",
        "error_permanent": False,
        "done_at": now(),
    }
    return REPORTS, message_id, {**said, **changes}


def click(message_id: str, url: str) -> Told:
    said = {"click_id": f"c-{message_id}-{url}", "channel": "sms", "message_id": message_id, "received_at": now()}
    return CLICKS, message_id, {**said, "notification_type": "CLICKED", "url": url, "clicked_at": now()}


def answer(address: str, text: str, **changes: Any) -> Told:
    said = {"inbound_id": f"i-{address}-{text}", "channel": "sms", "from": address, "text": text, "received_at": now()}
    return INBOUND, address, {**said, "sent_at": now(), "type": "TEXT", **changes}


def run_command(made: Corridor, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run a command of the service on a file as it is now."""
    path = made.write_configuration()
    name, *options = words
    said = [sys.executable, "-m", "streams", name, "-c", str(path), *options]
    environment = {**os.environ, "INFOBIP_API_KEY": "demo-key"}
    return subprocess.run(said, capture_output=True, text=True, cwd=ROOT, check=False, timeout=120, env=environment)


class Tracking:
    """One job and its topics."""

    def __init__(self, made: Corridor) -> None:
        self.made = made
        self._admin = AdminClient(made.settings)
        made.configuration["kafka"]["state_dir"] = "state"
        made.configuration["jobs"] = [
            {"name": made.name, "kind": "track_messages", "authorization": "main", "wait": {"hours": 1}}
        ]

    @property
    def job(self) -> dict[str, Any]:
        """The job, as the file has it."""
        found: dict[str, Any] = self.made.configuration["jobs"][0]
        return found

    def tell(self, *told: Told, partitioner: str = "consistent_random", at: datetime | None = None) -> None:
        """Publish records to the topics that are joined, as if at another time."""
        timestamp_ms = 0 if at is None else int(at.timestamp() * 1000)
        producer = Producer({**self.made.settings, "linger.ms": 20, "partitioner": partitioner})
        for topic, key, value in told:
            encoded = value if isinstance(value, bytes) else orjson.dumps(value)
            while True:
                try:
                    producer.produce(f"{self.made.name}.{topic}", key=key, value=encoded, timestamp=timestamp_ms)
                    break
                except BufferError:
                    producer.poll(0.5)
        assert producer.flush(60) == 0

    def create(self, partitions: int | None = None, *topics: str) -> None:
        """Make topics as somebody else might."""
        before, self.made.partitions = self.made.partitions, partitions or self.made.partitions
        for topic in topics or (MESSAGES, REPORTS, CLICKS, INBOUND):
            self.made.create_topic(name=f"{self.made.name}.{topic}")
        self.made.partitions = before

    def grow(self, topic: str, partitions: int) -> None:
        """Give a topic more partitions."""
        add_partitions(self.made.settings, f"{self.made.name}.{topic}", partitions)

    def make_anew(self, topic: str) -> None:
        """Delete a topic and create it again."""
        name = f"{self.made.name}.{topic}"
        self._admin.delete_topics([name])[name].result(30)
        until(lambda: name not in self._admin.list_topics(timeout=30).topics, "the topic is deleted")
        self.create(None, topic)

    def outcomes(self) -> dict[str, list[dict[str, Any]]]:
        """What was told of each message, in order, to whoever reads what is committed."""
        found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for record in self.made.read(OUTCOMES):
            found[record.key().decode()].append(orjson.loads(record.value()))
        return dict(found)

    def last(self, message_id: str) -> dict[str, Any]:
        """The last outcome of a message; {} where there is none."""
        return self.outcomes().get(message_id, [{}])[-1]

    def events(self) -> Counter[tuple[str, str]]:
        """How often each campaign event was told, by message and status."""
        said = (orjson.loads(record.value()) for record in self.made.read(EVENTS))
        return Counter((one["message_id"], one["status"]) for one in said)

    def wait_for(self, messages: Iterable[str], what: str) -> None:
        """Wait until each message has an outcome."""
        wanted = set(messages)
        until(lambda: wanted <= self.outcomes().keys(), what)

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of the service on the file as it is now."""
        return run_command(self.made, *words)

    def stores(self) -> list[Path]:
        """The folders of the copies on disk."""
        return sorted(path.parent for path in (self.made.folder / "state").rglob("CURRENT"))

    def ready(self) -> bool:
        """Whether a process has its partitions."""
        return self.made.said("partitions_assigned")


@contextmanager
def tracking(broker: str, folder: Path, name: str, partitions: int = 4) -> Iterator[Tracking]:
    """A job whose topics are there with so many partitions; it never calls Infobip, so there is none."""
    with corridor(broker, "http://127.0.0.1:9", folder, name, partitions) as made:
        one = Tracking(made)
        yield one
