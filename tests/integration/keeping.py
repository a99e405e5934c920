"""A job that keeps a history, in processes of its own; what is in its database; and what should be."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
from confluent_kafka import Producer
from sqlalchemy import create_engine, text

from schemas.config.history import History
from streams.history.schema import migrate
from tests.integration.harness import Corridor, corridor
from tests.integration.tracking import CLICKS, INBOUND, MESSAGES, OUTCOMES, REPORTS, Told, now, run_command

#: Which table a record is in, and the key of both.
ID_OF = {
    MESSAGES: ("messages", "message_id"),
    REPORTS: ("sms_delivery_reports", "report_id"),
    CLICKS: ("unified_url_tracking", "click_id"),
    INBOUND: ("inbound_messages", "inbound_id"),
    OUTCOMES: ("message_outcomes", "message_id"),
}


def outcome(message_id: str, name: str = "DELIVERED", **changes: Any) -> Told:
    said = {
        "message_id": message_id,
        "job": "order-sms",
        "outcome": name,
        "urls": [],
        "final": True,
        "reason": "reported",
        "decided_at": now(),
    }
    return OUTCOMES, message_id, {**said, **changes}


class Keeping:
    """One job, its topics and its database."""

    def __init__(self, made: Corridor, url: str) -> None:
        self.made = made
        made.configuration["history"] = {"url": url}
        made.configuration["jobs"] = [{"name": made.name, "kind": "store_history", "topics": []}]
        made.configuration.pop("authorizations", None)
        self.history = History.model_validate({"url": url})
        self._engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"), pool_pre_ping=True)

    def migrate(self) -> None:
        """Make the tables."""
        migrate(self.history)

    def tell(self, *told: Told) -> None:
        """Publish records to the topics that are kept."""
        producer = Producer({**self.made.settings, "linger.ms": 20})
        for topic, key, value in told:
            encoded = value if isinstance(value, bytes) else orjson.dumps(value)
            while True:
                try:
                    producer.produce(f"{self.made.name}.{topic}", key=key, value=encoded)
                    break
                except BufferError:
                    producer.poll(0.5)
        assert producer.flush(60) == 0

    def rows(self, table: str) -> list[dict[str, Any]]:
        """All rows of a table."""
        with self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(text(f'SELECT * FROM "{table}"')).mappings()]  # noqa: S608

    def count(self, table: str) -> int:
        """How many rows a table has."""
        with self._engine.connect() as connection:
            return int(connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one())  # noqa: S608

    def run(self, statement: str) -> None:
        """Change something behind the job's back."""
        with self._engine.begin() as connection:
            connection.execute(text(statement))

    def ids(self, topic: str) -> list[str]:
        """The ids of a table's rows, in order, each as often as it is there."""
        table, key = ID_OF[topic]
        with self._engine.connect() as connection:
            return sorted(connection.execute(text(f'SELECT "{key}" FROM "{table}"')).scalars())  # noqa: S608

    def told(self, topic: str) -> list[str]:
        """The ids of a topic's records, each once, in order."""
        key = ID_OF[topic][1]
        return sorted({orjson.loads(record.value())[key] for record in self.made.read(topic)})

    def command(self, *words: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of the service on the file as it is now."""
        return run_command(self.made, *words)

    def create(self) -> None:
        """Make all topics that are read."""
        for topic in ID_OF:
            self.made.create_topic(name=f"{self.made.name}.{topic}")

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()


@contextmanager
def keeping(broker: str, folder: Path, name: str, url: str = "", partitions: int = 4) -> Iterator[Keeping]:
    """A job with the tables it needs, in SQLite or where the address says; it knows no Infobip."""
    with corridor(broker, "http://127.0.0.1:9", folder, name, partitions) as made:
        one = Keeping(made, url or f"sqlite:///{folder}/history.db")
        try:
            one.migrate()
            yield one
        finally:
            one.close()
