from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.exact_json import Digits
from streams.pipeline.moments import moment_of
from tests.json_values import json_values

AT = "2026-11-20T10:00:00+00:00"
READ: list[Any] = [
    1795168800,
    1795168800.0,
    1795168800000,
    1795168800000000,
    1795168800000000000,
    "1795168800",
    "1795168800000",
    Digits("1795168800.00000000001"),
    "2026-11-20T10:00:00Z",
    "2026-11-20t10:00:00z",
    "2026-11-20T10:00Z",
    " 2026-11-20T10:00:00Z ",
    "2026-11-20T10:00:00",
    "2026-11-20 10:00:00",
    "2026-11-20 10:00:00 UTC",
    "2026-11-20 10:00:00 +0000 UTC",
    "2026-11-20 10:00:00 +0000 UTC m=+0.000012",
    "2026-11-20T10:00:00+0000",
    "2026-11-20T10:00:00+00",
    "20261120T100000Z",
    "2026-11-20T10:00:00.000000000Z",
    "2026-11-20T10:00:00,000Z",
    "2026-11-20T10:00:00.000Z[UTC]",
    "2026-11-20T10:00:00Z[Etc/UTC]",
    "2026-11-20T10:00:00[UTC]",
    "Fri, 20 Nov 2026 10:00:00 GMT",
    "Fri, 20 Nov 2026 10:00:00 +0000",
    "20 Nov 2026 10:00:00 UTC",
    "Friday, 20-Nov-2026 10:00:00 GMT",
    "Fri Nov 20 10:00:00 UTC 2026",
    "Fri Nov 20 2026 10:00:00 GMT+0000 (Coordinated Universal Time)",
    {"$date": "2026-11-20T10:00:00Z"},
    {"$date": 1795168800000},
    {"$date": {"$numberLong": "1795168800000"}},
    {"seconds": 1795168800, "nanos": 0},
    {"seconds": 1795168800},
    {"_seconds": 1795168800, "_nanoseconds": 0},
    {"epochSecond": 1795168800, "nano": 0},
]


@pytest.mark.parametrize("said", READ, ids=str)
def test_a_time_without_doubt_is_read(said: Any) -> None:
    assert moment_of(said) == AT


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("2026-11-20T10:00:00.500000+00:00", 1795168800.5),
        ("2026-11-20T10:00:00.123000+00:00", 1795168800123),
        ("2026-11-20T10:00:00.123456+00:00", "2026-11-20T10:00:00.123456789Z"),
        ("2026-11-20T11:00:00+01:00", "2026-11-20T11:00:00+01:00[Europe/Berlin]"),
        ("2026-11-20T05:00:00-05:00", "Fri, 20 Nov 2026 05:00:00 -0500"),
        ("2024-02-29T00:00:00+00:00", "2024-02-29T00:00:00Z"),
    ],
)
def test_fractions_and_zones_are_kept(expected: str, said: Any) -> None:
    assert moment_of(said) == expected


DOUBTFUL: list[Any] = [
    *(None, True, "", " ", "now", "yesterday", [], [2026, 11, 20, 10, 0], {}, {"at": 1795168800}, {"$date": None}),
    *(0, -1, 7, 20261120, 20261120100000, 1e300, float("nan"), float("inf"), 10**40, "0", "1795168800e3"),
    *("2026-11-20", "20261120", "10:00:00", "20/11/2026 10:00:00", "11/20/2026 10:00:00 AM", "20.11.2026 10:00"),
    *("2026-11-20 10:00:00 CET", "2026-11-20T10:00:00[Europe/Berlin]", "Fri Nov 20 10:00:00 CET 2026"),
    *("Fri, 20 Nov 2026 10:00:00", "Fri, 20 Nov 2026 10:00:00 EST", "20 Brumaire 2026 10:00:00 GMT"),
    *("2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z", "2026-11-20T25:00:00Z", "2016-12-31T23:59:60Z"),
    *("2026-11-20T10:00:00+99:99", "9999-12-31T23:59:60Z", "\ud83d", "2026-11-20T10:00:00Z" * 9),
    # What stands for no time at all.
    *("0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "0000-00-00 00:00:00", "9999-12-31T23:59:59Z"),
    *({"seconds": 0, "nanos": 0}, {"seconds": 1795168800, "nanos": -1}, {"seconds": "1795168800"}),
    {"seconds": 1795168800, "more": 1},
]


@pytest.mark.parametrize("said", DOUBTFUL, ids=str)
def test_a_doubtful_time_is_none(said: Any) -> None:
    assert moment_of(said) is None


@given(json_values | st.text("0123456789TZ:.-+ GMTUC[]", max_size=40) | st.floats() | st.integers())
def test_whatever_comes_is_a_time_of_this_age_or_none(said: Any) -> None:
    read = moment_of(said)
    assert read is None or "2000" <= read[:4] <= "3000"
