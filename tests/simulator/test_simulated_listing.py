"""The list of people stays right while they change: filters, orders, pages, ties and counts."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import cycle
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams.simulator import SimulatorOptions
from streams.simulator.account import Account
from streams.simulator.answers import Refusal
from streams.simulator.endpoints import ENDPOINTS, Ask
from streams.simulator.filters import read_filter
from streams.simulator.identity import Identity
from streams.simulator.views import VIEWS_KEPT
from tests.simulator.simulated import NOW, PERSONS, TAGS, Caller, account, person, phone, simulate

ORDERS = [f"{field}:{way}" for field in ("firstName", "lastName", "createdAt", "modifiedAt") for way in ("asc", "desc")]
EVERYBODY: dict[str, Any] = {"#ne": {"firstName": "nobody"}}
TAGGED = {"#or": [{"#contains": {"tags": "A"}}, {"#contains": {"tags": "b"}}]}


def since(seconds: int, operator: str = "#gte") -> dict[str, Any]:
    return {operator: {"modifiedAt": moment(seconds)}}


def moment(seconds: int) -> str:
    return (NOW + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")


def listed(simulated: Account, clause: Any, order: str = "modifiedAt:asc", **query: str) -> dict[str, Any]:
    query = {"limit": "1000", "includeTotalCount": "true", "orderBy": order, **query}
    if clause is not None:
        query["filter"] = orjson.dumps(clause).decode()
    body: dict[str, Any] = ENDPOINTS["list_persons"](simulated, Ask(NOW, "", query, b"")).body
    return body


def ids(body: dict[str, Any]) -> list[int]:
    return [each["id"] for each in body["persons"]]


def sorted_anew(simulated: Account, clause: Any, order: str) -> list[int]:
    """Filter and sort everybody, as plainly as can be."""
    passes = read_filter(orjson.dumps(clause).decode(), bounded="").passes_rest
    field, _, way = order.partition(":")
    shown = simulated.show(each for each in simulated.people.values() if passes(each))
    ordered = sorted((each.get(field, ""), each["id"]) for each in shown)
    return [person_id for _, person_id in (reversed(ordered) if way == "desc" else ordered)]


def change(simulated: Account, step: tuple[str, int, str], now: datetime) -> None:
    """Make one step of a history; what is refused changes nothing."""
    kind, number, word = step
    who = Identity("EXTERNAL_ID", str(number))
    anybody = [each for each in simulated.people.values() if each.id % 2 == number % 2]
    body = {"externalId": str(number), "firstName": word}
    steps: dict[str, Callable[[], object]] = {
        "upsert": lambda: simulated.upsert([{**body, "tags": [word], "customAttributes": {"note": word}}], now),
        "by phone": lambda: simulated.upsert([person(phone(f"4179{number:05}"), lastName=word)], now),
        "create": lambda: simulated.create({**body, "lastName": word}, now),
        "update": lambda: simulated.update(who, {"lastName": word, "tags": [word]}, now),
        "replace": lambda: simulated.replace(who, {} if word == "A" else {"externalId": str(9 - number)}, now),
        "delete": lambda: simulated.delete(who),
        "tag": lambda: simulated.add_tag(word, anybody, now),
        "untag": lambda: simulated.remove_tag(word, anybody, now),
        "delete tag": lambda: simulated.delete_tag(word),
        "define": lambda: simulated.create_attribute({"name": "note", "dataType": "STRING"}, now),
        "delete attribute": lambda: simulated.delete_attribute("note"),
        "spoil": lambda: simulated.spoil(number, {"city": word}, now),
    }
    try:
        steps[kind]()
    except Refusal:
        return


KINDS = [
    *("upsert", "by phone", "create", "update", "replace", "delete", "tag", "untag"),
    *("delete tag", "define", "delete attribute", "spoil"),
]
STEPS = st.lists(
    st.tuples(st.tuples(st.sampled_from(KINDS), st.integers(1, 8), st.sampled_from("ABC")), st.integers(0, 1)),
    min_size=1,
    max_size=12,
)
TIMES = st.builds(
    str.format,
    st.sampled_from(["2026-11-20T10:00:0{}", "2026-11-20T10:00:0{}Z", "2026-11-20T12:00:0{}.500+02:00"]),
    st.integers(0, 9),
) | st.just("2026-11-20")
BOUNDS = st.builds(
    lambda operator, field, at: {operator: {field: at}},
    st.sampled_from(["#gt", "#gte", "#lt", "#lte", "#eq", "#ne"]),
    st.sampled_from(["modifiedAt", "modifiedAt", "createdAt"]),
    TIMES,
)
TESTS = st.sampled_from(
    [
        {"#contains": {"tags": "a"}},
        {"#notContain": {"tags": "B"}},
        {"#startsWith": {"tags": "C"}},
        {"firstName": "A", "lastName": "B"},
        {"customAttributes.note": "A"},
        {"#ne": {"externalId": "3"}},
        {"#gt": {"modifiedAt": 5}},
    ]
)
CLAUSES = st.recursive(
    BOUNDS | TESTS,
    lambda inner: (
        st.builds(lambda clauses: {"#and": clauses}, st.lists(inner, min_size=1, max_size=3))
        | st.builds(lambda clauses: {"#or": clauses}, st.lists(inner, min_size=1, max_size=2))
        | st.builds(lambda one, other: {**one, **other}, inner, inner)
    ),
    max_leaves=6,
)


ALWAYS_ASKED = [
    (EVERYBODY, "modifiedAt:asc"),
    (EVERYBODY, "firstName:desc"),
    (TAGGED, "modifiedAt:asc"),
    ({"customAttributes.note": "A"}, "createdAt:asc"),
    ({"#and": [since(3), since(1), since(4, "#lt"), since(9, "#lt")]}, "modifiedAt:desc"),
    ({"#gt": {"modifiedAt": "2026-11-20T12:00:03+02:00"}, "#lte": {"modifiedAt": moment(7)}}, "modifiedAt:asc"),
]


@settings(deadline=None, max_examples=200)
@given(STEPS, st.lists(st.tuples(CLAUSES, st.sampled_from(ORDERS)), max_size=3))
def test_a_list_is_as_if_it_was_sorted_anew(
    steps: Sequence[tuple[tuple[str, int, str], int]], asked: Sequence[tuple[dict[str, Any], str]]
) -> None:
    simulated = account(unknown_tag_in_upsert="create", tagging_modifies_person=len(steps) % 2 == 0)
    began = [("define", 1, "A"), *(("upsert", number, "ABC"[number % 3]) for number in range(1, 9))]
    now = NOW
    for step, seconds in [*zip(began, cycle((0, 1)), strict=False), *steps]:
        now += timedelta(seconds=seconds)
        change(simulated, step, now)
        for clause, order in [*ALWAYS_ASKED, *asked]:
            expected = sorted_anew(simulated, clause, order)
            page = listed(simulated, clause, order)
            assert (expected, len(expected)) == (ids(page), page["totalCount"])
            assert expected[2:4] == ids(listed(simulated, clause, order, limit="2", page="2"))


def test_only_times_are_bounds() -> None:
    simulated = account()
    simulated.upsert([{"externalId": name, "firstName": name} for name in ("Zoe", "2026-11-21", "2026-11-20")], NOW)
    assert ids(listed(simulated, {"#gt": {"firstName": "2026-11-20"}}, "firstName:asc")) == [2]


def crowd(**options: Any) -> Account:
    """Make 40 people, ten in each second, the later first modified in the fourth."""
    simulated = account(**options)
    for name in "AB":
        simulated.create_tag(name, NOW)
    for second in range(4):
        people = [{"externalId": f"{second}-{number}", "tags": ["AB"[number % 2]]} for number in range(10)]
        assert not simulated.upsert(people, NOW + timedelta(seconds=second))["errors"]
    return simulated


@pytest.mark.parametrize(
    ("clause", "expected"),
    [
        (None, [*range(1, 41)]),
        (since(3), [*range(31, 41)]),
        ({"#and": [since(1), since(2, "#lt")]}, [*range(11, 21)]),
        ({"#and": [TAGGED, since(2)]}, [*range(21, 41)]),
        ({"#and": [{"#contains": {"tags": "b"}}, since(1), since(2, "#lt")]}, [12, 14, 16, 18, 20]),
        ({"#and": [since(2), since(1, "#lt")]}, []),
        ({"#or": [since(3), since(0, "#lte")]}, [*range(1, 11), *range(31, 41)]),
    ],
)
def test_bounds_narrow_a_list_whose_pages_cover_it(clause: Any, expected: list[int]) -> None:
    simulated = crowd()
    pages = [listed(simulated, clause, limit="7", page=str(page)) for page in range(1, 8)]
    assert expected == [each for page in pages for each in ids(page)]
    assert {len(expected)} == {page["totalCount"] for page in pages}


def test_whoever_is_modified_moves_to_the_end() -> None:
    simulated = crowd()
    assert ids(listed(simulated, since(3)))[:2] == [31, 32]
    simulated.upsert(
        [{"externalId": "0-2", "city": "Rome"}, {"externalId": "3-0", "city": "Rome"}], NOW.replace(second=9)
    )
    assert ids(listed(simulated, since(3))) == [*range(32, 41), 3, 31]
    assert ids(listed(simulated, since(9), "modifiedAt:desc")) == [31, 3]


def test_filters_that_are_long_not_asked_for_are_answered_anew() -> None:
    simulated = crowd()
    clauses = [{"#ne": {"externalId": f"0-{number}"}} for number in range(VIEWS_KEPT + 2)]
    for round_ in range(3):
        for number, clause in enumerate(clauses):
            assert ids(listed(simulated, clause)) == sorted_anew(simulated, clause, "modifiedAt:asc")
            at = NOW + timedelta(minutes=round_, seconds=number)
            simulated.upsert([{"externalId": f"1-{number}", "city": str(round_)}], at)


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize(
    "text", ['{"#gte":{"modifiedAt":"x"}}', '{"#and":[]}', '{"#and":[{"#lt":{"modifiedAt":null}}]}']
)
def test_a_bad_filter_is_refused_in_any_order(order: str, text: str) -> None:
    with pytest.raises(Refusal):
        listed(crowd(), orjson.Fragment(text), order)


@pytest.mark.parametrize("order", ["modifiedAt:asc", "modifiedAt:desc", "createdAt:asc"])
def test_shuffled_ties_come_in_another_order_each_time(order: str) -> None:
    def orders() -> list[list[int]]:
        simulated = crowd(tie_order="shuffled")
        return [ids(listed(simulated, {"#and": [TAGGED, since(1)]}, order)) for _ in range(3)]

    seconds = [[*range(11, 21)], [*range(21, 31)], [*range(31, 41)]]
    for each in orders():
        tied = [sorted(each[start : start + 10]) for start in (0, 10, 20)]
        assert tied == (seconds[::-1] if order.endswith("desc") else seconds)
    assert len({tuple(each) for each in orders()}) == 3
    assert orders() == orders()


def test_ties_are_in_the_order_of_creation() -> None:
    assert ids(listed(crowd(), None, "firstName:asc")) == [*range(1, 41)]


def test_a_count_that_is_never_told() -> None:
    async def story(call: Caller) -> None:
        await call("POST", TAGS, {"name": "A"})
        await call.upsert({"externalId": "1"})
        for path, rows in ((PERSONS, "persons"), (TAGS, "tags")):
            answer = await call("GET", path, includeTotalCount="true")
            assert (answer.status, answer.body.keys()) == (200, {"limit", "page", "orderBy", rows})
            assert len(answer.body[rows]) == 1

    simulate(story, SimulatorOptions(limits=None, total_count_key=None))
