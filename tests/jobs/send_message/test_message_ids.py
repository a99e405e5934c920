"""What the id of a message is made of: whom it is for and what for, and never where it happened to be read."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha1
from typing import Any
from uuid import UUID, uuid5

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.records.replays import REPLAY_HEADER
from streams.jobs.send_message.plan import Messenger
from streams.pipeline.decode import Entry, decode
from streams.pipeline.message_ids import DAY_MS, MESSAGES, Former, MessageIds, Named
from streams.pipeline.message_ids import message_id as id_of
from streams.pipeline.settle import Settled
from streams.pipeline.window import OpenWindow
from tests.jobs.send_message.sending import Messaging, ids_of, sent
from tests.making import FakeRecord, message_id, send_job

AT = 1_763_632_800_000


def event(event_id: str | None = None, profile_id: str = "ann", audience: str = "vip", **more: Any) -> bytes:
    said = {"event_id": event_id, "action": "enter", "audience": audience, "profile_id": profile_id}
    return orjson.dumps({**said, "profile": {"phone": "+41793026727"}, **more})


def named(value: bytes, job: str = "orders", **place: Any) -> Named:
    record = FakeRecord(value, **place)
    read = decode(record, value)
    assert isinstance(read, Entry)
    return MessageIds(job).name(read)


@given(st.binary(max_size=200))
def test_an_id_is_a_uuid_of_version_5(name: bytes) -> None:
    digest = sha1(MESSAGES.bytes + name, usedforsecurity=False).digest()
    assert id_of(name) == str(UUID(bytes=digest[:16], version=5))


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_an_id_is_what_the_standard_library_says(name: str) -> None:
    assert id_of(name.encode()) == str(uuid5(MESSAGES, name))


@pytest.mark.parametrize(
    ("expected", "event_id", "job", "timestamp"),
    [
        ("513df688-483b-5222-9bb8-9f8c61057445", "e-1", "orders", AT),
        ("7f305cf1-2d8e-5189-91c9-2951d905691f", "e-1", "others", None),
        ("17252ea2-0348-5cf3-98f6-a4bc5375c552", None, "orders", AT),
        ("31f75583-b9a9-5fb0-97d7-8d3a3921c705", None, "orders", None),
    ],
)
def test_an_id_stays_so_for_ever(expected: str, event_id: str | None, job: str, timestamp: int | None) -> None:
    assert named(event(event_id), job, timestamp=timestamp).message_id == expected


def test_an_empty_event_id_is_none() -> None:
    assert named(event("")).event_id == "memberships-0-0"
    assert named(event("")).message_id != named(event("", offset=1), timestamp=AT + 1).message_id


def test_an_event_id_is_enough_wherever_the_event_stands() -> None:
    here, there = named(event("e-1")), named(event("e-1", more=1), topic="other", offset=7, timestamp=1)
    assert here.message_id == there.message_id == message_id("orders", "e-1", "ann", "vip")
    assert here.event_id == there.event_id == "e-1"


@pytest.mark.parametrize("event_id", ["run-7", None])
def test_one_event_id_for_several_people_or_audiences_is_several_messages(event_id: str | None) -> None:
    values = [event(event_id, who, audience) for who in ("ann", "bob") for audience in ("vip", "gold")]
    assert len({named(value).message_id for value in values}) == 4


@pytest.mark.parametrize("blank", ["", " ", "\n", "\u200b", "\u00a0\u2800"])
def test_a_blank_is_no_id_of_an_event(blank: str) -> None:
    assert named(event(blank), timestamp=AT).event_id == "memberships-0-0"
    assert named(event(blank, order=1)).message_id != named(event(blank, order=2)).message_id


def test_names_that_run_into_each_other_are_told_apart() -> None:
    assert named(event("e", 'a","b', "c")).message_id != named(event("e", "a", 'b","c')).message_id


def test_a_topic_that_is_made_anew_has_other_messages_and_one_that_is_mirrored_the_same() -> None:
    first = named(event(), timestamp=AT)
    assert first.event_id == "memberships-0-0"
    assert named(event(), timestamp=AT + 1).message_id != first.message_id
    assert named(event(order=2), timestamp=AT).message_id != first.message_id
    assert named(event(), topic="moved", partition=3, offset=9, timestamp=AT).message_id == first.message_id


@pytest.mark.parametrize("timestamp", [-1, None])
def test_where_there_are_no_timestamps_the_place_names_the_event(timestamp: int | None) -> None:
    first = named(event(), timestamp=timestamp)
    assert first.timestamp is None
    assert named(event(), timestamp=timestamp).message_id == first.message_id
    assert named(event(), offset=1, timestamp=timestamp).message_id != first.message_id
    assert named(event(order=2), timestamp=timestamp).message_id != first.message_id


def replayed(**place: Any) -> tuple[tuple[str, bytes | None], ...]:
    origin = {"job": "orders", "topic": "memberships", "partition": 0, "offset": 0, "timestamp": AT, **place}
    return (("trace", b"1"), (REPLAY_HEADER, orjson.dumps(origin)))


@pytest.mark.parametrize("event_id", ["e-1", None])
def test_a_replay_asks_for_the_message_that_its_event_asked_for_first(event_id: str | None) -> None:
    first = named(event(event_id), timestamp=AT)
    assert named(event(event_id), offset=40, timestamp=AT + 5, headers=replayed()) == first


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b'{"job": 7}', None])
def test_a_header_that_is_no_word_of_ours_means_nothing(content: bytes | None) -> None:
    headers = ((REPLAY_HEADER, content),)
    assert named(event(), timestamp=AT, headers=headers) == named(event(), timestamp=AT)


# --- over the change of the form ------------------------------------------------------------------------------------


def deliver(
    records: Sequence[FakeRecord], infobip: Messaging, *, may_repeat: bool, changed_at: int | None = AT
) -> Settled:
    job = send_job()
    messenger = Messenger(job, former=None if changed_at is None else Former(changed_at))
    window = OpenWindow(job.wants, 1000)
    window.take(records, 0.0)
    folded = messenger.fold(replace(window.cut(), may_repeat=may_repeat))
    return infobip.hold(messenger.deliver(folded, AT / 1000))


def former_id(event_id: str) -> str:
    return MessageIds("orders").former(event_id)


def test_an_id_of_the_former_form_is_what_it_was() -> None:
    assert former_id("e-1") == "072222da-cecb-566a-8814-ab4c9fabf240"
    assert former_id("memberships-0-0") == "4ad7948d-4b50-5cda-9c75-c29953e9c7b4"


@pytest.mark.parametrize("may_repeat", [True, False])
@pytest.mark.parametrize("event_id", ["e-1", None])
def test_what_was_sent_under_a_former_id_is_not_sent_again(event_id: str | None, *, may_repeat: bool) -> None:
    was = former_id(event_id or "memberships-0-0")
    infobip = Messaging(taken={was: 0})
    settled = deliver([FakeRecord(event(event_id), timestamp=AT - 1)], infobip, may_repeat=may_repeat)
    assert sent(infobip.calls) == []
    (message,) = settled.told
    assert (message.message_id, message.repeated, message.is_enqueued) == (was, True, True)
    assert settled.outcomes == {"unchanged": 1}


def test_what_infobip_refused_under_the_former_id_may_go_under_the_new_one() -> None:
    infobip = Messaging(refused={former_id("e-1"): 0})
    settled = deliver([FakeRecord(event("e-1"), timestamp=AT - 1)], infobip, may_repeat=True)
    assert sent(infobip.calls) == [message_id("orders", "e-1", "ann", "vip")]
    assert settled.outcomes == {"accepted": 1}


def test_a_former_id_that_others_shared_speaks_only_of_whom_it_went_to() -> None:
    infobip = Messaging(taken={former_id("run-7"): 0}, destinations={former_id("run-7"): "41790000001"})
    values = [event("run-7", f"p-{number}", profile={"phone": f"+4179000000{number}"}) for number in range(3)]
    records = [FakeRecord(value, number, timestamp=AT - 1) for number, value in enumerate(values)]
    settled = deliver(records, infobip, may_repeat=False)
    assert sorted(sent(infobip.calls)) == sorted(message_id("orders", "run-7", f"p-{n}", "vip") for n in (0, 2))
    assert [message.repeated for message in settled.told] == [False, True, False]


@pytest.mark.parametrize(
    ("asked", "timestamp", "may_repeat", "changed_at"),
    [
        (True, AT - DAY_MS, False, AT),
        (True, AT + 9 * 60_000, False, AT),
        (False, AT + 11 * 60_000, False, AT),
        (True, AT + 11 * 60_000, True, AT),
        (False, AT + DAY_MS, True, AT),
        (False, None, False, AT),
        (True, None, True, AT),
        (False, AT - DAY_MS, True, None),
    ],
)
def test_the_former_id_is_asked_for_only_where_it_can_matter(
    *, asked: bool, timestamp: int | None, may_repeat: bool, changed_at: int | None
) -> None:
    infobip = Messaging()
    deliver([FakeRecord(event("e-1"), timestamp=timestamp)], infobip, may_repeat=may_repeat, changed_at=changed_at)
    questions = [name for call in infobip.calls if call.method == "GET" for name in ids_of(call)]
    assert (former_id("e-1") in questions) is asked
    assert len(sent(infobip.calls)) == 1
