"""The benchmark's list of people pages as Infobip's does, however it is asked; who pages right misses nobody."""

from collections import Counter
from typing import Any

import orjson
import pytest

from bench.peers.importing.plain import Cursor, contact
from bench.people import People, Unasked
from schemas.jobs.import_contacts import ImportContacts
from streams.calls.call import Reply
from streams.jobs.import_contacts.contact import read_person
from streams.jobs.import_contacts.plan import LIMIT, Position, advance, next_call
from tests.jobs.import_contacts.jobs import read_page

TIED_SECOND = "2026-01-01T00:02:23"


def ask(people: People, clause: dict[str, Any] | None = None, **query: Any) -> dict[str, Any]:
    asked = {"orderBy": "modifiedAt:asc", "limit": "1000"} | {name: str(value) for name, value in query.items()}
    filtered = {"filter": orjson.dumps(clause).decode()} if clause else {}
    told: dict[str, Any] = orjson.loads(people.page(asked | filtered))
    return told


def ids(answer: dict[str, Any]) -> list[int]:
    return [one["id"] for one in answer["persons"]]


@pytest.fixture(scope="module")
def people() -> People:
    return People(5_000)


def test_pages_follow_each_other_and_the_last_ones_are_short_and_empty(people: People) -> None:
    assert ids(ask(people, limit=3, page=2)) == [4, 5, 6]
    assert ids(ask(people, limit=999, page=6)) == [4_996, 4_997, 4_998, 4_999, 5_000]
    assert ids(ask(people, page=6)) == []
    assert ids(ask(People(0))) == []


def test_a_page_has_no_more_than_a_thousand(people: People) -> None:
    assert len(ids(ask(people, limit=5_000))) == 1000


def test_seven_are_modified_in_a_second_and_three_thousand_in_one(people: People) -> None:
    times = [one["modifiedAt"] for page in range(1, 6) for one in ask(people, page=page)["persons"]]
    assert times == sorted(times)
    seconds = Counter(times)
    assert seconds[TIED_SECOND] == 3_000
    assert Counter(seconds.values()).most_common(1)[0][0] == 7
    assert times.index(TIED_SECOND) == 1_000


def test_a_filter_bounds_what_is_counted(people: People) -> None:
    since, before = {"#gte": {"modifiedAt": TIED_SECOND}}, {"#lt": {"modifiedAt": "2026-01-01T00:02:24Z"}}
    assert ask(people, since, includeTotalCount="true")["totalCount"] == 4_000
    tied = ask(people, {"#and": [since, before]}, includeTotalCount="true", page=3)
    assert (tied["totalCount"], ids(tied)[0], ids(tied)[-1]) == (3_000, 3_001, 4_000)
    assert "totalCount" not in ask(people, before)


def test_who_is_asked_for_by_email_is_there_or_left_out(people: People) -> None:
    emails = [f"person{number}@example.com" for number in (4, 10_000_000)]
    clauses = [{"#eq": {"contactInformation.email.address": email}} for email in emails]
    phone = {"#eq": {"contactInformation.phone.number": "1"}}
    found = orjson.loads(people.page({"filter": orjson.dumps({"#or": [*clauses, phone]}).decode()}))
    assert [one["id"] for one in found["persons"]] == [5]
    assert ask(people, {"#contains": {"tags": "VIP"}}, includeTotalCount="true")["totalCount"] == 5_000


@pytest.mark.parametrize(
    "clause", [{"#contains": {"tags": "Wave 1"}}, {"#gte": {"createdAt": TIED_SECOND}}, {"firstName": "Ann"}]
)
def test_what_it_cannot_answer_it_refuses(people: People, clause: dict[str, Any]) -> None:
    with pytest.raises(Unasked):
        ask(people, clause)
    with pytest.raises(Unasked):
        people.page({"orderBy": "createdAt:desc"})


def test_the_loop_by_hand_reads_everybody_once(people: People) -> None:
    cursor, read = Cursor(), Counter[int]()
    while page := orjson.loads(people.page(cursor.query()))["persons"]:
        read.update(person["id"] for person in page if person["id"] not in cursor.seen)
        if len(page) < LIMIT:
            break
        cursor = cursor.after(page)
    assert (len(read), max(read.values())) == (5_000, 1)


def test_ours_reads_everybody(people: People) -> None:
    job = ImportContacts(name="contacts", kind="import_contacts", authorization="main")
    position: Position | None = Position()
    read = set[str]()
    while position is not None:
        query = dict(next_call(job, position, count=True).query)
        page = read_page(job, position, Reply(200, orjson.loads(people.page(query))))
        read.update(one.key for one in page.people)
        position = advance(position, page)
    assert len(read) == 5_000


def test_contacts_made_by_hand_are_those_of_ours(people: People) -> None:
    (person,) = ask(people, limit=1)["persons"]
    assert contact(person) == orjson.loads(read_person(person).value)
