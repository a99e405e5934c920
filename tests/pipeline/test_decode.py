import json
from datetime import datetime
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.records.membership import MembershipEvent
from streams.pipeline.decode import Entry, Undecodable, decode
from tests.json_values import json_values
from tests.making import FakeRecord
from tests.pipeline import events

parts = st.one_of(
    json_values,
    st.sampled_from(["enter", "exit", "vip", "u-42", "2026-11-20T10:00:00Z", "2026-11-20", "20261120T10", "soon", ""]),
)
documents = st.dictionaries(
    st.sampled_from(["action", "audience", "profile_id", "event_id", "occurred_at", "profile", "more"]), parts
)
likely = st.fixed_dictionaries(
    {"action": st.sampled_from(["enter", "exit"]), "audience": st.just("vip"), "profile_id": st.just("u-42")},
    optional={"occurred_at": parts, "profile": parts, "event_id": parts},
)


@settings(deadline=None)
@given(documents | likely | json_values)
def test_what_should_be_published_is_read_as_it_stands(document: Any) -> None:
    value = json.dumps(document, default=str).encode()
    record = FakeRecord(value)
    try:
        event = MembershipEvent.model_validate_json(value)
    except ValidationError:
        return
    read = decode(record, value)
    assert isinstance(read, Entry)
    said = (record, event.action, event.audience, event.profile_id, event.profile, event.event_id)
    assert read[:-1] == said
    if read.occurred_at is not None:
        assert datetime.fromisoformat(read.occurred_at) == event.occurred_at


@settings(deadline=None)
@given(events.anything())
def test_whatever_people_and_platforms_write_is_an_event_or_says_what_is_wrong(value: bytes) -> None:
    record = FakeRecord(value)
    read = decode(record, value)
    assert read == decode(record, value)
    if isinstance(read, Undecodable):
        assert read.detail.isprintable()
        return
    assert read.action in ("enter", "exit")
    for name in (read.audience, read.profile_id, read.event_id or ""):
        assert type(name) is str
        name.encode()  # whatever is a key of records can be written
    assert read.occurred_at is None or datetime.fromisoformat(read.occurred_at)


@settings(deadline=None)
@given(events.needed(), events.rest())
def test_who_says_what_is_needed_is_an_event_whatever_else_stands_there(needed: dict[str, str], rest: str) -> None:
    said = ",".join(f'"{key}":{value}' for key, value in needed.items())
    value = f"{{{said}{rest}}}".encode()
    assert isinstance(decode(FakeRecord(value), value), Entry)


@pytest.mark.parametrize(
    "occurred_at", ["2026-11-20T10:11:12Z", "2026-11-20T10:11:12.123456+14:00", "2024-02-28T23:59:59Z"]
)
def test_a_time_as_it_should_be_is_kept_as_it_is_written(occurred_at: str) -> None:
    value = orjson.dumps({"action": "enter", "audience": "vip", "profile_id": "u-42", "occurred_at": occurred_at})
    read = decode(FakeRecord(value), value)
    assert isinstance(read, Entry)
    assert read.occurred_at == occurred_at


def test_what_is_nested_too_deeply_says_so() -> None:
    value = b'{"half":"\\ud83d","a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    read = decode(FakeRecord(value), value)
    assert isinstance(read, Undecodable)
    assert read.detail == "value: Invalid JSON: nested too deeply"
