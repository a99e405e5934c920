"""What a sum counts, what is kept of it, and that a kill changes nothing of it."""

import contextlib
import json
import random
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson
import pytest

from schemas.records.summaries import LetterName, Tally
from streams.summaries.sums import KEPT, Part, Sums, Unreadable
from tests.summaries.telling import BEGAN, flush, letter

HOUR, DAY = BEGAN.replace(minute=0), BEGAN.replace(hour=0, minute=0)


def summed(*told: bytes, sums: Sums | None = None) -> Sums:
    """Count records of one partition of flushes."""
    found = sums or Sums()
    before = found.counted[("flushes", 0)].offset if found.counted else 0
    for value in told:
        found.take_flush(value)
    found.reached(("flushes", 0), before + len(told), "")
    return found


def said(kept: Mapping[bytes, bytes | None]) -> dict[bytes, Any]:
    return {key: None if value is None else orjson.loads(value) for key, value in kept.items()}


def recalled(kept: dict[bytes, bytes | None]) -> Sums:
    found = Sums()
    for key, value in kept.items():
        found.recall(key, value)
    return found


def test_windows_are_counted_in_all_and_by_hour_and_day() -> None:
    sums = summed(
        *(
            flush(first, first + 9, minute=minute).model_dump_json().encode()
            for first, minute in ((0, 0), (10, 20), (20, 40))
        )
    )
    assert (sums.job("vip").events, sums.job("vip").counts.windows) == (30, 3)
    assert {part: one.outcomes["accepted"] for part, one in sums.parts.items()} == {
        Part(HOUR, "vip", "hour"): 20,
        Part(HOUR + timedelta(hours=1), "vip", "hour"): 10,
        Part(DAY, "vip", "day"): 30,
    }


def test_a_window_that_is_repeated_counts_once_and_its_calls_each_time() -> None:
    once = flush(0, 9, calls=2).model_dump_json().encode()
    counts = summed(once, once).job("vip").counts
    assert (counts.windows, counts.outcomes, counts.calls) == (1, {"accepted": 10}, {"upsert_people": 4})
    assert counts.answers == {"upsert_people": {"200": 4}}


def test_dead_letters_are_counted_by_reason_and_the_latest_are_named() -> None:
    sums = Sums()
    for number in range(7):
        sums.take_letter(letter("rejected" if number else "no_address", minute=number), f"0-{number}")
    sums.take_letter(letter("unreadable_report", job=None), "1-0")
    assert sums.job("vip").counts.letters == {"no_address": 1, "rejected": 6}
    assert [one.name for one in sums.job("vip").letters] == ["0-2", "0-3", "0-4", "0-5", "0-6"]
    assert sums.job("").letters == [LetterName(name="1-0", reason="unreadable_report", failed_at=BEGAN)]
    assert sums.parts[Part(DAY, "vip", "day")].tally() == Tally(dead_letters={"no_address": 1, "rejected": 6})


@pytest.mark.parametrize(
    "value", [b"", b"{}", b"[1]", b'{"job": 1, "reason": "rejected", "failed_at": "2026-01-01T10:00:00Z"}']
)
def test_what_is_no_dead_letter_is_told_and_not_counted(value: bytes) -> None:
    sums = Sums()
    with pytest.raises(Unreadable):
        sums.take_letter(value, "0-0")
    assert sums.jobs == {}


#: Values that JSON has, and nobody expects.
ODD: list[Any] = [
    None,
    [],
    {},
    "",
    0,
    -1,
    1.5,
    True,
    10**30,
    "\n",
    "0001-01-01T00:00:00+14:00",
    [1],
    [{"name": None}],
    "9" * 5000,
]


@pytest.mark.parametrize("field", ["job", "reason", "failed_at", "seconds", "partitions", "outcomes", "flushed_at"])
@pytest.mark.parametrize("odd", [*ODD, float("nan"), float("inf")])
def test_no_record_of_others_ends_who_counts(field: str, odd: Any) -> None:
    """What counts is every process; and what was kept of it must be readable, for all that come."""
    sums = Sums()
    for good, take in (
        (letter("rejected", minute=1), lambda value: sums.take_letter(value, "0-0")),
        (flush(0, 9).model_dump_json().encode(), sums.take_flush),
    ):
        with contextlib.suppress(Unreadable):
            take(json.dumps(orjson.loads(good) | {field: odd}).encode())
    assert recalled(dict(sums.changed(BEGAN))).jobs.keys() == sums.jobs.keys()


def test_what_has_changed_is_written_once() -> None:
    sums = summed(flush(0, 9).model_dump_json().encode())
    keys = {key for key, _ in sums.changed(BEGAN)}
    assert keys == {b"job/vip", b"hour/2026-01-01T10/vip", b"day/2026-01-01T00/vip", b"counted/flushes/0"}
    assert sums.changed(BEGAN) == []


def test_hours_that_are_too_old_are_forgotten() -> None:
    sums = summed(flush(0, 9).model_dump_json().encode())
    sums.changed(BEGAN)
    later = BEGAN + KEPT["hour"] + timedelta(hours=1)
    assert sums.changed(later) == [(b"hour/2026-01-01T10/vip", None)]
    assert [part.span for part in sums.parts] == ["day"]


@pytest.mark.parametrize("seed", range(10))
def test_whoever_goes_on_after_a_kill_counts_the_same(seed: int) -> None:
    """What was not written with its offsets is counted again, and what was is not."""
    chance = random.Random(seed)
    told, offset = list[bytes](), 0
    for number in range(120):
        first = max(0, offset - chance.choice([0, 0, 0, 25]))  # some windows are told again, cut elsewhere
        offset = first + chance.randrange(1, 50)
        told.append(flush(first, offset - 1, minute=number * 7).model_dump_json().encode())
    kept, sums = dict[bytes, bytes | None](), Sums()
    done = 0
    while done < len(told):
        step = chance.randrange(1, 20)
        summed(*told[done : done + step], sums=sums)
        if chance.random() < 0.5:  # killed before it is written
            sums = recalled(kept)
        else:
            kept |= dict(sums.changed(BEGAN))
        done = sums.counted[("flushes", 0)].offset if sums.counted else 0
    whole = summed(*told)
    kept |= dict(sums.changed(BEGAN))
    assert said(kept) == said(dict(whole.changed(BEGAN)))
