"""A set that grows leaves its earlier states alone, and costs no more than what is new."""

from hypothesis import given
from hypothesis import strategies as st

from streams.calls.call import Reply
from streams.jobs.import_contacts.growing import Growing
from streams.jobs.import_contacts.plan import LIMIT, Position, SameSecond, advance
from tests.jobs.import_contacts.jobs import job, read_page

names = st.lists(st.sampled_from("abcdefgh"), max_size=6)


@given(st.lists(st.tuples(st.integers(0, 9), names), max_size=12))
def test_it_is_as_a_set_whichever_state_is_grown(steps: list[tuple[int, list[str]]]) -> None:
    states: list[tuple[Growing, frozenset[str]]] = [(Growing(), frozenset())]
    for which, more in steps:
        growing, plain = states[which % len(states)]
        states.append((growing.and_these(more), plain | set(more)))
    for growing, plain in states:
        assert frozenset(growing) == plain
        assert len(growing) == len(plain)
        assert all((name in growing) == (name in plain) for name in "abcdefgh")


def test_a_second_of_very_many_people_is_not_copied_page_by_page() -> None:
    """All states are one dictionary."""
    position = Position(1_700_000_000, ties=SameSecond())
    for number in range(3):
        people = [{"id": number * LIMIT + n, "modifiedAt": "2023-11-14T22:13:20"} for n in range(LIMIT)]
        page = read_page(job(), position, Reply(200, {"persons": people, "totalCount": 400_000}))
        onward = advance(position, page)
        assert onward is not None
        assert onward.ties is not None
        assert position.ties is not None
        if number:
            assert onward.met._numbers is position.met._numbers
            assert onward.ties.seen._numbers is position.ties.seen._numbers
        assert len(onward.met) == len(onward.ties.seen) == (number + 1) * LIMIT
        position = onward
