"""The throttle keeps its promise whatever happens around it."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.infobip.rate_limit import HEADROOM, SHUT_CALLS, SLOWEST, Throttle

#: Between two calls of an operation that may be called five times a second.
GAP = 0.2 * (1 + HEADROOM)

rates = st.sampled_from([0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0])
happenings = st.lists(
    st.one_of(
        st.tuples(st.just("arrive"), st.floats(0, 3)),
        st.tuples(st.just("share"), st.sampled_from([0.0, 0.125, 0.5, 0.75, 1.0])),
        st.tuples(st.just("429"), st.sampled_from([None, 0.0, 0.3, 2.0])),
        st.tuples(st.just("success"), st.integers(1, 60)),
    ),
    max_size=200,
)


def most_in_any(seconds: float, times: Sequence[float]) -> int:
    """Count the most times in a window [t, t + seconds)."""
    return max((sum(start <= at < start + seconds for at in times) for start in times), default=0)


@given(rates, happenings)
def test_no_window_holds_more_than_the_limit(rate: float, happenings: list[tuple[str, float | None]]) -> None:
    throttle, now, times = Throttle(rate), 0.0, list[float]()
    for kind, value in happenings:
        match kind, value:
            case "arrive", float(wait):
                now += wait
                if (at := throttle.reserve(now)) < math.inf:
                    times.append(at)
            case "share", float(fraction):
                throttle.share(fraction)
            case "429", _:
                throttle.slow_down(now, value)
            case "success", int(count):
                for _ in range(count):
                    throttle.succeeded(now)
    assert most_in_any(max(1.0, 1 / rate), times) <= max(1, rate)


@given(rates, happenings, st.floats(0, 100))
def test_where_none_is_taken_nothing_is_reserved_before_retry_after(
    rate: float, happenings: list[tuple[str, float | None]], pause: float
) -> None:
    throttle, now = Throttle(rate), 5.0
    throttle.reserve(now)
    for _ in range(SHUT_CALLS):
        throttle.slow_down(now, pause)
    for kind, value in happenings:
        if kind == "share" and value is not None:
            throttle.share(value)
        else:
            assert throttle.reserve(now) >= now + pause


@pytest.mark.parametrize("taken_after", range(1, SHUT_CALLS))
def test_where_others_are_taken_a_429_holds_nobody_back(taken_after: int) -> None:
    throttle = Throttle(8)
    for number in range(20):
        throttle.slow_down(10.0 + number, 60.0)
        if number % taken_after == 0:
            throttle.succeeded(10.0 + number)
        assert throttle.opens_at() <= 10.0 + number


def test_idling_earns_no_burst() -> None:
    throttle = Throttle(5)
    throttle.reserve(0)
    assert [throttle.reserve(100.0) for _ in range(3)] == pytest.approx([100, 100 + GAP, 100 + 2 * GAP])


def test_nearly_the_whole_limit_is_used() -> None:
    throttle = Throttle(5)
    last = [throttle.reserve(0) for _ in range(101)][-1]
    assert last == pytest.approx(20 * (1 + HEADROOM))


def test_a_limit_below_one_a_second() -> None:
    throttle = Throttle(0.5)
    assert [throttle.reserve(10) for _ in range(3)] == pytest.approx([10, 10 + 10 * GAP, 10 + 20 * GAP])


def test_a_share_stretches_the_distance_and_no_share_means_waiting() -> None:
    throttle = Throttle(5)
    throttle.reserve(0)
    throttle.share(0.25)
    assert throttle.reserve(0) == pytest.approx(4 * GAP)
    throttle.share(0)
    assert throttle.reserve(5) == math.inf
    throttle.share(1)
    assert throttle.reserve(5) == 5


def test_after_a_429_calls_are_spaced_by_what_was_taken_in_the_second_before() -> None:
    throttle = Throttle(8)
    for at in (0.1, 0.2, 9.2, 9.4, 9.6, 9.8):
        throttle.succeeded(at)
    throttle.slow_down(10)
    assert throttle.rate_per_second == 4


def test_a_429_halves_the_pace_at_most_and_down_to_a_floor() -> None:
    throttle = Throttle(8)
    speeds = []
    for now in range(6):
        throttle.slow_down(10.0 + now)
        speeds.append(throttle.rate_per_second)
    assert speeds == [4, 2, 1, 8 * SLOWEST, 8 * SLOWEST, 8 * SLOWEST]


def test_many_429s_of_one_moment_are_one() -> None:
    throttle = Throttle(8)
    for _ in range(20):
        throttle.slow_down(10, 1.0, 9.9)
    assert full_again(throttle, 10) < 5


def full_again(throttle: Throttle, now: float) -> float:
    """How long it takes until full pace is back, without another 429."""
    began, full = now, Throttle(8).rate_per_second
    while throttle.rate_per_second < full:
        now = throttle.reserve(now)
        throttle.succeeded(now + 0.05)
    return now - began


@pytest.mark.parametrize("retry_after", [None, 1.0])
def test_full_pace_is_back_within_some_seconds_of_a_stray_429(retry_after: float | None) -> None:
    throttle, now = Throttle(8), 100.0
    for _ in range(50):
        now = throttle.reserve(now)
        throttle.succeeded(now + 0.05)
    throttle.slow_down(now, retry_after)
    assert full_again(throttle, now) < 4


def test_the_pace_goes_with_the_share() -> None:
    throttle = Throttle(8)
    for at in (9.2, 9.4, 9.6, 9.8):
        throttle.succeeded(at)
    throttle.slow_down(10)
    throttle.share(0.5)
    assert throttle.rate_per_second == 2
    throttle.share(0)
    assert throttle.rate_per_second == 0
    throttle.share(1)
    assert throttle.rate_per_second == 8


@pytest.mark.parametrize("rate", [0, -1, math.nan])
def test_a_limit_that_lets_nothing_through_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="more than 0"):
        Throttle(rate)


@pytest.mark.parametrize("fraction", [-0.1, 1.1, math.nan])
def test_a_share_outside_its_range_is_refused(fraction: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Throttle(1).share(fraction)
