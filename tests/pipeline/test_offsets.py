from streams.pipeline.offsets import OffsetTracker

A, B = ("memberships", 0), ("memberships", 1)


def test_an_offset_moves_only_over_the_contiguous_finished_prefix() -> None:
    cursor = OffsetTracker()
    (first,) = cursor.track({A: (0, 99)})
    (second,) = cursor.track({A: (100, 199)})
    second.done = True
    assert cursor.committable() == {}
    first.done = True
    assert cursor.committable() == {A: 200}
    assert cursor.committable() == {}


def test_partitions_move_independently() -> None:
    cursor = OffsetTracker()
    a, b = cursor.track({A: (5, 9), B: (70, 79)})
    (later,) = cursor.track({B: (80, 89)})
    b.done = later.done = True
    assert cursor.committable() == {B: 90}
    a.done = True
    assert cursor.committable() == {A: 10}


def test_a_rewound_partition_is_not_committed_over_what_is_read_again() -> None:
    cursor = OffsetTracker()
    (ahead,) = cursor.track({A: (100, 199)})
    (again,) = cursor.track({A: (50, 120)})
    ahead.done = True
    assert cursor.committable() == {}
    again.done = True
    assert cursor.committable() == {A: 121}


def test_what_was_taken_away_is_not_committed() -> None:
    cursor = OffsetTracker()
    (span,) = cursor.track({A: (0, 9)})
    cursor.clear()
    span.done = True
    assert cursor.committable() == {}


def test_a_window_is_let_go_once_its_last_offset_is_committed_or_forgotten() -> None:
    cursor = OffsetTracker()
    both, one = cursor.track({A: (0, 9), B: (0, 4)}), cursor.track({A: (10, 19)})
    both[0].done = True
    cursor.committable()
    assert cursor.released_windows() == 0
    both[1].done = one[0].done = True
    cursor.committable()
    assert (cursor.released_windows(), cursor.released_windows()) == (2, 0)
    cursor.track({A: (20, 29)})
    cursor.track({A: (20, 24), B: (5, 9)})
    assert cursor.released_windows() == 1, "rewound"
    cursor.clear()
    assert cursor.released_windows() == 1
