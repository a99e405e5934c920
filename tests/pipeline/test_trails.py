"""What is noted beside a cursor: read as it was written, and saying nothing where it cannot be relied on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.pipeline.trails import NOTE_BYTES_MAX, Cursor, Trail, left_of, read_note, unknown, write_note

NUMBERS = st.integers(0, 10**9)
RUNS = st.text("0123456789abcdef", min_size=12, max_size=12)
TRAILS = st.builds(
    lambda run, first, more, below: Trail(run, first, first + more, below), RUNS, NUMBERS, NUMBERS, NUMBERS
)
OURS = Trail("3f9a1c2b7d4e", 12, 80, 5321)


@given(NUMBERS, st.lists(TRAILS, max_size=20), NUMBERS)
def test_a_note_is_read_as_it_was_written_and_stands_for_later_offsets(
    offset: int, trails: list[Trail], more: int
) -> None:
    assert read_note(write_note(offset, trails), offset + more) == trails


def test_a_note_is_short_and_has_a_form() -> None:
    assert write_note(4711, [OURS, unknown(99)]) == "trails1 4711 3f9a1c2b7d4e:12-80<5321 ?:0-0<99"
    assert OURS.names[:2] == ["3f9a1c2b7d4e-12", "3f9a1c2b7d4e-13"]
    assert len(OURS.names) == 68


@pytest.mark.parametrize(
    "note",
    [
        "",
        "somebody's own",
        "trails1",
        "trails1 x",
        "trails2 4711",
        "trails1 4711 ",
        "trails1 4711 a:1-2",
        "trails1 7 :1-2<3",
    ],
)
def test_what_is_no_note_says_nothing(note: str) -> None:
    assert read_note(note, 4711) is None
    assert left_of(Cursor(4711, note, 4800)) == [unknown(4800)]


@given(st.text(max_size=40), NUMBERS)
def test_no_text_breaks_it(note: str, offset: int) -> None:
    for text in (note, f"trails1 {note}", f"trails1 1 {note}"):
        read_note(text, offset)


def test_a_note_to_a_later_offset_says_nothing_of_an_earlier_one() -> None:
    note = write_note(4711, [])
    assert (read_note(note, 4711), read_note(note, 4710)) == ([], None)


def test_a_note_that_would_be_too_long_says_that_nothing_is_known_up_to_its_furthest_offset() -> None:
    many = [OURS._replace(below=below) for below in range(200)]
    note = write_note(4711, many)
    assert read_note(note, 4711) == [unknown(199)]
    assert len(note) <= NOTE_BYTES_MAX


def test_nothing_is_left_behind_the_end_of_the_log_nor_of_what_is_passed() -> None:
    note = write_note(100, [OURS._replace(below=150), OURS._replace(below=100), unknown(5000)])
    assert left_of(Cursor(120, note, 130)) == [OURS._replace(below=130), unknown(130)]
    assert left_of(Cursor(130, note, 130)) == []
    assert left_of(Cursor(130, "", 130)) == []
