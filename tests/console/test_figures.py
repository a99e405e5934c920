"""What pages show of sums."""

from collections import Counter
from datetime import timedelta

from streams.console.figures import Letters, by_time, last_hours, letters, used
from streams.summaries.counts import Counts
from streams.summaries.sums import Sums
from tests.summaries.telling import BEGAN, flush, letter


def told() -> Sums:
    sums = Sums()
    for number in range(3):
        sums.take_flush(flush(10 * number, 10 * number + 9, minute=60 * number).model_dump_json().encode())
    sums.take_letter(letter("rejected"), "0-0")
    sums.take_letter(letter("rejected", minute=24 * 60), "0-1")
    sums.take_letter(letter("unreadable_report", job=None), "0-2")
    return sums


def test_hours_are_told_in_order_and_those_without_events_too() -> None:
    now = BEGAN + timedelta(hours=3)
    hours = by_time(told(), "vip", "hour", now, 5)
    assert [counts.outcomes.total() for _, counts in hours] == [0, 10, 10, 10, 0]
    assert [start.hour for start, _ in hours] == [9, 10, 11, 12, 13]
    assert last_hours(told(), "vip", now, 3).outcomes == {"accepted": 20}


def test_dead_letters_are_told_by_job_reason_and_day() -> None:
    found = letters(told(), ["", "vip", "other"], BEGAN + timedelta(days=1), 3)
    assert found == [Letters("", "unreadable_report", (0, 1, 0), 1), Letters("vip", "rejected", (1, 1, 0), 2)]


def test_use_of_a_limit_is_that_of_the_busiest_hour() -> None:
    hours = [Counts(calls=Counter(send=1_800)), Counts(calls=Counter(send=36))]
    hours[0].answers["send"].update({"200": 1_800, "429": 4})
    found = used("send", 5.0, hours)
    assert (found.last_hour, found.last_day, found.slowed, found.share) == (36, 1_836, 4, 0.1)
    assert found.answers == (("200", 1_800), ("429", 4))
    assert used("send", float("inf"), hours).share is None
