"""What is said of jobs that send: every fault at once, each with its place in the file."""

from datetime import timedelta
from math import inf
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.configuration import Configuration
from schemas.content import CHANNEL_NAMES
from schemas.jobs.send_message import SendMessage
from tests.configuring import CONTRACT, ENVIRON, changed, faults_of, read
from tests.making import send_job

SEND = """\
  - name: order-sms
    kind: send_message
    authorization: main
    topics: [audience_memberships]
    audiences: [order_shipped]
    existing_members: false
    phone_field: phone
    sender: Acme
    message_fields: [first_name, order_id]
    content: {channel: sms, text: "Hi {{first_name}}, your order {{order_id}} shipped."}
    flush: {max_events: 500, max_seconds: 1}
"""
BOTH = CONTRACT + SEND
CONTENT = 'content: {channel: sms, text: "Hi {{first_name}}, your order {{order_id}} shipped."}'
NAMES = ", ".join(sorted({*CHANNEL_NAMES, *(channel.partition("_")[0] for channel in CHANNEL_NAMES)}))


def with_content(content: str) -> str:
    return changed(CONTENT, f"content: {content}", BOTH)


def with_option(options: str) -> str:
    return changed("    flush: {max_events: 500, max_seconds: 1}\n", f"    {options}\n", BOTH)


def with_senders(senders: str, sender: str = "main") -> str:
    return changed("jobs:\n", f"senders: {senders}\njobs:\n", changed("sender: Acme", f"sender: {sender}", BOTH))


def the_send(configuration: Configuration) -> SendMessage:
    job = configuration.jobs[1]
    assert isinstance(job, SendMessage)
    return job


def test_the_contracts_job_is_read() -> None:
    job = the_send(read(BOTH))
    assert (job.sender, job.phone_field, job.message_fields) == ("Acme", ("phone",), ("first_name", "order_id"))
    assert (job.flush.max_events, job.flush.max_seconds) == (500, 1)
    assert not job.existing_members
    assert job.wants("order_shipped")
    assert not job.wants("vip")


def test_what_is_left_out_has_its_default() -> None:
    job = send_job()
    assert (job.phone_field, job.email_field, job.on_missing, job.max_per_request) == (
        ("phone",),
        ("email",),
        "empty",
        500,
    )
    assert (job.flush.max_events, job.flush.max_seconds) == (500, 1)
    assert not job.existing_members
    assert not job.paces
    assert job.wants("whichever")


@pytest.mark.parametrize(("expected", "flush"), [((9, 1), {"max_events": 9}), ((500, 7), {"max_seconds": 7})])
def test_a_window_is_sent_within_moments_unless_the_job_says_otherwise(
    expected: tuple[int, float], flush: dict[str, int]
) -> None:
    job = send_job(flush=flush)
    assert (job.flush.max_events, job.flush.max_seconds) == expected


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (["unknown token {{nmae}} (message_fields has: first_name, order_id)"], "Hi {{nmae}}"),
        (["unknown token {{nmae}} (message_fields has: first_name, order_id)"], "Hi {{nmae}} {{ nmae|you }}"),
        (["unknown token {{}} (message_fields has: first_name, order_id)"], "Hi {{}}"),
        (["unknown token {{first name}} (message_fields has: first_name, order_id)"], "{{first name}}"),
        (["'{{' begins no {{token}}"], "Hi {{first_name}"),
        (["'{{' begins no {{token}}"], "Hi {{first_name|{{order_id}}}}"),
        (
            [
                "unknown token {{a}} (message_fields has: first_name, order_id)",
                "unknown token {{b}} (message_fields has: first_name, order_id)",
                "'{{' begins no {{token}}",
            ],
            "{{a}} {{b|you}} {{",
        ),
        (["must not be empty"], ""),
        (["must be at most 100000 characters, not 100001"], "x" * 100_001),
    ],
)
def test_a_text_that_cannot_be_filled_in_is_refused(expected: list[str], text: str) -> None:
    faults = faults_of(with_content(f'{{channel: sms, text: "{text}"}}'))
    assert faults == [f"jobs[1].content.text: {fault}" for fault in expected]


