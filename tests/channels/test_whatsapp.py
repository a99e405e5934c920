"""WhatsApp: what can be configured, how messages go together, and whether templates suit."""

from typing import Any

import pytest

from schemas.content.whatsapp_template import WhatsappTemplateContent
from schemas.infobip.templates import Template
from schemas.jobs.send_message import SendMessage
from streams.calls.call import Call, Reply
from streams.channels import CHANNELS
from streams.channels.channel import OutboundMessage, RequestOptions
from streams.channels.whatsapp_template import template_faults
from streams.pipeline.dispatch import send
from tests.channels.whatsapp import SENDER, WHICH, said, template
from tests.configuring import CONTRACT, JOB, faults_of, read
from tests.fakes.infobip import Infobip
from tests.fakes.words import Step
from tests.making import send_job

BY_NUMBER = "must be a list, or a mapping by number such as {1: ..., 2: ...}"
HEADERS = "DOCUMENT, GIF, IMAGE, LOCATION, TEXT, VIDEO"
NO_URL = "must begin with http:// or https://, without spaces"
NO_PREVIEW = "the text has no URL that begins with http:// or https://"


def configured(content: str, *more: str) -> str:
    job = ["name: hello", "kind: send_message", "authorization: main", "topics: [t]", f'sender: "{SENDER}"', *more]
    whole = "\n    ".join([*job, f"content: {content}"])
    return f"{CONTRACT[: -len(JOB)]}  - {whole}\n"


def faults(content: WhatsappTemplateContent, *templates: dict[str, Any]) -> list[str]:
    return template_faults(content, [Template.model_validate(one) for one in templates])


@pytest.mark.parametrize(
    ("expected", "content"),
    [
        ("text: must not be empty", '{channel: whatsapp_text, text: ""}'),
        (f"preview_url: {NO_PREVIEW}", "{channel: whatsapp_text, text: see acme.example.com, preview_url: true}"),
        ("frob: unknown key", "{channel: whatsapp_text, text: a, frob: b}"),
        ("language: is missing", "{channel: whatsapp_template, template_name: hello}"),
        (
            "template_name: must consist of lower-case letters, digits and underscores",
            "{channel: whatsapp_template, template_name: Hello, language: en}",
        ),
    ],
)
def test_a_content_that_cannot_work_is_refused(expected: str, content: str) -> None:
    assert faults_of(configured(content)) == [f"jobs[0].content.{expected}"]


@pytest.mark.parametrize(
    ("expected", "part"),
    [
        ("body: must be numbered from 1 without gaps: 2 is missing", "body: {1: a, 3: b}"),
        ("body: must be numbered from 1 without gaps: 2 is missing", "body: {0: a, 1: b}"),
        (f"body: {BY_NUMBER}", "body: {1: a, _2: b}"),
        (f"body: {BY_NUMBER}", "body: {1: a, 01: b}"),
        ("body: must be a list, not a text", "body: Hi"),
        ("body[0]: must be a text, not a number (quote it)", "body: [7]"),
        ("body[1]: must not hold line breaks, tabs or more than 4 spaces in a row", r'body: [a, "b\tc"]'),
        ("body[0]: must not be empty", 'body: [""]'),
        (f"header.type: no header is called 'AUDIO' (there are: {HEADERS})", "header: {type: AUDIO}"),
        ("header.placeholder: is missing", "header: {type: TEXT}"),
        ("header.filename: is missing", "header: {type: DOCUMENT, media_url: https://a.example.com}"),
        (f"header.media_url: {NO_URL}", "header: {type: IMAGE, media_url: a.png}"),
        ("header.latitude: must be at most 90, not 91", "header: {type: LOCATION, latitude: 91, longitude: 0}"),
        ("buttons[0].type: is missing", "buttons: [{parameter: a}]"),
        (
            "buttons: must have at most 2 of type URL, not 3",
            "buttons: [{type: URL, parameter: a}, {type: URL, parameter: b}, {type: URL, parameter: c}]",
        ),
        ("buttons: a button of type CATALOG must be the only one", "buttons: [{type: CATALOG}, {type: FLOW}]"),
        (
            "buttons[0].call_validity_period: must be at most 43200, not 43201",
            "buttons: [{type: VOICE_CALL, call_validity_period: 43201}]",
        ),
        (
            "carousel.cards[0].buttons[0].type: no button of a card is called 'FLOW' (there are: QUICK_REPLY, URL)",
            "carousel: {cards: [{header: {type: TEXT, placeholder: a}, buttons: [{type: FLOW}]}]}",
        ),
        ("sms_failover.sender: is missing", "sms_failover: {text: Hi}"),
    ],
)
def test_a_part_of_a_template_that_cannot_work_is_refused(expected: str, part: str) -> None:
    content = f"{{channel: whatsapp_template, template_name: hello, language: en, {part}}}"
    assert faults_of(configured(content)) == [f"jobs[0].content.{expected}"]


def test_what_waits_for_a_profile_is_not_judged_before() -> None:
    content = '{channel: whatsapp_template, template_name: "W_{{a}}", language: "{{a}}", body: ["{{a}}\\t"]}'
    (job,) = read(configured(content, "message_fields: [a]")).jobs
    assert isinstance(job, SendMessage)
    assert job.content.model_dump()["body"] == ("{{a}}\t",)


