"""Whatever bytes come, something is decided: no record raises."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.jobs.track_messages import replies, state
from streams.jobs.track_messages.state import Origin, Reply, Tracked
from streams.jobs.track_messages.transitions import Standing
from streams.pipeline.joins import Arrived
from tests.examples import examples
from tests.jobs.track_messages.tracking import DAY, NOON_MS, TOPICS, World, inbound, join_of, message, report

READ = [TOPICS.messages, TOPICS.delivery_reports, TOPICS.clicks, TOPICS.inbound_messages, TOPICS.replies]
#: What a key may hold that others write.
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
times = st.sampled_from(["9999-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59", "2026-11-20", "", "2026-11-20T10:00:00"])
FIELDS = sorted({*message(), *report(3, 5, "x"), *inbound(), "note", "sent_ms", "at_us", "seen_at", "url", "recipient"})
KEYS = [b"m-1", b"\xff447860099299", b"\xfe"]
values = st.dictionaries(st.sampled_from(FIELDS), anything | times, max_size=12)
odd = (
    st.binary(max_size=40)
    | anything.map(lambda one: json.dumps(one).encode())
    | values.map(lambda one: json.dumps(one).encode())
)


@given(st.lists(st.tuples(st.sampled_from(READ), st.sampled_from(KEYS), odd), max_size=8))
@examples(400)
def test_no_bytes_raise_and_none_stay_for_ever(told: list[tuple[str, bytes, bytes]]) -> None:
    world = World(jobs=[], campaign_events_of=["all"])
    for topic, key, value in told:
        world.arrive(topic, key, value)
    world.wait(40 * DAY)
    assert world.states == {}


@given(values)
@examples(200)
def test_a_message_with_odd_fields_comes_to_its_end(fields: dict[str, Any]) -> None:
    world = World(jobs=[])
    world.arrive(TOPICS.messages, "m-1", {**message(), **fields})
    world.report(3, 5, "DELIVERED_TO_HANDSET")
    assert world.outcomes()[-1]["outcome"] == "DELIVERED"
    world.wait(40 * DAY)
    assert world.states == {}


@pytest.mark.parametrize("topic", READ)
def test_what_cannot_be_read_is_a_dead_letter_that_holds_it_whole(topic: str) -> None:
    world = World()
    world.arrive(topic, "m-1", b"\x00 no JSON")
    (draft,) = world.drafts
    letter = json.loads(draft.value or b"")
    assert draft.key == b"m-1"
    assert {name: letter[name] for name in ("job", "reason", "topic", "partition", "offset", "key", "value")} == {
        "job": "track",
        "reason": "undecodable",
        "topic": topic,
        "partition": 0,
        "offset": 0,
        "key": "m-1",
        "value": "\x00 no JSON",
    }
    assert world.states == {}


def test_bytes_without_a_key_are_kept_and_a_report_without_one_is_nobodys() -> None:
    world = World()
    world.arrive(TOPICS.delivery_reports, None, report(3, 5, "DELIVERED_TO_HANDSET"))
    assert world.drafts == []
    world.arrive(TOPICS.delivery_reports, None, b"\xff")
    assert [(draft.topic, draft.key) for draft in world.drafts] == [(TOPICS.dead_letters, None)]


def test_a_bad_record_leaves_the_message_as_it_was() -> None:
    world = World()
    world.message()
    before = dict(world.states)
    world.arrive(TOPICS.delivery_reports, "m-1", b"[]")
    world.arrive(TOPICS.delivery_reports, "m-1", None)
    assert world.states == before


def test_a_dead_letter_of_another_job_that_is_published_back_is_passed_over() -> None:
    join = join_of()
    replay = json.dumps({"job": "another", "topic": "t", "partition": 0, "offset": 1, "timestamp": None}).encode()
    headers = [("infobip-streams-replay", replay)]
    value = json.dumps(message()).encode()
    arrived = Arrived(TOPICS.messages, 0, 0, NOON_MS, b"m-1", value, headers)
    assert join.absorb(b"m-1", None, arrived, NOON_MS).state is None


texts = st.none() | st.text()
numbers = st.none() | st.integers(0, 2**53)
tracked = st.builds(
    Tracked,
    st.integers(0, 2**53),
    st.booleans(),
    st.booleans(),
    st.booleans(),
    numbers,
    numbers,
    st.integers(0, 2**31),
    st.builds(Origin, texts, texts, texts, texts, texts, texts, numbers, numbers),
    st.none() | st.builds(Standing, st.integers(1, 9), numbers, numbers, texts, texts, numbers, texts, texts, numbers),
    numbers,
    st.lists(st.text()).map(tuple),
    st.none() | st.builds(Reply, st.integers(0, 2**53), st.text(), st.text()),
)


@given(tracked)
@examples(200)
def test_a_state_is_read_back_as_it_was_written(one: Tracked) -> None:
    assert state.decode(state.encode(one)) == one


@given(st.binary(max_size=60) | anything.map(lambda one: json.dumps(one).encode()))
@examples(200)
def test_a_state_of_no_version_that_is_known_is_none(content: bytes) -> None:
    assert state.decode(content) is None
    assert replies.decode(content) == replies.Index()