def test_tokens_are_looked_for_in_every_text_and_told_with_all_else() -> None:
    content = "{channel: sms, text: '{{a}}', max_parts: 26, india_dlt: {content_template_id: '{{b}}'}, txt: '{{c}}'}"
    callback = "callback_data: {order: '{{d}}', From: x, 'a\\b': x, job: x, number: 5, '': x, '{{order_id}}': x}"
    faults = faults_of(
        changed("    flush: {max_events: 500, max_seconds: 1}\n", f"    {callback}\n", with_content(content))
    )
    assert faults == [
        "jobs[1].content.text: unknown token {{a}} (message_fields has: first_name, order_id)",
        "jobs[1].content.max_parts: must be at most 25, not 26",
        "jobs[1].content.india_dlt.principal_entity_id: is missing",
        "jobs[1].content.india_dlt.content_template_id: unknown token {{b}} (message_fields has: first_name, order_id)",
        "jobs[1].content.txt: unknown key",
        "jobs[1].content.txt: unknown token {{c}} (message_fields has: first_name, order_id)",
        "jobs[1].callback_data.order: unknown token {{d}} (message_fields has: first_name, order_id)",
        "jobs[1].callback_data.From: is a restricted name; choose another",
        (
            "jobs[1].callback_data['a\\\\b']: must not be empty, nor hold a double quote, a backslash or a control "
            "character"
        ),
        "jobs[1].callback_data.job: is a restricted name; choose another",
        "jobs[1].callback_data.number: must be a text, not a number (quote it)",
        "jobs[1].callback_data['']: must not be empty, nor hold a double quote, a backslash or a control character",
        "jobs[1].callback_data['{{order_id}}']: takes no tokens: everybody's reports have the same keys",
    ]


def test_tokens_without_message_fields_are_unknown_but_where_the_fields_are_wrong_they_are_not_known() -> None:
    without = changed("    message_fields: [first_name, order_id]\n", "", BOTH)
    assert faults_of(without) == [
        "jobs[1].content.text: unknown token {{first_name}} (message_fields has: none)",
        "jobs[1].content.text: unknown token {{order_id}} (message_fields has: none)",
    ]
    assert faults_of(changed("[first_name, order_id]", "first_name", BOTH)) == [
        "jobs[1].message_fields: must be a list, not a text"
    ]


@pytest.mark.parametrize(
    ("expected", "content"),
    [
        (["content.channel: is missing"], "{text: hi}"),
        (
            [f"content.channel: no channel is called 'pigeon' (there are: {', '.join(sorted(CHANNEL_NAMES))})"],
            "{channel: pigeon}",
        ),
        (
            [f"content.channel: no channel is called a list (there are: {', '.join(sorted(CHANNEL_NAMES))})"],
            "{channel: [sms]}",
        ),
        (["content: must be a mapping, not a text"], "hi"),
        (["content: must be a mapping, not a list"], "[sms]"),
        (["content: must be a mapping, not empty"], ""),
        (["content.text: is missing"], "{channel: sms}"),
        (["content.text: must be a text, not a number (quote it)"], "{channel: sms, text: 5}"),
        (["content.reseller_code: must be a number, not true"], "{channel: sms, text: hi, reseller_code: true}"),
        (["content.flash: must be true or false, not 'yes'"], "{channel: sms, text: hi, flash: 'yes'}"),
        (
            ["content.language: must be 'NONE', 'TR', 'ES', 'PT' or 'AUTODETECT', not 'DE'"],
            "{channel: sms, text: hi, language: DE}",
        ),
        (
            ["content.validity_period: must be at most 48 hours, not 49 hours"],
            "{channel: sms, text: hi, validity_period: {amount: 49, time_unit: HOURS}}",
        ),
        (
            ["content.reseller_code: is missing", "content.title: must be at most 66 characters, not 67"],
            f"{{channel: lms, text: hi, title: {'x' * 67}}}",
        ),
    ],
)
def test_a_content_that_cannot_be_sent_is_refused(expected: list[str], content: str) -> None:
    assert faults_of(with_content(content)) == [f"jobs[1].{fault}" for fault in expected]


