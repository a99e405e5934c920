"""Every channel, in both directions: what is said is sent so, and what is answered is recorded so."""

from typing import Any

import jsonschema
import orjson
import pytest

from schemas.content import CHANNEL_NAMES
from schemas.operations import LIST_MMS_INBOX, LIST_SMS_INBOX, OPERATIONS
from streams.channels import CHANNELS
from streams.jobs.webhook.sends import SENDS
from streams.simulator.messages import email, kakao_alim, kakao_chingu, mms, rcs, sms, viber, whatsapp
from streams.simulator.messages.reading import read
from tests.channels.golden import FOLDER, NOW, cases, filled, play, recorded
from tests.channels.published import published

SENDINGS = (email, kakao_alim, kakao_chingu, mms, rcs, sms, viber)
FORMS = {
    **{module.SENDING.channel: module.SENDING.form for module in SENDINGS},
    "lms": sms.SENDING.form,
    "whatsapp_text": whatsapp.TEXT,
    "whatsapp_template": whatsapp.TEMPLATE,
}
NAMES = {"campaign", "bulk_id", "platform"}
CASES = [pytest.param(channel, case, id=f"{channel}: {case['name']}") for channel, case in cases()]


def test_every_channel_has_golden_cases_and_every_golden_case_a_channel() -> None:
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(CHANNEL_NAMES) == CHANNELS.keys()
    assert all(CHANNELS[name].name == name for name in CHANNEL_NAMES)


def test_limits_can_be_set_for_the_calls_of_every_channel_and_every_send_and_for_no_others() -> None:
    calls = {channel.operation for channel in CHANNELS.values()}
    calls |= {send.channel.operation for send in SENDS.values()}
    questions = {channel.logs for channel in CHANNELS.values() if channel.logs is not None}
    reports = {channel.reports for channel in CHANNELS.values() if channel.reports is not None}
    inboxes = {LIST_SMS_INBOX, LIST_MMS_INBOX}
    assert calls | questions | reports | inboxes == {one for one in OPERATIONS.values() if one.purpose != "manage"}


@pytest.mark.parametrize(("channel", "case"), CASES)
def test_what_is_said_is_sent_and_what_is_answered_is_recorded(channel: str, case: dict[str, Any]) -> None:
    calls, sent = play(case)
    if "sent" in case:
        (call,) = calls
        assert call.body == filled(case["sent"])
        assert (call.operation, call.method, call.path) == (
            CHANNELS[channel].operation,
            "POST",
            CHANNELS[channel].operation.path,
        )
    elif "answer" not in case:
        assert calls == []
    record = recorded(sent)
    assert {name: record[name] for name in case["record"]} == filled(case["record"])
    assert record["channel"] == channel


@pytest.mark.parametrize(("channel", "case"), CASES)
def test_every_request_is_valid_by_the_published_schema(channel: str, case: dict[str, Any]) -> None:
    document = published(channel)
    operation = document["paths"][CHANNELS[channel].operation.path]["post"]
    schema = operation["requestBody"]["content"]["application/json"]["schema"]
    whole = {"components": document["components"], "allOf": [schema]}
    checker = jsonschema.Draft202012Validator(whole)
    assert [error.message for call in play(case)[0] for error in checker.iter_errors(call.body)] == []


@pytest.mark.parametrize("channel", CHANNEL_NAMES)
def test_the_names_that_messages_are_found_by_are_ones_that_the_simulator_knows(channel: str) -> None:
    named = [case for name, case in cases() if name == channel and NAMES & case["job"].keys()]
    calls = [call for case in named for call in play(case)[0]]
    assert calls
    for call in calls:
        assert read(FORMS[channel], orjson.dumps(call.body), NOW, "refuse") == call.body
