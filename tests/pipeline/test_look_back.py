"""What was sent before, asked of the logs by names: it counts as told only where all pages came."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.operations import LIST_SMS_LOGS
from streams.calls.call import Call, Reply
from streams.pipeline.look_back import (
    IDS_PER_QUESTION,
    NAMES_CHARACTERS_MAX,
    PAGE_MAX,
    QUESTIONS_A_PARTITION,
    LookBack,
    ask_by_names,
)
from streams.pipeline.offsets import Partition
from streams.pipeline.trails import Trail, unknown
from tests.fakes.infobip import Infobip

TAKEN = {"groupId": 1, "groupName": "PENDING", "id": 26, "name": "PENDING_ACCEPTED"}
ONE: Partition = ("memberships", 0)
OTHER: Partition = ("memberships", 1)


@dataclass
class Logs(Infobip):
    """Logs that tell of messages by the names of their requests, `page` of them in an answer at most.

    From the question number `spoilt` on something is wrong with answers, in one of several `ways`.
    """

    messages: Mapping[str, Sequence[str]] = field(default_factory=dict)
    page: int = PAGE_MAX
    spoilt: int = 10**9
    way: str = "refused"
    #: Whether a full page leads on to another, though it is the last.
    leads_on: bool = False
    asked: int = 0

    def answer(self, call: Call) -> Reply:
        self.asked += 1
        query = call.query
        assert call.operation == LIST_SMS_LOGS
        assert len(query["bulkId"]) <= NAMES_CHARACTERS_MAX
        ids = [one for name in query["bulkId"].split(",") for one in self.messages.get(name, ())]
        start, page = int(query.get("cursor", "0")), min(self.page, int(query["limit"]))
        rows = [{"messageId": one, "status": TAKEN, "bulkId": "b"} for one in ids[start : start + page]]
        goes_on = start + page < len(ids) or (self.leads_on and start + page == len(ids))
        cursor = {"nextCursor": str(start + page)} if goes_on else {}
        told = {"results": rows, "cursor": {"limit": page, **cursor}}
        return self._spoil(told, query) if self.asked >= self.spoilt else Reply(200, told)

    def _spoil(self, told: dict[str, Any], query: Mapping[str, str]) -> Reply:
        match self.way:
            case "refused":
                return Reply(400, {"errorCode": "E400"})
            case "nothing":
                return Reply(200, {})
            case "text":
                return Reply(200, None)
            case "circle":
                return Reply(200, {**told, "cursor": {"nextCursor": query.get("cursor", "0")}})
            case "no cursor":  # it takes no notice of `useCursor`
                rows = [{"messageId": f"m-{number}", "status": TAKEN} for number in range(PAGE_MAX)]
                return Reply(200, {"results": rows})
        return Reply(200, {**told, "cursor": {"nextCursor": 7}})


WAYS = ("refused", "nothing", "text", "circle", "no cursor", "number")


@settings(max_examples=150)
@given(st.integers(0, 2**32))
def test_what_counts_as_told_whole_is_all_that_went_under_the_names(seed: int) -> None:
    chance = Random(seed)
    names = [f"3f9a1c2b7d4e-{number}" for number in range(chance.choice([1, 7, 64, 300]))]
    messages = {
        name: [f"{name}/{one}" for one in range(chance.choice([0, 1, 5]))]
        for name in [*names, "3f9a1c2b7d4e-999", "of-others"]
    }
    logs = Logs(
        messages=messages,
        page=chance.choice([1, 3, 10, 1000]),
        spoilt=chance.choice([10**9, chance.randrange(1, 20)]),
        way=chance.choice(WAYS),
    )
    questions_max = chance.choice([1, 10, 1000])
    pages = logs.hold(ask_by_names(LIST_SMS_LOGS, names, questions_max))
    wanted = {one for name in names for one in messages[name]}
    assert logs.asked == pages.questions <= questions_max
    if pages.whole:
        assert pages.results.keys() == wanted
    elif logs.way != "no cursor":
        assert pages.results.keys() <= wanted
    if logs.spoilt > logs.asked and questions_max == 1000:
        assert pages.whole


@pytest.mark.parametrize("way", WAYS)
def test_an_answer_that_cannot_be_relied_on_is_not_the_whole(way: str) -> None:
    logs = Logs(messages={"a-0": ["m-1", "m-2", "m-3"]}, page=2, spoilt=2, way=way)
    assert not logs.hold(ask_by_names(LIST_SMS_LOGS, ["a-0"], 10)).whole


def test_a_page_of_logs_that_have_no_cursors_is_the_whole_unless_it_is_full() -> None:
    class Plain(Logs):
        def answer(self, call: Call) -> Reply:
            body = super().answer(call).body
            return Reply(200, {"results": body["results"]})

    few, many = ({"a-0": [f"m-{number}" for number in range(count)]} for count in (PAGE_MAX - 1, PAGE_MAX))
    assert Plain(messages=few).hold(ask_by_names(LIST_SMS_LOGS, ["a-0"], 10)).whole
    assert not Plain(messages=many).hold(ask_by_names(LIST_SMS_LOGS, ["a-0"], 10)).whole


def ask(logs: Logs, left: Mapping[Partition, Sequence[Trail]]) -> tuple[set[Partition], set[str]]:
    look_back = LookBack(LIST_SMS_LOGS, 1)
    return set(logs.hold(look_back.ask(left))), set(look_back.known)


def test_partitions_share_their_questions() -> None:
    logs = Logs(messages={"a-3": ["m-3"], "a-9": ["m-9"], "a-70": ["m-70"], "b-1": ["n-1"]})
    left = {ONE: [Trail("a", 2, 66, 900)], OTHER: [Trail("a", 5, 69, 900), Trail("b", 0, 64, 900)]}
    assert ask(logs, left) == ({ONE, OTHER}, {"m-3", "m-9", "n-1"})
    assert logs.asked == 1


def test_where_nothing_can_be_left_nothing_is_asked_and_where_nothing_was_noted_neither() -> None:
    logs = Logs()
    assert ask(logs, {ONE: [], OTHER: [unknown(9)]}) == ({ONE}, set())
    assert logs.asked == 0


def test_what_was_noted_is_asked_for_though_other_windows_have_no_names() -> None:
    """As in all that was there when a job first left notes: who reads on is not sure, and yet tries less again."""
    logs = Logs(messages={"a-3": ["m-3"], "b-1": ["n-1"]})
    left = {ONE: [Trail("a", 0, 64, 9), unknown(9)], OTHER: [Trail("b", 0, 64, 9)]}
    assert ask(logs, left) == ({OTHER}, {"m-3", "n-1"})
    assert logs.asked == 1


def test_what_would_take_more_questions_than_it_is_worth_is_left() -> None:
    names = 100 * NAMES_CHARACTERS_MAX
    logs = Logs(messages={"a-1": ["m-1"]})
    assert ask(logs, {ONE: [Trail("a", 0, 64, 9)], OTHER: [Trail("a", 0, names, 9)]}) == ({ONE}, {"m-1"})
    logs = Logs(messages={"a-1": [f"m-{number}" for number in range(50)]}, page=1)
    sure, known = ask(logs, {ONE: [Trail("a", 0, 64, 9)]})
    assert (sure, len(known), logs.asked) == (set(), QUESTIONS_A_PARTITION, QUESTIONS_A_PARTITION)


@pytest.mark.parametrize("window", [1, 100, 500, 1000])
def test_all_that_was_in_flight_of_one_partition_is_told_however_large_its_windows(window: int) -> None:
    """Eight full windows, by names of which a list does not hold all, and a last page that is full."""
    first = 10**6
    messages = {f"3f9a1c2b7d4e-{first + n}": [f"m-{n}-{one}" for one in range(window)] for n in range(8)}
    logs = Logs(messages=messages, leads_on=True)
    look_back = LookBack(LIST_SMS_LOGS, window)
    known = logs.hold(look_back.ask({ONE: [Trail("3f9a1c2b7d4e", first, first + 128, 9)]}))
    assert (set(known), len(look_back.known)) == ({ONE}, 8 * window)
    # No more than a window's ids would have taken.
    assert logs.asked <= max(QUESTIONS_A_PARTITION, ceil(window / IDS_PER_QUESTION))
