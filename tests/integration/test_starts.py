"""Where a job begins: on topics and partitions that are added to it, whoever runs it and whatever happened before."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.brokers import Broker
from tests.integration.events import drain, emails, event, grow
from tests.integration.harness import QUICK, Corridor, SimulatorThread, corridor, until

pytestmark = [pytest.mark.broker, pytest.mark.kafka]


@pytest.fixture
def infobip() -> Iterator[SimulatorThread]:
    """A simulated Infobip."""
    with SimulatorThread() as thread:
        yield thread


@pytest.fixture
def made(broker: Broker, infobip: SimulatorThread, tmp_path: Path, unique: str) -> Iterator[Corridor]:
    """A job of later members only, and a second topic that it does not read yet, with a past."""
    with corridor(broker.bootstrap, infobip.url, tmp_path, unique, 2) as made:
        made.change(existing_members=False, flush={"max_events": 1000, "max_seconds": 0.2})
        made.create_topic(name=added(made))
        made.publish((event(n) for n in range(1000, 1100)), topic=added(made))
        yield made


def added(made: Corridor) -> str:
    """The topic that is added to the job."""
    return f"{made.name}.added"


def add_topic(made: Corridor) -> None:
    """Let processes that start from now on read the second topic, too."""
    made.change(topics=[made.topic, added(made)])


def reads_later_events_only(made: Corridor, infobip: SimulatorThread) -> None:
    """Publish to both topics, and see that exactly that arrives."""
    made.publish(event(n) for n in range(20))
    made.publish((event(n) for n in range(20, 60)), topic=added(made))
    expected = emails(range(60))
    until(lambda: infobip.tagged("VIP") >= expected, "the later events of both topics are acted upon", 40)
    until(lambda: made.lag() == 0 and made.lag(topic=added(made)) == 0, "all is committed")
    assert infobip.tagged("VIP") == expected


def test_a_topic_added_beside_a_running_process(made: Corridor, infobip: SimulatorThread) -> None:
    first = made.start()
    until(lambda: first.said("partitions_assigned"), "the first process reads")
    add_topic(made)
    second = made.start()
    until(lambda: second.said("partitions_assigned"), "the second one reads, too")
    until(lambda: made.lag(topic=added(made)) == 0, "the added topic is begun at its end")
    reads_later_events_only(made, infobip)
    assert [first.stop(), second.stop()] == [0, 0]


def test_a_topic_added_after_a_kill(made: Corridor, infobip: SimulatorThread) -> None:
    killed = made.start()
    until(lambda: killed.said("partitions_assigned"), "it reads")
    killed.kill()
    add_topic(made)
    worker = made.start()
    until(lambda: worker.said("partitions_assigned"), "it has come back within the session of the one that was killed")
    until(lambda: made.lag(topic=added(made)) == 0, "the added topic is begun at its end")
    reads_later_events_only(made, infobip)
    assert worker.stop() == 0


def test_a_topic_added_to_a_process_with_a_name(made: Corridor, infobip: SimulatorThread) -> None:
    worker = made.start(instance="one")
    until(lambda: worker.said("partitions_assigned"), "it reads")
    assert worker.stop() == 0
    add_topic(made)
    worker = made.start(instance="one", point=QUICK)
    until(lambda: made.lag(topic=added(made)) == 0, "nobody owned the added topic, and now somebody does", 40)
    reads_later_events_only(made, infobip)
    assert worker.stop() == 0


def test_partitions_added_to_a_topic_are_read_from_their_beginning(made: Corridor, infobip: SimulatorThread) -> None:
    worker = made.start(instance="one")
    until(lambda: worker.said("partitions_assigned"), "it reads")
    assert worker.stop() == 0
    # Back within its session it is given what it had, and leads no group that would hear of new partitions.
    worker = made.start(instance="one", point=QUICK)
    until(lambda: worker.said("partitions_assigned"), "it reads again")
    grow(made, 4)
    made.publish(event(n) for n in range(200))
    until(lambda: infobip.tagged("VIP") == emails(range(200)), "all events are read, on new partitions, too")
    drain(made)
    assert worker.said("partitions=4 of=4")
    assert worker.stop() == 0


def test_of_two_running_processes_with_one_name_one_ends_and_says_why(made: Corridor, infobip: SimulatorThread) -> None:
    first, second = made.start(instance="same"), None
    until(lambda: first.said("partitions_assigned"), "the first one reads")
    second = made.start(instance="same")
    until(lambda: first.process.poll() is not None, "the one whose name was taken ends", 30)
    assert first.process.returncode == 1
    assert first.said("another running process has the instance_id 'same'")
    assert not first.said("Traceback")
    made.publish(event(n) for n in range(50))
    until(lambda: infobip.tagged("VIP") == emails(range(50)), "the other one goes on")
    assert second.process.poll() is None
    second.kill()
    third = made.start(instance="same")
    until(lambda: third.said("partitions_assigned"), "one that comes after a kill is welcome")
    made.publish(event(n) for n in range(50, 80))
    until(lambda: infobip.tagged("VIP") == emails(range(80)), "it works")
    assert third.stop() == 0


def test_of_two_imports_with_one_name_one_ends_and_says_why(made: Corridor) -> None:
    made.configuration["jobs"] = [
        {"name": made.name, "kind": "import_contacts", "authorization": "main", "keep_updated": True}
    ]
    first = made.start(instance="same")
    until(lambda: first.said("import_owned"), "the first one works")
    second = made.start(instance="same")
    # As a rule the first one: but where it begins anew, because the other took its transaction, it takes the name back.
    until(lambda: {first.process.poll(), second.process.poll()} != {None}, "the one whose name was taken ends", 60)
    ended, other = (first, second) if first.process.poll() is not None else (second, first)
    assert ended.process.returncode == 1
    assert ended.said("instance_id 'same'")
    until(lambda: other.said("import_owned"), "the other one works")
    assert other.stop() == 0
