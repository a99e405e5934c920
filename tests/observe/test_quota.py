"""How much of a limit is used of late."""

from math import inf

import pytest

from streams.observe.quota import QUOTA_SECONDS, QuotaUse


def test_a_process_that_calls_as_often_as_it_may_uses_all_of_it() -> None:
    use = QuotaUse(5.0)
    for call in range(5 * QUOTA_SECONDS):
        use.add(1000 + call / 5)
    assert use.ratio(1000 + QUOTA_SECONDS - 0.5) == pytest.approx(1.0)


def test_calls_of_long_ago_count_no_more() -> None:
    use = QuotaUse(5.0)
    for second in range(1000):
        use.add(float(second))
    assert use.ratio(999.0) == pytest.approx(0.2)
    assert use.ratio(1000.0 + QUOTA_SECONDS) == 0.0
    assert len(use._calls) <= 2 * QUOTA_SECONDS + 1


def test_one_call_in_ten_seconds_can_be_a_whole_limit() -> None:
    use = QuotaUse(0.1)
    for call in range(3):
        use.add(1000 + 10.0 * call)
    assert use.ratio(1000 + QUOTA_SECONDS - 1) == pytest.approx(1.0)


def test_of_what_has_no_limit_no_part_is_used() -> None:
    use = QuotaUse(inf)
    use.add(1.0)
    assert use.ratio(1.0) is None
