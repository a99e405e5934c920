"""What jobs that receive messages may say, and what of it cannot be."""

import jsonschema
import pytest

from schemas.jobs.receive_messages import ReceiveMessages
from streams.config.editor_schema import json_schema
from tests.configuring import faults_of, read

HEAD = """\
kafka: {{brokers: "localhost:9092"}}
authorizations:
  - {{name: main, base_url: xyz.api.infobip.com, api_key: "k"}}
  - {{name: other, base_url: abc.api.infobip.com, api_key: "k"}}
{webhooks}
jobs:
"""
PUSH = "webhooks: {public_url: https://h.example.com, secret: hush}"
SAID = "channel: sms, number: 447860099299"


def jobs(*said: str, webhooks: str = PUSH) -> str:
    whole = [
        f"  - {{name: job-{n}, kind: receive_messages, authorization: main, {one}}}\n" for n, one in enumerate(said)
    ]
    return HEAD.format(webhooks=webhooks) + "".join(whole)


def job_of(said: str) -> ReceiveMessages:
    (job,) = read(jobs(said)).jobs
    assert isinstance(job, ReceiveMessages)
    return job


@pytest.mark.parametrize("number", ["447860099299", '"447860099299"', "+447860099299", '"+447860099299"'])
def test_a_number_is_its_digits_however_it_is_written(number: str) -> None:
    assert job_of(f"channel: sms, number: {number}").number == "447860099299"


def test_what_is_left_out_has_its_default() -> None:
    job = job_of("channel: whatsapp, number: 60111")
    assert (job.keyword, job.take_over, job.inputs, job.group_id) == (None, False, (), "infobip-streams.job-0")


DIGITS = "must be a number in 3 to 15 digits with its country and without blanks, such as 447860099299"


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (f"number: {DIGITS}", "channel: sms, number: 12"),
        (f"number: {DIGITS}", 'channel: sms, number: "44 7860 099299"'),
        (f"number: {DIGITS}", "channel: sms, number: Acme"),
        (f"number: {DIGITS}", "channel: sms, number: -447860099299"),
        ("number: must be a number, not true", "channel: sms, number: true"),
        ("number: is missing", "channel: sms"),
        ("channel: must be 'sms', 'mms' or 'whatsapp', not 'viber'", "channel: viber, number: 447860099299"),
        ("keyword: must be one word: a message is told by its first", f'{SAID}, keyword: "MY ORDER"'),
        ("keyword: must be one word: a message is told by its first", f'{SAID}, keyword: ""'),
        ("keyword: must be one word: a message is told by its first", f'{SAID}, keyword: " ORDER"'),
        ("keyword: must be at most 50 characters, not 51", f"{SAID}, keyword: {'a' * 51}"),
        ("keyword: must be a text, not true or false (quote it)", f"{SAID}, keyword: true"),
        ("keyword: must be a text, not a number (quote it)", f"{SAID}, keyword: 2026"),
    ],
)
def test_each_fault_has_its_words(expected: str, said: str) -> None:
    assert faults_of(jobs(said)) == [f"jobs[0].{expected}"]


def test_two_jobs_cannot_ask_for_the_same_messages() -> None:
    other = "give one of them another keyword"
    assert faults_of(
        jobs(f"{SAID}, keyword: ORDER", SAID, f"{SAID}, keyword: order", 'channel: sms, number: "+447860099299"')
    ) == [
        f"jobs[2].keyword: jobs[0] asks for the same messages, on sms to '447860099299' with keyword order: {other}",
        f"jobs[3].number: jobs[1] asks for the same messages, on sms to '447860099299' with no keyword: {other}",
    ]


def test_other_keywords_numbers_and_channels_are_other_messages() -> None:
    said = [SAID, f"{SAID}, keyword: A", f"{SAID}, keyword: B", "channel: mms, number: 447860099299"]
    assert len(read(jobs(*said, "channel: sms, number: 447860099300")).jobs) == 5


def test_messages_come_only_where_the_file_says_how() -> None:
    assert faults_of(jobs(SAID, webhooks="")) == [
        "jobs[0].kind: 'receive_messages' needs webhooks, by which Infobip tells what was written"
    ]


def test_whatsapp_has_no_inbox() -> None:
    faults = faults_of(jobs(SAID, "channel: whatsapp, number: 447860099299", webhooks="webhooks: {mode: pull}"))
    told = "what is written on 'whatsapp' cannot be asked for: it needs webhooks.mode push, with public_url and secret"
    assert faults == [f"jobs[1].channel: {told}"]


def test_they_are_told_along_with_all_else() -> None:
    same = (
        "jobs[0] asks for the same messages, on sms to '447860099299' with keyword a: give one of them another keyword"
    )
    assert faults_of(jobs(f"{SAID}, keyword: A", f"{SAID}, keyword: a", "channel: fax", webhooks="")) == [
        "jobs[0].kind: 'receive_messages' needs webhooks, by which Infobip tells what was written",
        "jobs[1].kind: 'receive_messages' needs webhooks, by which Infobip tells what was written",
        f"jobs[1].keyword: {same}",
        "jobs[2].number: is missing",
        "jobs[2].channel: must be 'sms', 'mms' or 'whatsapp', not 'fax'",
    ]


@pytest.mark.parametrize(
    ("fits", "more"),
    [
        (True, {"number": "447860099299"}),
        (True, {"number": 447860099299, "keyword": "ORDER"}),
        (False, {"number": "4478 60"}),
        (False, {"number": "447860099299", "keyword": "MY ORDER"}),
    ],
)
def test_editors_know_the_forms(more: dict[str, object], *, fits: bool) -> None:
    schema = json_schema()
    one = {"$ref": "#/$defs/ReceiveMessages", "$defs": schema["$defs"]}
    said = {"name": "a", "kind": "receive_messages", "authorization": "main", "channel": "sms", **more}
    assert jsonschema.Draft202012Validator(one).is_valid(said) == fits
