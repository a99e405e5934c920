"""The bytes of a message's record are those that its model writes."""

from datetime import UTC, datetime
from typing import Any, get_args

from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from schemas.infobip.messages import Status
from schemas.records.message import Message, MessageStatus
from streams.channels.batch_answers import MessageResult
from streams.channels.channel import OutboundMessage
from streams.channels.sms_parts import Parts
from streams.pipeline.message_record import teller
from streams.pipeline.words import writable

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
#: Infobip's words may end in half of a character.
WORDS = st.none() | st.text(max_size=12)
NUMBERS = st.integers() | st.sampled_from([2**63, 2**64, -(2**63) - 1, 10**30])
TIMES = st.datetimes(timezones=st.just(UTC))
STATUSES = st.builds(
    lambda **said: Status.model_validate(said),
    group_id=NUMBERS,
    group_name=WORDS,
    id=NUMBERS,
    name=WORDS,
    description=WORDS,
)
RESULTS = st.builds(
    MessageResult,
    outcome=st.sampled_from(["accepted", "unchanged", "skipped", "rejected"]),
    message_status=st.sampled_from(get_args(MessageStatus)),
    status=st.none() | STATUSES,
    error=WORDS,
    repeated=st.booleans(),
    bulk_id=WORDS,
    parts=st.none() | NUMBERS,
    at=st.none() | TIMES,
    known_as=st.none() | TEXTS,
)
MESSAGES = st.builds(
    OutboundMessage,
    message_id=TEXTS,
    to=TEXTS,
    said=st.none(),
    callback_data=TEXTS,
    event_id=TEXTS,
    parts=st.none()
    | st.builds(Parts, encoding=st.sampled_from(["GSM_7BIT", "UCS_2"]), units=st.just(1), parts=st.integers(1, 999)),
)


def modelled(by: dict[str, Any], said: tuple[OutboundMessage, str, str, MessageResult], now: datetime) -> Message:
    """What is told of a message, as its model has it."""
    message, profile_id, audience, result = said
    parts, status = message.parts, result.status
    counted = None if parts is None else parts.parts
    return Message(
        **by,
        message_id=result.known_as or message.message_id,
        event_id=message.event_id,
        profile_id=profile_id,
        audience=audience,
        to=message.to or None,
        status="enqueued" if result.outcome in {"accepted", "unchanged"} else "enqueue_failed",
        message_status=result.message_status,
        repeated=result.repeated,
        status_group_id=None if status is None else status.group_id,
        status_group_name=None if status is None else writable(status.group_name),
        status_id=None if status is None else status.id,
        status_name=None if status is None else writable(status.name),
        status_description=None if status is None else writable(status.description),
        error=writable(result.error),
        parts=counted if result.parts is None or counted is None else result.parts,
        encoding=None if parts is None else parts.encoding,
        bulk_id=writable(result.bulk_id),
        sent_at=result.at or now,
    )


@given(
    by=st.fixed_dictionaries({"job": TEXTS, "channel": TEXTS, "sender": st.none() | TEXTS}),
    said=st.lists(st.tuples(MESSAGES, TEXTS, TEXTS, st.integers(0, 2)), min_size=1, max_size=5),
    results=st.tuples(RESULTS, RESULTS, RESULTS),
    now=TIMES,
)
def test_records_are_written_as_their_model_writes_them(
    by: dict[str, Any],
    said: list[tuple[OutboundMessage, str, str, int]],
    results: tuple[MessageResult, ...],
    now: datetime,
) -> None:
    now = now.replace(microsecond=0)  # a float holds no more
    tell = teller(by["job"], by["channel"], by["sender"], now.timestamp())
    for message, profile_id, audience, which in said:
        record = tell(message, profile_id, audience, results[which])
        expected = modelled(by, (message, profile_id, audience, results[which]), now)
        assert record.value == to_json(expected)
        assert record.read() == expected
        told = (record.message_id, record.event_id, record.channel, record.message_status)
        assert told == (expected.message_id, expected.event_id, expected.channel, expected.message_status)
