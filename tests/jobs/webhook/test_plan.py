"""What becomes of events: which lead to calls, in what order, and what each answer makes of them."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from streams.calls.call import LOST, Call, Delivery, Reply
from streams.jobs.webhook.calling import TOLD_MAX, MarkedCall
from streams.jobs.webhook.plan import WebhookProcessor
from streams.jobs.webhook.targets import target_of
from streams.pipeline.decode import Record
from tests.fakes.infobip import Infobip
from tests.jobs.webhook.calling import BY_ID, NOW, made_of, webhook_job, window_of
from tests.making import bare, event

ANN, BO = event("ann"), event("bo")
AT = datetime(2026, 11, 29, 9, tzinfo=UTC)


def named(event_id: str, profile_id: str = "ann", **said: Any) -> bytes:
    return orjson.dumps({**orjson.loads(event(profile_id)), "event_id": event_id, **said})


def ids(calls: Any) -> list[str]:
    return [call.body["id"] for call in calls]


# --- which events ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "on"), [(["e-1"], None), (["e-1"], "enter"), (["e-2"], ["exit"]), (["e-1", "e-2"], "both")]
)
def test_the_action_decides(expected: list[str], on: Any) -> None:
    events = [named("e-1"), named("e-2", "bo", action="exit")]
    made = made_of(events, BY_ID, **({} if on is None else {"on": on}))
    assert ids(made.calls) == expected
    assert made.outcomes == {"accepted": len(expected)} | ({} if len(expected) == 2 else {"skipped": 1})


def test_other_audiences_tombstones_and_what_is_no_event_lead_to_nothing() -> None:
    made = made_of([event("ann", audience="new"), None, b"junk", ANN], audiences=["vip"])
    assert made.outcomes == {"accepted": 1, "skipped": 2, "undecodable": 1}
    assert [(place, reason) for place, reason, _ in made.letters] == [(2, "undecodable")]


def test_an_exit_without_a_profile_is_an_event_with_nothing_but_its_own_fields() -> None:
    template = "module.exports = (e) => ({who: e.profile_id, action: e.action, email: e.get('email', 'none')})"
    made = made_of([bare("ann")], template, on="exit")
    assert [call.body for call in made.calls] == [{"who": "ann", "action": "exit", "email": "none"}]


def test_an_events_own_fields_go_before_the_profiles() -> None:
    template = "module.exports = (e) => [e.audience, e.action, e.profile_id, e.event_id, typeof e.message_id]"
    profile = {"audience": "liar", "action": "liar", "profile_id": "liar", "event_id": "liar", "message_id": 7}
    made = made_of([named("e-1", profile=profile)], template)
    assert [call.body for call in made.calls] == [["vip", "enter", "ann", "e-1", "string"]]


def test_null_calls_nothing_and_a_failure_is_a_dead_letter_and_the_rest_goes_on() -> None:
    template = """module.exports = (e) => {
  if (e.profile_id === 'bo') return null
  if (e.profile_id === 'cy') throw new Error('no')
  return {id: e.profile_id}
}"""
    made = made_of([ANN, BO, event("cy"), event("di")], template)
    assert ids(made.calls) == ["ann", "di"]
    assert made.outcomes == {"accepted": 2, "skipped": 1, "rejected": 1}
    assert made.letters == [(2, "template_failed", "one.js:3:40: Error: no")]


# --- batches and order ----------------------------------------------------------------------------------------------


def test_a_batch_is_one_call_of_several_events_and_its_answer_is_that_of_each() -> None:
    template = "module.exports = (events) => ({ids: events.map((e) => e.event_id)})"
    infobip = Infobip(steps=[Reply(200, {"done": 2}), Reply(409, {"why": "no"})])
    events = [named(f"e-{number}", f"p-{number}") for number in range(3)]
    made = made_of(events, template, infobip, batch={"max_events": 2})
    assert [call.body for call in made.calls] == [{"ids": ["e-0", "e-1"]}, {"ids": ["e-2"]}]
    assert [call.items for call in made.calls] == [2, 1]
    assert made.outcomes == {"accepted": 2, "rejected": 1}
    assert [(one.event_id, one.status, one.answer) for one in made.records] == [
        ("e-0", 200, '{"done":2}'),
        ("e-1", 200, '{"done":2}'),
        ("e-2", 409, '{"why":"no"}'),
    ]


def test_null_of_a_batch_skips_all_of_it_and_a_failure_rejects_all_of_it() -> None:
    events = [named(f"e-{number}", f"p-{number}") for number in range(3)]
    assert made_of(events, "module.exports = () => null", batch={"max_events": 2}).outcomes == {"skipped": 3}
    failed = made_of(
        events, "module.exports = (all) => { if (all.length > 1) throw 1; return {} }", batch={"max_events": 2}
    )
    assert failed.outcomes == {"rejected": 2, "accepted": 1}
    assert [(place, reason) for place, reason, _ in failed.letters] == [(0, "template_failed"), (1, "template_failed")]


def test_calls_of_one_profile_follow_each_other_and_others_go_at_once() -> None:
    job = webhook_job()
    events = [named("e-1"), named("e-2", "bo"), named("e-3"), named("e-4", "cy"), named("e-5")]
    processor = WebhookProcessor(job, target_of(job), NOW.timestamp)
    dialogue = processor.deliver(processor.fold(window_of(job, events)))
    waves = [len(next(dialogue))]
    try:
        while True:
            waves.append(len(dialogue.send([Reply(200)] * waves[-1])))
    except StopIteration as end:
        settled = end.value
    assert (waves, settled.outcomes) == ([3, 1, 1], {"accepted": 5})


# --- answers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 201, 202, 204, 207, 226])
def test_2xx_is_accepted(status: int) -> None:
    assert made_of([ANN], infobip=Infobip(otherwise=Reply(status))).outcomes == {"accepted": 1}


@pytest.mark.parametrize(
    ("detail", "reply"),
    [
        ('answered 400: {"code":7}', Reply(400, {"code": 7})),
        ("answered 404: nobody here", Reply(404, "nobody here")),
        ("answered 302", Reply(302)),
        ("answered 401", Reply(401)),
    ],
)
def test_anything_else_is_rejected_with_a_dead_letter_that_holds_the_answer(detail: str, reply: Reply) -> None:
    made = made_of([ANN], infobip=Infobip(otherwise=reply))
    assert (made.outcomes, made.letters) == ({"rejected": 1}, [(0, "rejected", detail)])


def test_a_dead_letter_tells_as_much_of_an_answer_as_a_person_reads_and_the_record_64_kib() -> None:
    made = made_of([ANN], infobip=Infobip(otherwise=Reply(400, "é" * 100_000)))
    ((_, _, detail),) = made.letters
    assert len(detail) == TOLD_MAX + 1
    (record,) = made.records
    assert len(record.answer.encode()) == 65_536


@pytest.mark.parametrize(
    ("outcome", "reply"),
    [
        ("accepted", Reply(200, {"errors": None})),
        ("rejected", Reply(200, {"errors": ["no"]})),
        ("accepted", Reply(202, "queued")),
        ("rejected", Reply(404, {"errors": None})),
    ],
)
def test_success_says_otherwise(outcome: str, reply: Reply) -> None:
    made = made_of([ANN], infobip=Infobip(otherwise=reply), success="status < 300 and body.errors == null")
    assert made.outcomes == {outcome: 1}


def test_each_call_has_a_record_under_its_events_id() -> None:
    infobip = Infobip(otherwise=Reply(201, {"id": 7}, at=AT, seconds=0.25))
    made = made_of([named("e-1")], BY_ID, infobip, url="https://hooks.example.com/in/{{profile_id}}?a=1")
    (record,) = made.records
    assert record.model_dump() == {
        "event_id": "e-1",
        "job": "hook",
        "method": "POST",
        "path": "https://hooks.example.com/in/ann?a=1",
        "status": 201,
        "answer": '{"id":7}',
        "seconds": 0.25,
        "at": AT,
    }


# --- never twice ----------------------------------------------------------------------------------------------------


def test_calls_are_repeated_unless_the_job_says_never() -> None:
    for repeat, delivery in (("always", Delivery.RETRY), ("never", Delivery.AT_MOST_ONCE)):
        made = made_of([ANN], repeat=repeat)
        assert [call.delivery for call in made.calls] == [delivery]
        assert [call.verbatim for call in made.calls] == [True]


def test_with_never_a_lost_answer_is_a_dead_letter_and_no_second_call() -> None:
    infobip = Infobip(otherwise=Reply(LOST))
    made = made_of([named("e-1")], infobip=infobip, repeat="never")
    assert len(infobip.calls) == 1
    assert made.letters == [
        (0, "rejected", "no answer came, or a server error, and `repeat: never` makes no second call")
    ]
    assert [(one.event_id, one.status) for one in made.records] == [("e-1", None)]


def test_with_never_a_call_says_which_records_it_is_for() -> None:
    """They are marked just before it goes out."""
    calls = made_of([ANN, BO], repeat="never").calls
    assert [[one.offset for one in call.records] for call in calls if isinstance(call, MarkedCall)] == [[0], [1]]
    together = made_of([ANN, BO], "module.exports = (events) => events", repeat="never", batch={"max_events": 2}).calls
    assert [[one.offset for one in call.records] for call in together if isinstance(call, MarkedCall)] == [[0, 1]]
    assert not any(isinstance(call, MarkedCall) for call in made_of([ANN, BO]).calls)


def test_with_never_what_may_have_been_called_before_is_a_dead_letter_and_is_not_called() -> None:
    job = webhook_job(repeat="never")

    def admit(record: Record) -> bool:
        return record.offset > 0

    processor = WebhookProcessor(job, target_of(job), NOW.timestamp, admit=admit)
    asked: list[Call] = []
    dialogue = processor.deliver(processor.fold(window_of(job, [ANN, BO])))
    try:
        calls = next(dialogue)
        while True:
            asked += calls
            calls = dialogue.send([Reply(200)] * len(calls))
    except StopIteration as end:
        settled = end.value
    assert [call.operation.name for call in asked] == ["webhook"]
    assert settled.outcomes == {"accepted": 1, "rejected": 1}
    assert [(one.record.offset, one.detail) for one in settled.failures] == [
        (0, "it may have been called before, and `repeat: never` makes no second call")
    ]


# --- records of ours ------------------------------------------------------------------------------------------------

REPORT = {"report_id": "r-1", "message_id": "m-1", "job": "orders", "profile_id": "ann", "status_name": "DELIVERED"}


def test_records_of_ours_go_on_as_they_are() -> None:
    made = made_of(
        [orjson.dumps(REPORT), b"[]", b"junk"], "module.exports = (r) => r", topics=["eu.infobip_delivery_reports"]
    )
    assert [call.body for call in made.calls] == [REPORT]
    assert [one.event_id for one in made.records] == ["r-1"]
    assert made.outcomes == {"accepted": 1, "undecodable": 2}


@pytest.mark.parametrize(
    ("expected", "record"),
    [
        ("c-1", {"click_id": "c-1", "message_id": "m-1"}),
        ("i-1", {"inbound_id": "i-1", "message_id": "m-1"}),
        ("e-1", {"event_id": "e-1", "message_id": "m-1"}),
        ("m-1", {"message_id": "m-1"}),
        ("memberships-0-0", {"other": 7}),
        ("memberships-0-0", {"message_id": 7}),
    ],
)
def test_a_record_is_called_by_what_it_is(expected: str, record: dict[str, Any]) -> None:
    made = made_of([orjson.dumps(record)], reads="records")
    assert [one.event_id for one in made.records] == [expected]
