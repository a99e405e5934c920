"""Profiles whose events stand in several partitions or topics: the later ones count, whatever is read first."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.records.states import StartPosition
from streams.calls.call import Call
from streams.errors import StreamsError
from streams.jobs.export_audience.membership_records import Read
from tests.fakes.infobip import NOW, Infobip
from tests.jobs.export_audience.membership_fakes import TOPIC, Brokers
from tests.jobs.export_audience.verification.verifying import settle, verify
from tests.making import export_job

JOB = export_job(topics=[TOPIC], audiences=["vip"], tag="VIP", map_fields={"first": "firstName", "last": "lastName"})
ANN = "ann@example.com"


def say(brokers: Brokers, partition: int, at: int, action: str = "enter", **profile: Any) -> None:
    """Publish an event of one profile, which the job has done."""
    log = brokers.events.setdefault(partition, [])
    said = {"action": action, "audience": "vip", "profile_id": "u-1", "profile": {"email": ANN, **profile}}
    log.append(Read(TOPIC, partition, len(log), b"u-1", orjson.dumps(said), timestamp=at))
    brokers.committed[partition] = len(log)


def once(step: Callable[[], None], asked: str = "limit") -> Callable[[Call], None]:
    """Do something before the first call that asks for this."""
    left = [step]

    def before(call: Call) -> None:
        if left and asked in call.query:
            left.pop()()

    return before


@pytest.mark.parametrize(("first", "then"), [("enter", "exit"), ("exit", "enter")])
@pytest.mark.parametrize(("was", "is_now"), [(1, 0), (0, 1)])
def test_a_profile_that_moved_to_another_partition_is_what_it_said_last(
    first: str, then: str, was: int, is_now: int, tmp_path: Path
) -> None:
    brokers, infobip = Brokers(), Infobip.simulated()
    settle(infobip, {ANN: ("VIP",) if then == "enter" else ()})
    say(brokers, was, 1000, "enter")
    say(brokers, was, 2000, first)
    say(brokers, is_now, 3000, then)
    found = verify(JOB, {TOPIC: brokers}, infobip, tmp_path)
    assert found.members == (then == "enter")
    assert (found.drift.to_add.total(), found.drift.to_remove.total()) == (0, 0)


def test_so_it_is_with_several_topics(tmp_path: Path) -> None:
    job = export_job(topics=[TOPIC, "others"], audiences=["vip"], tag="VIP")
    brokers, others, infobip = Brokers(partitions=1), Brokers(partitions=1), Infobip.simulated()
    settle(infobip, {ANN: ()})
    say(brokers, 0, 2000, "exit")
    say(others, 0, 1000, "enter")
    found = verify(job, {TOPIC: brokers, "others": others}, infobip, tmp_path)
    assert (found.members, found.drift.missing.count) == (0, 0)


def test_its_address_of_before_is_a_former_one(tmp_path: Path) -> None:
    brokers, infobip = Brokers(), Infobip.simulated()
    settle(infobip, {ANN: ("VIP",), "bea@example.com": ("VIP",)})
    say(brokers, 1, 1000)
    say(brokers, 0, 2000, email="bea@example.com")
    found = verify(JOB, {TOPIC: brokers}, infobip, tmp_path)
    assert (found.members, found.drift.by_former_address.count, found.drift.too_many.count) == (1, 1, 0)


def test_its_fields_are_what_it_said_last(tmp_path: Path) -> None:
    brokers, infobip = Brokers(), Infobip.simulated()
    settle(infobip, {ANN: ("VIP",)}, firstName="Anna", lastName="Stone")
    say(brokers, 1, 1000, first="Ann", last="Weber")
    say(brokers, 1, 2000, last="Stone")
    say(brokers, 0, 3000, first="Anna")
    assert verify(JOB, {TOPIC: brokers}, infobip, tmp_path, fields=True).drift.by_field == {}


def test_without_times_the_order_is_that_of_the_partitions(tmp_path: Path) -> None:
    brokers, infobip = Brokers(), Infobip.simulated()
    settle(infobip, {ANN: ()})
    say(brokers, 1, -1)
    say(brokers, 0, 3000, "exit")
    assert verify(JOB, {TOPIC: brokers}, infobip, tmp_path).members == 1


def test_events_of_a_partition_that_is_added_meanwhile_count(tmp_path: Path) -> None:
    brokers, infobip = Brokers(partitions=1), Infobip.simulated()
    settle(infobip, {ANN: ()})
    say(brokers, 0, 1000)

    def grow() -> None:
        brokers.partitions = 2
        say(brokers, 1, 2000, "exit")

    found = verify(JOB, {TOPIC: brokers}, infobip, tmp_path, before=once(grow))
    assert (found.members, found.drift.missing.count) == (0, 0)
    assert [(one.partition, one.compared, one.committed) for one in found.behind] == [(0, 1, 1), (1, 1, 1)]


def test_a_topic_that_is_made_anew_meanwhile_ends_it(tmp_path: Path) -> None:
    brokers, infobip = Brokers(partitions=1), Infobip.simulated()
    settle(infobip, {ANN: ("VIP",)})
    say(brokers, 0, 1000)
    with pytest.raises(StreamsError, match="was deleted and made anew meanwhile: begin again"):
        verify(JOB, {TOPIC: brokers}, infobip, tmp_path, before=once(lambda: brokers.remake(1), "includeTotalCount"))


def test_a_topic_that_was_made_anew_is_read_from_its_beginning(tmp_path: Path) -> None:
    job = export_job(topics=[TOPIC], audiences=["vip"], tag="VIP", existing_members=False)
    brokers, infobip = Brokers(partitions=1, topic_id="second"), Infobip.simulated()
    settle(infobip, {ANN: ("VIP",)})
    say(brokers, 0, 1000)
    brokers.begun[0] = StartPosition(
        job="vip", topic=TOPIC, partition=0, start_offset=1, end_offset=1, topic_id="first", started_at=NOW
    )
    found = verify(job, {TOPIC: brokers}, infobip, tmp_path)
    assert (found.members, found.drift.too_many.count) == (1, 0)