@pytest.mark.parametrize(
    ("expected", "window"),
    [
        ('from: must be a time of day such as "08:30"', "{days: [MONDAY], from: 8, to: '20:00'}"),
        ('from: must be a time of day such as "08:30"', "{days: [MONDAY], from: true, to: '20:00'}"),
        ('from: must be a time of day such as "08:30"', "{days: [MONDAY], from: '8:3', to: '20:00'}"),
        ("from: must be at most 23, not 24", "{days: [MONDAY], from: '24:00', to: '20:00'}"),
        (": `from` and `to` go together: give both or neither", "{days: [MONDAY], to: '20:00'}"),
        (": `from` and `to` must be an hour apart at least", "{days: [MONDAY], from: '19:01', to: 20:00}"),
        (": `from` and `to` must be an hour apart at least", "{days: [MONDAY], from: 20:00, to: 20:00}"),
        (": `from` and `to` must be an hour apart at least", "{days: [MONDAY], from: 23:30, to: 00:00}"),
        ("days: must have at least 1 entry", "{days: []}"),
    ],
)
def test_a_delivery_time_that_is_none_is_refused(expected: str, window: str) -> None:
    (fault,) = faults_of(with_content(f"{{channel: sms, text: hi, delivery_time_window: {window}}}"))
    place = "jobs[1].content.delivery_time_window"
    assert fault == (place + expected if expected.startswith(":") else f"{place}.{expected}")


def test_a_delivery_time_may_be_at_night() -> None:
    window = "{days: [MONDAY], from: 22:00, to: {hour: 6}}"
    job = the_send(read(with_content(f"{{channel: sms, text: hi, delivery_time_window: {window}}}")))
    assert job.content.model_dump()["delivery_time_window"]["from_"] == {"hour": 22, "minute": 0}


@pytest.mark.parametrize(
    ("expected", "option"),
    [
        (["speed_limit.amount: must be at least 1, not 0"], "speed_limit: {amount: 0, per: hour}"),
        (["speed_limit.amount: must be at most 100000, not 100001"], "speed_limit: {amount: 100001, per: hour}"),
        (["speed_limit.per: must be 'minute', 'hour' or 'day', not 'week'"], "speed_limit: {amount: 1, per: week}"),
        (["speed_limit.per: is missing"], "speed_limit: {amount: 1}"),
        (["speed_limit.by: must be 'us' or 'infobip', not 'me'"], "speed_limit: {amount: 1, per: day, by: me}"),
        (["url_options.shorten: must be true or false, not 1"], "url_options: {shorten: 1}"),
        (["url_options.x: unknown key"], "url_options: {x: 1}"),
        (
            ["url_options.custom_domain: must be a domain such as go.example.com"],
            'url_options: {custom_domain: "https://go.example.com/"}',
        ),
        (['on_missing: must be empty, skip or {default: "..."}'], "on_missing: maybe"),
        (["on_missing.default: must be a text, not a number (quote it)"], "on_missing: {default: 5}"),
        (["on_missing.default: is missing"], "on_missing: {}"),
        (["max_per_request: must be at most 1000, not 1001"], "max_per_request: 1001"),
        (["flush.max_events: must be at least 1, not 0"], "flush: {max_events: 0}"),
        (["email_field: must have at least 1 entry"], "email_field: []"),
        (["email_field: names 'a' more than once"], "email_field: [a, a]"),
        (["email_field[1]: must be a text, not a number (quote it)"], "email_field: [a, 5]"),
        (["callback_data: must be a mapping, not a text"], "callback_data: '{{first_name}}'"),
        (["map_fields: unknown key"], "map_fields: {a: b}"),
    ],
)  # fmt: skip
def test_an_option_that_cannot_work_is_refused(expected: list[str], option: str) -> None:
    assert faults_of(with_option(option)) == [f"jobs[1].{fault}" for fault in expected]


