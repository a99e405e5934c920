"""The ids that were written lately: what is remembered, and that it is bounded."""

from streams.receiver.recent import RecentIds


def test_the_last_are_remembered_and_those_of_long_ago_forgotten() -> None:
    recent = RecentIds(10)
    recent.add(str(number) for number in range(3))
    assert "0" in recent
    recent.add(str(number) for number in range(3, 24))
    recent.add(["24"])
    assert "24" in recent
    assert "23" in recent
    recent.add(str(number) for number in range(25, 30))
    assert "0" not in recent
    assert all(str(number) in recent for number in range(25, 30))


def test_half_of_the_most_are_remembered_for_certain_and_not_many_more_than_the_most() -> None:
    recent = RecentIds(100)
    for number in range(1000):
        recent.add([str(number)])
        known = [str(one) in recent for one in range(number + 1)]
        assert all(known[-50:])
        assert sum(known) <= 100
