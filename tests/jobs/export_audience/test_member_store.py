"""Members on disk: whatever becomes of the copy, what is known is what the events say."""

import asyncio
import shutil
from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from schemas.records.states import Coverage
from streams.errors import Stalled
from streams.jobs.export_audience.member_copy import MemberCopy, Written
from streams.jobs.export_audience.member_overlay import Overlay
from streams.jobs.export_audience.member_store import MemberStore
from streams.jobs.export_audience.membership_records import COVERS, Position, Read
from streams.jobs.export_audience.plan import Attributes, Exporter
from streams.kafka import local_store
from tests.examples import examples
from tests.fakes.infobip import NOW, Infobip
from tests.jobs.export_audience.membership_fakes import TOPIC, Brokers, Job
from tests.making import event, export_job


def one_partition() -> Brokers:
    return Brokers(partitions=1, state_partitions=1)


def keeping(brokers: Brokers, directory: Path, **changes: Any) -> Job:
    made = Job(brokers, export_job(**{"audiences": ["vip"], "keep_members": True, **changes}), directory=directory)
    made.start()
    return made


def publish(brokers: Brokers, profile: str, value: bytes) -> None:
    number = sum(profile.encode()) % brokers.partitions
    log = brokers.events.setdefault(number, [])
    log.append(Read(TOPIC, number, len(log), profile.encode(), value))


def inside(process: Job, identity: tuple[str, str]) -> set[str]:
    assert isinstance(process.held, MemberStore)
    known = process.held.known_of(())
    known.expect([identity])
    return set(known.by_address.of(identity))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "members"


def test_people_known_by_an_external_id_are_kept_by_it_blanks_and_all(directory: Path) -> None:
    brokers = one_partition()
    process = keeping(brokers, directory, external_id_field="crm", audiences=["vip", "big spenders"])
    publish(brokers, "a", event("a", "enter", "big spenders", crm="x 1%20 y"))
    publish(brokers, "b", event("b", "enter", "vip", crm="x 1%20 y"))
    process.read()
    for _ in range(2):
        assert process.known == {
            "a": {"EXTERNAL_ID x%201%2520%20y big spenders"},
            "b": {"EXTERNAL_ID x%201%2520%20y vip"},
        }
        assert inside(process, ("EXTERNAL_ID", "x 1%20 y")) == {"a", "b"}
        process.restart()
    told = [one.value for one in brokers.state[0] if one.key == b"a"]
    assert told[-1] is not None
    assert b'"entered":{"big spenders":"EXTERNAL_ID x 1%20 y"}' in told[-1]


def test_a_copy_that_is_good_is_not_read_again(directory: Path) -> None:
    brokers = one_partition()
    process = keeping(brokers, directory)
    for number in range(50):
        publish(brokers, f"u{number}", event(f"u{number}"))
    process.read()
    process.stop()
    end = brokers.state[0][-1].offset + 1
    asked: list[dict[int, int]] = []
    read_state = brokers.read_state

    def noted(partitions: Any, wanted: Any, first: Any = ()) -> Any:
        asked.append(dict(first))
        return read_state(partitions, wanted, first)

    brokers.read_state = noted  # type: ignore[assignment,method-assign]
    process.start()
    assert asked[0] == {0: end}
    assert len(process.known) == 50


