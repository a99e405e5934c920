"""Events of which no more is read than a send needs make the messages, and the words, of those that are read whole."""

import json
from collections.abc import Sequence
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.jobs.send_message import SendMessage
from streams.calls.call import Call, Reply
from streams.jobs.send_message.plan import Messenger
from streams.pipeline.decode import Entry, decode
from streams.pipeline.settle import Settled
from streams.pipeline.window import Decode, OpenWindow, Window
from tests.fakes.infobip import Infobip
from tests.jobs.send_message.sending import NOW, TAKEN
from tests.making import FakeRecord, send_job
from tests.pipeline import events
from tests.profiles import written

FIELDS = ("phone", "home", "email", "first_name", "Größe", "order", "spent", "address", "address.city", "list")
EMAIL: dict[str, Any] = {
    "sender": "hello@acme.example.com",
    "content": {"channel": "email", "subject": "Hi {{first_name}}", "text": "Hi {{first_name|you}} {{Größe}}"},
}
MORE_FIELDS = st.sampled_from([[], ["list"], ["phone"]])
PHONE_FIELDS = st.sampled_from(["phone", ["phone", "home"], ["home", "order"], ["phone", "address.city"]])
LONG_ID = f'"{"p" * 300}"'


@st.composite
def jobs(draw: st.DrawFn) -> SendMessage:
    options: dict[str, Any] = {
        "content": {"channel": "sms", "text": "Hi {{first_name|you}} {{Größe}} {{order}} {{spent}}"},
        "message_fields": ["first_name", "Größe", "order", "spent", *draw(MORE_FIELDS)],
        "phone_field": draw(PHONE_FIELDS),
        "default_region": draw(st.sampled_from([None, "DE"])),
        "on_missing": draw(st.sampled_from(["empty", "skip", {"default": "friend"}])),
        "max_age": draw(st.sampled_from([None, {"days": 3650}, {"minutes": 1}])),
    }
    if draw(st.integers(0, 3)) == 0:
        options |= EMAIL
    return send_job(**options)


#: As JSON, so that some are what no writer would write.
usual = {
    "phone": st.sampled_from(
        ['"+41793026727"', '"+821012345678"', '"0151 23456780"', "41793026727", "41793026727.0", '""', "null", "true"]
    ),
    "email": st.sampled_from(["ann@example.com", "Ann@Example.com", "no"]).map(json.dumps),
    "first_name": st.sampled_from(['"Ann"', '"Ann & Bob"', '" Zo\\u00eb "', '""', "null", "12", '"\\ud83d"', "[]"]),
    "order": st.sampled_from(["7", "-0", "1e5", "12345678901234567890", "18446744073709551616", '"A-7"', "true"]),
    "spent": st.sampled_from(["1", "1.5", "1.0", "0.12345678901234567", "9007199254740993.0", '"2.5"', "1e999"]),
    "address": st.sampled_from(['{"city":"+41793026727"}', '{"city":null}', '"Bern"', "[[[]]]"]),
}
odd = events.VALUES | written.phones.map(json.dumps) | written.emails().map(lambda two: json.dumps(two[0]))
TIMES = st.sampled_from(
    ["null", '"2026-11-20T09:00:00Z"', '"2026-11-20"', "1763632800", '"2024-02-29T09:00:00+02:00"', '"now"', '""']
)
NO_PROFILES = st.sampled_from(["null", "{}", "[]", json.dumps('{"phone":"+41793026727"}')])
IDS = st.sampled_from(['"e-1"', '"e-2"', '" "', '""', "7", "7.5", "null", "[]", '"\\ud83d"'])


@st.composite
def profiles(draw: st.DrawFn) -> str:
    names = draw(st.lists(st.sampled_from(FIELDS), unique=True, max_size=8))
    strange = draw(st.integers(0, 4)) == 0
    pairs = [f"{json.dumps(name)}:{draw(odd if strange or name not in usual else usual[name])}" for name in names]
    return f"{{{','.join(pairs)}}}"


