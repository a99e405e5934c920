"""Infobip's sends whose bodies templates make: valid as published, each message under one id, and nobody's twice."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest

from schemas.config.webhooks import Webhooks
from schemas.operations import Operation
from streams.calls.call import LOST, Call, Reply
from streams.jobs.webhook.sends import SENDS, NoMessages, messages, numbered
from streams.pipeline.message_ids import Named
from tests.fakes.infobip import Infobip
from tests.jobs.send_message.sending import TAKEN
from tests.jobs.webhook.calling import Made, Taking, made_of, rows
from tests.making import event, message_id
from tests.schemas.openapi import document

STARTERS = Path(__file__).parents[2] / "golden/webhook/templates"
HOOKS = Webhooks.model_validate({"public_url": "https://hooks.example.com", "secret": "a"})
ID = "60320efe-d469-5de0-b197-5beccb093c40"
NAMED = Named("e-1", ID, None)
#: The files of those operations whose paths do not begin with their names.
FILES = {"kakao-alim": "kakao", "kakao-chingu": "kakao"}
#: Its published examples all break its own schema.
BROKEN = "send_whatsapp_interactive_flow"
EVERY = pytest.mark.parametrize("name", SENDS)


def body_of(operation: Operation) -> dict[str, Any]:
    """What is published of an operation's request."""
    word = operation.path.split("/")[1]
    paths = document(f"{FILES.get(word, word)}.json")["paths"]
    found: dict[str, Any] = paths[operation.path]["post"]["requestBody"]["content"]["application/json"]
    return found


def checker_of(operation: Operation) -> jsonschema.Draft202012Validator:
    """What holds a body against the published schema."""
    word = operation.path.split("/")[1]
    components = document(f"{FILES.get(word, word)}.json")["components"]
    return jsonschema.Draft202012Validator({"components": components, "allOf": [body_of(operation)["schema"]]})


def sent(template: str, path: str, values: list[bytes] | None = None, infobip: Infobip | None = None) -> Made:
    """Send what a template gives of events."""
    entered = values or [event("ann", audience="shipped", phone="41793026727", email="ann@example.com")]
    return made_of(entered, template, infobip or Taking(), path=path, webhooks=HOOKS)


@EVERY
def test_published_bodies_stay_valid_with_what_is_put_in(name: str) -> None:
    """Of those published examples that are valid themselves, which are nearly all."""
    operation = SENDS[name].channel.operation
    checker, tried = checker_of(operation), 0
    for example in body_of(operation)["examples"].values():
        if not checker.is_valid(example["value"]):
            continue
        tried += 1
        made = sent(f"module.exports = () => ({json.dumps(example['value'])})", operation.path)
        assert made.outcomes == {"accepted": 1}, made.letters
        assert made.calls
        for call in made.calls:
            assert [error.message for error in checker.iter_errors(call.body)] == []
            (row,) = rows(call)
            assert row["messageId"]
    assert tried or name == BROKEN


def test_every_published_send_by_whatsapp_is_one() -> None:
    begins = "/whatsapp/1/message/"
    published = {path for path in document("whatsapp.json")["paths"] if path.startswith(begins)}
    assert {
        send.channel.operation.path for send in SENDS.values() if begins in send.channel.operation.path
    } == published


@pytest.mark.parametrize(
    ("starter", "path"),
    [
        ("email", "/email/4/messages"),
        ("whatsapp", "/whatsapp/1/message/template"),
        ("sms", "/sms/2/text/advanced"),
    ],
)
def test_the_published_starters_run_word_for_word_and_what_they_send_is_valid(starter: str, path: str) -> None:
    """Once their `<your-…>` are filled in, as that page asks of whoever uses one."""
    template = (STARTERS / f"{starter}.jsonnet").read_text()
    assert template.startswith("local event = (import 'lytemplates.libsonnet');\n")
    template = re.sub("<your-[a-z-]+>", "447860099299", template)
    profile: dict[str, Any] = {
        "email": "ann@example.com",
        "phone": "41793026727",
        "first_name": 'A"\n',
        "order_id": "A-17",
    }
    enters = [event("ann", **profile), event("bo", **{**profile, "first_name": None})]
    made = made_of(enters, template, Taking(), ending="jsonnet", path=path, webhooks=HOOKS)
    assert made.outcomes == {"accepted": 2}
    (operation,) = {call.operation for call in made.calls}
    for call in made.calls:
        assert [error.message for error in checker_of(operation).iter_errors(call.body)] == []
    assert [one.message_id for one in made.settled.told] == [next(rows(call))["messageId"] for call in made.calls]


def test_an_id_is_put_in_where_the_template_gave_none_and_kept_where_it_gave_one() -> None:
    template = """module.exports = (event) => ({messages: [
        {content: {text: 'Hi'}, destinations: [{to: '41793026727'}, {to: '41793026728', messageId: 'mine'}]}]})"""
    made = sent(template, "/sms/3/messages", [orjson.dumps({**orjson.loads(event("ann")), "event_id": "e-1"})])
    ids = [one["messageId"] for call in made.calls for one in rows(call)]
    assert ids == [message_id("hook", "e-1", "ann", "vip"), "mine"]
    assert [(one.message_id, one.to) for one in made.settled.told] == [
        (ids[0], "41793026727"),
        ("mine", "41793026728"),
    ]


def test_each_recipient_of_an_event_has_an_id_of_its_own_which_is_the_same_for_ever() -> None:
    body = {"messages": [{"content": {"text": "Hi"}, "destinations": [{"to": "1"}, {"to": "2"}, {"to": "3"}]}]}
    found = [messages(SENDS["send_sms"], body, 0, NAMED, ("hook", "ann", "vip")) for _ in range(2)]
    ids = [one.message_id for one in found[0]]
    assert ids == [one.message_id for one in found[1]] == [ID, numbered(ID, 1), numbered(ID, 2)]
    assert len(set(ids)) == 3


