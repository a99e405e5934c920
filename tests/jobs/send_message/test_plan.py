"""Who enters gets a message, once; what became of it is told, once."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from pydantic_core import to_json

from schemas.config.webhooks import Webhooks
from streams.calls.call import Call, Reply
from streams.jobs.send_message.plan import Messenger
from streams.pipeline.settle import dead_letter
from tests.fakes.infobip import Infobip
from tests.fakes.words import Step
from tests.jobs.send_message.sending import NOW, PHONE, Messaging, deliver, enter, ids_of, record_of, sent, texts
from tests.making import message_id, send_job, window_of


def test_who_enters_gets_a_message_and_who_exits_none() -> None:
    calls, settled = deliver([enter("e-1"), enter("e-2", "exit"), enter("e-3", audience="other")], send_job())
    assert sent(calls) == [message.message_id for message in settled.told]
    assert [message.event_id for message in settled.told] == ["e-1", "e-3"]
    assert settled.outcomes == {"accepted": 2, "skipped": 1}


def test_only_the_jobs_audiences_get_messages() -> None:
    calls, settled = deliver([enter("e-1"), enter("e-2", audience="other"), None], send_job(audiences=["vip"]))
    assert len(sent(calls)) == len(settled.told) == 1
    assert settled.outcomes == {"accepted": 1, "skipped": 2}


def test_a_message_is_told_as_of_the_answer_to_its_own_call() -> None:
    answered_at = datetime(2026, 11, 20, 9, tzinfo=UTC)

    class Punctual(Messaging):
        def answer(self, call: Call) -> Reply:
            return replace(super().answer(call), at=answered_at)

    assert record_of(enter(phone=PHONE), Punctual()).sent_at == answered_at
    assert record_of(enter(phone="")).sent_at == NOW


@pytest.mark.parametrize(
    ("expected", "on_missing"),
    [("Hi , order , friend", "empty"), ("Hi you, order you, friend", {"default": "you"}), (None, "skip")],
)
def test_what_is_missing_is_said_as_the_job_says(expected: str | None, on_missing: Any) -> None:
    job = send_job(
        message_fields=["name", "order", "nick"],
        on_missing=on_missing,
        content={"channel": "sms", "text": "Hi {{name}}, order {{order}}, {{nick|friend}}"},
    )
    calls, settled = deliver([enter(phone=PHONE, order=["1007"], nick=None)], job)
    assert texts(calls) == ([] if expected is None else [expected])
    assert settled.left_out_fields == {"order": 1}
    if expected is None:
        assert settled.outcomes == {"skipped": 1}
        assert settled.told[0].message_status == "Error: Missing message field in request"
        assert settled.told[0].error == "the profile has no name, order"


def test_a_text_too_long_once_it_is_filled_in_is_refused_without_a_call() -> None:
    job = send_job(message_fields=["story"], content={"channel": "sms", "text": "{{story}}"})
    stories = ["a" * 3825, "a" * 3826, "a" * 900_000, "", f"{{{{{'a' * 100_000}}}}}"]
    calls, settled = deliver([enter(f"e-{n}", phone=PHONE, story=story) for n, story in enumerate(stories)], job)
    assert texts(calls) == ["a" * 3825]
    assert [message.parts for message in settled.told] == [25, 26, None, None, None]
    assert [message.error for message in settled.told] == [
        None,
        "content.text: takes 26 parts (GSM_7BIT), more than 25",
        "content.text: must be at most 100000 characters, not 900000",
        "content.text: must not be empty",
        "content.text: must be at most 100000 characters, not 100004",  # what looks like a token is a word
    ]
    assert {message.message_status for message in settled.told[1:]} == {"Error: Invalid text length"}
    assert settled.outcomes == {"accepted": 1, "rejected": 4}
    assert [failure.record.offset for failure in settled.failures] == [1, 2, 3, 4]
    assert settled.failures[0].detail.startswith("Error: Invalid text length: content.text: takes 26 parts")


def test_the_first_of_several_faults_gives_the_words() -> None:
    content = {"channel": "viber", "type": "IMAGE", "text": "{{text}}", "media_url": "{{url}}"}
    record = record_of(enter(phone=PHONE, text="a" * 1001, url="here"), content=content, message_fields=["text", "url"])
    assert record.message_status == "Error: Invalid image url length"
    assert [fault.partition(":")[0] for fault in str(record.error).split("; ")] == ["content.media_url", "content.text"]


def test_parts_are_as_many_as_infobip_counts() -> None:
    class Counting(Messaging):
        def answer(self, call: Call) -> Reply:
            said = super().answer(call).body
            return Reply(200, {**said, "messages": [{**one, "messageCount": 3} for one in said["messages"]]})

    assert (record_of(enter()).parts, record_of(enter(), Counting()).parts) == (1, 3)


def test_callback_data_says_whose_message_it_was_and_what_the_job_adds() -> None:
    added = {"order": "{{order}}", "url": "see {{order}}", "action": "bought {{order}}"}
    calls, _ = deliver([enter(phone=PHONE, order='a "b" & c')], send_job(message_fields=["order"], callback_data=added))
    assert orjson.loads(calls[0].body["messages"][0]["webhooks"]["callbackData"]) == {
        "job": "orders",
        "event_id": "e-1",
        "profile_id": "ann",
        "audience": "vip",
        "order": 'a "b" & c',
        "url": 'see a "b" & c',
        "action": 'bought a "b" & c',
    }


def test_where_infobip_is_asked_messages_say_of_no_address_to_call() -> None:
    job, pulling = send_job(url_options={}), Webhooks.model_validate({"mode": "pull"})
    messenger, infobip = Messenger(job, pulling), Messaging()
    infobip.hold(messenger.deliver(messenger.fold(window_of(job, [enter()])), NOW.timestamp()))
    body = infobip.calls[0].body
    assert body["messages"][0]["webhooks"].keys() == {"callbackData", "contentType"}
    assert "trackingUrl" not in body["options"]["tracking"]


@pytest.mark.parametrize(("fits", "length"), [(True, 4000), (False, 4001), (False, 500_000)])
def test_callback_data_of_more_than_4000_characters_fails_its_message_alone(*, fits: bool, length: int) -> None:
    taken = len('{"job":"orders","event_id":"","profile_id":"ann","audience":"vip"}')
    calls, settled = deliver([enter("ü" * (length - taken)), enter("e-2")])
    assert len(sent(calls)) == (2 if fits else 1)
    if not fits:
        assert settled.outcomes == {"rejected": 1, "accepted": 1}
        assert settled.told[0].message_status == "Error: Invalid callback data length"
        assert settled.told[0].error == f"callback_data: must be at most 4000 characters, not {length}"


def test_what_infobip_refuses_is_told_and_becomes_a_dead_letter() -> None:
    blocked = message_id("orders", "e-2", "ann", "vip")
    _, settled = deliver([enter("e-1"), enter("e-2")], talk=Messaging(blocked=frozenset({blocked})))
    record = settled.told[1]
    assert settled.outcomes == {"accepted": 1, "rejected": 1}
    assert (record.status, record.message_status, record.status_id) == (
        "enqueue_failed",
        "Error: Invalid phone number",
        52,
    )
    (failure,) = settled.failures
    assert (failure.reason, failure.detail) == ("rejected", "Error: Invalid phone number: 52 REJECTED_DESTINATION")


@dataclass
class Halving(Infobip):
    """Quotes texts that it cuts in the middle of a character."""

    status: int = 200

    def answer(self, call: Call) -> Step:
        status = {"groupId": 5, "id": 25, "name": "TOO_LONG\udc00", "description": "about \ud83d"}
        said = [{"messageId": name, "status": status} for name in ids_of(call)]
        return Reply(self.status, {"bulkId": "\ud83d", "messages": said, "errorCode": "E400", "description": "\ud83d"})


@pytest.mark.parametrize("status", [200, 400])
def test_words_of_infobips_that_are_no_text_can_be_written_all_the_same(status: int) -> None:
    _, settled = deliver([enter()], talk=Halving(status=status))
    assert b"?" in settled.messages[0].value
    assert b"?" in to_json(dead_letter("orders", settled.failures[0], now=NOW))


def test_windows_that_share_a_profile_share_a_key() -> None:
    def keys(event_id: str, profile_id: bytes) -> set[str]:
        value = enter(event_id).replace(b'"ann"', b'"%b"' % profile_id)
        return Messenger(send_job()).fold(window_of(send_job(), [value])).keys

    assert keys("e-1", b"ann") & keys("e-2", b"ann")
    assert message_id("orders", "e-1", "ann", "vip") in keys("e-1", b"ann")
    assert not keys("e-1", b"ann") & keys("e-2", b"bob")


def test_what_may_have_been_sent_is_asked_for_before_anything_is_sent() -> None:
    infobip, messenger = Messaging(), Messenger(send_job())
    for may_repeat in (False, True):
        window = replace(window_of(messenger.job, [enter()]), may_repeat=may_repeat)
        infobip.hold(messenger.deliver(messenger.fold(window), NOW.timestamp()))
    assert [call.operation.name for call in infobip.calls] == ["send_sms", "list_sms_logs"]


def test_an_event_published_twice_sends_once() -> None:
    infobip = Messaging()
    _, first = deliver([enter(), enter("e-2"), enter()], talk=infobip)
    _, second = deliver([enter()], talk=infobip)
    assert len(infobip.taken) == 2
    assert (first.outcomes, second.outcomes) == ({"accepted": 2, "unchanged": 1}, {"unchanged": 1})
    assert [message.event_id for message in first.told] == ["e-1", "e-2"]
    record = second.told[0]
    assert (record.status, record.message_status, record.repeated) == ("enqueued", "Success", True)


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        (500, {}),
        (3, {"max_per_request": 3}),
        (1, {"speed_limit": {"amount": 600, "per": "minute"}}),
        (1, {"speed_limit": {"amount": 1, "per": "day"}}),
        (33, {"speed_limit": {"amount": 100_000, "per": "minute"}}),
        (500, {"speed_limit": {"amount": 1, "per": "day", "by": "infobip"}}),
    ],
)
def test_a_request_carries_as_many_as_may_go_at_once(expected: int, changes: dict[str, Any]) -> None:
    calls, _ = deliver([enter(f"e-{n}") for n in range(510)], send_job(**changes))
    assert max(call.items for call in calls) == expected


def test_a_limit_that_we_keep_is_not_asked_of_infobip() -> None:
    limit = {"amount": 600, "per": "minute"}
    (ours,), _ = deliver([enter()], send_job(speed_limit=limit))
    (theirs,), _ = deliver([enter()], send_job(speed_limit={**limit, "by": "infobip"}))
    assert "schedule" not in ours.body["options"]
    assert theirs.body["options"]["schedule"] == {"sendingSpeedLimit": {"amount": 600, "timeUnit": "MINUTE"}}
