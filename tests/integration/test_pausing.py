"""A paused job rests in all its processes, keeps its partitions, and goes on where it was."""

from pathlib import Path

import pytest
from confluent_kafka.admin import AdminClient

from streams.simulator import SimulatorOptions
from tests.integration.brokers import Broker
from tests.integration.cohorts import LIMITS, addresses, lists, member, mirroring
from tests.integration.commands import call
from tests.integration.harness import Corridor, SimulatorThread, corridor, until
from tests.integration.importing import Crowd
from tests.integration.keeping import keeping
from tests.integration.sends import enter, sending, sent, told
from tests.integration.tracking import MESSAGES, message, report, tracking

pytestmark = pytest.mark.kafka

#: Calls take half a second, so that a pause finds some on their way.
SLOW = SimulatorOptions(limits=None, latency_seconds=0.5)


def owners(made: Corridor) -> dict[str, frozenset[tuple[str, int]]]:
    """What each member of the job's group owns; a rebalance may change it, and gives nobody else's id to a member."""
    admin, group = AdminClient(made.settings), f"infobip-streams.{made.name}"
    found = admin.describe_consumer_groups([group])[group].result(30)
    return {
        one.member_id: frozenset((place.topic, place.partition) for place in one.assignment.topic_partitions)
        for one in found.members
    }


def pause(made: Corridor, processes: int) -> None:
    """Pause the job, and wait until each of its processes says so."""
    assert call(made, "pause", made.name).startswith(f"{made.name}: paused: ")
    workers = [worker for worker in made.workers if worker.process.poll() is None]
    until(lambda: all(worker.said("job_paused") for worker in workers), "each has heard of it", 2)
    until(lambda: says(made, "paused", processes), "status says so")


def resume(made: Corridor) -> None:
    """Resume the job."""
    assert call(made, "resume", made.name).startswith(f"{made.name}: resumed: ")


def says(made: Corridor, state: str, processes: int) -> bool:
    """Whether `status` says so, of so many processes that own partitions."""
    found = made.status()
    return (found["state"], found["processes"]) == (state, processes)


def calls(infobip: SimulatorThread) -> int:
    """How many requests of any kind arrived."""
    return int(infobip.do(infobip.simulator.counters.arrivals.total))


