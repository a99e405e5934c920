"""A row holds all that its record says, however odd that is."""

from datetime import datetime
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from schemas.records.delivery_report import DeliveryReport
from streams.history.columns import address
from streams.history.layout import LAYOUTS
from streams.history.rows import Row, read
from streams.history.story import record_of

ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**62), 2**62),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=1200),
    st.just("2026-11-20T10:00:00.5Z"),
    st.lists(st.integers(0, 9), max_size=2),
)
KEYS = st.sampled_from([*DeliveryReport.model_fields, "newer"])


def _same(before: Any, after: Any) -> bool:
    """Whether two values say the same; times may be written otherwise."""
    if before == after and type(before) is type(after):
        return True
    try:
        return datetime.fromisoformat(before) == datetime.fromisoformat(after)
    except (TypeError, ValueError):
        return False


@given(st.dictionaries(KEYS, ODD), st.sampled_from(["sms", "whatsapp"]))
def test_what_a_report_says_is_read_back_from_its_row(said: dict[str, Any], channel: str) -> None:
    record = {**said, "report_id": "r1", "channel": channel}
    found = read("delivery_reports", orjson.dumps(record), 0)
    assert isinstance(found, Row)
    layout = LAYOUTS[found.table]
    back = record_of(layout, dict(zip([column.name for column in layout.columns], found.values, strict=True)))
    assert {key: back.get(key) for key, value in record.items() if not _same(value, back.get(key))} == {}


def test_an_address_is_found_however_it_is_written() -> None:
    assert {address(one) for one in ("+44 (7700) 900-123", "447700900123", "00447700900123")} == {"447700900123"}
    assert address(" Ann@Example.COM ") == "ann@example.com"
