"""How fast a job is, and when it has caught up."""

from streams.console.flow import WINDOW_SECONDS, Flow, Standing


def flow(*stood: tuple[float, int, int]) -> Flow:
    found = Flow()
    for at, committed, end in stood:
        found.note(Standing(at, committed, end, end - committed))
    return found


def test_a_job_that_is_faster_than_what_comes_catches_up() -> None:
    found = flow((0, 0, 1_000), (10, 500, 1_100))
    assert found.per_second == 50
    assert found.seconds_left == 600 / (50 - 10)


def test_a_job_that_is_slower_does_not() -> None:
    assert flow((0, 0, 1_000), (10, 100, 1_200)).seconds_left is None


def test_a_job_without_lag_has_caught_up_even_if_no_rate_is_known() -> None:
    found = flow((0, 5, 5))
    assert (found.per_second, found.seconds_left) == (None, 0)


def test_nothing_is_said_before_anything_is_known() -> None:
    assert (Flow().per_second, Flow().seconds_left) == (None, None)


def test_what_is_long_ago_and_what_was_made_anew_say_nothing() -> None:
    assert flow((0, 0, 10), (WINDOW_SECONDS + 1, 0, 10), (WINDOW_SECONDS + 11, 10, 10)).per_second == 1
    assert flow((0, 100, 100), (10, 0, 50), (20, 50, 50)).per_second == 5