def test_nothing_is_called_while_a_job_is_paused_and_nobody_leaves_its_group(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    """Of two processes one is killed meanwhile; a third begins meanwhile, and asks nobody for anything."""
    with sending(broker, tmp_path, unique, SLOW, flush={"max_events": 5, "max_seconds": 0.2}) as (infobip, made):
        first, second = made.start(), made.start()
        until(lambda: says(made, "running", 2), "both run")
        before, revoked = owners(made), [worker.log.read_text().count("revoked") for worker in (first, second)]
        made.publish(enter(number) for number in range(3_000))
        until(lambda: len(sent(infobip)) >= 100, "they send")
        pause(made, 2)
        until(lambda: made.lag() == 3_000 - len(told(made)), "what was in flight is finished and committed", 20)
        done, asked = len(told(made)), calls(infobip)
        assert (done < 3_000, len(sent(infobip))) == (True, done)
        third = made.start()
        until(lambda: third.said("job_begins_paused"), "the third waits")
        made.publish(enter(number) for number in range(3_000, 3_100))
        assert owners(made) == before
        assert [worker.log.read_text().count("revoked") for worker in (first, second)] == revoked
        second.kill()
        until(lambda: [len(owned) for owned in owners(made).values()] == [4], "the first has what the other had", 60)
        assert (len(sent(infobip)), calls(infobip), third.said("partitions_assigned")) == (done, asked, False)
        found = made.status()
        assert (found["state"], found["detail"].startswith("by ")) == ("paused", True)
        assert found["paused"]["by"] in found["detail"]
        resume(made)
        until(lambda: made.lag() == 0, "all is sent")
        assert {(one.to, one.duplicates) for one in sent(infobip)} == {(f"44791{n:07d}", 0) for n in range(3_100)}
        assert [one.status for one in told(made).values()] == ["enqueued"] * 3_100
        assert not any(worker.said("job_stalled") for worker in made.workers)
        assert (first.stop(), third.stop()) == (0, 0)


def test_who_is_killed_and_who_ends_while_a_job_is_paused_leaves_nothing_behind(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with sending(broker, tmp_path, unique, SLOW, flush={"max_events": 5, "max_seconds": 0.2}) as (infobip, made):
        first, second = made.start(), made.start()
        until(lambda: says(made, "running", 2), "both run")
        made.publish(enter(number) for number in range(1_000))
        until(lambda: len(sent(infobip)) >= 50, "they send")
        call(made, "pause", made.name)
        second.kill()
        until(lambda: first.said("job_paused"), "the other rests")
        assert first.stop() == 0
        until(lambda: made.status()["detail"].count("paused by") == 1, "status says so of a job that nobody runs")
        # The one that was killed may have had its last word before it heard; it is taken for dead by and by.
        until(lambda: made.status()["state"] == "stopped", "nobody is said to run it")
        count = len(sent(infobip))
        third = made.start()
        until(lambda: third.said("job_begins_paused"), "it is paused still")
        assert len(sent(infobip)) == count
        resume(made)
        until(lambda: made.lag() == 0, "all is sent")
        assert {one.to for one in sent(infobip)} == {f"44791{n:07d}" for n in range(1_000)}
        assert len(sent(infobip)) == 1_000
        assert third.stop() == 0


def test_messages_that_wait_for_their_time_wait_on(broker: Broker, tmp_path: Path, unique: str) -> None:
    """A window of theirs may take for ever: it is in flight, and is not what is finished."""
    limit = {"amount": 60, "per": "minute"}
    with sending(broker, tmp_path, unique, speed_limit=limit) as (infobip, made):
        worker = made.start()
        made.publish(enter(number) for number in range(60))
        until(lambda: len(sent(infobip)) >= 3, "it sends")
        pause(made, 1)
        assert not _grows(infobip)
        resume(made)
        seen = len(sent(infobip))
        until(lambda: len(sent(infobip)) > seen + 2, "it goes on")
        assert len({one.to for one in sent(infobip)}) == len(sent(infobip))
        assert worker.stop() == 0


def _grows(infobip: SimulatorThread) -> bool:
    """Whether more is sent within three seconds, from six seconds on."""
    counts: list[int] = []

    def look() -> bool:
        counts.append(len(sent(infobip)))
        return len(counts) > 180

    until(look, "looked often enough")
    return counts[-1] != counts[-60]


def test_an_import_rests_between_two_pages(broker: Broker, tmp_path: Path, unique: str) -> None:
    with (
        Crowd(SimulatorOptions(limits=None, latency_seconds=0.3)) as infobip,
        corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made,
    ):
        infobip.create(range(12_000))
        made.configuration["jobs"] = [{"name": unique, "kind": "import_contacts", "authorization": "main"}]
        worker = made.start()
        until(lambda: infobip.listings >= 2, "it reads people")
        pause(made, 1)
        written, asked = _settled(made), calls(infobip)
        assert 0 < written < 12_000
        resume(made)
        until(lambda: made.status()["outcomes"].get("imported") == 12_000, "all are imported")
        assert calls(infobip) > asked
        assert len({record.key() for record in made.read("infobip_contacts")}) == 12_000
        assert not worker.said("job_stalled")


def _settled(made: Corridor) -> int:
    """How many contacts there are once no more come."""
    counts: list[int] = []

    def look() -> bool:
        counts.append(len(made.read("infobip_contacts")))
        return len(counts) > 20 and len(set(counts[-20:])) == 1

    until(look, "no more come")
    return counts[-1]


def test_what_follows_messages_rests_and_believes_what_came_meanwhile(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    """The time for a report passes in the pause; but it has come, so nobody is told that there is none."""
    with tracking(broker.bootstrap, tmp_path, unique) as one:
        one.job["wait"] = {"seconds": 6}
        worker = one.made.start()
        until(one.ready, "the job has its partitions")
        one.tell(message("m1"), message("m2"))
        until(lambda: one.events()["m1", "enqueued"] == one.events()["m2", "enqueued"] == 1, "both are known")
        before = owners(one.made)
        pause(one.made, 1)
        one.tell(report("m1"), *(message(f"n{number}") for number in range(3_000)), message("m3"))
        until(lambda: sum(one.made.status()["lag"].values()) >= 3_002, "nothing of it is read")
        assert _count(one.made, 130) == 0
        resume(one.made)
        one.wait_for(["m1", "m2"], "both are told of")
        assert (one.last("m1")["reason"], one.last("m2")["reason"]) == ("reported", "waited")
        assert [said["reason"] for said in one.outcomes()["m1"]] == ["reported"]
        assert owners(one.made) == before
        assert worker.stop() == 0


def _count(made: Corridor, looks: int) -> int:
    """How many outcomes there are after so many looks, a twentieth of a second apart at least."""
    counts: list[int] = []

    def look() -> bool:
        counts.append(len(made.read("infobip_message_outcomes")))
        return len(counts) > looks

    until(look, "looked often enough")
    return counts[-1]


def test_a_history_rests_and_stays_in_its_group(broker: Broker, tmp_path: Path, unique: str) -> None:
    with keeping(broker.bootstrap, tmp_path, unique) as kept:
        kept.create()
        workers = [kept.made.start() for _ in range(2)]
        until(lambda: says(kept.made, "running", 2), "both run")
        kept.tell(*(message(f"m{number}") for number in range(500)))
        until(lambda: kept.count("messages") == 500, "the first are stored")
        before = owners(kept.made)
        pause(kept.made, 2)
        kept.tell(*(message(f"n{number}") for number in range(500)))
        until(lambda: sum(kept.made.status()["lag"].values()) == 500, "the others are not read")
        assert owners(kept.made) == before
        workers[1].kill()
        until(lambda: says(kept.made, "paused", 1) and workers[0].said("partitions=20"), "it has all partitions", 90)
        assert sum(kept.made.status()["lag"].values()) == 500
        assert kept.count("messages") == 500
        resume(kept.made)
        until(lambda: kept.ids(MESSAGES) == kept.told(MESSAGES), "all are stored once")
        assert workers[0].stop() == 0


def test_lists_of_a_paused_job_rest_and_those_of_another_go_on(broker: Broker, tmp_path: Path, unique: str) -> None:
    with mirroring(broker, tmp_path, unique, SimulatorOptions(limits=LIMITS), audiences=["vip"]) as (infobip, made):
        other = {**made.configuration["jobs"][0], "name": f"{unique}-other", "list_name": "Other {audience}"}
        made.configuration["jobs"].append(other)
        worker = made.start()
        until(lambda: says(made, "running", 1), "it runs")
        call(made, "pause", made.name)
        until(lambda: worker.said("job_paused"), "it has heard of it")
        made.publish(member(number) for number in range(500))
        until(lambda: made.lag(other["name"]) == 0, "the other has told all")
        assert lists(infobip) == {"Other vip": addresses(range(500))}
        resume(made)
        until(lambda: made.lag() == 0, "both have told all")
        assert lists(infobip) == {"Other vip": addresses(range(500)), "[Kafka] vip": addresses(range(500))}
        assert worker.stop() == 0


def test_a_command_that_changes_nothing_says_so(broker: Broker, tmp_path: Path, unique: str) -> None:
    with sending(broker, tmp_path, unique) as (_, made):
        assert call(made, "resume", unique) == f"{unique}: is not paused\n"
        assert call(made, "pause", unique).startswith(f"{unique}: paused: ")
        assert call(made, "pause", unique).startswith(f"{unique}: is paused already, by ")
        assert "no job is called 'nobody'" in call(made, "pause", "nobody", code=2)
        assert len(made.read("infobip_commands")) == 1
