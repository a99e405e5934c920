"""Who gets no message: whoever entered too long ago, and whoever has had theirs."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.jobs.send_message import SendMessage
from schemas.records.replays import REPLAY_HEADER
from streams.calls.call import LATE, LOST, Call, Reply
from streams.jobs.send_message.last_messages import GRACE_SECONDS, LastMessage, LastMessages
from streams.jobs.send_message.plan import Messenger
from streams.pipeline.message_ids import Former, MessageIds
from streams.pipeline.settle import Settled
from streams.pipeline.window import OpenWindow
from tests.examples import examples
from tests.jobs.send_message.once_events import DAY, NOW, id_of
from tests.jobs.send_message.sending import Messaging, sent
from tests.making import FakeRecord, send_job


def event(number: int, profile_id: str = "ann", occurred_at: str | None = None, **profile: Any) -> bytes:
    said = {"event_id": f"e-{number}", "action": "enter", "audience": "vip", "profile_id": profile_id}
    return orjson.dumps({**said, "occurred_at": occurred_at, "profile": {"phone": "+41793026727", **profile}})


def deliver(
    job: SendMessage,
    records: Sequence[bytes | FakeRecord],
    infobip: Any = None,
    *,
    now: float = NOW,
    last: LastMessages | None = None,
    may_repeat: bool = False,
    former: Former | None = None,
) -> Settled:
    """Fly a window, and note whose last it used up."""
    opened = OpenWindow(job.wants, 1000, job.name)
    opened.take([one if isinstance(one, FakeRecord) else FakeRecord(one, n) for n, one in enumerate(records)], 0.0)
    messenger = Messenger(job, former=former)
    folded = messenger.fold(replace(opened.cut(), may_repeat=may_repeat))
    settled: Settled = (infobip or Messaging()).hold(messenger.deliver(folded, now, last))
    if last is not None:
        last.take(settled.notes)
    return settled


def statuses(settled: Settled) -> list[str]:
    return [message.message_status for message in settled.told]


# --- too old ----------------------------------------------------------------------------------------------------------

YOUNG = send_job(max_age={"hours": 12})


@pytest.mark.parametrize(
    ("goes", "occurred_at", "published_before"),
    [
        (True, "2026-11-19T22:00:00Z", 13 * 3600),
        (False, "2026-11-19T21:59:59Z", 0),
        (True, "2026-11-19T23:00:00+01:00", 0),
        (False, "2026-11-19T22:59:59+01:00", 0),
        (False, "2026-11-19T21:59:59", 0),
        (True, "2026-12-31T00:00:00Z", 0),
        (True, None, 12 * 3600),
        (False, None, 12 * 3600 + 1),
        (True, None, None),
    ],
)
def test_who_entered_too_long_ago_gets_no_message(
    *, goes: bool, occurred_at: str | None, published_before: float | None
) -> None:
    timestamp = None if published_before is None else int((NOW - published_before) * 1000)
    infobip = Messaging()
    settled = deliver(YOUNG, [FakeRecord(event(1, occurred_at=occurred_at), timestamp=timestamp)], infobip)
    assert len(sent(infobip.calls)) == goes
    assert statuses(settled) == ["Success" if goes else "Error: Event too old"]
    assert settled.outcomes == {"accepted" if goes else "skipped": 1}
    assert settled.failures == ()


def test_without_an_age_nobody_is_too_late() -> None:
    assert statuses(deliver(send_job(), [event(1, occurred_at="1999-11-19T21:59:59Z")])) == ["Success"]


def test_a_replay_is_as_old_as_its_event() -> None:
    origin = {"job": "orders", "topic": "m", "partition": 0, "offset": 0, "timestamp": int((NOW - DAY) * 1000)}
    headers = ((REPLAY_HEADER, orjson.dumps(origin)),)
    assert statuses(deliver(YOUNG, [FakeRecord(event(1), timestamp=int(NOW * 1000), headers=headers)])) == [
        "Error: Event too old"
    ]


@dataclass
class Slow(Messaging):
    """Answers an hour later each time, with what is said first; then as it should."""

    said: tuple[int, ...] = ()
    hours: int = 0

    def answer(self, call: Call) -> Reply:
        self.hours += 1
        at = datetime.fromtimestamp(NOW + self.hours * 3600, UTC)
        if call.method == "POST" and self.said:
            status, *rest = self.said
            self.said = tuple(rest)
            return Reply(status, at=at)
        return replace(super().answer(call), at=at)


@pytest.mark.parametrize(("said", "asked"), [(LOST, 1), (LATE, 0)])
def test_who_has_become_too_old_while_infobip_was_away_gets_no_message(said: int, asked: int) -> None:
    infobip = Slow(said=(said,))
    times = ["2026-11-19T22:30:00Z", "2026-11-20T09:00:00Z"]
    settled = deliver(YOUNG, [event(n, f"p-{n}", time) for n, time in enumerate(times)], infobip)
    assert [call.operation.name for call in infobip.calls].count("list_sms_logs") == asked
    assert statuses(settled) == ["Error: Event too old", "Success"]
    assert list(infobip.taken) == [id_of(1, "p-1")]
    first, *_ = infobip.calls
    assert first.not_after == datetime(2026, 11, 20, 10, 30, tzinfo=UTC).timestamp()


def test_what_was_sent_before_its_answer_was_lost_is_told_as_sent_however_old_it_is() -> None:
    infobip = Slow(said=(LOST,), taken={id_of(1): -9}, hours=50)
    settled = deliver(YOUNG, [event(1, occurred_at="2026-11-20T09:59:59Z")], infobip)
    assert [(message.is_enqueued, message.repeated) for message in settled.told] == [(True, True)]


# --- one each ---------------------------------------------------------------------------------------------------------

DAILY, EVER = send_job(once={"per": "day"}), send_job(once="ever")


def last_of(job: SendMessage) -> LastMessages:
    assert job.seconds_between is not None
    return LastMessages(job.seconds_between)


@pytest.mark.parametrize(
    ("job", "after", "goes"), [(DAILY, DAY - 1, False), (DAILY, DAY + 1, True), (EVER, 9e9, False)]
)
def test_a_person_gets_no_other_message_for_so_long(*, job: SendMessage, after: float, goes: bool) -> None:
    infobip, last = Messaging(), last_of(job)
    assert statuses(deliver(job, [event(1), event(2, "bob")], infobip, last=last)) == ["Success"] * 2
    later = deliver(job, [event(3), event(4, "carl")], infobip, now=NOW + after, last=last)
    assert statuses(later) == ["Success" if goes else "Error: Sent before", "Success"]
    assert later.outcomes == ({"accepted": 2} if goes else {"accepted": 1, "skipped": 1})
    assert later.failures == ()


def test_of_two_events_of_one_person_in_a_window_the_first_goes() -> None:
    infobip = Messaging()
    settled = deliver(EVER, [event(1), event(2), event(3, "bob")], infobip, last=last_of(EVER))
    assert sent(infobip.calls) == [id_of(1), id_of(3, "bob")]
    assert statuses(settled) == ["Success", "Error: Sent before", "Success"]


def test_a_message_that_is_refused_or_skipped_uses_no_turn_up() -> None:
    infobip, last = Messaging(blocked=frozenset({id_of(2)})), last_of(EVER)
    settled = deliver(EVER, [event(1, phone=""), event(2), event(3), event(4)], infobip, last=last)
    assert settled.outcomes == {"skipped": 2, "rejected": 1, "accepted": 1}
    assert settled.notes["ann"].message_id == id_of(3)


@pytest.mark.parametrize("may_repeat", [True, False])
def test_an_event_that_is_read_again_goes_its_way_and_no_other_does(*, may_repeat: bool) -> None:
    infobip, last = Messaging(), last_of(EVER)
    deliver(EVER, [event(1)], infobip, last=last)
    again = deliver(EVER, [event(1), event(2)], infobip, now=NOW + 60, last=last, may_repeat=may_repeat)
    assert list(infobip.taken) == [id_of(1)]
    assert [(one.is_enqueued, one.repeated) for one in again.told] == [(True, True), (False, False)]
    one = last.of("ann")
    assert one is not None
    assert (one.message_id, one.at) == (id_of(1), NOW)


def test_an_event_that_is_read_again_a_day_later_does_not_use_up_todays_turn() -> None:
    infobip, last = Messaging(), last_of(DAILY)
    deliver(DAILY, [event(1)], infobip, last=last)
    deliver(DAILY, [event(1), event(2)], infobip, now=NOW + DAY + 1, last=last)
    assert list(infobip.taken) == [id_of(1), id_of(2)]


def test_a_message_that_is_known_by_its_former_id_uses_the_turn_up() -> None:
    was = MessageIds("orders").former("e-1")
    infobip, last, former = Messaging(taken={was: 0}), last_of(EVER), Former(int(NOW * 1000))
    records = [FakeRecord(event(number), number, timestamp=int(NOW * 1000) - 5) for number in (1, 2)]
    settled = deliver(EVER, records, infobip, last=last, former=former, may_repeat=True)
    assert [one.message_id for one in settled.told if one.is_enqueued] == [was]
    assert statuses(deliver(EVER, records, infobip, last=last, former=former)) == ["Success", "Error: Sent before"]


@examples(300)
@given(
    people=st.lists(st.integers(0, 3), min_size=1, max_size=25),
    blocked=st.sets(st.integers(0, 24)),
    cuts=st.lists(st.integers(1, 6), min_size=25, max_size=25),
    killed=st.lists(st.sampled_from(["", "before the state", "after the state"]), min_size=25, max_size=25),
)
def test_however_windows_are_cut_and_killed_everybody_who_can_gets_one(
    people: list[int], blocked: set[int], cuts: list[int], killed: list[str]
) -> None:
    values = [event(number, f"p-{who}") for number, who in enumerate(people)]
    refused = frozenset(id_of(number, f"p-{people[number]}") for number in blocked if number < len(people))
    infobip, state, start = Messaging(blocked=refused), last_of(EVER), 0
    for size, kill in zip(cuts, killed, strict=True):
        window = values[start : start + size]
        if kill:  # what was known in memory is gone, and what was written is read back
            before = LastMessages(EVER.seconds_between or 0)
            before.take({name: one for name in map("p-{}".format, range(4)) if (one := state.of(name)) is not None})
            deliver(EVER, window, infobip, last=before)
            state = before if kill == "after the state" else state
        deliver(EVER, window, infobip, last=state, may_repeat=bool(kill))
        start += size
    could = {f"p-{who}" for number, who in enumerate(people) if number < start and number not in blocked}
    owners = [people[number] for number in range(len(people)) if id_of(number, f"p-{people[number]}") in infobip.taken]
    assert sorted(f"p-{who}" for who in owners) == sorted(could)


def test_turns_are_forgotten_once_they_count_no_more() -> None:
    last = LastMessages(DAY)
    last.take({f"p-{number}": LastMessage(id_of(number), int(NOW) + number, number) for number in range(3)})
    last.take({"p-0": LastMessage(id_of(9), int(NOW) + 50, 7)})
    gone = last.forget(NOW + DAY + GRACE_SECONDS + 2)
    assert {name: one.partition for name, one in gone.items()} == {"p-1": 1, "p-2": 2}
    assert last.of("p-0") == LastMessage(id_of(9), int(NOW) + 50, 7)
    assert len(last) == 1
    assert LastMessages(float("inf")).forget(9e12) == {}
