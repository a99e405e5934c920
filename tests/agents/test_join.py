"""What a transaction of a join holds, given records and a state."""

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

import pytest

from streams.agents.join import ORIGIN, Home, Turn, turn, wake
from streams.pipeline.join_entries import Reached, entry, position_entry, position_key, positions_of, stored
from streams.pipeline.joins import Arrived, Draft, Step

HOME = Home(crc32(b"k") % 4, 4, "relay")


@dataclass(frozen=True)
class Read:
    topic: str
    key: bytes | None
    value: bytes | None = b"v"
    partition: int = HOME.number
    offset: int = 0
    timestamp: int | None = 99
    headers: Sequence[tuple[str, bytes | None]] = ()


class Counting:
    """Counts the records of each key, and tells each count; a key is due a second after its last record."""

    def __init__(self) -> None:
        self.seen: list[Arrived] = []

    def key_of(self, arrived: Arrived, /) -> bytes | None:
        return arrived.key

    def absorb(self, key: bytes, state: bytes | None, arrived: Arrived, now_ms: int, /) -> Step:
        self.seen.append(arrived)
        count = int(state or b"0") + 1
        return Step(b"%d" % count, now_ms + 1000, [Draft("counts", key, b"%d" % count)])

    def wake(self, key: bytes, state: bytes, now_ms: int, /) -> Step:
        return Step(None, None, [Draft("counts", key, b"%s until %d" % (state, now_ms))])


def taken(*records: Read, known: dict[bytes, bytes] | None = None, join: Counting | None = None) -> Turn:
    return turn(join or Counting(), HOME, records, lambda keys: [(known or {}).get(key) for key in keys], 5000)


def test_records_of_one_key_build_on_each_other_and_on_what_was_known() -> None:
    done = taken(Read("in", b"k"), Read("in", b"k", offset=1), known={b"k": entry(b"4", 1)})
    assert done.changes == {b"k": entry(b"6", 6000)}
    assert done.drafts == [Draft("counts", b"k", b"5"), Draft("counts", b"k", b"6")]
    assert done.reached == {("in", HOME.number): 2}


def test_what_belongs_to_another_partition_is_relayed_with_where_it_was_read() -> None:
    other = next(key for key in (b"a", b"b", b"c", b"d", b"e") if crc32(key) % 4 != HOME.number)
    done = taken(Read("in", other, headers=[("h", b"1")]))
    (relayed,) = done.relayed
    assert (relayed.home, done.changes, done.drafts) == (crc32(other) % 4, {}, [])
    join = Counting()
    again = turn(
        join, Home(relayed.home, 4, "relay"), [Read("relay", other, headers=relayed.headers)], lambda _: [None], 5000
    )
    assert join.seen == [Arrived("in", HOME.number, 0, 99, other, b"v", (("h", b"1"),))]
    assert list(again.changes) == [other]


def test_what_comes_by_the_relay_is_never_relayed_again() -> None:
    other = next(key for key in (b"a", b"b", b"c", b"d", b"e") if crc32(key) % 4 != HOME.number)
    assert taken(Read("relay", other)).relayed == []


@pytest.mark.parametrize("said", [b"no json", b"[1]", b'["in", "1", 2, 3]', None])
def test_an_origin_that_is_none_is_a_header_like_others(said: bytes | None) -> None:
    join = Counting()
    taken(Read("relay", b"k", headers=[(ORIGIN, said)]), join=join)
    assert [one.topic for one in join.seen] == ["relay"]


def test_a_record_that_changes_nothing_moves_the_position_only() -> None:
    class Still(Counting):
        def absorb(self, key: bytes, state: bytes | None, arrived: Arrived, now_ms: int, /) -> Step:
            del key, arrived, now_ms
            return Step(state, None)

    done = turn(Still(), HOME, [Read("in", b"k")], lambda _: [entry(b"1", None)], 5000)
    assert (done.changes, done.reached) == ({}, {("in", HOME.number): 1})


def test_a_key_that_is_due_is_woken_once_unless_it_was_put_off_meanwhile() -> None:
    known = {b"k": entry(b"1", 10), b"x": entry(b"1", 10)}
    done = wake(
        Counting(), taken(Read("in", b"k"), known=known), [b"k", b"x"], lambda keys: [known[k] for k in keys], 5000
    )
    assert (done.woken, done.changes) == (1, {b"k": entry(b"2", 6000), b"x": None})


def test_a_key_that_begins_as_ours_do_is_kept_apart_from_them() -> None:
    key = b"\0position/in/0"
    assert list(taken(Read("relay", key)).changes) == [stored(key)]
    assert positions_of([(stored(key), position_entry(Reached(1, "")))]) == {}


def test_positions_come_back_as_they_were_kept() -> None:
    kept = {("a/b", 3): Reached(7, "id"), ("c", 0): Reached(0, "")}
    pairs = [(position_key(place), position_entry(reached)) for place, reached in kept.items()]
    assert positions_of([*pairs, (b"\0position/x", b""), (b"\0position/x/1", b"12345678nonsense"), (b"m", b"")]) == kept


def test_what_a_record_causes_belongs_to_its_trace() -> None:
    context = ("traceparent", b"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    done = taken(Read("in", b"k", headers=[("h", b"1"), context]), Read("in", b"k", offset=1))
    assert done.drafts == [Draft("counts", b"k", b"1", (context,)), Draft("counts", b"k", b"2")]
