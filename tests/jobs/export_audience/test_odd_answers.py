"""Whatever JSON comes as an answer to whatever call, a job settles its window or says in one line why it cannot."""

import asyncio
import json
from collections.abc import Generator, Iterable
from contextlib import suppress
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.jobs.import_contacts import ImportContacts
from schemas.operations import LIST_SMS_LOGS, UPLOAD_MMS
from streams.calls.call import Call, Reply
from streams.errors import JobFailed, StreamsError
from streams.infobip import account
from streams.infobip.client import Client
from streams.jobs.export_audience.plan import Attributes, Exporter
from streams.jobs.import_contacts.plan import Malformed, Position, SameSecond, advance, next_call
from streams.jobs.send_message.plan import Messenger
from streams.pipeline.settle import Settled
from tests.examples import examples
from tests.fakes.clock import Clock
from tests.fakes.infobip import Infobip
from tests.fakes.words import Step
from tests.jobs.export_audience.exporting import deliver
from tests.jobs.import_contacts.jobs import read_page
from tests.making import event, export_job, send_job, window_of

#: Keys of Infobip's, in which something else may stand than what it publishes.
KEYS = (
    *("results", "errors", "index", "status", "code", "message", "details", "property", "messages", "messageId"),
    *("requestError", "serviceException", "text", "validationErrors", "errorCode", "errorMessage", "violations"),
    *("groupId", "groupName", "id", "name", "description", "bulkId", "messageCount", "matches", "type", "identifier"),
    *("personId", "persons", "totalCount", "tags", "modifiedAt", "contactInformation", "customAttributes", "dataType"),
    *("templates", "structure", "uploadedContentId", "externalId", "email", "phone", "address", "number"),
)
WORDS = ("CREATED", "NOT_MODIFIED", "EMAIL", "p0@example.com", "2026-11-20T10:00:00", "\ud83d", "", "40401", "E404")
values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.sampled_from([0, 1, 2, -1, 7, 23, 40401, 40403, 400100, 409500, 10**30, 1.5, float("1e300")]),
        st.sampled_from(WORDS),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)),
    max_leaves=25,
)
STATUSES = (200, 200, 202, 204, 207, 207, 400, 404, 409, 413, 422, 405)
replies = st.builds(Reply, st.sampled_from(STATUSES), values)


def odd_first(odd: Iterable[Reply]) -> Infobip:
    """Give odd answers first, and then good ones."""
    return Good(steps=[*odd])


class Good(Infobip):
    """Takes messages, and knows nothing in its logs."""

    def answer(self, call: Call) -> Step:
        if call.operation.name == "create_tag":
            return Reply(200)
        if call.operation.purpose == "send":
            taken = {"groupId": 1, "id": 26}
            said = call.body.get("messages", [])
            sent = [one["destinations"][0]["messageId"] for one in said] or [call.body["messageId"]]
            return Reply(200, {"messages": [{"messageId": name, "status": taken} for name in sent]})
        if call.operation.purpose == "logs":
            return Reply(200, {"results": []})
        return super().answer(call)


def settled(dialogue: Generator[list[Call], list[Reply], Settled], odd: list[Reply], count: int) -> None:
    with suppress(StreamsError):
        assert sum(odd_first(odd).hold(dialogue).outcomes.values()) == count


@examples(400)
@given(st.lists(replies, min_size=1, max_size=7), st.sampled_from(["enter", "exit"]))
def test_an_export_settles_or_says_why_not(odd: list[Reply], action: str) -> None:
    job = export_job()
    exporter = Exporter(job, Attributes())
    values = [event(f"p{number}", action if number else "enter") for number in range(3)]
    settled(exporter.deliver(exporter.fold(window_of(job, values), {})), odd, 3)


@examples(400)
@given(st.lists(replies, min_size=1, max_size=7), st.sampled_from(["sms", "whatsapp_text"]))
def test_a_send_settles_or_says_why_not(odd: list[Reply], channel: str) -> None:
    job = send_job(content={"channel": channel, "text": "Hello"})
    messenger = Messenger(job)
    values = [event(f"p{number}", phone=f"+4179302{number:04d}") for number in range(2)]
    window = window_of(job, values)
    settled(messenger.deliver(messenger.fold(window), 0.0), odd, 2)


@examples(400)
@given(replies, st.sampled_from([Position(), Position(1_700_000_000), Position(1_700_000_000, ties=SameSecond(2, -1))]))
def test_an_import_reads_a_page_or_says_why_not(reply: Reply, position: Position) -> None:
    job = ImportContacts(name="contacts", kind="import_contacts", authorization="main", tags=("VIP",))
    assert next_call(job, position).accepts_missing
    with suppress(Malformed):
        advance(position, read_page(job, position, reply))


@examples(400)
@given(replies)
def test_a_question_to_the_account_is_answered_or_says_why_not(reply: Reply) -> None:
    async def ask(client: Client) -> None:
        for question in (
            account.check(client),
            account.prove(client, Call(LIST_SMS_LOGS)),
            account.upload(client, Call(UPLOAD_MMS, file=b"x", accepts_any_answer=True)),
            account.read_attributes(client, wait=False),
            account.create_attribute(client, "ltv", "DECIMAL"),
            account.ensure_tag(client, "VIP"),
            account.read_templates(client, "4412345"),
        ):
            with suppress(StreamsError):
                await question

    async def run() -> None:
        clock = Clock()
        infobip = Infobip(otherwise=httpx.Response(reply.status, content=_json(reply.body)), clock=clock)
        client = infobip.connect(sleep=clock.sleep)
        await ask(client)
        await client.aclose()

    asyncio.run(run())


def _json(body: Any) -> bytes:
    return json.dumps(body).encode()


NO_ANSWERS: list[Any] = [
    None,
    7,
    "OK",
    [7],
    {"results": 5},
    {"results": [7]},
    {"results": [{"index": 0, "status": ["CREATED"]}]},
    {"results": [{"index": True, "status": "CREATED"}]},
    {"results": [{"index": 0}]},
    {"results": {"index": 0, "status": 7}},
    {"errors": ["x"]},
    {"unexpected": True},
]


@pytest.mark.parametrize("body", NO_ANSWERS, ids=repr)
def test_an_answer_that_is_none_to_an_upsert_is_asked_for_again_after_a_while(body: Any) -> None:
    talk = odd_first([Reply(207, body)] * 3)
    calls, said, _ = deliver([event("ann")], talk=talk)
    assert said.outcomes == {"accepted": 1}
    assert [call.tries for call in calls if call.operation.name == "upsert_persons"] == [0, 1, 2, 3]


@pytest.mark.parametrize("body", NO_ANSWERS, ids=repr)
def test_one_that_stays_none_is_told_in_one_line(body: Any) -> None:
    with pytest.raises(JobFailed, match="Infobip's answer to upsert_persons") as failed:
        deliver([event("ann")], talk=odd_first([Reply(207, body)] * 99))
    assert "\n" not in str(failed.value)


ERRORS: list[Any] = [
    {"index": 0, "code": 400100, "message": ["no", {"text": 7}], "details": "x"},
    {"index": 0, "code": [400100], "message": None, "details": {"property": 1}},
    {"index": 0, "code": 400100, "details": [7, {"property": ["a"], "message": {}}]},
    {"index": 0},
]


@pytest.mark.parametrize("error", ERRORS, ids=repr)
def test_an_error_in_another_form_is_a_rejection_all_the_same(error: Any) -> None:
    _, said, _ = deliver([event("ann")], talk=odd_first([Reply(207, {"errors": [error]})]))
    assert said.outcomes == {"rejected": 1}
    assert said.failures[0].detail
