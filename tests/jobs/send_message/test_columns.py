"""Messages that are made field by field are those that are made one by one, whatever is odd in some of them."""

from collections.abc import Sequence
from typing import Any
from unittest.mock import patch

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.jobs.send_message import SendMessage
from streams.jobs.send_message.compose import Composer
from streams.jobs.send_message.plan import Messenger, SendBatch
from streams.pipeline.window import OpenWindow
from tests.examples import examples
from tests.making import FakeRecord, send_job

TEXT = "Hi {{name|you}}, {{order}}"
CONTENTS: list[dict[str, Any]] = [
    {"channel": "sms", "text": TEXT},
    {"channel": "sms", "text": TEXT, "max_parts": 1},
    {"channel": "sms", "text": TEXT, "language": "TR"},
    {"channel": "sms", "text": "{{name}} https://a.example/{{order}}"},
    {"channel": "sms", "text": "Hello"},
    {"channel": "viber", "type": "TEXT", "text": TEXT},
    {"channel": "viber", "type": "TEXT", "text": "Hello"},
    {"channel": "viber", "type": "TEXT", "text": TEXT, "tracking_data": "{{order}}"},
    {"channel": "viber", "type": "TEXT", "text": "{{name}}{{order}}"},
    {"channel": "whatsapp_text", "text": "{{name}}"},
    {"channel": "lms", "title": "{{name}}", "text": TEXT, "reseller_code": 7},
]
PLAIN = st.sampled_from(["Ann", "Bob B.", "A-7", "€", "Zoë", "ab" * 40])
ODD = st.sampled_from(
    [" Ann", "Ann\n", "a\nb", "", " ", "\x7f", '"', "\\", "{{name}}", "x" * 5000, "x" * 9000, None, True, 7, "Ж"]
)
PHONES = st.sampled_from(["+41793026727", "+4915123456780", "+14155550123"])
ODD_PHONES = st.sampled_from(["+821012345678", "0151 23456780", 41793026727, "", None, "+1"])
NAMES = st.sampled_from(["e-1", "e-2", "e-3", "Ж", '"', "a\\b", " ", "x" * 3990])


@st.composite
def windows(draw: st.DrawFn) -> list[bytes]:
    odd = draw(st.booleans())
    value, phone = (PLAIN | ODD, PHONES | ODD_PHONES) if odd else (PLAIN, PHONES)
    profiles = st.fixed_dictionaries({"phone": phone}, optional={"name": value, "order": value})
    if not odd:
        profiles = st.fixed_dictionaries({"phone": phone, "name": value, "order": value})
    events = st.fixed_dictionaries(
        {
            "action": st.sampled_from(["enter", "enter", "enter", "exit"] if odd else ["enter"]),
            "audience": st.sampled_from(["vip", 'v"ip']) if odd else st.just("vip"),
            "profile_id": st.sampled_from(["u-1", "u-2", 'u"3']) if odd else st.sampled_from(["u-1", "u-2"]),
            "profile": profiles | st.none() if odd else profiles,
        },
        optional={"event_id": NAMES, "occurred_at": st.sampled_from(["2026-11-20T09:00:00Z", "2026-11-29T09:00:00Z"])},
    )
    return [orjson.dumps(one) for one in draw(st.lists(events, max_size=8))]


JOBS = st.fixed_dictionaries(
    {"content": st.sampled_from(CONTENTS), "message_fields": st.just(["name", "order"])},
    optional={
        "on_missing": st.sampled_from(["empty", "skip", {"default": "friend"}]),
        "callback_data": st.just({"order": "{{order}}"}),
        "max_age": st.just({"days": 365}),
        "default_region": st.just("DE"),
    },
).map(lambda options: send_job(**options))


def folded(job: SendMessage, values: Sequence[bytes], *, one_by_one: bool = False) -> SendBatch:
    messenger = Messenger(job)
    window = OpenWindow(job.wants, 1000, job.name, messenger.decode)
    window.take([FakeRecord(value, offset) for offset, value in enumerate(values)], now=0.0)
    if one_by_one:
        with patch("streams.jobs.send_message.profile_fields.TypedProfiles.columns", lambda *_: None):
            return messenger.fold(window.cut())
    return messenger.fold(window.cut())


def facts(batch: SendBatch) -> tuple[Any, ...]:
    made = [
        (
            one.message_id,
            one.to,
            None if one.invalid is not None else one.content.model_dump(),
            one.callback_data,
            one.expires_at,
            one.event_id,
            one.entry,
            one.parts,
            one.invalid,
        )
        for one in batch.messages
    ]
    return made, batch.keys, batch.outcomes, batch.left_out_fields


@examples(600)
@given(JOBS, windows())
def test_both_ways_are_one(job: SendMessage, values: list[bytes]) -> None:
    assert facts(folded(job, values)) == facts(folded(job, values, one_by_one=True))


@pytest.mark.parametrize("content", CONTENTS)
@pytest.mark.parametrize("name", ["Ann ", "", "\x7f", '"', "Ж", "x" * 9000])
def test_one_that_is_odd_among_others(content: dict[str, Any], name: str) -> None:
    job = send_job(content=content, message_fields=["name", "order"])
    names = ["Ann", name, "Ann"]
    values = [
        orjson.dumps(
            {
                "action": "enter",
                "audience": "vip",
                "profile_id": f"u-{number}",
                "profile": {"phone": "+41793026727", "name": said, "order": "A-7"},
            }
        )
        for number, said in enumerate(names)
    ]
    assert facts(folded(job, values)) == facts(folded(job, values, one_by_one=True))


@pytest.mark.parametrize(
    ("odd", "looked_at"), [({}, 0), ({"name": ""}, 1), ({"phone": "1"}, 1), ({"order": "x" * 9000}, 1)]
)
def test_only_what_is_odd_is_looked_at_by_itself(odd: dict[str, Any], looked_at: int) -> None:
    usual = {"phone": "+41793026727", "name": "Ann", "order": "A-7"}
    said = [usual, {**usual, **odd}, usual]
    values = [
        orjson.dumps({"action": "enter", "audience": "vip", "profile_id": f"u-{number}", "profile": profile})
        for number, profile in enumerate(said)
    ]
    job = send_job(content={"channel": "sms", "text": TEXT}, message_fields=["name", "order"])
    with patch.object(Composer, "compose", autospec=True, side_effect=Composer.compose) as compose:
        folded(job, values)
    assert compose.call_count == looked_at
