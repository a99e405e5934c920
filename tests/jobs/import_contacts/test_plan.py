"""How people are paged through while they change: nobody is skipped, and it ends. Pages hold three people here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.jobs.import_contacts import ImportContacts
from schemas.operations import LIST_PERSONS
from streams.calls.call import Call, Delivery, Reply
from streams.jobs.import_contacts import plan as paging
from streams.jobs.import_contacts.contact import Read, read_person
from streams.jobs.import_contacts.plan import (
    Denied,
    Malformed,
    Page,
    Position,
    SameSecond,
    advance,
    next_call,
)
from streams.simulator.identity import Identity
from tests.examples import examples
from tests.fakes.infobip import Infobip
from tests.jobs.import_contacts.jobs import job, read_page

T = 1_700_000_000


@pytest.fixture(autouse=True, scope="module")
def _small_pages() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paging, "LIMIT", 3)
        yield


def asked(call: Call) -> tuple[dict[str, str], Any]:
    query = dict(call.query)
    return query, orjson.loads(query.pop("filter", "null"))


def test_the_first_page_of_everybody() -> None:
    call = next_call(job(), Position())
    assert (call.operation, call.path, call.content) == (LIST_PERSONS, "/people/2/persons", None)
    assert asked(call) == ({"limit": "3", "orderBy": "modifiedAt:asc", "page": "1"}, None)
    assert (call.delivery, call.accepts_not_json) == (Delivery.BACKGROUND, True)
    assert asked(next_call(job(), Position(), count=True))[0]["includeTotalCount"] == "true"


A, B = {"#contains": {"tags": "A"}}, {"#contains": {"tags": "B"}}
SINCE, BEFORE = {"#gte": {"modifiedAt": "2023-11-14T22:13:20"}}, {"#lt": {"modifiedAt": "2023-11-14T22:13:21"}}


@pytest.mark.parametrize(
    ("expected", "tags", "position"),
    [
        (A, "A", Position()),
        ({"#or": [A, B]}, "AB", Position()),
        (SINCE, "", Position(T)),
        ({"#and": [A, SINCE]}, "A", Position(T)),
        ({"#and": [{"#or": [A, B]}, SINCE]}, "AB", Position(T)),
        ({"#and": [SINCE, BEFORE]}, "", Position(T, ties=SameSecond(page=4))),
        ({"#and": [{"#or": [A, B]}, SINCE, BEFORE]}, "AB", Position(T, ties=SameSecond())),
    ],
)
def test_the_filter_moves_forward_with_the_position(expected: Any, tags: str, position: Position) -> None:
    query, clause = asked(next_call(job(*tags), position))
    page, counted = (str(position.ties.page), "true") if position.ties else ("1", None)
    assert (clause, query["page"], query.get("includeTotalCount")) == (expected, page, counted)


def shown(person_id: int, second: int | None = 0, **said: Any) -> dict[str, Any]:
    return {"id": person_id, "modifiedAt": None if second is None else paging.moment(T + second), **said}


def persons(*people: Any, **said: Any) -> Reply:
    return Reply(200, {"persons": list(people), **said})


AT, AMONG_TIES = Position(T), Position(T, ties=SameSecond(page=2))
NO_COUNTS: tuple[Any, ...] = ("9", True, -1, 9.0, None)
NO_LIST = "answered with something that is no list of people"
NO_LISTS: tuple[Any, ...] = (None, {}, "persons", {"persons": {}}, {"persons": None})


@pytest.mark.parametrize(
    ("expected", "position", "reply"),
    [
        ("answered 400 (40019)", AT, Reply(400, {"errorCode": 40019, "errorMessage": "Bad query"})),
        *((NO_LIST, AT, Reply(200, body)) for body in NO_LISTS),
        ("its people are not in the order of modifiedAt", AT, persons(shown(1, 1), shown(2, 0))),
        ("its people are not those that were asked for", AT, persons(shown(1, -1), shown(2, 0))),
        ("its people are not those that were asked for", AMONG_TIES, persons(shown(1, 0), shown(2, 1))),
        ("it has 1 people, fewer than there are", AT, persons(shown(1), totalCount=2)),
        ("it has 2 people, fewer than there are", AT, persons(shown(1), shown(2), totalCount=100)),
        ("it has 1 people, fewer than there are", AMONG_TIES, persons(shown(1), totalCount=5)),
        ("it has 0 people, fewer than there are", AT, persons(totalCount=1)),
        ("nobody on it has a modifiedAt to go on from", AT, persons(*(shown(number, None) for number in (1, 2, 3)))),
    ],
)
def test_what_is_no_page_or_not_the_one_asked_for_is_refused(expected: str, position: Position, reply: Reply) -> None:
    with pytest.raises(Malformed) as refused:
        read_page(job(), position, reply)
    assert str(refused.value) == expected
    assert isinstance(refused.value, Denied) is (reply.status != 200), "what says no is not asked for again"


def test_a_page_tells_who_is_on_it() -> None:
    page = read_page(job(), AT, persons(shown(1, 1), shown(2, None), shown(3, 2), totalCount=9))
    assert page == Page(3, page.people, T + 1, T + 2, 9, frozenset({page.people[1].key, "3"}))
    assert [one.person_id for one in page.people] == ["1", "2", "3"]
    assert read_page(job(), AT, Reply(200, [])) == Page(0, [], None, None, None)
    assert all(read_page(job(), AT, persons(shown(1), totalCount=total)).total is None for total in NO_COUNTS)


def test_a_short_page_needs_nobody_to_go_on_from() -> None:
    """Whoever cannot be read is a dead letter and not the end of the run, even alone on the last page."""
    page = read_page(job(), AT, persons(shown(1, None)))
    assert (len(page.people), advance(AT, page)) == (1, None)


def test_a_page_reaches_no_further_than_the_clock_when_it_was_asked_for() -> None:
    page = read_page(job(), AT, persons(shown(1, 1), shown(2, None), shown(3, 2)))
    assert [page.reached(T + second) for second in (0, 1, 2, 9)] == [None, T + 1, T + 2, T + 2]


def test_a_filter_that_lets_others_through_brings_nobody_else() -> None:
    page = read_page(job("A"), AT, persons(shown(1, tags=["a"]), shown(2, tags=["Ab"]), shown(3, 1)))
    assert ([one.key for one in page.people], page.rows, page.last) == (["1"], 3, T + 1)


Change = tuple[str, int, str, int]
"""What happens to somebody, to whom, with which tags, and how many seconds later."""


@dataclass
class Changing(Infobip):
    """A simulated account whose people change; its clock stands until somebody moves it."""

    now: int = T
    names: int = 0

    @classmethod
    def of(cls, people: Sequence[tuple[int, str]], **options: Any) -> "Changing":
        def time() -> datetime:
            return infobip.time()

        infobip = cls.simulated(time, **options)
        for tag in "AB":
            infobip.account.create_tag(tag, infobip.time())
        for infobip.now, tags in people:
            infobip.change(("create", 0, tags, 0))
        infobip.now = max((second for second, _ in people), default=T)
        return infobip

    def time(self) -> datetime:
        return datetime.fromtimestamp(self.now, UTC)

    def change(self, *changes: Change) -> None:
        """Change people, one some time after the other; every change is a version of its own."""
        for kind, pick, tags, later in changes:
            self.now, self.names = self.now + later, self.names + 1
            body, everybody = {"firstName": f"n{self.names}"}, list(self.account.people.values())
            if kind == "create" or not everybody:
                self.account.create({**body, "tags": list(tags)}, self.time())
                continue
            person = everybody[pick % len(everybody)]
            who = Identity("ID", str(person.id))
            for tag in tags if kind == "untag" else "":
                self.account.remove_tag(tag, [person], self.time())
            self.account.update(who, {**body, "tags": list(tags) if kind == "tag" else []}, self.time())
            if kind == "delete":
                self.account.delete(who)

    def versions(self, wanted: ImportContacts) -> dict[str, Read]:
        """Everybody who is the job's, as they are now."""
        ours = [one for one in self.account.people.values() if not wanted.tags or one.tag_names & set(wanted.tags)]
        return {one.key: one for one in map(read_person, self.account.show(ours))}


