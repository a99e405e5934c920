"""How jobs live in one process: what ends them, what does not, and when a failed one is tried again."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import orjson
import pytest
from confluent_kafka import KafkaError, KafkaException

from streams.agents.context import JobContext
from streams.agents.run import EventRun, OwnRun, Run
from streams.agents.state_reporter import StateReporter
from streams.app import lifecycle
from streams.app.lifecycle import Life, Living
from streams.errors import JobFailed, Stalled, StreamsError, WriterLost
from streams.infobip.health import ClientState
from streams.jobs.shelf import jobs_named
from streams.kafka.producer import OutgoingRecord
from streams.kafka.topics import TopicNames
from tests import configuring
from tests.fakes.clock import now, timeless
from tests.making import export_job

Work = Callable[[], Coroutine[Any, Any, None]]


class World:
    """A process whose jobs do what the test says; it remembers what they told."""

    def __init__(self) -> None:
        self.told: list[dict[str, Any]] = []
        self.living, self.stopping = Living(), asyncio.Event()
        self.begun: list[tuple[str, float]] = []
        self.refuses_writes: Exception | None = None
        self.state = ClientState("ok", 0.0)

    async def write(self, records: Iterable[OutgoingRecord]) -> None:
        if self.refuses_writes is not None:
            raise self.refuses_writes
        self.told += [orjson.loads(record.value or b"null") for record in records]

    def set_share(self, *_: Any) -> None:
        """Stand in for a client."""

    def partitions(self) -> dict[str, int]:
        return {"memberships": 4}

    def hidden(self, _: Any) -> list[str]:
        return []

    def states(self, job: str) -> list[tuple[str, str]]:
        return [(one["state"], one["detail"]) for one in self.told if one["job"] == job]

    def life(self, name: str, *steps: Exception | Work | EventRun) -> "asyncio.Task[bool]":
        """Begin a job, each try of which takes a step: it fails with it, or works it."""
        left = list(steps)
        us: Any = self
        reporter = StateReporter(name, "infobip_job_states", us, frozenset())
        context = JobContext(
            kafka=us,
            settings={},
            names=TopicNames(),
            topics=us,
            writer=us,
            account=us,
            reporter=reporter,
            stopping=self.stopping,
            progress=us,
            webhooks=None,
        )

        async def prepare() -> Run:
            self.begun.append((name, now()))
            step = left.pop(0) if len(left) > 1 else left[0]
            if isinstance(step, Exception):
                raise step
            return step if isinstance(step, EventRun) else OwnRun(work=step)

        return asyncio.create_task(Life(export_job(name=name), context, prepare, self.living).run())

    async def until_stopped(self) -> None:
        await self.stopping.wait()

    async def settled(self, *tasks: "asyncio.Task[bool]") -> list[bool]:
        async with asyncio.timeout(1):
            return await asyncio.gather(*tasks)


@pytest.fixture(autouse=True)
def _no_brokers(monkeypatch: pytest.MonkeyPatch) -> None:
    async def ask(question: Callable[[], Any], *_: Any) -> Any:
        return question()

    async def fine(*_: Any) -> None:
        """Infobip takes the key."""

    monkeypatch.setattr(lifecycle, "retry_until_available", ask)
    monkeypatch.setattr(lifecycle, "create_states", lambda *_: True)
    monkeypatch.setattr(lifecycle, "create_missing", lambda *_: None)
    monkeypatch.setattr(lifecycle, "outlived", lambda *_: [])
    monkeypatch.setattr(lifecycle, "wait_for_account", fine)


REFUSED = JobFailed("the API key of authorization 'main' is refused")


@timeless
async def test_the_only_job_of_a_process_ends_it_as_soon_as_it_fails() -> None:
    world = World()
    assert await world.settled(world.life("vip", REFUSED)) == [False]
    assert world.states("vip")[-1] == ("failed", str(REFUSED))
    assert now() < 1


@timeless
async def test_so_do_several_when_the_last_of_them_has_failed() -> None:
    world = World()

    async def work_for_a_while() -> None:
        await asyncio.sleep(30)
        raise JobFailed("the broker refused a record")

    tasks = [world.life("vip", REFUSED), world.life("gold", work_for_a_while)]
    await asyncio.sleep(29)
    assert not any(task.done() for task in tasks)
    await asyncio.sleep(2)
    assert await world.settled(*tasks) == [False, False]
    assert [world.states(name)[-1] for name in ("vip", "gold")] == [
        ("failed", str(REFUSED)),
        ("failed", "the broker refused a record"),
    ]


@timeless
async def test_a_job_that_fails_beside_one_that_lives_is_tried_again_less_and_less_often() -> None:
    world = World()
    other, failing = world.life("gold", world.until_stopped), world.life("vip", REFUSED)
    await asyncio.sleep(4 * 3600)
    tries = [at for name, at in world.begun if name == "vip"]
    pauses = [round(later - earlier) for earlier, later in pairwise(tries)]
    assert pauses == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert not other.done()
    world.stopping.set()
    assert await world.settled(other, failing) == [True, False]


@timeless
async def test_it_says_why_it_failed_and_when_it_is_tried_again() -> None:
    world = World()
    world.life("gold", world.until_stopped)
    world.life("vip", REFUSED)
    await asyncio.sleep(1)
    state, detail = world.states("vip")[-1]
    assert state == "failed"
    reason, _, again = detail.partition("; tried again at ")
    assert reason == str(REFUSED)
    at = datetime.strptime(again, "%Y-%m-%d %H:%M:%SZ").replace(tzinfo=UTC)
    assert 50 < (at - datetime.now(UTC)).total_seconds() <= 60


@timeless
async def test_one_that_recovers_has_not_failed() -> None:
    world = World()
    tasks = [world.life("gold", world.until_stopped), world.life("vip", REFUSED, REFUSED, world.until_stopped)]
    await asyncio.sleep(600)
    assert world.states("vip")[-1][0] == "starting"
    world.stopping.set()
    assert await world.settled(*tasks) == [True, True]
    assert world.states("vip")[-1] == ("stopped", "")


@timeless
async def test_one_that_had_recovered_for_long_begins_with_a_short_pause_again() -> None:
    world = World()

    async def work_for_a_day() -> None:
        await asyncio.sleep(24 * 3600 - 1000)
        raise REFUSED

    world.life("gold", world.until_stopped)
    world.life("vip", REFUSED, REFUSED, REFUSED, work_for_a_day, REFUSED)
    await asyncio.sleep(24 * 3600 - 300)
    tries = [at for name, at in world.begun if name == "vip"]
    assert tries[4] - tries[3] == pytest.approx(24 * 3600 - 1000 + 60, abs=1)


@timeless
async def test_a_failed_job_does_not_outlive_those_that_came_to_their_end() -> None:
    """An import that runs once beside it is done: then nothing lives any more, and the process says so."""
    world = World()

    async def run_once() -> None:
        await asyncio.sleep(30)

    tasks = [world.life("contacts", run_once), world.life("vip", REFUSED)]
    await asyncio.sleep(31)
    assert await world.settled(*tasks) == [True, False]


@timeless
async def test_a_job_that_stalls_has_not_failed_and_says_why_it_is_started_anew() -> None:
    world, stalls = World(), 0

    async def work() -> None:
        nonlocal stalls
        stalls += 1
        if stalls < 4:
            raise Stalled("partition 0 stands still")
        await world.stopping.wait()

    task = world.life("vip", work)
    await asyncio.sleep(5)
    assert ("starting", "started anew: partition 0 stands still") in world.states("vip")
    await asyncio.sleep(60)
    world.stopping.set()
    assert await world.settled(task) == [True]
    assert stalls == 4


@timeless
async def test_one_that_loses_its_consumer_while_it_stops_is_not_started_anew() -> None:
    world = World()

    async def work() -> None:
        await world.stopping.wait()
        raise Stalled("the consumer is lost")

    task = world.life("vip", work)
    await asyncio.sleep(1)
    world.stopping.set()
    assert await world.settled(task) == [True]


@timeless
async def test_a_last_flush_that_fails_is_a_failure() -> None:
    world = World()

    async def work() -> None:
        await world.stopping.wait()
        raise JobFailed("Infobip answered 405")

    tasks = [world.life("gold", world.until_stopped), world.life("vip", work)]
    await asyncio.sleep(1)
    world.stopping.set()
    assert await world.settled(*tasks) == [True, False]
    assert world.states("vip")[-1] == ("failed", "Infobip answered 405")


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        pytest.param(KafkaException(KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED)), "authorization", id="brokers"),
        pytest.param(ZeroDivisionError("a bug"), "unexpected error, see the log", id="bug"),
        pytest.param(StreamsError("Infobip said: \ud83d"), "Infobip said: ?", id="half a character"),
    ],
)
def test_whatever_fails_a_job_is_told_and_is_no_other_jobs_end(
    failure: Exception, told: str, caplog: pytest.LogCaptureFixture
) -> None:
    @timeless
    async def story() -> None:
        world = World()
        other, failing = world.life("gold", world.until_stopped), world.life("vip", failure)
        await asyncio.sleep(1)
        state, detail = world.states("vip")[-1]
        assert state == "failed"
        assert told in detail
        world.stopping.set()
        assert await world.settled(other, failing) == [True, False]

    story()
    assert caplog.text.encode(), "what is logged can be written"


@timeless
async def test_a_job_that_fails_before_it_worked_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise JobFailed("topic infobip_cursor_vip must have 1 partition")

    monkeypatch.setattr(lifecycle, "create_missing", refuse)
    world = World()
    assert await world.settled(world.life("vip", world.until_stopped)) == [False]
    assert world.states("vip")[-1] == ("failed", "topic infobip_cursor_vip must have 1 partition")


@timeless
async def test_a_job_that_waits_for_its_topics_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(World, "partitions", lambda _: {})
    world = World()
    task = world.life("vip", world.until_stopped)
    await asyncio.sleep(5)
    assert world.states("vip")[-1] == ("starting", "waits for topics: memberships")
    world.stopping.set()
    assert await world.settled(task) == [True]


@timeless
async def test_what_was_prepared_for_a_while_is_prepared_anew(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)

    async def consume(_: EventRun, context: JobContext) -> None:
        await context.stopping.wait()

    monkeypatch.setattr(lifecycle, "consume", consume)
    nobody: Any = None
    run = EventRun(
        job=export_job(), processor=nobody, start_positions=nobody, operations=(), renew_after_seconds=3600.0
    )
    world = World()
    task = world.life("vip", run)
    await asyncio.sleep(2.5 * 3600)
    assert [at for _, at in world.begun] == pytest.approx([0, 3600, 7200], abs=1)
    assert not any(state == "failed" for state, _ in world.states("vip"))
    assert [message for message in caplog.messages if "renewed" in message] == [
        "job_renewed job=vip seconds=3600: what was prepared is good no longer"
    ] * 2
    world.stopping.set()
    assert await world.settled(task) == [True]


@timeless
async def test_a_last_word_that_cannot_be_written_ends_nothing(caplog: pytest.LogCaptureFixture) -> None:
    world = World()
    task = world.life("vip", world.until_stopped)
    await asyncio.sleep(1)
    world.refuses_writes = ValueError("a bug")
    world.stopping.set()
    assert await world.settled(task) == [True]
    assert "state_not_written job=vip reason=ValueError" in caplog.text


@timeless
async def test_a_process_that_can_write_nothing_any_more_is_no_failure_of_a_job(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()

    async def work() -> None:
        raise WriterLost("nothing can be written: Cluster authorization failed")

    with pytest.raises(WriterLost):
        await world.life("vip", work)
    assert "job_failed" not in caplog.text


def test_a_job_that_is_named_twice_is_run_once() -> None:
    other = configuring.JOB.replace("name: vip", "name: gold").replace("tag: VIP", "tag: Gold")
    configuration = configuring.read(configuring.CONTRACT + other)
    assert [job.name for job in jobs_named(configuration, ["gold", "vip", "gold"])] == ["gold", "vip"]
