from streams.pipeline.window import WINDOW_BYTES_MAX, OpenWindow
from tests.making import FakeRecord, event


def open_window(max_events: int = 3) -> OpenWindow:
    return OpenWindow(lambda audience: audience == "vip", max_events)


def records(*values: bytes | None) -> list[FakeRecord]:
    return [FakeRecord(value, offset) for offset, value in enumerate(values, start=10)]


def test_takes_no_more_than_it_holds_and_says_how_many() -> None:
    window = open_window(max_events=2)
    assert window.take(records(event("a"), event("b"), event("c")), now=5.0) == 2
    assert window.full
    cut = window.cut()
    assert [entry.profile_id for entry in cut.entries] == ["a", "b"]
    assert cut.ranges == {("memberships", 0): (10, 11)}
    assert cut.opened_at == 5.0
    assert not window.full


def test_other_audiences_and_tombstones_are_counted_and_take_no_place() -> None:
    window = open_window()
    window.take(records(event("a", audience="other"), None, event("b")), now=0.0)
    cut = window.cut()
    assert (cut.skipped, len(cut.entries), cut.records) == (2, 1, 3)
    assert cut.ranges == {("memberships", 0): (10, 12)}


def test_a_range_spans_all_chunks_of_its_partition() -> None:
    window = open_window()
    window.take([FakeRecord(event("a"), 4)], now=0.0)
    window.take([FakeRecord(event("b"), 9)], now=1.0)
    window.take([FakeRecord(event("c"), 2, partition=1)], now=1.0)
    cut = window.cut()
    assert cut.ranges == {("memberships", 0): (4, 9), ("memberships", 1): (2, 2)}
    assert cut.opened_at == 0.0


def test_heavy_events_fill_a_window_before_their_number_does() -> None:
    window = open_window(max_events=1000)
    heavy = event("a", email="a@example.com", note="x" * 1_000_000)
    taken = window.take([FakeRecord(heavy, offset) for offset in range(50)], now=0.0)
    assert taken == WINDOW_BYTES_MAX // len(heavy) + 1


def test_what_is_no_event_says_what_is_wrong() -> None:
    window = open_window(max_events=100)
    bad = {
        b"\xff": "Invalid JSON",
        b"": "is empty",
        b"[]": "object",
        b'{"action":"join","audience":"vip","profile_id":"a"}': "action",
        b'{"action":"enter","audience":"vip"}': "profile_id",
        b'{"action":"enter","audience":"vip","profile_id":""}': "profile_id",
        b'{"action":"enter","audience":"vip","profile_id":true}': "profile_id",
        b'{"action":"enter","audience":"vip","profile_id":"%s"}' % (b"a" * 1025): "profile_id",
        b'{"action":"enter","audience":"%s","profile_id":"a"}' % (b"a" * 1025): "audience",
        b'{"action":"enter","audience":"vip","profile_id":"\\ud800"}': "profile_id: holds half of a character",
        b"[" * 100_000: "Invalid JSON",
        b'{"x":"' + b"y" * 1_048_577 + b'"}': "bytes",
    }
    window.take(records(*bad), now=0.0)
    found = window.cut().undecodable
    assert len(found) == len(bad)
    for undecodable, expected in zip(found, bad.values(), strict=True):
        assert expected in undecodable.detail


def test_the_fault_of_an_event_does_not_repeat_its_content() -> None:
    window = open_window()
    window.take(records(b'{"action":"ann@example.com","audience":"vip","profile_id":"a"}'), now=0.0)
    assert "ann" not in window.cut().undecodable[0].detail


def test_a_value_of_many_small_parts_weighs_what_it_takes_once_it_is_read() -> None:
    window = open_window()
    parts = b"[" + b",".join([b"[]"] * 300_000) + b"]"
    value = b'{"action":"enter","audience":"vip","profile_id":"a","profile":{"things":%s}}' % parts
    assert window.take(records(*[value] * 5), now=0.0) == 1
    assert window.full


def test_a_folded_window_keeps_its_events_without_their_profiles() -> None:
    window = open_window()
    window.take(records(b'{"action":"enter","audience":"vip","profile_id":"a","profile":{"email":"a@b.de"}}'), now=0.0)
    (entry,) = window.cut().without_profiles().entries
    assert (entry.profile_id, entry.record.offset, entry.profile) == ("a", 10, None)
