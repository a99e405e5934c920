"""When a job verifies: each at its own moment, once in each period, and soon where that was missed."""

from datetime import UTC, datetime, timedelta

import pytest

from schemas.jobs.export_audience import PERIOD_SECONDS, Verify
from streams.jobs.export_audience.verification.schedule import SOON_SECONDS, due_at

NOW = datetime(2026, 11, 29, 12, 34, 56, tzinfo=UTC)
JOBS = [f"job-{number}" for number in range(200)]


def due(verify: Verify, job: str, last: datetime | None, now: datetime = NOW) -> float:
    """In how many seconds it is due."""
    return (due_at(verify, job, last, now) - now).total_seconds()


@pytest.mark.parametrize("every", PERIOD_SECONDS)
def test_each_job_has_a_moment_of_its_own_in_each_period(every: str) -> None:
    verify = Verify.model_validate({"every": every})
    period = verify.every_seconds
    found = [due(verify, job, NOW) for job in JOBS]
    assert all(0 < seconds <= period for seconds in found)
    assert max(sum(low <= one < low + period / 10 for one in found) for low in range(0, period, period // 10)) < 50
    for job in JOBS:
        first = due_at(verify, job, NOW, NOW)
        assert due_at(verify, job, first, first) == first + timedelta(seconds=period)
        assert due_at(verify, job, first, first + timedelta(seconds=period - 1)) == first + timedelta(seconds=period)


def test_what_was_missed_or_never_done_is_made_up_for_soon_by_each_at_another_time() -> None:
    verify = Verify()
    for last in (None, NOW - timedelta(days=2)):
        found = {due(verify, job, last) for job in JOBS}
        assert all(0 <= seconds < SOON_SECONDS for seconds in found)
        assert len(found) > SOON_SECONDS / 2


def test_a_clock_that_was_set_back_has_nobody_verify_for_ever() -> None:
    assert due(Verify(), "vip", NOW + timedelta(days=3)) <= 86_400
