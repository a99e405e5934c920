"""What Infobip's answers about lists mean."""

from collections.abc import Mapping

import pytest
from pydantic import BaseModel

from schemas.operations import ADD_TO_LIST, CREATE_LIST, REMOVE_FROM_LIST
from schemas.records.cohorts import CohortCall, CohortEntry, CohortList, CohortMark, CohortMember, CohortProgress
from streams.calls.call import Reply
from streams.jobs.sync_cohort import records
from streams.jobs.sync_cohort.mirror import Step, Told
from tests.jobs.sync_cohort.cohorts import NOW, Table, enters, exits

MODELS: Mapping[str, type[BaseModel]] = {
    records.MEMBER: CohortMember,
    records.MARK: CohortMark,
    records.LIST: CohortList,
    records.ENTRY: CohortEntry,
    records.DONE: CohortProgress,
    records.CALL: CohortCall,
}


def answered(table: Table, status: int, body: object, *ids: str) -> tuple[Step, Told]:
    """Add these ids to a list that is there, and have that answered so."""
    table.say(*(enters(one, one) for one in ids))
    cohort = table.mirror.cohort("vip")
    cohort.list_id = cohort.list_id or "7"
    step = table.mirror.begin(ADD_TO_LIST, cohort)
    return step, table.mirror.absorb(step, Reply(status, body), 0.0, NOW)


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ("+seven@example.com", "+seven@example.com"),
        ("ann@example.com", "Ann@Example.com"),
        ("4930901820", "+4930901820"),
    ],
)
def test_a_refused_id_is_known_however_it_is_spelled(sent: str, told: str) -> None:
    table = Table()
    body = {"modifiedCount": 2, "createdCount": 1, "errors": {"count": 1, "failed": {"VALIDATION_ERROR": [told]}}}
    _, said = answered(table, 200, body, sent, "bo@example.com")
    assert (said.created, said.modified, dict(said.errors)) == (1, 2, {"VALIDATION_ERROR": 1})
    cohort = table.mirror.cohort("vip")
    assert (cohort.refused, cohort.inside) == ({sent: "VALIDATION_ERROR"}, {"bo@example.com"})


def test_a_refused_id_is_tried_again_with_the_next_enter_and_not_before() -> None:
    table = Table()
    answered(table, 200, {"errors": {"failed": {"VALIDATION_ERROR": ["bad"]}}}, "bad")
    assert list(table.mirror.waiting(ADD_TO_LIST)) == []
    table.say(enters("bad", "bad"))
    assert [cohort.first_to_add() for cohort, _ in table.mirror.waiting(ADD_TO_LIST)] == [["bad"]]


def test_a_call_that_is_refused_whole_is_tried_in_parts_until_the_guilty_stands_alone() -> None:
    table = Table()
    table.mirror.cohort("vip").list_id = "7"
    table.say(*(enters(name, name) for name in ("a", "b", "guilty", "d")))
    sizes = []
    while waiting := list(table.mirror.waiting(ADD_TO_LIST)):
        step = table.mirror.begin(ADD_TO_LIST, waiting[0][0])
        sizes.append(step.ids)
        status = 400 if "guilty" in step.ids else 200
        table.mirror.absorb(step, Reply(status, {"errorCode": "E400", "description": "no"}), 0.0, NOW)
    assert sizes == [("a", "b", "guilty", "d"), ("a", "b"), ("guilty", "d"), ("guilty",), ("d",)]
    cohort = table.mirror.cohort("vip")
    assert (cohort.refused, cohort.inside) == ({"guilty": "E400: no"}, {"a", "b", "d"})


def test_a_remove_may_be_answered_with_nothing() -> None:
    table = Table()
    answered(table, 200, {"createdCount": 1, "modifiedCount": 0}, "a")
    table.say(exits("a"))
    step = table.mirror.begin(REMOVE_FROM_LIST, table.mirror.cohort("vip"))
    table.mirror.absorb(step, Reply(200, None), 0.0, NOW)
    assert (step.ids, table.mirror.cohort("vip").inside) == (("a",), set())


def test_a_list_that_infobip_does_not_make_refuses_who_waits_for_it() -> None:
    table = Table()
    table.say(enters("a", "a"), enters("b", "b"), records.mark("session", 1))
    step = table.mirror.begin(CREATE_LIST, table.mirror.cohort("vip"))
    fault = {"requestError": {"serviceException": {"messageId": "BAD_REQUEST", "text": "Bad request"}}}
    told = table.mirror.absorb(step, Reply(400, fault), 0.0, NOW)
    assert dict(told.errors) == {"BAD_REQUEST": 2}
    why = "the list '[Kafka] vip' was refused: BAD_REQUEST: Bad request"
    assert table.mirror.cohort("vip").refused == {"a": why, "b": why}
    assert table.mirror.done() == [records.done("session", 1)]


def test_a_window_is_done_once_its_last_words_are_in_the_lists() -> None:
    table = Table()
    table.mirror.cohort("vip").list_id = "7"
    table.say(enters("a", "a"), records.mark("one", 1), enters("b", "b"), records.mark("two", 1))
    assert table.mirror.done() == []
    step = table.mirror.begin(ADD_TO_LIST, table.mirror.cohort("vip"))
    table.say(enters("c", "c"), records.mark("one", 2))
    table.mirror.absorb(step, Reply(200, {}), 0.0, NOW)
    assert table.mirror.done() == [records.done("one", 1), records.done("two", 1)]


def test_what_is_remembered_is_what_is_documented() -> None:
    table = Table(takes=0.0)
    table.say(enters("ann"), enters("bo"), exits("bo"), records.mark("session", 1))
    table.settle()
    call = records.call("create_list", "vip", NOW)
    for key, value in [*table.members, *table.lists.items(), call]:
        parts, said = records.read(key, value)
        if said is not None:
            MODELS[parts[0]].model_validate_json(value or b"")
