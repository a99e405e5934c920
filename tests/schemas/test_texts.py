"""What people really write into profiles and texts, from the file to the request; nothing is sent."""

import json
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.jobs.export_audience import ExportAudience
from schemas.jobs.send_message import SendMessage
from streams.cli.preview import preview_lines
from streams.jobs.shelf import kind_of
from tests.configuring import CONTRACT, JOB, faults_of, read
from tests.writing import values

EVENT = {"action": "enter", "audience": "vip"}
SMS = "kind: send_message, authorization: main, topics: [t], sender: Acme"
MAIL = 'kind: send_message, authorization: main, topics: [t], sender: "Acme <news@acme.example>"'


def configured(*jobs: str) -> str:
    return CONTRACT[: -len(JOB)] + "".join(f"  - {{name: j{number}, {job}}}\n" for number, job in enumerate(jobs))


@cache
def job_of(said: str) -> SendMessage | ExportAudience:
    (one,) = read(configured(said)).jobs
    assert isinstance(one, SendMessage | ExportAudience)
    return one


def shown(job: str, *profiles: dict[str, Any]) -> list[str]:
    """What a preview says of events of these profiles."""
    events = [
        json.dumps(
            {"event_id": f"e-{n}", "action": "enter", "audience": "vip", "profile_id": f"u-{n}", "profile": said}
        ).encode()
        for n, said in enumerate(profiles, 1)
    ]
    made = job_of(job)
    dry_run = kind_of(made).dry_run
    assert dry_run is not None
    return list(preview_lines(dry_run(made, None, 0.0), "t", events))


def contents(job: str, *profiles: dict[str, Any]) -> list[dict[str, Any]]:
    """The contents of the messages that these profiles would get."""
    lines = shown(job, *profiles)
    bodies = [orjson.loads(line) for line in lines if line.startswith("{")]
    return [message["content"] for body in bodies for message in body["messages"]]


def named(*names: str | None) -> list[dict[str, Any]]:
    return [
        {"phone": f"+4179302672{n}", **({} if name is None else {"first_name": name})} for n, name in enumerate(names)
    ]


BLANK = ("   ", "", None, "\u200b", "\u00a0\t", "\ufeff\u2060", "\u3164")


def test_a_blank_value_is_a_missing_one() -> None:
    job = (
        f'{SMS}, message_fields: [first_name], content: {{channel: sms, text: "Hi {{{{first_name|there}}}}, welcome."}}'
    )
    texts = [one["text"] for one in contents(job, *named("Ann", *BLANK, "  Ann \n"))]
    assert texts == ["Hi Ann, welcome.", *["Hi there, welcome."] * len(BLANK), "Hi Ann, welcome."]


def test_whoever_has_only_blanks_is_skipped_where_missing_values_skip() -> None:
    content = '{channel: sms, text: "Hi {{first_name}}"}'
    job = f"{SMS}, message_fields: [first_name], on_missing: skip, content: {content}"
    assert [one["text"] for one in contents(job, *named(*BLANK, " Ann "))] == ["Hi Ann"]


def test_a_text_of_blanks_says_nothing() -> None:
    lines = shown(
        f'{SMS}, message_fields: [first_name], content: {{channel: sms, text: " {{{{first_name}}}} "}}',
        *named("Ann", " "),
    )
    assert '# outcomes: {"accepted": 1, "rejected": 1}' in lines
    assert faults_of(configured(f'{SMS}, content: {{channel: sms, text: " \u200b"}}')) == [
        "jobs[0].content.text: must not be empty"
    ]


def test_blanks_are_missing_in_placeholders_too() -> None:
    sender = SMS.replace("Acme", '"447860099299"')
    content = '{channel: whatsapp_template, template_name: hello, language: en, body: ["{{first_name}}"]}'
    job = f"{sender}, message_fields: [first_name], on_missing: {{default: friend}}, content: {content}"
    data = [one["templateData"]["body"]["placeholders"] for one in contents(job, *named("\u200b", " Ann\u00a0"))]
    assert data == [["friend"], ["Ann"]]


@pytest.mark.parametrize(
    "text",
    [
        'Hi {{ first_name | default: "there" }}',
        'Hi {{ first_name || "there" }}',
        "Hi {{{first_name}}}",
        "{% if a %}{% endif %}",
    ],
)
@pytest.mark.parametrize("place", ["content.text", "callback_data.note"])
def test_another_template_language_is_refused_wherever_it_stands(place: str, text: str) -> None:
    said = {"content.text": "Hi", "callback_data.note": "Hi", place: text}
    content = f"content: {{channel: sms, text: '{said['content.text']}'}}"
    job = f"{SMS}, message_fields: [first_name], {content}, callback_data: {{note: '{said['callback_data.note']}'}}"
    (fault,) = faults_of(configured(job))
    assert fault.startswith(f"jobs[0].{place}: ")
    assert "is another template language's" in fault


def test_a_variable_that_may_be_meant_for_a_field_is_told_so() -> None:
    content = '{channel: sms, text: "Hi ${first_name}"}, callback_data: {a: "${NOPE}"}'
    job = f"{SMS}, message_fields: [first_name], content: {content}"
    assert faults_of(configured(job)) == [
        (
            "jobs[0].content.text: the environment variable first_name is not set; a message field is written"
            " {{first_name}}"
        ),
        "jobs[0].callback_data.a: the environment variable NOPE is not set",
    ]


ORDERS = [{"email": "ann+news@example.com", "phone": "+41793026727", "id": "AB 12#1"}]
ENCODED = "https://acme.example/o/AB%2012%231"


