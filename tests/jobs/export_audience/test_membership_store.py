"""Who is in which audience is known over restarts, more partitions, other audiences, and processes that slept."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from schemas.records.states import Coverage, Membership, StartPosition, Takeover
from streams.errors import JobFailed
from streams.jobs.export_audience.membership_records import COVERS, EPOCH
from streams.jobs.export_audience.membership_state import State
from streams.kafka.producer import OutgoingRecord
from tests.examples import examples
from tests.jobs.export_audience.membership_fakes import NOW, STATE, TOPIC, Brokers, Job
from tests.making import export_job

BOTH = ["vip", "gold"]


def job(brokers: Brokers, audiences: Any = BOTH, **changes: Any) -> Job:
    made = Job(brokers, export_job(audiences=audiences, **changes))
    made.start()
    return made


def test_a_state_is_read_back_with_the_event_it_is_known_from() -> None:
    brokers = Brokers()
    process = job(brokers)
    for profile, audience in (("a", "vip"), ("a", "gold"), ("b", "vip")):
        brokers.publish(profile, audience=audience)
    process.read()
    assert process.known == {"a": {"vip", "gold"}, "b": {"vip"}}
    process.restart()
    assert process.known == {"a": {"vip", "gold"}, "b": {"vip"}}
    last = {one.key: one.value or b"" for one in brokers.state[1]}
    epoch = Takeover.model_validate_json(last[EPOCH]).epoch
    told = Membership.model_validate_json(last[b"a"])
    place = {"topic_id": "first", "partition": 1, "offset": 1, "epoch": told.epoch}
    assert told == Membership.model_validate({"profile_id": "a", "audiences": ("gold", "vip"), **place})
    assert 0 < told.epoch < epoch
    assert Coverage.model_validate_json(last[COVERS]) == Coverage(
        audiences=("gold", "vip"), topic_id="first", next_offset=2, partitions=2, scattered=False, epoch=epoch
    )


@pytest.mark.parametrize("action", ["enter", "exit"])
def test_what_a_process_that_slept_writes_late_loses_and_is_mended(action: str) -> None:
    brokers = Brokers(partitions=1, state_partitions=1)
    process = job(brokers)
    brokers.publish("a")
    brokers.publish("a", audience="gold")
    late = process.read(commits=False)
    process.restart()
    brokers.publish("a", action, "vip")
    brokers.publish("a", action, "gold")
    process.read()
    expected = process.known
    brokers.append(late)
    process.restart()
    assert process.known == expected
    brokers.compact(forget=False)
    process.restart()
    assert process.known == expected


def test_a_late_record_loses_although_its_profile_ended_where_it_was() -> None:
    brokers = Brokers(partitions=1, state_partitions=1)
    process = job(brokers)
    brokers.publish("a")
    process.read()
    brokers.publish("a", "exit")
    late = process.read(commits=False)
    process.restart()
    brokers.publish("a", "enter")
    process.read()
    assert process.known == {"a": {"vip"}}
    brokers.append(late)
    process.restart()
    assert process.known == {"a": {"vip"}}


def test_a_clock_that_is_behind_makes_nobody_late() -> None:
    brokers = Brokers(partitions=1, state_partitions=1)
    process = job(brokers)
    brokers.publish("a")
    process.read()
    brokers.clock -= 4
    process.restart()
    brokers.publish("a", audience="gold")
    brokers.publish("b")
    process.read()
    process.restart()
    assert process.known == {"a": {"vip", "gold"}, "b": {"vip"}}


def test_records_of_an_earlier_version_are_taken_as_they_are() -> None:
    brokers = Brokers(partitions=1, state_partitions=1)
    for number in range(3):
        brokers.publish(f"p{number}")
    brokers.committed = {0: 3}
    old = b'{"profile_id":"p0","audiences":["gold","vip"]}'
    brokers.append(
        [
            OutgoingRecord(STATE, b"p0", old, 0),
            OutgoingRecord(STATE, b"p1", old, 0),
            OutgoingRecord(STATE, b"p1", None, 0),
        ]
    )
    process = job(brokers)
    assert process.known == {"p0": {"vip", "gold"}}
    assert brokers.reads == []


def test_what_is_no_record_of_ours_is_passed_over(caplog: pytest.LogCaptureFixture) -> None:
    brokers = Brokers(partitions=1, state_partitions=1)
    odd = [(b"a", b"no json"), (b"b", b"[1]"), (b"\xfe", b"{}"), (COVERS, b"{}"), (None, b"x")]
    brokers.append([OutgoingRecord(STATE, key, value, 0) for key, value in odd])
    assert job(brokers).known == {}
    assert "records_unreadable topic=infobip_memberships_vip records=4" in caplog.text


# --- more partitions --------------------------------------------------------------------------------------------------


def test_a_profile_is_known_where_more_partitions_have_sent_it() -> None:
    brokers = Brokers(partitions=1, state_partitions=1)
    process = job(brokers)
    for profile in "abcdefgh":
        brokers.publish(profile)
        brokers.publish(profile, audience="gold")
    process.read()
    brokers.partitions = 4
    process.restart()
    assert brokers.state_partitions == 4
    assert process.known == {profile: {"vip", "gold"} for profile in "abcdefgh"}
    for profile in "abcd":
        brokers.publish(profile, "exit", "gold")
    brokers.publish("e", "exit", "gold")
    brokers.publish("e", "exit", "vip")
    process.read()
    expected = {**{profile: {"vip"} for profile in "abcd"}, **{profile: {"vip", "gold"} for profile in "fgh"}}
    assert process.known == expected
    brokers.compact(forget=True)
    process.restart()
    assert process.known == expected
    standing = [
        one.key for log in brokers.state.values() for one in log if one.value and one.key not in (COVERS, EPOCH)
    ]
    assert sorted(map(str, standing)) == [str(profile.encode()) for profile in "abcdfgh"]


def test_a_process_with_some_partitions_knows_who_may_have_come_to_them() -> None:
    brokers = Brokers(partitions=1, state_partitions=1)
    first = job(brokers)
    brokers.publish("a")
    brokers.publish("a", audience="gold")
    first.read()
    brokers.partitions = 2
    held = first.restart()
    assert held is not None
    for owned in ([1], [0], [1]):
        asyncio.run(held.restore([(TOPIC, number) for number in owned]))
        assert first.everybody(held) == {"a": {"vip", "gold"}}


def test_a_move_that_was_cut_short_is_mended() -> None:
    brokers = Brokers(partitions=1, state_partitions=1)
    process = job(brokers)
    brokers.publish("b")
    brokers.publish("b", audience="gold")
    process.read()
    brokers.partitions = 3  # "b" goes to another partition
    process.restart()
    brokers.publish("b", "exit", "gold")
    process.read()
    brokers.state[0] = [one for one in brokers.state[0] if one.value is not None]
    process.restart()
    assert process.known == {"b": {"vip"}}
    assert [one.value for one in brokers.state[0] if one.key == b"b"][-1] is None


def test_a_topic_made_anew_keeps_what_is_known() -> None:
    brokers = Brokers()
    process = job(brokers)
    for profile in "abcd":
        brokers.publish(profile)
        brokers.publish(profile, audience="gold")
    process.read()
    brokers.remake(3)
    process.restart()
    brokers.publish("a", "exit", "gold")
    for _ in range(5):
        brokers.publish("d", audience="vip")  # goes where "a" goes
    process.read()
    process.restart()
    assert process.known == {"a": {"vip"}, **{profile: {"vip", "gold"} for profile in "bcd"}}


# --- other audiences --------------------------------------------------------------------------------------------------


def test_audiences_that_come_to_share_a_tag_are_made_up_for() -> None:
    brokers = Brokers()
    process = job(brokers, ["vip"])
    for profile in "ab":
        brokers.publish(profile)
        brokers.publish(profile, audience="gold")
    process.read()
    process.restart(audiences=BOTH)
    assert process.known == {"a": {"vip", "gold"}, "b": {"vip", "gold"}}
    brokers.reads.clear()
    process.restart()
    assert brokers.reads == []
    assert process.known == {"a": {"vip", "gold"}, "b": {"vip", "gold"}}


def test_what_was_missed_meanwhile_is_made_up_for_from_there() -> None:
    brokers = Brokers(partitions=1, state_partitions=1)
    process = job(brokers)
    for audience in BOTH:
        brokers.publish("a", audience=audience)
    process.read()
    process.restart(audiences=["vip"])
    brokers.publish("a", "exit", "gold")
    brokers.publish("b")
    process.read()
    brokers.low = {0: 2}
    process.restart(audiences=BOTH)
    assert brokers.reads == [(0, 2, 4)]
    assert process.known == {"a": {"vip"}, "b": {"vip"}}


def test_an_audience_that_was_not_kept_for_a_while_is_made_up_for() -> None:
    brokers = Brokers(partitions=1, state_partitions=1)
    process = job(brokers, [*BOTH, "new"])
    brokers.publish("a", audience="new")
    brokers.publish("a")
    process.read()
    process.restart(audiences=BOTH)
    brokers.publish("a", "exit", "new")
    process.read()
    process.restart(audiences=[*BOTH, "new"])
    assert process.known == {"a": {"vip"}}


def test_what_was_made_up_for_counts_though_later_events_were_known() -> None:
    brokers = Brokers(partitions=1, state_partitions=1)
    process = job(brokers)
    brokers.publish("a", audience="new")
    brokers.publish("a", audience="vip")
    process.read(1)
    process.read(commits=False)
    process.restart(audiences=["vip", "new"])
    assert process.known == {"a": {"vip", "new"}}
    process.restart()
    assert process.known == {"a": {"vip", "new"}}


def test_a_job_that_began_later_is_made_up_for_from_its_beginning() -> None:
    brokers = Brokers(partitions=1, state_partitions=1)
    for profile in "abc":
        brokers.publish(profile, audience="gold")
    start = StartPosition(job="vip", topic=TOPIC, partition=0, start_offset=2, end_offset=2, started_at=NOW)
    brokers.begun, brokers.committed, brokers.low = {0: start}, {0: 3}, {0: 2}
    assert job(brokers).known == {"c": {"gold"}}


@pytest.mark.parametrize(
    ("brokers", "because"),
    [
        (Brokers(1, low={0: 1}), "partition 0 begins at offset 1"),
        (Brokers(1, compacted=True), "it is compacted"),
    ],
)
def test_what_cannot_be_made_up_for_stops_the_job_in_words(brokers: Brokers, because: str) -> None:
    brokers.publish("a")
    brokers.publish("a", audience="gold")
    process = job(brokers, ["vip"])
    process.read()
    with pytest.raises(JobFailed) as caught:
        process.restart(audiences=BOTH)
    assert str(caught.value) == (
        "job 'vip': audiences that share a tag have changed, and so far it was noted who is in none; memberships does "
        f"not tell of the others any more, because {because}; rename the job, so that it begins anew with what is "
        "there, or give it back the audiences it had"
    )


def test_a_mapping_needs_only_audiences_whose_tag_others_have() -> None:
    brokers = Brokers(1, compacted=True, state_partitions=1)
    process = job(brokers, [], tag={"vip": "A", "gold": "A"})
    brokers.publish("a")
    process.read()
    process.restart(audiences=[], tag={"vip": "A", "gold": "A", "new": "B"})
    with pytest.raises(JobFailed, match="noted who is in gold, vip;"):
        process.restart(audiences=[], tag={"vip": "A", "gold": "A", "new": "A"})
    with pytest.raises(JobFailed, match="rename the job"):
        process.restart(audiences=[], tag="A")


# --- memory -----------------------------------------------------------------------------------------------------------


def test_nothing_is_left_of_people_who_left() -> None:
    state = State()
    sets = [frozenset({f"a{one}", f"a{other}"}) for one in range(40) for other in range(one)]
    people = [f"profile-{number}" for number in range(100_000)]
    for round_ in range(3):
        for number, profile in enumerate(people):
            state.put(profile, sets[(number + round_) % len(sets)])
    assert (len(state.audiences), len(state.shared)) == (100_000, len(sets))
    for profile in people:
        state.put(profile, frozenset())
    state.shrink()
    assert (len(state.audiences), len(state.shared), state.most) == (0, 0, 0)
    assert state.audiences.__sizeof__() < 1000


# --- a model ----------------------------------------------------------------------------------------------------------

SAYINGS = st.tuples(st.sampled_from("ab"), st.sampled_from(["enter", "exit"]), st.sampled_from(["vip", "gold", "new"]))
CONFIGURED = [["vip"], ["vip", "gold"], ["vip", "new"], ["vip", "gold", "new"], ["gold", "new"], []]
STEPS = st.one_of(
    st.tuples(st.just("publish"), st.lists(SAYINGS, min_size=1, max_size=8)),
    st.tuples(st.just("publish"), st.lists(SAYINGS, min_size=1, max_size=8)),
    st.tuples(st.just("read"), st.integers(1, 5)),
    st.tuples(st.just("crash"), st.integers(1, 5)),
    st.tuples(st.just("zombie"), st.integers(1, 2)),
    st.tuples(st.just("grow"), st.integers(1, 3)),
    st.tuples(st.just("compact"), st.booleans()),
    st.tuples(st.just("configure"), st.sampled_from(CONFIGURED)),
)


class History:
    """A job through a history, beside a plain model: the audiences of everybody by the events that were read."""

    def __init__(self) -> None:
        self.brokers = Brokers()
        self.process = job(self.brokers)
        self.late: list[OutgoingRecord] = []

    def play(self, step: tuple[Any, ...]) -> None:
        match step:
            case ("publish", sayings):
                for profile, action, audience in sayings:
                    self.brokers.publish(profile, action, audience)
            case ("read", most):
                self.process.read(most)
            case ("crash", most):
                self.process.read(most, commits=False)
                self.process.restart()
            case ("zombie", most):  # it folds a window, and writes it once its successor has read on
                late = self._unwritten(most)
                self.process.restart()
                self.process.read()
                self.brokers.append(late)
                self.process.restart()
            case ("grow", more):
                self.process.read()
                self.brokers.partitions = min(5, self.brokers.partitions + more)
                self.process.restart()
            case ("compact", forget):
                self.brokers.compact(forget=forget)
                self.process.restart()
            case ("configure", audiences):
                self.process.restart(audiences=audiences)

    def _unwritten(self, most: int) -> list[OutgoingRecord]:
        standing = {number: len(log) for number, log in self.brokers.state.items()}
        self.process.follows = False
        late = self.process.read(most, commits=False)
        self.process.follows = True
        self.brokers.state = {number: log[: standing.get(number, 0)] for number, log in self.brokers.state.items()}
        return late

    def check(self) -> None:
        """What is known of audiences that share a tag is what the events that were read say."""
        held = self.process.restart()
        sharing = self.process.job.sharing
        if held is None:
            return
        truth: dict[str, set[str]] = {}
        for number, offset, profile, action, audience in self.brokers.published:
            if offset < self.brokers.committed.get(number, 0):
                audiences = truth.setdefault(profile, set())
                (audiences.add if action == "enter" else audiences.discard)(audience)
        assert _among(sharing, self.process.everybody(held)) == _among(sharing, truth)


def _among(sharing: frozenset[str] | None, told: Mapping[str, Collection[str]]) -> dict[str, set[str]]:
    """Who is in which of the audiences that must be known, without those who are in none."""
    known = {who: {one for one in audiences if sharing is None or one in sharing} for who, audiences in told.items()}
    return {who: audiences for who, audiences in known.items() if audiences}


@examples(300, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEPS, min_size=1, max_size=15))
def test_whatever_happens_what_is_known_is_what_the_events_say(steps: list[tuple[Any, ...]]) -> None:
    history = History()
    for step in steps:
        history.play(step)
    history.process.read()  # until then it may know more than is committed, which is read again
    history.check()