class TestSender:
    """Who sends: as Infobip knows it, or as a profile of senders says."""

    def test_it_is_an_entry_of_senders_or_what_infobip_knows(self) -> None:
        assert the_send(read(BOTH)).sender == "Acme"
        assert the_send(read(with_senders("{main: {sms: '447860099299', lms: Xyz}}"))).sender == "447860099299"
        assert the_send(read(with_senders("{main: {lms: Xyz}}", "mine"))).sender == "mine"

    def test_it_is_told_with_all_other_faults(self) -> None:
        text = changed("    sender: Acme\n", "", changed("max_events: 500", "max_events: 0", BOTH))
        assert faults_of(changed("name: order-sms", "name: vip", text)) == [
            "jobs[1].sender: is missing",
            "jobs[1].name: must be unique: jobs[0] is called 'vip', too",
            "jobs[1].flush.max_events: must be at least 1, not 0",
        ]

    def test_a_profile_without_one_for_the_channel_is_told_with_all_other_faults(self) -> None:
        text = changed("max_events: 500", "max_events: 0", with_senders("{main: {lms: Xyz}}"))
        assert faults_of(changed("name: order-sms", "name: vip", text)) == [
            "jobs[1].name: must be unique: jobs[0] is called 'vip', too",
            "jobs[1].sender: the sender profile 'main' has none for sms",
            "jobs[1].flush.max_events: must be at least 1, not 0",
        ]

    @pytest.mark.parametrize(
        ("expected", "senders"),
        [
            (["senders.main.sms: must be a text, not a number (quote it)"], "{main: {sms: 447860099299}}"),
            (["senders.main.sms: must not be empty"], "{main: {sms: ' '}}"),
            ([f"senders.main.fax: no channel is called so (there are: {NAMES})"], "{main: {sms: Xyz, fax: Y}}"),
            (["senders.main: must be a mapping, not a text"], "{main: Acme}"),
            (["senders: must be a mapping, not a list"], "[Acme]"),
            (
                ["senders.main.sms: must be 3 to 11 characters, not 12, or a number of up to 15 digits"],
                f"{{main: {{sms: {'x' * 12}}}}}",
            ),
        ],
    )  # fmt: skip
    def test_a_profile_that_is_none_is_refused(self, expected: list[str], senders: str) -> None:
        assert faults_of(with_senders(senders)) == expected

    def test_one_that_is_too_long_is_refused(self) -> None:
        assert faults_of(changed("sender: Acme", f"sender: {'x' * 12}", BOTH)) == [
            "jobs[1].sender: must be 3 to 11 characters, not 12, or a number of up to 15 digits"
        ]

    def test_what_a_variable_holds_is_not_shown(self) -> None:
        text = with_senders("{hush-sender: {lms: Xyz}}", "${SENDER}")
        assert faults_of(text, {**ENVIRON, "SENDER": "hush-sender"}) == [
            "jobs[1].sender: the sender profile what ${SENDER} holds has none for sms"
        ]
        assert faults_of(text) == ["jobs[1].sender: the environment variable SENDER is not set"]


@pytest.mark.parametrize(
    "changes", [{"content": {"channel": ["sms"]}}, {"sender": 5}, {"topics": []}, {"sender": None}]
)
def test_what_cannot_work_is_no_job(changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        send_job(**changes)


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        (timedelta(hours=12), "{hours: 12}"),
        (timedelta(seconds=90), "{seconds: 90}"),
        (timedelta(minutes=90), "{hours: 1.5}"),
        (timedelta(days=4), '{days: "4"}'),
    ],
)
def test_an_age_is_a_duration_of_one_unit(expected: timedelta, said: str) -> None:
    assert the_send(read(with_option(f"max_age: {said}"))).max_age == expected


MAPPING = "must be a mapping of one unit (seconds, minutes, hours, days), such as {hours: 12}"


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        *((MAPPING, said) for said in ("12h", "12", "{}", "{weeks: 1}", "{hours: 1, minutes: 1}", "[hours]")),
        *(
            ("hours must be a number above 0, and no more than ten years", f"{{hours: {number}}}")
            for number in ("0", "-1", "true", "soon", "1e9", ".inf", "1.0e-12")
        ),
    ],
)
def test_what_is_no_duration_is_told_with_its_place(expected: str, said: str) -> None:
    assert faults_of(with_option(f"max_age: {said}")) == [f"jobs[1].max_age: {expected}"]


