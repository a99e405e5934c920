"""Topics of ours that somebody else has made, or that the brokers do not let us make as we like."""

import random
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import AdminClient, AlterConfigOpType, ConfigEntry, ConfigResource

from tests.integration.brokers import Broker
from tests.integration.commands import call
from tests.integration.events import drain, emails, event
from tests.integration.harness import Corridor, SimulatorThread, corridor, make_topic
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
        make_topic(admin, name, partitions, config)
        worker = made.start()
        assert worker.process.wait(30) == 1
        assert f"topic {name} {fault}" in worker.log.read_text()
        assert made.contacts() == []


def create(made: Corridor, topic: str, config: dict[str, str], partitions: int = 4) -> str:
    name, admin = f"{made.name}.{topic}", AdminClient(made.settings)
    make_topic(admin, name, partitions, config)
    return name


def limit(made: Corridor, topic: str, size: int) -> None:
    admin = AdminClient(made.settings)
    entry = ConfigEntry("max.message.bytes", str(size), incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ConfigResource.Type.TOPIC, f"{made.name}.{topic}", incremental_configs=[entry])
    admin.incremental_alter_configs([resource])[resource].result(30)


def test_topics_that_would_lose_records_are_told_of_and_stop_the_job(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.publish([event(1)])
        faults = [
            f"topic {create(made, topic, config, partitions)} has {fault}"
            for topic, config, partitions, fault in (
                (
                    "infobip_flushes",
                    {"cleanup.policy": "compact"},
                    4,
                    "cleanup.policy=compact and must not be compacted",
                ),
                (
                    "infobip_dead_letters",
                    {"max.message.bytes": "9000"},
                    4,
                    "max.message.bytes=9000 and must take records",
                ),
                ("infobip_job_states", {"cleanup.policy": "compact"}, 3, "3 partitions and must have 1"),
            )
        ]
        told, shown = call(made, "check", "--online", code=1), call(made, "topics")
        worker = made.start()
        assert worker.process.wait(60) == 1
        for fault in faults:
            assert f"jobs[0]: {fault}" in told
            assert fault.partition(" has ")[2] in shown
            assert worker.said(fault)
        assert infobip.people() == {}


def test_contacts_are_not_written_where_they_would_vanish(broker: Broker, tmp_path: Path, unique: str) -> None:
    with Crowd() as infobip, importing(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        create(made, "infobip_contacts", {"cleanup.policy": "delete"})
        worker = made.start()
        assert worker.process.wait(60) == 1
        assert (
            f"topic {unique}.infobip_contacts has cleanup.policy=delete and must be compacted" in worker.log.read_text()
        )


def test_settings_that_the_brokers_refuse_are_left_to_them(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.configuration["kafka"]["topics"] = {
            "settings": {
                "infobip_flushes": {"no.such.setting": "1", "retention.ms": "86400000"},
                "infobip_dead_letters": {"max.message.bytes": -5, "retention.ms": "soon"},
            }
        }
        told = call(made, "check", "--online", code=1)
        assert f"jobs[0]: topic {unique}.infobip_flushes cannot be created as kafka.topics.settings has it" in told
        assert "no.such.setting=1 is refused by the brokers" in told
        assert "max.message.bytes=-5 is refused" in told
        assert "retention.ms=soon is refused" in told
        assert f"{unique}.infobip_flushes: missing" in call(made, "topics")
        made.publish(event(n) for n in range(20))
        worker = made.start()
        drain(made)
        assert infobip.tagged("VIP") == emails(range(20))
        assert worker.said(f"topic_setting_refused topic={unique}.infobip_flushes setting=no.such.setting value=1")
        assert worker.said(f"topic_setting_refused topic={unique}.infobip_dead_letters setting=retention.ms value=soon")
        assert "retention.ms=86400000" in call(made, "topics")
        assert worker.stop() == 0


def test_what_may_not_be_created_is_named_with_what_it_needs(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.configuration["kafka"]["topics"] = {"create": False}
        needs = (
            f"topic {unique}.infobip_dead_letters is missing: create it with 4 partitions, max.message.bytes=64000000"
        )
        assert needs in call(made, "check", "--online", code=1)
        assert "infobip_job_states: missing; create it with 1 partition, cleanup.policy=compact" in call(
            made, "topics", "--create"
        )
        worker = made.start()
        assert worker.process.wait(60) == 1
        assert worker.said(f"create by hand the topics that are missing: {unique}.infobip_flushes with 4 partitions;")
        create(made, "infobip_flushes", {})
        create(made, "infobip_dead_letters", {})
        for name in ("infobip_job_states", "infobip_commands"):
            create(made, name, {"cleanup.policy": "compact"}, 1)
        made.publish(event(n) for n in range(20))
        worker = made.start()
        drain(made)
        assert worker.stop() == 0


def noise(size: int) -> bytes:
    return b"\xff" + random.Random(size).randbytes(size - 1)


def controls(size: int) -> bytes:
    """Text of which JSON makes six times as much."""
    return bytes(random.Random(size).choices(range(14, 32), k=size))


def test_a_dead_letter_that_its_topic_does_not_take_is_cut(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 1) as made:
        create(made, "infobip_dead_letters", {})
        assert "larger ones will be cut" in call(made, "check", "--online")
        made.publish([event(1), noise(900_000), controls(900_000), b"\xff not text", event(2)])
        worker = made.start()
        drain(made)
        assert worker.said("topic_limit_small")
        assert infobip.tagged("VIP") == emails(range(1, 3))
        letters = {letter.offset: letter for letter in made.dead_letters()}
        assert {offset: letter.cut for offset, letter in letters.items()} == {
            1: {"value": 900_000},
            2: {"value": 900_000},
            3: {},
        }
        assert (letters[1].topic, letters[1].partition, letters[1].key) == (made.topic, 0, "stray")
        assert len(letters[1].value or "") > 400_000
        (first, *_) = [record for record in made.read("infobip_dead_letters") if b'"offset":1,' in record.value()]
        name = f"{first.partition()}-{first.offset()}"
        assert "was cut to fit its topic" in call(made, "dead-letters", "replay", name, code=1)
        assert worker.stop() == 0


def test_a_limit_that_is_lowered_later_stops_nobody(broker: Broker, tmp_path: Path, unique: str) -> None:
    """Whole batches are refused then, and the small records in them are written all the same."""
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 1) as made:
        made.publish([event(1)])
        worker = made.start()
        drain(made)
        for topic in ("infobip_dead_letters", "infobip_flushes", "infobip_job_states"):
            limit(made, topic, 2000)
        made.publish([*(noise(400) for _ in range(40)), noise(30_000), event(2)])
        drain(made)
        letters = made.dead_letters()
        assert [letter.cut for letter in letters].count({}) == 40
        assert [letter.cut for letter in letters if letter.cut] == [{"value": 30_000}]
        assert infobip.tagged("VIP") == emails(range(1, 3))
        assert worker.stop() == 0


def test_a_contact_that_its_topic_does_not_take_is_cut(broker: Broker, tmp_path: Path, unique: str) -> None:
    attributes: dict[str, Any] = {f"note{number}": "x" * 4000 for number in range(30)}
    with Crowd() as infobip, importing(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        create(made, "infobip_contacts", {"cleanup.policy": "compact", "max.message.bytes": "66000"}, 1)
        infobip.create(range(60))
        infobip.spoil(7, customAttributes={name: random.Random(name).randbytes(2000).hex() for name in attributes})
        worker = made.start()
        assert worker.process.wait(60) == 0, worker.log.read_text()
        contacts = made.contacts()
        assert len(contacts) == 60
        (cut,) = [headers["cut"] for _, _, headers in contacts if "cut" in headers]
        assert cut.startswith("note")
        assert worker.said("record_cut")