@pytest.mark.parametrize("trouble", ["lost", "of another topic", "ahead", "damaged", "old"])
def test_a_copy_that_is_no_good_is_read_back(trouble: str, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brokers = one_partition()
    process = keeping(brokers, directory)
    for number in range(50):
        publish(brokers, f"u{number}", event(f"u{number}"))
    process.read()
    expected = process.known
    process.stop()
    match trouble:
        case "lost":
            shutil.rmtree(directory)
        case "of another topic":
            brokers.state_id = "made anew"
        case "ahead":
            brokers.state[0] = [one for one in brokers.state[0] if one.key != COVERS][:40]
            brokers.committed = {0: 0}
        case "damaged":
            (directory / "CURRENT").write_bytes(b"nonsense")
        case _:
            monkeypatch.setattr(local_store, "is_old", lambda _: True)
    process.start()
    process.read()
    assert process.known == expected


def test_who_has_stood_by_for_a_day_reads_all_of_it_again(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brokers = one_partition()
    process = keeping(brokers, directory)
    for number in range(3):
        publish(brokers, f"u{number}", event(f"u{number}"))
    process.read()
    held = process.held
    assert isinstance(held, MemberStore)
    asyncio.run(held.restore([]))
    gone = {b"u0", b"u1"}
    brokers.state[0] = [one for one in brokers.state[0] if one.key not in gone]  # with tombstones that went after a day
    monkeypatch.setattr(MemberCopy, "is_old", True)
    asyncio.run(held.restore([(TOPIC, 0)]))
    assert set(process.known) == {"u2"}


def test_damage_that_shows_later_has_the_job_begun_anew(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    brokers = one_partition()
    process = keeping(brokers, directory)
    publish(brokers, "a", event("a"))
    process.read()
    held = process.held
    assert isinstance(held, MemberStore)
    assert held._copy is not None
    copy = held._copy
    monkeypatch.setattr(copy._store, "states", _corrupted)
    with pytest.raises(Stalled, match=r"is damaged \(Corruption: a block\); it is read back"):
        held.known_of(["a"])
    assert not copy.is_open
    process.restart()
    assert process.known == {"a": {"EMAIL a@example.com vip"}}


def test_what_was_folded_is_known_until_our_own_record_of_it_has_come_back() -> None:
    overlay, entries = Overlay(), frozenset({"EMAIL a@example.com vip"})
    overlay.put("a", entries, 0, 7)
    for late in (Position("", 0, 7, 1), Position("", 0, 6, 2), Position("", 1, 9, 2)):
        overlay.forget([Written("a", late)], {0: 2})
        assert overlay.get("a") == entries
    overlay.forget([Written("b", Position("", 0, 7, 2)), Written("a", Position("", 0, 7, 2))], {0: 2})
    assert overlay.get("a") is None
    assert not overlay.by_address.of(("EMAIL", "a@example.com"))


def test_no_window_is_folded_while_the_copy_is_far_behind(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.jobs.export_audience.member_store.OVERLAY_MAX", 10)
    brokers = one_partition()
    process = keeping(brokers, directory)
    for number in range(30):
        publish(brokers, f"u{number}", event(f"u{number}"))
    process.follows = False
    process.read()
    held = process.held
    assert isinstance(held, MemberStore)

    async def wait() -> bool:
        waiting = asyncio.create_task(held.ready())
        await asyncio.sleep(0)
        waited = not waiting.done()
        process.follow()
        await waiting
        return waited

    assert asyncio.run(wait())
    assert len(held._overlay) == 0


def test_nothing_is_left_of_people_who_left(directory: Path) -> None:
    brokers = one_partition()
    process = keeping(brokers, directory)
    for action in ("enter", "exit"):
        for number in range(30):
            publish(brokers, f"u{number}", event(f"u{number}", action))
        process.read()
    process.restart()
    held = process.held
    assert isinstance(held, MemberStore)
    assert held._copy is not None
    assert [key[:1] for key, _ in held._copy._store.starting_with(b"")] == [b"t"]
    assert len(held._overlay) == 0


def test_what_is_deleted_before_it_is_kept_is_told_of(directory: Path) -> None:
    brokers = one_partition()
    process = keeping(brokers, directory, keep_members=False)
    for name in "abc":
        publish(brokers, name, event(name))
    process.read()
    brokers.low[0] = 1
    process.restart(keep_members=True)
    assert set(process.known) == {"b", "c"}
    told = [Coverage.model_validate_json(one.value or b"") for one in brokers.state[0] if one.key == COVERS]
    assert [one.whole for one in told] == [False]
    publish(brokers, "d", event("d"))
    process.read()
    process.restart()
    told = [Coverage.model_validate_json(one.value or b"") for one in brokers.state[0] if one.key == COVERS]
    assert {one.whole for one in told} == {False}


def test_a_gap_as_long_as_the_input_is_made_up_for_without_holding_it(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("streams.jobs.export_audience.member_restoring.OVERLAY_MAX", 100)
    monkeypatch.setattr("streams.jobs.export_audience.member_restoring.WINDOW_EVENTS", 10)
    brokers = one_partition()
    process = keeping(brokers, directory, keep_members=False)
    for number in range(1000):
        publish(brokers, f"u{number % 400}", event(f"u{number % 400}", email=f"e{number}@example.com"))
    process.read(2000)
    process.restart(keep_members=True)
    last = {f"u{number % 400}": {f"EMAIL e{number}@example.com vip"} for number in range(1000)}
    assert process.known == last
    assert inside(process, ("EMAIL", "e999@example.com")) == {"u199"}
    assert inside(process, ("EMAIL", "e199@example.com")) == set()


def test_a_restore_that_is_called_off_writes_nothing_more(directory: Path) -> None:
    brokers = one_partition()
    process = keeping(brokers, directory)
    for number in range(2000):
        publish(brokers, f"u{number}", event(f"u{number}"))
    brokers.committed = {0: 2000}
    brokers.state = {}
    mine = Job(brokers, process.job, directory=directory.with_name("mine"))

    async def call_off() -> int:
        held = mine.store(Exporter(process.job, Attributes()))
        restoring = asyncio.create_task(held.restore([(TOPIC, 0)]))
        while len(brokers.state.get(0, ())) < 500:  # noqa: ASYNC110 - a thread brings it
            await asyncio.sleep(0)
        restoring.cancel()
        await asyncio.gather(restoring, return_exceptions=True)
        await asyncio.sleep(0.2)
        assert isinstance(held, MemberStore)
        held._close()
        return len(brokers.state[0])

    assert asyncio.run(call_off()) < 2000
    assert not any(one.key == COVERS for one in brokers.state[0])


def _corrupted(_: Any) -> Any:
    raise Exception("Corruption: a block")  # noqa: TRY002 - as the library does


# --- a model ----------------------------------------------------------------------------------------------------------

SAYINGS = st.tuples(
    st.sampled_from("abc"), st.sampled_from(["enter", "enter", "exit"]), st.sampled_from(["vip", "gold"]),
    st.sampled_from(["x", "y", "z", None]),
)  # fmt: skip
STEPS = st.one_of(
    st.tuples(st.just("publish"), st.lists(SAYINGS, min_size=1, max_size=8)),
    st.tuples(st.just("publish"), st.lists(SAYINGS, min_size=1, max_size=8)),
    st.tuples(st.just("read"), st.integers(1, 5), st.booleans()),
    st.tuples(st.just("crash"), st.integers(1, 5), st.booleans()),
    st.tuples(st.just("zombie"), st.integers(1, 2)),
    st.tuples(st.just("grow"), st.integers(1, 3)),
    st.tuples(st.just("compact"), st.booleans()),
    st.tuples(st.just("snapshot")),
    st.tuples(st.just("go back")),
    st.tuples(st.just("lose")),
)


class History:
    """A job that keeps members through a history, beside a plain model of who is in what by which address."""

    def __init__(self, folder: Path) -> None:
        self.brokers, self.folder = Brokers(), folder
        self.process = keeping(self.brokers, folder / "members", audiences=["vip", "gold"])
        self.sayings: list[tuple[int, int, str, str, str, str | None]] = []

    def play(self, step: tuple[Any, ...]) -> None:
        brokers, process, copy = self.brokers, self.process, self.folder / "members"
        match step:
            case ("publish", sayings):
                self.publish(sayings)
            case ("read", most, follows):
                process.follows = follows
                process.read(most)
            case ("crash", most, follows):
                process.follows = follows
                process.read(most, commits=False)
                process.restart()
            case ("zombie", most):
                self.sleep(most)
            case ("grow", more):
                process.read()
                brokers.partitions = min(5, brokers.partitions + more)
                process.restart()
            case ("compact", forget):
                process.restart()  # what is older than a day may lack tombstones, and is not gone by
                brokers.compact(forget=forget)
                shutil.rmtree(self.folder / "before", ignore_errors=True)
                process.restart()
            case ("snapshot",):
                process.stop()
                shutil.rmtree(self.folder / "before", ignore_errors=True)
                shutil.copytree(copy, self.folder / "before")
                process.start()
            case ("go back",) if (self.folder / "before").exists():
                process.stop()
                shutil.rmtree(copy)
                shutil.copytree(self.folder / "before", copy)
                process.start()
            case ("lose",):
                process.stop()
                shutil.rmtree(copy)
                process.start()

    def publish(self, sayings: Iterable[tuple[str, str, str, str | None]]) -> None:
        for profile, action, audience, name in sayings:
            number = sum(profile.encode()) % self.brokers.partitions
            self.sayings.append((number, len(self.brokers.events.get(number, ())), profile, action, audience, name))
            email = None if name is None else f"{name}@example.com"
            publish(self.brokers, profile, event(profile, action, audience, email=email))

    def sleep(self, most: int) -> None:
        """Fold a window, sleep, and write what came of it once a successor has read on."""
        standing = {number: len(log) for number, log in self.brokers.state.items()}
        self.process.follows = False
        late = self.process.read(most, commits=False)
        state = self.brokers.state
        self.brokers.state = {number: log[: standing.get(number, 0)] for number, log in state.items()}
        self.process.restart()
        self.process.read()
        self.brokers.append(late)
        self.process.restart()

    def check(self) -> None:
        self.process.restart()
        truth: dict[tuple[str, str], str] = {}
        for number, offset, profile, action, audience, name in self.sayings:
            if offset < self.brokers.committed.get(number, 0):
                if action == "enter" and name is not None:
                    truth[profile, audience] = f"EMAIL {name}@example.com {audience}"
                elif action == "exit":
                    truth.pop((profile, audience), None)
        expected: dict[str, set[str]] = {}
        for (profile, _), way in truth.items():
            expected.setdefault(profile, set()).add(way)
        assert self.process.known == expected
        for name in "xyz":
            by = {who for who, ways in expected.items() if any(f"EMAIL {name}@example.com " in way for way in ways)}
            assert inside(self.process, ("EMAIL", f"{name}@example.com")) == by


@examples(150, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=1, max_size=15))
def test_whatever_happens_to_the_copy_what_is_known_is_what_the_events_say(steps: list[tuple[Any, ...]]) -> None:
    with TemporaryDirectory() as folder:
        history = History(Path(folder))
        try:
            for step in steps:
                history.play(step)
            history.process.follows = True
            history.process.read()  # until then it may know more than is committed, which is read again
            history.check()
        finally:
            history.process.stop()


TAGGING_STEPS = st.one_of(
    st.tuples(st.just("publish"), st.lists(SAYINGS, min_size=1, max_size=8)),
    st.tuples(st.just("publish"), st.lists(SAYINGS, min_size=1, max_size=8)),
    st.tuples(st.just("read"), st.integers(1, 5), st.booleans()),
    st.tuples(st.just("die"), st.integers(1, 5), st.booleans()),
    st.tuples(st.just("grow"), st.integers(1, 3)),
    st.tuples(st.just("lose")),
)


@examples(120, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(TAGGING_STEPS, min_size=1, max_size=12), st.sampled_from([{}, {"tag": {"vip": "A", "gold": "B"}}]))
def test_tags_equal_the_model_however_far_behind_the_copy_is(
    steps: list[tuple[Any, ...]], options: dict[str, Any]
) -> None:
    """Whoever dies has delivered a window, and written what came of it or not."""
    with TemporaryDirectory() as folder:
        history = History(Path(folder))
        process, brokers = history.process, history.brokers
        try:
            process.restart(**options)
            process.infobip = Infobip.simulated()
            for tag in process.job.tags:
                process.infobip.account.create_tag(tag, NOW)
            for step in [*steps, ("read", 1000, True)]:
                match step:
                    case ("publish", sayings):
                        # An exit of somebody who is not inside takes the tag of the address that it names: of nobody's.
                        history.publish(
                            (who, what, audience, name if what == "enter" else None)
                            for who, what, audience, name in sayings
                            if what == "exit" or name is not None
                        )
                    case ("die", most, writes):
                        process.writes = writes
                        process.read(most, commits=False)
                        process.writes = True
                        process.restart()
                    case _:
                        history.play(step)
            truth: dict[tuple[str, str], str] = {}
            for _, _, profile, action, audience, name in history.sayings:
                if action == "enter":
                    truth[profile, audience] = f"{name}@example.com"
                else:
                    truth.pop((profile, audience), None)
            assert all(brokers.committed.get(number, 0) == len(log) for number, log in brokers.events.items())
            for tag in process.job.tags:
                found = {str(next(iter(person.emails))) for person in process.infobip.account.tagged(tag)}
                assert found == {email for (_, audience), email in truth.items() if process.job.tag_of(audience) == tag}
        finally:
            process.stop()
