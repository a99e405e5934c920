import pytest

from streams.pipeline.first_events import FIRST, FirstEvents
from streams.pipeline.window import UNDECODABLE_MAX, OpenWindow, Window
from tests.making import FakeRecord, event

AVRO = b"\x00\x00\x00\x00\x07\x00\x06vip"


def window(*values: bytes | None) -> Window:
    open_one = OpenWindow(lambda audience: audience == "vip", 1000)
    taken = open_one.take([FakeRecord(value, offset) for offset, value in enumerate(values, start=40)], now=0.0)
    assert taken == len(values)
    return open_one.cut()


def test_input_that_is_all_of_another_format_is_told_once_so_much_was_seen() -> None:
    first = FirstEvents(99)
    assert first.heard(window(*[AVRO] * 600)) is None
    told = first.heard(window(*[AVRO] * 399, b"torn"))
    assert told is not None
    assert told.isprintable()
    assert told.startswith(
        "1,000 of its first 1,000 events are none (max_undecodable: 99%): memberships, partition 0, "
    )
    assert "offset 40 looks like Schema Registry's Avro (schema 7): publish JSON" in told
    assert told.endswith("`max_undecodable: 100%` goes on, and makes dead letters of them")


@pytest.mark.parametrize(
    ("stops", "most_percent", "undecodable"),
    [(False, 100, 1000), (True, 99, 991), (False, 99, 990), (True, 0, 1), (False, 0, 0), (True, 50, 501)],
)
def test_as_much_may_be_undecodable_as_the_job_says(stops: bool, most_percent: int, undecodable: int) -> None:  # noqa: FBT001
    seen = window(*[AVRO] * undecodable, *[event("a")] * (FIRST - undecodable))
    assert (FirstEvents(most_percent).heard(seen) is not None) is stops


def test_other_audiences_events_and_tombstones_are_no_fault_of_the_input() -> None:
    first = FirstEvents(99)
    assert first.heard(window(*[AVRO] * 900, *[event("a", audience="other"), None] * 50)) is None


def test_what_comes_later_is_not_counted() -> None:
    first = FirstEvents(99)
    assert first.heard(window(*[event("a")] * 500, *[AVRO] * 500)) is None
    assert first.heard(window(*[AVRO] * 1000)) is None


def test_fewer_than_that_say_nothing() -> None:
    assert FirstEvents(0).heard(window(*[AVRO] * (FIRST - 1))) is None


def test_a_window_of_any_size_holds_as_many_as_are_judged() -> None:
    small = OpenWindow(lambda _: True, 3)
    assert small.take([FakeRecord(AVRO, offset) for offset in range(2 * UNDECODABLE_MAX)], now=0.0) == UNDECODABLE_MAX
    assert small.full
    assert len(small.cut().undecodable) == FIRST
    assert small.take([FakeRecord(event("a"), offset) for offset in range(5)], now=0.0) == 3
