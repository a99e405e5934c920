"""What the commands tell of jobs that ran."""

from pathlib import Path

import orjson
import pytest

from tests.integration.brokers import Broker
from tests.integration.commands import call, status
from tests.integration.events import drain, event
from tests.integration.harness import SimulatorThread, corridor, until
from tests.integration.importing import Crowd, importing

pytestmark = pytest.mark.broker


def test_status_and_dead_letters_tell_what_happened(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.publish([*(event(n) for n in range(200)), b"\xff not text", event(900, email="nowhere")])
        assert status(made)["state"] == "never run"
        assert "missing" in call(made, "topics")
        assert "created with 4 partitions" in call(made, "topics", "--create")
        worker = made.start()
        drain(made)
        found = status(made)
        assert (found["state"], found["processes"], found["backfill"]) == ("running", 1, "done")
        assert sum(found["lag"].values()) == 0
        assert found["outcomes"] == {"accepted": 200, "undecodable": 1, "dropped": 1}
        assert found["dead_letters"] == 2
        assert worker.stop() == 0
        assert status(made)["state"] == "stopped"

        listed = call(made, "dead-letters", "list", "--reason", "undecodable")
        assert "1 dead letter\n" in listed
        (name,) = [line.split()[1] for line in listed.splitlines() if unique in line]
        letter = orjson.loads(call(made, "dead-letters", "show", name))
        assert (letter["value_encoding"], letter["reason"]) == ("base64", "undecodable")


def test_a_dead_letter_is_published_back_as_it_was(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.publish([b"\xff not text"])
        worker = made.start()
        drain(made)
        (record,) = made.read("infobip_dead_letters")
        call(made, "dead-letters", "replay", f"{record.partition()}-{record.offset()}")
        until(lambda: len(made.dead_letters()) == 2, "the replayed event is read again")
        first, second = made.dead_letters()
        assert (first.key, first.value, first.partition) == (second.key, second.value, second.partition)
        assert worker.stop() == 0


def test_the_commands_tell_of_an_import(broker: Broker, tmp_path: Path, unique: str) -> None:
    with Crowd() as infobip, importing(broker.bootstrap, infobip.url, tmp_path, unique, tags=["A", "B"]) as made:
        infobip.create(range(3), tags=["A"])
        infobip.spoil(2, firstName=7)
        fault = "infobip-streams: jobs[0].tags: there is no tag 'B': nobody would be imported\n"
        assert call(made, "check", "--online", code=1) == fault
        infobip.tag("B", 0)
        assert f"topic {unique}.infobip_contacts: will be created" in call(made, "check", "--online")
        assert status(made)["state"] == "never run"
        assert made.start().process.wait(60) == 0

        found = status(made)
        assert (found["state"], found["outcomes"]) == ("stopped", {"imported": 2, "undecodable": 1})
        cursor = made.cursor()
        assert cursor is not None
        assert cursor.modified_at is not None
        assert (found["cursor"], found["next_run"]) == (cursor.modified_at.isoformat(), None)
        assert f"{unique}.infobip_cursor_{unique}: 1 partition" in call(made, "topics")

        listed = call(made, "dead-letters", "list")
        (line,) = [line for line in listed.splitlines() if unique in line]
        assert "Infobip" in line
        name, person = line.split()[1], infobip.person_id(2)
        letter = orjson.loads(call(made, "dead-letters", "show", name))
        assert (letter["key"], letter["topic"], orjson.loads(letter["value"])["firstName"]) == (str(person), None, 7)
        refusal = f"infobip-streams: {person} is a person read from Infobip, which the job reads again by itself\n"
        assert call(made, "dead-letters", "replay", name, code=1) == refusal
