"""What profiles entered by is known over restarts, more partitions and new topics, and from other processes."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from schemas.config.kafka import KafkaSettings
from schemas.records.states import Entered as EnteredRecord
from streams.errors import JobFailed
from streams.jobs.export_audience.entered import Entered
from streams.jobs.export_audience.member_store import MemberStore
from streams.jobs.export_audience.membership_records import Read
from streams.jobs.export_audience.plan import Attributes, Exporter
from streams.jobs.shelf import wanted_topics
from streams.kafka.producer import OutgoingRecord
from tests.jobs.export_audience.membership_fakes import STATE, TOPIC, Brokers, Job
from tests.making import event, export_job

Begin = Callable[..., Job]


@pytest.fixture(params=["remember_address", "keep_members"])
def job(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Begin]:
    """Begin a job that remembers, in memory or on disk; with `remembers=False` one that does not yet."""
    begun: list[Job] = []

    def begin(brokers: Brokers, *, remembers: bool = True, **changes: Any) -> Job:
        options = {"audiences": ["vip"], request.param: remembers, **changes}
        made = Job(brokers, export_job(**options), directory=tmp_path / "members")
        begun.append(made)
        made.start()
        return made

    yield begin
    for one in begun:
        one.stop()


def remember(process: Job, request: pytest.FixtureRequest) -> None:
    """Start again as a job that remembers."""
    process.restart(**{request.node.callspec.params["job"]: True})


def publish(brokers: Brokers, profile: str, email: str, action: str = "enter") -> None:
    number = sum(profile.encode()) % brokers.partitions
    log = brokers.events.setdefault(number, [])
    value = event(profile, action, email=f"{email}@example.com")
    log.append(Read(TOPIC, number, len(log), profile.encode(), value))


def by(**said: str) -> dict[str, set[str]]:
    return {who: {f"EMAIL {name}@example.com vip"} for who, name in said.items()}


def inside(process: Job, email: str) -> set[str]:
    """Who is inside by an address, as the process knows it."""
    held = process.held
    assert held is not None
    identity = ("EMAIL", f"{email}@example.com")
    known = held.known_of(()) if isinstance(held, MemberStore) else held.known
    assert isinstance(known, Entered)
    known.expect([identity])
    return set(known.by_address.of(identity))


def test_addresses_are_read_back_with_the_event_they_are_known_from(job: Begin) -> None:
    brokers = Brokers(partitions=1, state_partitions=1)
    process = job(brokers)
    publish(brokers, "a", "old")
    publish(brokers, "b", "old")
    process.read()
    publish(brokers, "a", "new")
    process.read()
    assert process.known == by(a="new", b="old")
    process.restart()
    assert process.known == by(a="new", b="old")
    assert (inside(process, "old"), inside(process, "new")) == ({"b"}, {"a"})
    told = next(one.value for one in reversed(brokers.state[0]) if one.key == b"a")
    assert EnteredRecord.model_validate_json(told or b"").entered == {"vip": "EMAIL new@example.com"}
    brokers.compact(forget=True)
    process.restart()
    assert process.known == by(a="new", b="old")


@pytest.mark.parametrize("audiences", [["vip"], ["vip", "gold"]])
def test_it_is_kept_in_a_topic_beside_the_input(audiences: list[str]) -> None:
    """Also of shared tags: what profiles entered by tells where they are."""
    kafka = KafkaSettings.model_validate({"brokers": "localhost:9092", "topic_prefix": "p."})
    wanted = wanted_topics(export_job(audiences=audiences, remember_address=True), kafka, {"memberships": 6})
    (state,) = [one for one in wanted if one.name.endswith("_vip")]
    assert (state.name, state.partitions, state.keeps, state.grows) == ("p.infobip_addresses_vip", 6, "state", True)
    assert state.config["cleanup.policy"] == "compact"


def test_a_job_that_comes_to_remember_learns_it_from_the_input(job: Begin, request: pytest.FixtureRequest) -> None:
    brokers = Brokers(partitions=1, state_partitions=1)
    process = job(brokers, remembers=False)
    publish(brokers, "a", "first")
    publish(brokers, "a", "second")
    publish(brokers, "b", "b")
    publish(brokers, "b", "b", "exit")
    process.read()
    remember(process, request)
    assert process.known == by(a="second")


@pytest.mark.parametrize("compacted", [False, True])
def test_where_the_input_does_not_tell_it_goes_on_and_says_so(
    compacted: bool,  # noqa: FBT001 - a case
    job: Begin,
    request: pytest.FixtureRequest,
    caplog: pytest.LogCaptureFixture,
) -> None:
    brokers = Brokers(partitions=1, state_partitions=1, compacted=compacted)
    process = job(brokers, remembers=False)
    publish(brokers, "a", "a")
    publish(brokers, "b", "b")
    process.read()
    if not compacted:
        brokers.low[0] = 1
    remember(process, request)
    assert process.known == (by(a="a", b="b") if compacted else by(b="b"))
    assert "addresses_unknown job=vip partition=0" in caplog.text


def test_where_a_shared_tag_hangs_on_it_the_job_stops_in_words(job: Begin, request: pytest.FixtureRequest) -> None:
    brokers = Brokers(partitions=1, state_partitions=1, compacted=True)
    process = job(brokers, remembers=False, audiences=["vip", "gold"])
    publish(brokers, "a", "a")
    process.read()
    brokers.state = {}  # what is kept by address has a topic of its own
    with pytest.raises(JobFailed) as caught:
        remember(process, request)
    option = request.node.callspec.params["job"]
    assert str(caught.value) == (
        "job 'vip': so far it was not noted by which address people are in audiences that share a tag, and "
        "memberships does not tell any more, because it is compacted; rename the job, so that it begins anew with "
        f"what is there, or leave out `{option}`"
    )


def test_more_partitions_and_a_new_topic_are_followed(job: Begin) -> None:
    brokers = Brokers(partitions=1, state_partitions=1)
    process = job(brokers)
    for name in "abcdef":
        publish(brokers, name, f"{name}-old")
    process.read()
    brokers.partitions = 4
    process.restart()
    assert process.known == by(**{name: f"{name}-old" for name in "abcdef"})
    for name in "abc":
        publish(brokers, name, f"{name}-new")
    process.read()
    brokers.remake(2)
    process.restart()
    publish(brokers, "a", "whatever", "exit")
    publish(brokers, "f", "f-new")
    process.read()
    process.restart()
    expected = {**by(b="b-new", c="c-new", d="d-old", e="e-old"), **by(f="f-new")}
    assert process.known == expected
    assert inside(process, "f-old") == set()


@pytest.mark.parametrize("action", ["enter", "exit"])
def test_what_a_process_that_slept_writes_late_loses(action: str, job: Begin) -> None:
    brokers = Brokers(partitions=1, state_partitions=1)
    process = job(brokers)
    publish(brokers, "a", "old")
    late = process.read(commits=False)
    process.restart()
    publish(brokers, "a", "new", action)
    process.read()
    expected = process.known
    brokers.append(late)
    process.restart()
    assert process.known == expected


def test_what_others_note_of_their_partitions_is_taken_over(job: Begin, tmp_path: Path) -> None:
    brokers = Brokers()
    process = job(brokers)
    for name in ("a", "b"):  # one in each partition
        publish(brokers, name, "shared")
    process.read()
    mine = replace(process, directory=tmp_path / "other").store(Exporter(process.job, Attributes()))
    known: list[set[str]] = []

    async def run() -> None:
        await mine.restore([(TOPIC, 0)])
        known.append(set(process.everybody(mine)))
        following = asyncio.create_task(mine.follow())
        publish(brokers, "a", "x", "exit")
        late = [one for one in brokers.state[1] if one.key == b"a"][-1]
        process.read()
        while "a" in process.everybody(mine):  # noqa: ASYNC110 - a thread brings it
            await asyncio.sleep(0)
        stale = orjson.dumps(orjson.loads(late.value or b"{}") | {"epoch": 0})
        brokers.append([OutgoingRecord(STATE, b"a", stale, 1), OutgoingRecord(STATE, b"c", b"no json", 1)])
        fresh = orjson.loads(late.value or b"{}") | {"profile_id": "c", "epoch": brokers.clock * 1000}
        brokers.append([OutgoingRecord(STATE, b"c", orjson.dumps(fresh), 1)])
        while "c" not in process.everybody(mine):  # noqa: ASYNC110 - as above
            await asyncio.sleep(0)
        known.append(set(process.everybody(mine)))
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)

    asyncio.run(run())
    assert known == [{"a", "b"}, {"b", "c"}]