@pytest.mark.parametrize(
    ("expected", "job"),
    [
        ({"text": f"Track {ENCODED}"}, SMS + ", content: {channel: sms, text: 'Track https://acme.example/o/{{id}}'}"),
        (
            {"html": '<a href="https://acme.example/stop?e=ann%2Bnews%40example.com">stop</a>'},
            MAIL + ", content: {channel: email, subject: Hi, html: "
            "'<a href=\"https://acme.example/stop?e={{email}}\">stop</a>'}",
        ),
        (
            {"text": ENCODED, "subject": "Hi AB 12#1"},
            MAIL + ", content: {channel: email, subject: 'Hi {{id}}', text: 'https://acme.example/o/{{id}}'}",
        ),
        ({"text": ENCODED}, SMS + ", content: {channel: viber, type: TEXT, text: 'https://acme.example/o/{{id}}'}"),
        ({"text": ENCODED}, SMS + ", content: {channel: rcs, type: TEXT, text: 'https://acme.example/o/{{id}}'}"),
        (
            {"text": ENCODED},
            SMS + ", content: {channel: lms, title: Hi, reseller_code: 7, text: 'https://acme.example/o/{{id}}'}",
        ),
        (
            {"text": ENCODED},
            SMS + ", content: {channel: kakao_alim, template_code: a, text: 'https://acme.example/o/{{id}}'}",
        ),
    ],
)
def test_a_value_within_a_link_is_encoded_whatever_the_field_is_called(expected: dict[str, str], job: str) -> None:
    (content,) = contents(f"{job}, message_fields: [email, id]", *ORDERS)
    assert {name: content[name] for name in expected} == expected


def test_a_link_that_would_run_something_does_without_the_value_and_that_is_told() -> None:
    job = (
        MAIL + ', message_fields: [site], content: {channel: email, subject: Hi, html: \'<a href="{{site}}">x</a>'
        '<a href="{{site|https://acme.example}}">y</a>\'}'
    )
    profiles = [{"email": "a@example.com", "site": site} for site in ("javascript:alert(1)", "https://a.example/?b&c")]
    first, second = contents(job, *profiles)
    assert first["html"] == '<a href="">x</a><a href="https://acme.example">y</a>'
    assert second["html"].count("https://a.example/?b&amp;c") == 2
    assert "# left out: site 1 (line 1)" in shown(job, *profiles)


def test_a_preview_tells_what_would_be_left_out_of_people() -> None:
    job = (
        "kind: export_audience, authorization: main, topics: [t], audiences: [vip], tag: VIP, "
        "map_fields: {born: birthDate, since: {to: since, type: DATE_TIME}, sub: {to: sub, type: BOOLEAN}}"
    )
    born = ["31/01/1990", "1990/01/31", 7335, "0000-00-00", "1990-1-31", "Jan 31, 1990", "1990-02-30"]
    since = ["2026-11-20T10:00:00.000+0100", "20/11/2026 10:00", 1795168800000, "2026-11-20", "", None, " \u200b"]
    sub = ["Y", "yes", 1, "", "on", "TRUE", "perhaps"]
    profiles = [
        {"email": f"p{n}@example.com", "born": one, "since": two, "sub": three}
        for n, (one, two, three) in enumerate(zip(born, since, sub, strict=True))
    ]
    lines = shown(job, *profiles)
    place = lines.index('# outcomes: {"accepted": 7}')
    assert lines[place + 1] == "# left out: born 5 (lines 1, 3, 4 …), since 2 (lines 2, 3), sub 1 (line 7)"


def test_a_preview_tells_what_no_text_can_be_made_of() -> None:
    job = f"{SMS}, message_fields: [id], content: {{channel: sms, text: 'Hi {{{{id}}}}'}}"
    profiles = [{"phone": f"+4179302672{n}", "id": value} for n, value in enumerate(([1], "a", " ", None))]
    assert "# left out: id 1 (line 1)" in shown(job, *profiles)


HTML = '<a href="{{v}}">{{v|x}}</a><a href="https://acme.example/{{v}}">'


@settings(deadline=None, max_examples=50)
@given(st.lists(values | st.none() | st.integers() | st.floats() | st.lists(st.text()), min_size=1, max_size=6))
@pytest.mark.parametrize("missing", ["empty", "skip", '{default: "https://acme.example"}'])
def test_whatever_a_profile_holds_each_event_has_one_outcome_and_no_link_runs_anything(
    missing: str, said: list[Any]
) -> None:
    text = "https://acme.example/{{v}}?a=1 {{v}}"
    content = f"{{channel: email, subject: Hello, html: '{HTML}', text: '{text}'}}"
    job = f"{MAIL}, message_fields: [v], on_missing: {missing}, content: {content}"
    profiles = [{"email": f"p{n}@example.com", "v": value} for n, value in enumerate(said)]
    lines = shown(job, *profiles)
    (outcomes,) = [orjson.loads(line.partition(": ")[2]) for line in lines if line.startswith("# outcomes")]
    assert sum(outcomes.values()) == len(said)
    for one in contents(job, *profiles):
        link = one["html"].split('"')[1]
        assert link == "" or link.lower().startswith(("http://", "https://", "mailto:", "tel:"))
        assert one["html"].count("<") == 3
        parts = urlsplit(one["text"].split(" ")[0])
        assert (parts.netloc, parts.query, parts.path.count("/")) == ("acme.example", "a=1", 1)
