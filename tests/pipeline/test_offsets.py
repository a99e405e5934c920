from streams.pipeline.offsets import OffsetTracker, Room

A, B = ("memberships", 0), ("memberships", 1)


def test_an_offset_moves_only_over_the_contiguous_finished_prefix() -> None:
    cursor = OffsetTracker()
    (first,) = cursor.track({A: (0, 99)}, 10)
    (second,) = cursor.track({A: (100, 199)}, 10)
    second.done = True
    assert cursor.committable() == {}
    first.done = True
    assert cursor.committable() == {A: 200}
    assert cursor.committable() == {}


def test_partitions_move_independently() -> None:
    cursor = OffsetTracker()
    a, b = cursor.track({A: (5, 9), B: (70, 79)}, 10)
    (later,) = cursor.track({B: (80, 89)}, 10)
    b.done = later.done = True
    assert cursor.committable() == {B: 90}
    a.done = True
    assert cursor.committable() == {A: 10}


def test_a_rewound_partition_is_not_committed_over_what_is_read_again() -> None:
    cursor = OffsetTracker()
    (ahead,) = cursor.track({A: (100, 199)}, 10)
    (again,) = cursor.track({A: (50, 120)}, 10)
    ahead.done = True
    assert cursor.committable() == {}
    again.done = True
    assert cursor.committable() == {A: 121}


def test_what_was_taken_away_is_not_committed() -> None:
    cursor = OffsetTracker()
    (span,) = cursor.track({A: (0, 9)}, 10)
    cursor.clear()
    span.done = True
    assert cursor.committable() == {}


def test_room_is_free_once_offsets_are_committed_or_forgotten() -> None:
    cursor = OffsetTracker()
    both, one = cursor.track({A: (0, 9), B: (0, 4)}, 15), cursor.track({A: (10, 19)}, 10)
    both[0].done = True
    cursor.committable()
    assert (cursor.released(), cursor.released()) == (Room(0, 10), Room(0, 0))
    both[1].done = one[0].done = True
    cursor.committable()
    assert cursor.released() == Room(2, 15)
    cursor.track({A: (20, 29)}, 10)
    cursor.track({A: (20, 24), B: (5, 9)}, 10)
    assert cursor.released() == Room(1, 10), "rewound"
    cursor.clear()
    assert cursor.released() == Room(1, 10)


def test_of_a_log_with_gaps_all_of_the_room_is_given_back() -> None:
    cursor = OffsetTracker()
    spans = cursor.track({A: (0, 99), B: (0, 199), ("memberships", 2): (7, 7)}, 10)
    freed = []
    for span in spans:
        span.done = True
        cursor.committable()
        freed.append(cursor.released())
    assert freed == [Room(0, 3), Room(0, 6), Room(1, 1)]


def test_windows_that_stand_aside_give_their_room_to_others_once() -> None:
    cursor = OffsetTracker()
    (first,), (second,), (third,) = (cursor.track({A: (10 * n, 10 * n + 9)}, 10) for n in range(3))
    first.window.aside = second.done = True
    assert cursor.pass_by() == Room(2, 20)
    first.done = third.done = True
    cursor.committable()
    assert cursor.released() == Room(1, 10)
