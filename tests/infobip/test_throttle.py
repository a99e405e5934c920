"""The throttle keeps its promise whatever happens around it."""

import math
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.infobip.throttle import HEADROOM, SLOWEST, SUCCESSES_PER_STEP, Throttle

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
                    throttle.succeeded()
    assert most_in_any(max(1.0, 1 / rate), times) <= max(1, rate)


@given(rates, happenings, st.floats(0, 100))
def test_nothing_is_reserved_before_retry_after(
    rate: float, happenings: list[tuple[str, float | None]], pause: float
) -> None:
    throttle, now = Throttle(rate), 5.0
    throttle.reserve(now)
    throttle.slow_down(now, pause)
    for kind, value in happenings:
        if kind == "share" and value is not None:
            throttle.share(value)
        else:
            assert throttle.reserve(now) >= now + pause


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


def test_a_429_halves_the_speed_down_to_a_floor() -> None:
    throttle = Throttle(8)
    speeds = []
    for _ in range(6):
        throttle.slow_down(0, None)
        speeds.append(throttle.rate_per_second)
    assert speeds == [4, 2, 1, 8 * SLOWEST, 8 * SLOWEST, 8 * SLOWEST]


def test_successes_win_the_speed_back_step_by_step() -> None:
    throttle = Throttle(10)
    throttle.slow_down(0, None)
    speeds = []
    for _ in range(6):
        for _ in range(SUCCESSES_PER_STEP):
            throttle.succeeded()
        speeds.append(throttle.rate_per_second)
    assert speeds == pytest.approx([6, 7, 8, 9, 10, 10])


@pytest.mark.parametrize("rate", [0, -1, math.nan])
def test_a_limit_that_lets_nothing_through_is_refused(rate: float) -> None:
    with pytest.raises(ValueError, match="more than 0"):
        Throttle(rate)


@pytest.mark.parametrize("fraction", [-0.1, 1.1, math.nan])
def test_a_share_outside_its_range_is_refused(fraction: float) -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        Throttle(1).share(fraction)
