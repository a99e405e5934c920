"""Which messages Infobip's logs are asked for, and when."""

from streams.receiver.open_messages import OpenMessages

MINUTE = 60.0
DAY = 86400.0


def of(*ids: str, gap_seconds: float = 15 * MINUTE, **how: float) -> OpenMessages:
    """Messages sent by SMS at 0."""
    found = OpenMessages(gap_seconds, **how)  # type: ignore[arg-type]
    for one in ids:
        found.sent(one, 0.0)
    return found


def test_a_message_without_a_report_is_asked_for_after_the_gap_then_twice_as_long_each_time() -> None:
    found = of("a")
    assert found.due(15 * MINUTE - 1, 50) == []
    assert found.due(15 * MINUTE, 50) == ["a"]
    assert found.due(45 * MINUTE - 1, 50) == []
    assert found.due(45 * MINUTE, 50) == ["a"]
    assert found.due(105 * MINUTE - 1, 50) == []
    assert found.due(105 * MINUTE, 50) == ["a"]


def test_it_is_let_go_when_the_waiting_period_is_over() -> None:
    found = of("a", waiting_seconds=DAY)
    asked = [minute for minute in range(4 * 24 * 60) if found.due(minute * MINUTE, 50)]
    assert asked == [15, 45, 105, 225, 465, 945]
    assert len(found) == 0


def test_a_final_report_ends_it() -> None:
    for group in (2, 3, 4, 5):
        found = of("a")
        found.reported("a", group)
        assert found.due(DAY, 50) == []


def test_a_report_that_is_not_final_does_not() -> None:
    for group in (0, 1, None, 99):
        found = of("a")
        found.reported("a", group)
        assert found.due(DAY, 50) == ["a"]


def test_a_report_may_come_before_the_record_of_its_message() -> None:
    found = of()
    found.reported("a", 3)
    found.sent("a", 0.0)
    assert found.due(DAY, 50) == []


def test_a_message_told_twice_is_asked_for_once() -> None:
    found = of("a", "a")
    assert found.due(DAY, 50) == ["a"]


def test_no_more_are_asked_for_at_once_than_one_question_takes() -> None:
    found = of("a", "b", "c")
    assert found.due(DAY, 2) == ["a", "b"]
    assert found.due(DAY, 2) == ["c"]
    assert found.due(DAY, 2) == []


def test_of_too_many_the_oldest_are_let_go() -> None:
    found = of("a", "b", most=2)
    assert found.sent("c", 0.0) == 1
    assert found.due(DAY, 50) == ["b", "c"]
