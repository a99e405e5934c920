"""Which page is asked for after which, as the answers tell it."""

from typing import Any

import pytest

from schemas.paging import Paging, paging_of
from streams.calls.paging import NoPages, first_page, items_of, next_page, shown_paging


def published(path: str) -> Paging:
    paging = paging_of("GET", path)
    assert paging is not None
    return paging


PERSONS, SEGMENTS, LOGS = (published(one) for one in ("/people/2/persons", "/people/3/segments", "/sms/3/logs"))
TEMPLATES = published("/kakao-brand-messages/1/templates")


def test_pages_are_as_large_as_they_may_be_unless_somebody_says_otherwise() -> None:
    assert first_page(PERSONS, [("filter", "{}")]) == [("filter", "{}"), ("limit", "1000")]
    assert first_page(PERSONS, [("limit", "5")]) == [("limit", "5")]
    assert first_page(LOGS, []) == [("useCursor", "true"), ("limit", "1000")]
    assert first_page(TEMPLATES, []) == []


@pytest.mark.parametrize(
    ("paging", "query", "body", "place"),
    [
        (PERSONS, [("limit", "2")], {"persons": [1, 2]}, "2"),
        (PERSONS, [("limit", "2"), ("page", "7")], {"persons": [1, 2]}, "8"),
        (PERSONS, [("limit", "2")], {"persons": [1]}, None),
        (PERSONS, [("limit", "2")], {"persons": []}, None),
        # Less is given than was asked for: what the answer says counts.
        (PERSONS, [("limit", "5000")], {"limit": 2, "page": 1, "persons": [1, 2]}, "2"),
        (PERSONS, [("limit", "2")], [1, 2], "2"),
        (SEGMENTS, [], {"paging": {"page": 0, "totalPages": 2}, "results": [1]}, "1"),
        (SEGMENTS, [("page", "1")], {"paging": {"page": 1, "totalPages": 2}, "results": [1]}, None),
        (SEGMENTS, [("page", "3")], {"results": [1], "paging": {"size": 1}}, "4"),
        (TEMPLATES, [], {"results": [1, 2]}, "2"),
        (LOGS, [], {"results": [1], "cursor": {"limit": 1, "nextCursor": "abc"}}, "abc"),
        (LOGS, [], {"results": [1], "cursor": {"limit": 1, "nextCursor": ""}}, None),
        (LOGS, [], {"results": [1], "cursor": {"limit": 1, "nextCursor": None}}, None),
        (LOGS, [], {"results": [1]}, None),
        (published("/email/2/validations"), [], {"results": [1], "paging": {"nextCursor": "b"}}, "b"),
        (published("/peopleevents/2/definitions"), [("limit", "2")], [1, 2], "2"),
        (published("/peopleevents/2/definitions"), [("offset", "4"), ("limit", "2")], [1, 2], "6"),
        (published("/peopleevents/2/definitions"), [("limit", "2")], [1], None),
    ],
)
def test_the_next_page(paging: Paging, query: list[tuple[str, str]], body: Any, place: str | None) -> None:
    following = next_page(paging, query, body, items_of(paging, body))
    assert (None if following is None else dict(following)[paging.place]) == place
    kept = [(name, value) for name, value in query if name != paging.place]
    assert following is None or [*following][:-1] == kept


def test_a_list_that_does_not_turn_is_no_endless_one() -> None:
    with pytest.raises(NoPages, match="leads to itself, by its cursor"):
        next_page(LOGS, [("cursor", "abc")], {"results": [1], "cursor": {"nextCursor": "abc"}}, [1])
    with pytest.raises(NoPages, match="does not turn by its page"):
        next_page(TEMPLATES, [("page", "1")], {"results": [1]}, [1], [1])


def test_an_answer_without_the_list_is_no_page() -> None:
    with pytest.raises(NoPages, match="no list of persons"):
        items_of(PERSONS, {"id": 1, "tags": ["a", "b"]})
    with pytest.raises(NoPages, match="no list of persons"):
        items_of(PERSONS, None)


@pytest.mark.parametrize(
    ("body", "paging"),
    [
        ({"results": [], "cursor": {"nextCursor": None}}, Paging("cursor", "limit")),
        ({"calls": [], "paging": {"nextCursor": "a"}}, Paging("cursor", "size", items="calls")),
        ({"results": [], "paging": {"page": 0, "totalPages": 3}}, Paging("page", "size")),
        ({"things": [], "page": 1, "limit": 20}, Paging("page", "limit", first=1, items="things")),
        ({"results": []}, None),
        ({"a": [], "b": [], "page": 1, "limit": 20}, None),
        ({"results": [], "paging": {"page": 0}}, None),
        ([1, 2], None),
        ("<html>", None),
    ],
)
def test_of_what_nobody_published_the_answer_tells_how_it_pages(body: Any, paging: Paging | None) -> None:
    assert shown_paging(body) == paging