def test_nobody_is_too_late_and_everybody_gets_each_message_unless_the_job_says_so() -> None:
    job = send_job()
    assert (job.max_age, job.once, job.seconds_between) == (None, None, None)


@pytest.mark.parametrize(("seconds", "said"), [(inf, "ever"), (86_400, "{per: day}")])
def test_once_is_ever_or_a_day(seconds: float, said: str) -> None:
    assert the_send(read(with_option(f"once: {said}"))).seconds_between == seconds


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("once: must be ever or {per: day}", "once: never"),
        ("once: must be ever or {per: day}", "once: true"),
        ("once.per: must be 'day', not 'week'", "once: {per: week}"),
        ("once.per: is missing", "once: {}"),
        (
            "once: needs exactly one topic, by whose partitions is kept who got a message",
            "once: ever\n    topics: [a, b]",
        ),
    ],
)
def test_what_once_cannot_be_is_told(expected: str, said: str) -> None:
    config = with_option(said)
    if "topics: [a" in said:
        config = config.replace("    topics: [audience_memberships]\n    audiences: [order_shipped]\n", "")
    assert faults_of(config) == [f"jobs[1].{expected}"]


def test_the_names_that_messages_are_found_by_are_read() -> None:
    said = "{entity_id: acme-europe, application_id: marketing}"
    job = the_send(read(with_option(f"campaign: spring-2026\n    bulk_id: spring\n    platform: {said}")))
    assert (job.campaign, job.bulk_id) == ("spring-2026", "spring")
    assert job.platform is not None
    assert (job.platform.entity_id, job.platform.application_id) == ("acme-europe", "marketing")


@pytest.mark.parametrize(
    ("fault", "options"),
    [
        ("campaign: must not be empty", "campaign: ' '"),
        ("campaign: must be at most 255 characters, not 256", f"campaign: {'c' * 256}"),
        ("campaign: takes no tokens: all messages of a job bear the same", 'campaign: "{{first_name}}"'),
        ("bulk_id: must be at most 100 characters, not 101", f"bulk_id: {'b' * 101}"),
        ("bulk_id: takes no tokens: all messages of a job bear the same", 'bulk_id: "{{first_name}}"'),
        ("platform: must hold entity_id, application_id or both", "platform: {}"),
        ("platform.entity_id: must be at most 255 characters, not 256", f"platform: {{entity_id: {'e' * 256}}}"),
        ("platform.application_id: must be a text, not a number (quote it)", "platform: {application_id: 7}"),
        ("platform.name: unknown key", "platform: {entity_id: e, name: n}"),
    ],
)
def test_a_name_that_messages_cannot_bear_is_a_fault(fault: str, options: str) -> None:
    assert faults_of(with_option(options)) == [f"jobs[1].{fault}"]


WHATSAPP_TEXT = "{channel: whatsapp_text, text: Hello}"
WHATSAPP_TEMPLATE = "{channel: whatsapp_template, template_name: hello, language: en}"


@pytest.mark.parametrize(
    ("content", "options", "places"),
    [
        (WHATSAPP_TEXT, "campaign: c\n    bulk_id: b\n    platform: {entity_id: e}", ["campaign", "bulk_id"]),
        (WHATSAPP_TEMPLATE, "campaign: c\n    bulk_id: b\n    platform: {entity_id: e}", ["campaign"]),
    ],
)
def test_a_channel_without_a_place_for_a_name_says_so(content: str, options: str, places: list[str]) -> None:
    channel = content.partition(": ")[2].partition(",")[0]
    text = changed(CONTENT, f"content: {content}", with_option(options)).replace(
        "sender: Acme", 'sender: "447860099299"'
    )
    no_place = f"the channel {channel} has no place for it: leave it out"
    assert faults_of(text) == [f"jobs[1].{place}: {no_place}" for place in places]
