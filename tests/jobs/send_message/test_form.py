"""What is written piece by piece is what models and channels write, for every content, option and profile."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import patch

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.config.webhooks import Webhooks
from schemas.content.base import MessageContent
from schemas.content.kakao_alim import AlimContent
from schemas.content.lms import LmsContent
from schemas.content.rcs import TextMessage
from schemas.content.sms import SmsContent
from schemas.content.viber import TextContent
from schemas.jobs.send_message import SendMessage
from streams.calls.call import Call, Reply
from streams.jobs.send_message.compose import Composer
from streams.jobs.send_message.dry_run import _as_uploaded
from streams.jobs.send_message.form import form_of
from streams.jobs.send_message.plan import Messenger
from streams.pipeline.settle import Settled
from tests.channels.golden import cases, messenger_of
from tests.fakes.infobip import Infobip
from tests.jobs.send_message.sending import NOW, TAKEN
from tests.making import send_job, window_of

WEBHOOKS = Webhooks.model_validate({"public_url": "https://hooks.example.com", "secret": "s" * 32})
CASES = [pytest.param(case, id=f"{channel}: {case['name']}") for channel, case in cases()]
FIELDS = ("name", "order", "link.to")
#: Words, what does not fit, and what looks like something else.
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.sampled_from(
        ["Ann", " Ann ", "{{name}}", '"', "\\", "\x00", "\u200b", "€", "Ж", "https://a.example/b?c=d", "<b>"]
    ),
    st.sampled_from([1, 120, 161, 700, 4100]).map(lambda length: "a" * length),
)
VALUES: st.SearchStrategy[Any] = TEXTS | st.sampled_from([None, True, 7, 1.5, [], {"to": "x"}])
PROFILES = st.fixed_dictionaries(
    {"phone": st.sampled_from(["+41793026727", "+821012345678", "", "12"])},
    optional={"name": VALUES, "order": VALUES, "link": st.fixed_dictionaries({}, optional={"to": VALUES})},
)
TOKENS = [f"{{{{{field}{default}}}}}" for field in FIELDS for default in ("", "|you")]
PIECES = st.sampled_from([*TOKENS, "Hi ", ", ", "https://x.y/", " "])
FLAGS = st.booleans()
TEMPLATES = st.lists(PIECES, min_size=1, max_size=6).map("".join)
CONTENTS_WITH_TOKENS = st.one_of(
    st.fixed_dictionaries(
        {"channel": st.just("sms"), "text": TEMPLATES},
        optional={
            "max_parts": st.sampled_from([1, 5, 25]),
            "language": st.sampled_from(["TR", "AUTODETECT"]),
            "transliteration": st.sampled_from(["NONE", "GREEK"]),
            "flash": FLAGS,
            "reseller_code": st.just(7),
            "india_dlt": st.just({"principal_entity_id": "1"}) | st.just({"principal_entity_id": "{{name}}"}),
            "validity_period": st.just({"amount": 90}),
        },
    ),
    st.fixed_dictionaries(
        {
            "channel": st.just("lms"),
            "title": TEMPLATES | st.just("Title"),
            "text": TEMPLATES,
            "reseller_code": st.just(7),
        }
    ),
    st.fixed_dictionaries(
        {"channel": st.just("viber"), "type": st.just("TEXT"), "text": TEMPLATES},
        optional={
            "tracking_data": TEMPLATES,
            "label": st.just("PROMOTIONAL"),
            "button": st.just({"title": "Go", "action": "https://a.example/{{name}}"}),
            "sms_failover": st.just({"sender": "Acme", "text": "Hi"}) | st.just({"sender": "Acme", "text": "{{name}}"}),
        },
    ),
    st.fixed_dictionaries({"channel": st.just("rcs"), "type": st.just("TEXT"), "text": TEMPLATES}),
    st.fixed_dictionaries({"channel": st.just("kakao_alim"), "template_code": TEMPLATES, "text": TEMPLATES}),
    st.fixed_dictionaries({"channel": st.just("whatsapp_text"), "text": TEMPLATES}, optional={"preview_url": FLAGS}),
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "on_missing": st.sampled_from(["empty", "skip", {"default": "friend"}]),
        "callback_data": st.sampled_from([{"campaign": "spring"}, {"order": "{{order}}", "quote": '"{{name}}"'}]),
        "max_per_request": st.sampled_from([1, 2, 500]),
        "platform": st.just({"entity_id": "acme"}),
        "bulk_id": st.just("spring"),
    },
)
#: What windows are called.
NAMES = st.sampled_from([None, "run-1", 'a "quoted" name', "{{name}}"])


class Taking(Infobip):
    """Takes every message."""

    def answer(self, call: Call) -> Reply:
        return Reply(200, {"messages": [{"status": TAKEN}] * call.items})


def plain(job: SendMessage, webhooks: Webhooks | None) -> Messenger:
    """A messenger that has everything looked at by models, and written by channels."""
    with patch("streams.jobs.send_message.compose.form_of", lambda *_: None):
        return Messenger(job, webhooks)


def play(
    messenger: Messenger, profiles: list[dict[str, Any]], name: str | None = None
) -> tuple[list[Any], list[Call], Settled]:
    said = {"action": "enter", "audience": "vip"}
    events = [
        orjson.dumps({**said, "event_id": f"e-{number}", "profile_id": f"u-{number}", "profile": profile})
        for number, profile in enumerate(profiles)
    ]
    folded = messenger.fold(replace(window_of(messenger.job, events), name=name))
    talk = Taking()
    settled = talk.hold(messenger.deliver(folded, NOW.timestamp()))
    contents = [None if one.invalid is not None else one.content.model_dump() for one in folded.messages]
    return contents, talk.calls, settled


def holds(job: SendMessage, webhooks: Webhooks | None, profiles: list[dict[str, Any]], name: str | None = None) -> None:
    contents, calls, settled = play(Messenger(job, webhooks), profiles, name)
    contents_then, calls_then, settled_then = play(plain(job, webhooks), profiles, name)
    assert contents == contents_then
    assert [one.content for one in calls] == [one.content for one in calls_then]
    assert settled.messages == settled_then.messages
    assert settled.outcomes == settled_then.outcomes
    assert settled.left_out_fields == settled_then.left_out_fields


@settings(deadline=None)
@given(
    content=CONTENTS_WITH_TOKENS,
    options=OPTIONS,
    profiles=st.lists(PROFILES, min_size=1, max_size=5),
    webhooks=st.sampled_from([None, WEBHOOKS]),
    name=NAMES,
)
def test_the_fast_way_and_the_careful_way_write_the_same(
    content: dict[str, Any],
    options: dict[str, Any],
    profiles: list[dict[str, Any]],
    webhooks: Webhooks | None,
    name: str | None,
) -> None:
    try:
        job = send_job(content=content, message_fields=FIELDS, **options)
    except ValueError:  # such as a text of blanks alone
        return
    holds(job, webhooks, profiles, name)


@pytest.mark.parametrize("case", CASES)
@settings(deadline=None, max_examples=8)
@given(values=st.lists(TEXTS, min_size=3, max_size=3), name=NAMES)
def test_every_golden_case_is_written_the_same_with_other_values(
    case: Mapping[str, Any], values: list[str], name: str | None
) -> None:
    job = _as_uploaded(messenger_of(case).job)
    more = [{**case["profile"], **dict(zip(job.message_fields, values[number:], strict=False))} for number in range(3)]
    holds(job, WEBHOOKS, [dict(case["profile"]), *more], name)


@pytest.mark.parametrize("bulk_id", [None, "spring"])
@pytest.mark.parametrize("names", [[None, None], ["run-1", "run-2"]])
def test_requests_are_written_piece_by_piece_whatever_their_names(
    bulk_id: str | None, names: Sequence[str | None]
) -> None:
    job = send_job(content={"channel": "sms", "text": "Hi {{name}}"}, message_fields=["name"], bulk_id=bulk_id)
    messenger = Messenger(job)
    play(messenger, [{"phone": "+41793026727"}], names[0])
    with patch("streams.channels.unified.request_options", side_effect=AssertionError("written by the channel")):
        _, (call,), _ = play(messenger, [{"phone": "+41793026727", "name": "Ann"}], names[1])
    said = orjson.loads(orjson.dumps(call.body))
    assert said["messages"][0]["content"] == {"text": "Hi Ann"}
    assert said.get("options", {}).get("schedule", {}).get("bulkId") == (names[1] or bulk_id)


def kinds(of: type[MessageContent]) -> Iterator[type[MessageContent]]:
    yield of
    for kind in of.__subclasses__():
        yield from kinds(kind)


def test_every_content_whose_texts_stand_alone_is_among_them() -> None:
    alone = {kind for kind in kinds(MessageContent) if kind.texts_stand_alone}
    assert alone == {SmsContent, LmsContent, TextContent, TextMessage, AlimContent}


@pytest.mark.parametrize(
    ("fast", "content"),
    [
        (True, {"channel": "sms", "text": "Hi {{name}}"}),
        (True, {"channel": "sms", "text": "Hi"}),
        (False, {"channel": "sms", "text": "Hi", "india_dlt": {"principal_entity_id": "{{name}}"}}),
        (True, {"channel": "lms", "title": "{{name}}", "text": "Hi {{name}}", "reseller_code": 7}),
        (True, {"channel": "viber", "type": "TEXT", "text": "Hi {{name}}"}),
        (True, {"channel": "rcs", "type": "TEXT", "text": "Hi {{name}}"}),
        (True, {"channel": "kakao_alim", "template_code": "a", "text": "Hi {{name}}"}),
        (False, {"channel": "whatsapp_text", "text": "Hi {{name}}"}),
        (False, {"channel": "viber", "type": "IMAGE", "media_url": "https://a.example/{{name}}"}),
    ],
)
def test_contents_whose_texts_stand_alone_are_not_looked_at_by_their_models(
    *, fast: bool, content: dict[str, Any]
) -> None:
    job = send_job(content=content, message_fields=["name"])
    assert (form_of(job.content, "") is not None) is fast
    event = {
        "action": "enter",
        "audience": "vip",
        "profile_id": "u",
        "profile": {"phone": "+41793026727", "name": "Ann"},
    }
    with patch.object(Composer, "_checked", return_value=(None, None, None)) as looked:
        Messenger(job).fold(window_of(job, [orjson.dumps(event)]))
    assert looked.called is not fast
