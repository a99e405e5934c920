"""Topics of ours that somebody else has made: what is kept in them must not be forgotten."""

from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient, NewTopic

from tests.integration.brokers import Broker
from tests.integration.importing import Crowd, importing

pytestmark = pytest.mark.kafka


@pytest.mark.parametrize(
    ("partitions", "config", "fault"),
    [
        (1, {}, "has cleanup.policy=delete and must be compacted"),
        (3, {"cleanup.policy": "compact"}, "has 3 partitions and must have 1"),
    ],
)
def test_a_topic_that_would_lose_the_state_stops_the_job(
    broker: Broker, tmp_path: Path, unique: str, partitions: int, config: dict[str, str], fault: str
) -> None:
    with Crowd() as infobip, importing(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        name = f"{unique}.infobip_cursor_{unique}"
        admin = AdminClient(made.settings)
        admin.create_topics([NewTopic(name, partitions, 1, config=config)])[name].result(30)
        worker = made.start()
        assert worker.process.wait(30) == 1
        assert f"topic {name} {fault}" in worker.log.read_text()
        assert made.contacts() == []