def test_callback_data_and_the_address_of_reports_are_put_in_and_those_of_the_template_stay() -> None:
    def hooks(own: str) -> Any:
        template = (
            f"module.exports = () => ({{messages: [{{content: {{text: 'Hi'}}, destinations: [{{to: '1'}}]{own}}}]}})"
        )
        (call,) = sent(template, "/sms/3/messages").calls
        return call.body["messages"][0]["webhooks"]

    ours = hooks("")
    assert ours["delivery"] == {"url": HOOKS.address("reports", "sms")}
    told = orjson.loads(ours["callbackData"])
    assert (told["job"], told["profile_id"], told["audience"]) == ("hook", "ann", "shipped")
    theirs = hooks(", webhooks: {callbackData: 'mine', delivery: {url: 'https://a.example'}}")
    assert theirs == {
        "callbackData": "mine",
        "contentType": "application/json",
        "delivery": {"url": "https://a.example"},
    }


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("'Hi'", "gave no object, which a send of Infobip's takes"),
        ("[]", "gave no object"),
        ("({text: 'Hi'})", "gave no list of objects as `messages`"),
        ("({messages: []})", "gave no message with a recipient"),
        ("({messages: [{content: {text: 'Hi'}}]})", "gave no list of objects as `destinations`"),
        ("({messages: [{destinations: ['1']}]})", "gave no list of objects as `destinations`"),
    ],
)
def test_a_body_that_is_no_send_is_a_dead_letter_and_nothing_is_called(body: str, told: str) -> None:
    made = sent(f"module.exports = () => {body}", "/sms/3/messages")
    ((_, reason, detail),) = made.letters
    assert (made.calls, made.outcomes, reason) == ([], {"rejected": 1}, "template_failed")
    assert told in detail


def test_a_message_whose_answer_was_lost_is_looked_for_before_it_is_sent_again() -> None:
    template = "module.exports = (e) => ({messages: [{content: {text: 'Hi'}, destinations: [{to: '41793026727'}]}]})"

    class Losing(Taking):
        """Takes a message, and loses the first answer to it."""

        def answer(self, call: Call) -> Reply:
            if call.method == "GET":
                return Reply(200, {"results": [{"messageId": call.query["messageId"], "status": TAKEN}]})
            return Reply(LOST)

    infobip = Losing()
    made = sent(template, "/sms/3/messages", infobip=infobip)
    assert [call.method for call in infobip.calls] == ["POST", "GET"]
    (told,) = made.settled.told
    assert (made.outcomes, told.status, told.message_status) == ({"unchanged": 1}, "enqueued", "Success")
    assert [(one.status, one.event_id) for one in made.records] == [(None, told.event_id)]


def test_an_event_that_was_published_twice_is_one_message() -> None:
    template = "module.exports = (e) => ({messages: [{content: {text: 'Hi'}, destinations: [{to: '41793026727'}]}]})"
    twice = [orjson.dumps({**orjson.loads(event("ann")), "event_id": "e-1"})] * 2
    made = sent(template, "/sms/3/messages", twice)
    assert (len(made.calls), made.outcomes) == (1, {"accepted": 1, "unchanged": 1})


def test_of_several_recipients_of_an_event_the_worst_answer_counts_and_each_has_its_record() -> None:
    template = """module.exports = () => ({messages: [
        {content: {text: 'Hi'}, destinations: [{to: '1', messageId: 'a'}, {to: '2', messageId: 'b'}]}]})"""
    blocked = {"groupId": 5, "groupName": "REJECTED", "id": 52, "name": "REJECTED_DESTINATION"}

    class Choosy(Taking):
        """Blocks one recipient."""

        def answer(self, call: Call) -> Reply:
            (row,) = rows(call)
            status = blocked if row["messageId"] == "b" else TAKEN
            return Reply(200, {"messages": [{"messageId": row["messageId"], "status": status}]})

    made = sent(template, "/sms/3/messages", infobip=Choosy())
    assert made.outcomes == {"rejected": 1}
    assert [(one.message_id, one.status) for one in made.settled.told] == [
        ("a", "enqueued"),
        ("b", "enqueue_failed"),
    ]
    assert [reason for _, reason, _ in made.letters] == ["rejected"]


def test_copies_of_an_email_go_with_the_first_of_those_they_are_copies_for() -> None:
    body: dict[str, Any] = {
        "messages": [
            {
                "sender": "a@example.com",
                "content": {"subject": "Hi", "text": "Hi"},
                "destinations": [
                    {
                        "to": [{"destination": "b@example.com"}, {"destination": "c@example.com"}],
                        "cc": [{"destination": "d@example.com"}],
                    }
                ],
            }
        ]
    }
    parts = messages(SENDS["send_email"], body, 0, NAMED, ("hook", "ann", "vip"))
    destinations = [one.content["messages"][0]["destinations"][0] for one in parts]
    assert [[to["destination"] for to in one["to"]] for one in destinations] == [["b@example.com"], ["c@example.com"]]
    assert [one.get("cc") for one in destinations] == [[{"destination": "d@example.com"}], None]


@EVERY
def test_what_is_no_body_of_a_send_says_so(name: str) -> None:
    bodies: tuple[Any, ...] = (None, 7, "x", [])
    for body in bodies:
        with pytest.raises(NoMessages):
            messages(SENDS[name], body, 0, NAMED, ("hook", "ann", "vip"))
