from datetime import datetime
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.membership import MembershipEvent
from streams.flow.decode import Entry, Undecodable, decode
from tests.flow.test_address import json_values
from tests.making import FakeRecord

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
def test_what_is_an_event_is_what_the_model_says(document: Any) -> None:
    value = orjson.dumps(document, default=str) if not _unwritable(document) else b"{}"
    record = FakeRecord(value)
    try:
        event = MembershipEvent.model_validate_json(value)
    except ValidationError:
        assert isinstance(decode(record, value), Undecodable)
    else:
        read = decode(record, value)
        assert isinstance(read, Entry)
        said = (record, event.action, event.audience, event.profile_id, event.profile, event.event_id)
        assert read[:-1] == said
        assert event.occurred_at == (None if read.occurred_at is None else datetime.fromisoformat(read.occurred_at))


TIMES = [
    "2026-11-20T10:11:12Z",
    "2026-11-20T10:11:12+00:00",
    "2026-11-20T10:11:12.5Z",
    "2026-11-20T10:11:12.1234567Z",
    "2026-11-20T10:11:12-00:00",
    "2026-11-20T10:11:12",
    "2026-11-20T10:11Z",
    "2026-11-20T10:11:12+23:59",
    "2026-11-20T10:11:12+2359",
    "2024-02-29T00:00:00Z",
    "2026-02-29T00:00:00Z",
    "2026-04-31T00:00:00Z",
    "0000-01-01T00:00:00Z",
    "0001-01-01T00:00:00Z",
    "2026-11-20",
    "20261120",
    "20261120T10",
    "20261120T101112",
    "2026-11-20T10",
    "2026-11-20T10Z",
    "2026-11-20x10:11:12",
    "2026-11-20T10:1112Z",
    "2026-W47-5T10:11:12Z",
    "2026-11-20T10:11:12+10:99",
    "2026-11-20T10:11:12+23",
    "2026-11-20T10:11:12+10:00:30",
    "T",
    "Z",
    "-T:Z",
    "2026-11-20T24:00:00Z",
    "2026-11-20T10:11:60Z",
    "2026-11-20T10:11:12.Z",
    "2026-11-20T10:11:12,5Z",
    "2026-11-20T10:11+00:00",
    "2026-11-20T10:+00:00",
    "2026-11-20T10:11:12+00:00+00:00",
    "2026-11-20T10:11:12Z+00:00",
    "2026-11-20T10:11:12ZZ",
]


@pytest.mark.parametrize("occurred_at", TIMES)
def test_a_time_is_what_the_model_takes_for_one(occurred_at: str) -> None:
    value = orjson.dumps({"action": "enter", "audience": "vip", "profile_id": "u-42", "occurred_at": occurred_at})
    try:
        MembershipEvent.model_validate_json(value)
    except ValidationError:
        assert isinstance(decode(FakeRecord(value), value), Undecodable)
    else:
        assert isinstance(decode(FakeRecord(value), value), Entry)


def _unwritable(document: Any) -> bool:
    try:
        orjson.dumps(document)
    except (TypeError, ValueError):
        return True
    return False