@dataclass
class Importer:
    """Reads as the agent does, and remembers what it would have written."""

    infobip: Changing
    job: ImportContacts
    known: dict[str, Read] = field(default_factory=dict)
    written: list[Read] = field(default_factory=list)
    calls: int = 0

    def run(self, start: int | None = None, between: Sequence[Sequence[Change]] = ()) -> set[str]:
        """Import, and tell whom it met; after each answer some changes happen."""
        position: Position | None = Position(start)
        met, pending = set[str](), list(between)
        while position is not None:
            page = read_page(self.job, position, self.infobip.reply(next_call(self.job, position, count=not met)))
            self.calls += 1
            assert self.calls < 1000, "it does not end"
            for one in page.people:
                met.add(one.key)
                if self.known.get(one.key) != one:
                    self.known[one.key] = one
                    self.written.append(one)
            position = advance(position, page)
            self.infobip.change(*(pending.pop(0) if pending else ()))
        return met


LEAVING, SEVEN = ("modify", 0, "", 1), [(T, "")] * 7


def test_page_numbers_alone_would_miss_somebody() -> None:
    """Seven in one second on pages of three: the first leaves, and the fourth moves to the page that was read."""
    infobip, met = Changing.of(SEVEN), set[int]()
    for number, changes in ((1, [LEAVING]), (2, []), (3, [])):
        met |= {
            one["id"] for one in infobip.reply(next_call(job(), Position(T, ties=SameSecond(number)))).body["persons"]
        }
        infobip.change(*changes)
    assert {2, 3, 4, 5, 6, 7} - met == {4}