@pytest.mark.parametrize(
    "content", ["{channel: whatsapp_text, text: Hi}", "{channel: whatsapp_template, template_name: a, language: en}"]
)
@pytest.mark.parametrize("sender", ["+447860099299", "00447860099299", "44 7860 099299", "Acme", "4" * 16])
def test_a_sender_is_a_number_in_international_format(content: str, sender: str) -> None:
    words = "must be the number of a WhatsApp sender in digits alone, its country's first, such as 447860099299"
    assert faults_of(configured(content).replace(SENDER, sender)) == [f"jobs[0].sender: {words}"]


class Taking(Infobip):
    """Infobip, which takes every WhatsApp message."""

    def answer(self, call: Call) -> Step:
        taken = {"groupId": 1, "groupName": "PENDING", "id": 7, "name": "PENDING_ENROUTE"}
        if "messages" not in call.body:
            return Reply(200, {"messageId": call.body["messageId"], "status": taken})
        return Reply(
            200, {"messages": [{"messageId": one["messageId"], "status": taken} for one in call.body["messages"]]}
        )


@pytest.mark.parametrize(
    ("expected", "content"),
    [
        (3, {"channel": "whatsapp_text", "text": "Hi"}),
        (2, {"channel": "whatsapp_template", "template_name": "hello", "language": "en"}),
    ],
)
def test_only_templates_go_together(expected: int, content: dict[str, Any]) -> None:
    job = send_job(sender=SENDER, content=content)
    messages = [OutboundMessage(f"m-{n}", f"44113496000{n}", job.content, "{}") for n in range(3)]
    talk = Taking()
    results = talk.hold(send(CHANNELS[job.content.channel], RequestOptions(SENDER), messages, 2, may_repeat=True))
    assert len(talk.calls) == expected
    assert [result.outcome for result in results.values()] == ["accepted"] * 3


def test_a_template_that_suits_has_no_faults() -> None:
    assert faults(said(body=["a", "b"]), template(), template(language="de", status="REJECTED")) == []
    assert faults(said(body=["a"]), template("{{1}} and {{1}} again")) == []
    assert faults(said(body=["a"]), template("{{1}} and {{ 1 }} again")) == []


@pytest.mark.parametrize("status", ["REINSTATED", "FLAGGED"])
def test_a_template_that_is_sent_for_now(status: str) -> None:
    assert faults(said(), template("Hello", status=status)) == []


@pytest.mark.parametrize(
    ("expected", "names"),
    [
        ("none", []),
        ("a, b", ["b", "a", "a"]),
        ("t0, t1, t2, t3, t4, t5, t6, t7, t8, t9, ...", [f"t{n}" for n in range(10)] + ["u"]),
    ],
)
def test_a_template_that_is_not_there(expected: str, names: list[str]) -> None:
    found = faults(said(), *(template(name=name) for name in names))
    assert found == [f"template_name: the sender has no template 'order_update' (there are: {expected})"]


def test_a_template_in_other_languages() -> None:
    assert faults(said(), template(language="en_GB"), template(language="de")) == [
        "language: template 'order_update' is not there in 'en' (there are: de, en_GB)"
    ]


@pytest.mark.parametrize("status", ["PENDING", "REJECTED", "FIRST_PAUSED", "DISABLED", "IN_APPEAL", "DELETED"])
def test_a_template_that_is_not_approved(status: str) -> None:
    found = faults(said(body=["a", "b"]), template(status=status))
    assert found == [f"template_name: {WHICH} is not approved, but {status}"]


def test_a_wrong_number_of_placeholders() -> None:
    found = faults(said(body=["a"]), template())
    assert found == [f"body: the number of placeholders of {WHICH} is 2, not 1"]


@pytest.mark.parametrize(
    ("expected", "registered", "header"),
    [
        (None, {"format": "TEXT", "text": "Hi {{1}}"}, {"type": "TEXT", "placeholder": "a"}),
        (None, {"format": "TEXT", "text": "Hi"}, None),
        (None, {"format": "IMAGE"}, {"type": "IMAGE", "media_url": "https://a.example.com"}),
        ("TEXT, not none", {"format": "TEXT", "text": "Hi {{1}}"}, None),
        ("none, not TEXT", {"format": "TEXT", "text": "Hi"}, {"type": "TEXT", "placeholder": "a"}),
        ("none, not TEXT", None, {"type": "TEXT", "placeholder": "a"}),
        ("IMAGE, not VIDEO", {"format": "IMAGE"}, {"type": "VIDEO", "media_url": "https://a.example.com"}),
    ],
)
def test_the_header_of_a_template(expected: str | None, registered: Any, header: Any) -> None:
    found = faults(said(header=header), template("Hello", structure={"header": registered}))
    assert found == ([] if expected is None else [f"header: {WHICH} takes {expected}"])


def test_what_nobody_knows_is_no_fault() -> None:
    assert faults(said(body=["a"]), template(None)) == []
    assert faults(said(body=["a"]), template(structure={"type": "UNSUPPORTED"})) == []
    assert faults(said(template_name="{{a}}"), template()) == []
    assert faults(said(language="{{a}}"), template(language="de")) == []
