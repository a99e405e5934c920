"""Dead letters published back: each for its own job, once, and nobody is messaged twice by it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.records.message import Message
from schemas.records.replays import REPLAY_HEADER
from streams.simulator import SimulatorOptions
from tests.integration.brokers import Broker
from tests.integration.commands import call
from tests.integration.harness import Corridor, SimulatorThread, Worker, until
from tests.integration.sends import enter, sending, sent

pytestmark = pytest.mark.broker


@contextmanager
def both(broker: Broker, folder: Path, name: str, **options: Any) -> Iterator[tuple[SimulatorThread, Corridor]]:
    """A job that sends, and an export on the same topic that knows people by their email."""
    with sending(broker, folder, name, SimulatorOptions(limits=None, **options)) as (infobip, made):
        made.configuration["jobs"].append(made.job(f"{name}-x", audiences=["shipped"], phone_field=None))
        yield infobip, made


def drained(made: Corridor) -> bool:
    return all(made.lag(job["name"]) == 0 for job in made.configuration["jobs"])


def names(made: Corridor, job: str | None = None) -> list[str]:
    """The names of dead letters, in the order they failed in."""
    records = [(orjson.loads(one.value()), one) for one in made.read("infobip_dead_letters")]
    chosen = [
        (said["failed_at"], f"{one.partition()}-{one.offset()}") for said, one in records if job in (None, said["job"])
    ]
    return [name for _, name in sorted(chosen)]


def letters_of(made: Corridor) -> Counter[str]:
    return Counter(letter.job or "" for letter in made.dead_letters())


def replay(made: Corridor, worker: Worker, *arguments: str) -> str:
    """Publish back, and let both jobs have it."""
    assert worker.process.poll() is None
    said = call(made, "dead-letters", "replay", *arguments)
    until(lambda: drained(made), "the replays are read")
    return said


def test_replaying_letters_of_an_export_messages_nobody_twice(broker: Broker, tmp_path: Path, unique: str) -> None:
    with both(broker, tmp_path, unique) as (infobip, made):
        phones = [{"phone": f"+4179000000{number}"} for number in range(2)]
        made.publish([enter(0, profile=phones[0]), enter(1, profile=phones[1], event_id=None)])
        worker = made.start()
        until(lambda: len(made.dead_letters()) == 2 and drained(made), "the export could not use them")
        assert replay(made, worker, *names(made, f"{unique}-x")) == "2 published\n"
        until(lambda: len(made.dead_letters()) == 4, "the export cannot use them now")
        assert worker.stop() == 0
        messages = sent(infobip)
        assert len(messages) == 2
        assert sum(message.duplicates for message in messages) == 0
        assert made.outcomes()["skipped"] == 2


def test_a_replayed_event_without_an_id_keeps_its_message_and_the_name_of_its_place(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with sending(broker, tmp_path, unique) as (_, made):
        made.publish([enter(1, event_id=None, profile={"phone": "+447910000001", "name": "a" * 5000})])
        worker = made.start()
        until(lambda: len(made.dead_letters()) == 1, "it is refused")
        assert replay(made, worker, *names(made)) == "1 published\n"
        until(lambda: len(made.dead_letters()) == 2, "it is refused again")
        assert worker.stop() == 0
        first, again = [Message.model_validate_json(one.value()) for one in made.read("infobip_messages")]
        assert (first.message_id, first.event_id) == (again.message_id, again.event_id)
        assert first.event_id.startswith(f"{made.topic}-")
        _, letter = made.dead_letters()
        assert [header.name for header in letter.headers] == [REPLAY_HEADER]
        assert letter.timestamp == made.dead_letters()[0].timestamp


def test_every_letter_is_replayed_once_to_its_own_job_and_is_marked_as_done(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with both(broker, tmp_path, unique) as (_, made):
        made.publish([b"no event", b"no event either"])
        worker = made.start()
        until(lambda: len(made.dead_letters()) == 4, "each job has two letters")
        first = names(made)
        assert call(made, "dead-letters", "replay", "--all", "--dry-run").splitlines()[-1] == "4 would be published"
        assert replay(made, worker, *first) == "4 published\n"
        until(lambda: len(made.dead_letters()) == 8, "each job has its two again")
        refusal = call(made, "dead-letters", "replay", first[0], code=1)
        told = f"{first[0]} was replayed before, and nothing is published; --again publishes it once more"
        assert refusal == f"infobip-streams: {told}\n"
        assert replay(made, worker, "--job", unique) == ("2 published\n")
        until(lambda: letters_of(made) == {unique: 6, f"{unique}-x": 4}, "the letters of the replays were new")
        listed = [line for line in call(made, "dead-letters", "list").splitlines() if f"{unique}" in line]
        assert len(listed) == 10
        assert sum(not line.split("│")[-2].strip() for line in listed) == 4
        assert "nothing" not in replay(made, worker, first[0], "--again")
        until(lambda: len(made.dead_letters()) == 11, "it was published once more")
        assert worker.stop() == 0


def test_lists_are_asked_for_what_there_is(broker: Broker, tmp_path: Path, unique: str) -> None:
    with both(broker, tmp_path, unique) as (_, made):
        made.publish([b"no event"])
        worker = made.start()
        until(lambda: len(made.dead_letters()) == 2, "each job has its letter")
        assert worker.stop() == 0
        assert call(made, "dead-letters", "list", "--job", unique).splitlines()[-1] == "1 dead letter"
        last = call(made, "dead-letters", "list", "--limit", "1").splitlines()[-1]
        assert last == "2 dead letters; the newest are shown, 1 more are there (--limit, --since)"
        assert call(made, "dead-letters", "list", "--since", "1h").splitlines()[-1] == "2 dead letters"
        assert call(made, "dead-letters", "list", "--since", "2999-01-01").splitlines()[-1] == "0 dead letters"
        unknown = f"infobip-streams: --job: no job is called 'nojob' (there are: {unique}, {unique}-x)\n"
        assert call(made, "dead-letters", "list", "--job", "nojob", code=2) == unknown
        for name in ("0-99", "99-0", "nonsense", "0-0-0"):
            missing = f"infobip-streams: there is no dead letter {name}; `dead-letters list` names them\n"
            assert call(made, "dead-letters", "show", name, code=1) == missing
        made.configuration["jobs"].pop()
        (name,) = names(made, f"{unique}-x")
        assert "nobody would read the replay" in call(made, "dead-letters", "replay", name, code=1)
