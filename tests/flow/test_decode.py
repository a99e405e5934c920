from typing import Any

import orjson
from hypothesis import given
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


@given(documents | likely | json_values)
def test_what_is_an_event_is_what_the_model_says(document: Any) -> None:
    value = orjson.dumps(document, default=str) if not _unwritable(document) else b"{}"
    record = FakeRecord(value)
    try:
        event = MembershipEvent.model_validate_json(value)
    except ValidationError:
        assert isinstance(decode(record, value), Undecodable)
    else:
        assert decode(record, value) == Entry(record, event.action, event.audience, event.profile_id, event.profile)


def _unwritable(document: Any) -> bool:
    try:
        orjson.dumps(document)
    except (TypeError, ValueError):
        return True
    return False
