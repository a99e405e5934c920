from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.receiver.times import moment
from tests.json_values import json_values


@pytest.mark.parametrize(
    ("expected", "written"),
    [
        ("2019-11-09T16:00:00.000Z", "2019-11-09T16:00:00.000+0000"),
        ("2019-11-09T16:00:00.250Z", "2019-11-09T16:00:00.250Z"),
        ("2019-11-09T15:00:00.250Z", "2019-11-09T16:00:00.250+0100"),
        ("2019-11-09T15:00:00.250Z", "2019-11-09T16:00:00.250+01:00"),
        ("2019-04-09T19:01:56.494Z", "2019-04-09T16:01:56.494-0300"),
        ("2020-01-01T00:30:00.000Z", "2019-12-31T23:30:00-0100"),
        ("2019-11-09T16:00:00.000Z", "2019-11-09T16:00:00+0000"),
        ("2019-11-09T16:00:00.000Z", "2019-11-09T16:00:00Z"),
        ("2019-11-09T16:00:00.000Z", "2019-11-09T16:00:00"),
        ("2019-11-09T16:00:00.123Z", "2019-11-09T16:00:00.123456+00:00"),
        ("2020-02-29T16:00:00.000Z", "2020-02-29T16:00:00.000+0000"),
        ("2024-01-01T11:00:00.000Z", 1704106800000),
        ("2024-01-01T11:00:00.250Z", 1704106800250),
        ("2024-01-01T11:00:00.000Z", 1704106800000.0),
        ("2024-01-01T11:00:00.000Z", "1704106800000"),
        (None, "2019-02-29T16:00:00.000+0000"),
        (None, "2019-02-31T16:00:00.000Z"),
        (None, "2019-13-09T16:00:00.000Z"),
        (None, "2019-11-09T24:00:00.000Z"),
        (None, "2019-11-09"),
        (None, "0001-01-01T00:00:00.000+0000"),
        (None, "9999-12-31T23:59:59.999-2300"),
        (None, ""),
        (None, 0),
        (None, True),
        (None, None),
        (None, {"$date": 1704106800000}),
    ],
)
def test_a_time_is_read_in_every_form(expected: str | None, written: Any) -> None:
    assert moment(written) == expected


@given(json_values)
def test_whatever_is_read_as_a_time_is_one(said: Any) -> None:
    read = moment(said)
    assert read is None or (read == moment(read) and len(read) == len("2019-11-09T16:00:00.000Z"))


@given(st.datetimes(timezones=st.timezones()))
def test_any_time_that_is_read_is_that_time(said: datetime) -> None:
    read = moment(said.isoformat())
    assert read is None or abs(datetime.fromisoformat(read) - said) < timedelta(milliseconds=1)