@st.composite
def memberships(draw: st.DrawFn) -> bytes:
    action = draw(st.sampled_from(["enter", "enter", "enter", "exit", "left"]))
    who = draw(st.sampled_from(['"p0"', '"p1"', '"p2"', '"Ж"', '" "', "5", LONG_ID]))
    profile = draw(profiles() | profiles() | NO_PROFILES)
    more = draw(st.just("") | IDS.map(lambda one: f',"event_id":{one}'))
    more += draw(st.just("") | TIMES.map(lambda one: f',"occurred_at":{one}'))
    more += draw(st.just("") | st.just("") | events.rest())
    text = f'{{"action":"{action}","audience":"vip","profile_id":{who},"profile":{profile}{more}}}'
    broken = draw(st.sampled_from([b"", b"", b"", b"", b'"\xff"', b"\x00"]))
    return text.encode(errors="surrogatepass")[: None if not broken else -1] + broken


streams = st.lists(memberships() | memberships() | memberships() | events.anything(), max_size=10)


class Taking(Infobip):
    """Takes every message."""

    def answer(self, call: Call) -> Reply:
        messages = call.items if call.operation.name.startswith("send") else 0
        return Reply(200, {"messages": [{"status": TAKEN}] * messages})


def window_read_by(read: Decode, job: SendMessage, values: Sequence[bytes]) -> Window:
    window = OpenWindow(job.wants, 1000, job.name, read)
    window.take([FakeRecord(value, offset) for offset, value in enumerate(values)], now=0.0)
    return window.cut()


def play(read: Decode, messenger: Messenger, values: Sequence[bytes]) -> tuple[Any, list[Call], Settled]:
    window = window_read_by(read, messenger.job, values)
    folded = messenger.fold(window)
    talk = Taking()
    settled = talk.hold(messenger.deliver(folded, NOW.timestamp()))
    said = (window.undecodable, window.skipped, window.ranges, folded.keys, folded.outcomes, folded.left_out_fields)
    return (*said, [one[1:4] for one in folded.window.entries]), talk.calls, settled


@settings(deadline=None)
@given(job=jobs(), values=streams)
def test_what_is_read_of_events_makes_the_same_messages_as_all_of_them(job: SendMessage, values: list[bytes]) -> None:
    messenger = Messenger(job)
    said, calls, settled = play(messenger.decode, messenger, values)
    said_then, calls_then, settled_then = play(decode, Messenger(job), values)
    assert said == said_then
    assert [(one.content, one.not_after) for one in calls] == [(one.content, one.not_after) for one in calls_then]
    assert settled.messages == settled_then.messages
    assert settled.outcomes == settled_then.outcomes
    assert settled.failures == settled_then.failures
    assert settled.left_out_fields == settled_then.left_out_fields


@pytest.mark.parametrize(
    ("whole", "profile", "changes"),
    [
        (False, {"phone": "+41793026727", "order": 7, "more": [1.5, {"a": "b"}]}, {}),
        (False, None, {}),
        (True, {"phone": "+41793026727", "order": 7.5}, {}),
        (True, {"phone": "+41793026727", "order": ["7"]}, {}),
        (True, {"phone": "+41793026727"}, {"phone_field": ["phone", "work.phone"]}),
    ],
)
def test_no_more_is_read_of_an_event_than_is_needed(
    *, whole: bool, profile: dict[str, Any] | None, changes: dict[str, Any]
) -> None:
    job = send_job(content={"channel": "sms", "text": "{{order}}"}, message_fields=["order"], **changes)
    value = orjson.dumps({"action": "enter", "audience": "vip", "profile_id": "u", "profile": profile})
    read = Messenger(job).decode(FakeRecord(value), value)
    assert isinstance(read, Entry)
    assert isinstance(read.profile, dict) is whole


@pytest.mark.parametrize("name", ['say "hi"', "back\\slash", "a\ttab", "half \ud83d"])
def test_any_name_may_be_a_field_s(name: str) -> None:
    job = send_job(phone_field=name, message_fields=[name])
    value = json.dumps({"action": "enter", "audience": "vip", "profile_id": "u", "profile": {name: "+41793026727"}})
    _, _, settled = play(Messenger(job).decode, Messenger(job), [value.encode()])
    assert [(one.to, one.status) for one in settled.told] == [("41793026727", "enqueued")]
