"""When a line of the demo's table is right."""

import pytest

from streams.demo.scenario import Check


@pytest.mark.parametrize(
    ("expected", "found", "spare", "right"),
    [(5, 5, 0, True), (5, 4, 0, False), (5, 6, 0, False), (0, 2, 2, True), (0, 3, 2, False), (1, 0, 2, False)],
)
def test_a_line_is_right_where_what_was_expected_was_found(
    expected: int, found: int, spare: int, *, right: bool
) -> None:
    assert Check("calls", expected, found, spare).is_right == right