@pytest.mark.parametrize("key", ["totalCount", None])
@pytest.mark.parametrize("before", [[[]], [[], []]])
def test_whoever_stays_in_a_second_that_others_leave_is_met(key: str | None, before: list[list[Change]]) -> None:
    importer = Importer(Changing.of(SEVEN, total_count_key=key), job())
    importer.run(between=[*before, [LEAVING]])
    assert importer.known == importer.infobip.versions(job())


@pytest.mark.parametrize(
    ("calls", "people", "key"),
    [
        (1 + 3 + 1, SEVEN, "totalCount"),  # of everybody; of the second, forwards; of those who come later
        (1 + 2 + 1, SEVEN[:6], "totalCount"),  # no further than they were counted
        (1 + 3 + 2 + 1, SEVEN, None),  # the second backwards, too
        (5, [(T + second, "") for second in range(9)], None),  # each begins with the last one of the page before
        (1, SEVEN[:2], None),
    ],
)
def test_no_page_is_read_without_need(calls: int, people: list[tuple[int, str]], key: str | None) -> None:
    importer = Importer(Changing.of(people, total_count_key=key), job())
    assert (len(importer.run()), importer.calls) == (len(people), calls)


@pytest.mark.parametrize("count", range(4, 13))
def test_those_who_tie_are_all_met_in_whatever_order_they_come_where_they_are_counted(count: int) -> None:
    importer = Importer(Changing.of([(T, "")] * count, tie_order="shuffled"), job())
    assert len(importer.run()) == count


def test_a_count_that_never_settles_does_not_keep_the_run_for_ever() -> None:
    """Two replicas that differ by one person, and answer by turns."""
    position = Position(T, ties=SameSecond())
    for total in (6, 7) * 500:
        people = ("abc", "def", "g")[position.ties.page - 1] if position.ties else ""
        position = advance(position, Page(len(people), [], T, T, total, frozenset(people))) or Position()
    assert position.ties is None


def test_a_second_is_read_until_a_way_through_it_brings_nobody_new() -> None:
    """The order of those who tie may change between two questions."""
    position, pages = Position(T, ties=SameSecond()), []
    for people in ("abc", "def", "g", "def", "ahi", "abc"):
        pages.append(next_call(job(), position).query["page"])
        position = advance(position, Page(len(people), [], T, T, None, frozenset(people))) or Position()
    assert (pages, position) == (["1", "2", "3", "2", "1", "1"], Position(T + 1))


TAGS = st.sampled_from(["", "A", "A", "B", "AB"])
PERSON = st.tuples(st.sampled_from([T, T, T + 100, T + 100, T + 101]), TAGS)
KINDS = st.sampled_from(["modify", "modify", "create", "delete", "tag", "untag"])
CHANGE = st.tuples(KINDS, st.integers(0, 20), TAGS, st.sampled_from([0, 0, 1]))


@examples(400)
@given(
    people=st.lists(PERSON, max_size=16),
    between=st.lists(st.lists(CHANGE, max_size=3), max_size=15),
    tags=st.sampled_from(["", "", "A", "AB"]),
    passed=st.integers(0, 1),
    limit=st.integers(3, 5),
    key=st.sampled_from(["totalCount", None]),
)
def test_whoever_stays_is_met_and_whoever_changes_is_met_again(
    people: list[tuple[int, str]], between: list[list[Change]], tags: str, passed: int, limit: int, key: str | None
) -> None:
    infobip, wanted = Changing.of(people, total_count_key=key), job(*tags)
    infobip.now = began = infobip.now + passed
    before, importer = infobip.versions(wanted), Importer(infobip, wanted)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(paging, "LIMIT", limit)
        met = importer.run(between=between)
        after = infobip.versions(wanted)
        # The running second is not over: whoever is in it may be met by the look-back only.
        assert {who for who, one in before.items() if after.get(who) == one and (one.second or T) < began} <= met
        importer.run(max([one.second or T for one in importer.written], default=T) - 60)
    assert {who: importer.known.get(who) for who in after} == after
    assert len(set(importer.written)) == len(importer.written), "a version was written twice"
