"""Events as platforms write them: what is odd of them costs no more than itself."""

import json
from typing import Any

import pytest

from streams.cli.preview import preview
from streams.jobs.send_message.dry_run import dry_run
from streams.jobs.send_message.plan import Messenger
from streams.pipeline.settle import Settled
from tests import contents
from tests.jobs.export_audience.exporting import deliver
from tests.making import export_job, send_job, window_of

PARCEL, OTHER = "9400111899223197428490", "9400111899223197428491"


def said(profile: str = "", profile_id: str = '"u-1"', more: str = "", action: str = "enter") -> bytes:
    """An event, written by hand: profile fields and further keys as they are given."""
    fields = f'"email":"ann@example.com","phone":"+41793026727"{profile}'
    return (f'{{"action":"{action}","audience":"vip","profile_id":{profile_id}{more},"profile":{{{fields}}}}}').encode()


def people(values: list[bytes | None], **changes: Any) -> tuple[list[dict[str, Any]], Settled]:
    """The people that an export sends, and what became of the events."""
    attributes = changes.pop("attributes", None)
    calls, settled, _ = deliver(values, export_job(audiences=["vip"], **changes), attributes=attributes)
    return [one for call in calls if call.operation.name == "upsert_persons" for one in call.body["persons"]], settled


def sent(values: list[bytes], **changes: Any) -> tuple[str, Settled]:
    """All that a job sends for these events, as it goes out, and what became of them."""
    job = send_job(audiences=["vip"], **changes)
    *calls, told = preview(dry_run(job, None, 0.0), "events", values)
    assert isinstance(told, tuple)
    settled, _ = told
    sends = [call for step in calls if isinstance(step, list) for call in step if call.method == "POST"]
    return "".join((call.content or b"").decode() for call in sends), settled


# --- whole numbers ----------------------------------------------------------------------------------------------------


def test_two_people_with_long_ids_stay_two() -> None:
    values: list[bytes | None] = [
        said(f',"crm":{PARCEL}'),
        said(f',"crm":{OTHER}', '"u-2"').replace(b"ann@", b"bo@").replace(b"6727", b"6728"),
        said(',"crm":94001118992231974284901.0', '"u-3"'),
        said(',"crm":-9400111899223197428490', '"u-4"'),
    ]
    made, _ = people(values, external_id_field="crm")
    assert [one["externalId"] for one in made] == [PARCEL, OTHER, "94001118992231974284901", f"-{PARCEL}"]


def test_a_number_as_profile_id_is_the_external_id_by_its_digits() -> None:
    made, settled = people([said(profile_id=one) for one in ("12345", PARCEL, "7.0")], external_id_field="profile_id")
    assert [one["externalId"] for one in made] == ["12345", PARCEL, "7"]
    assert settled.outcomes == {"accepted": 3}


NUMBERS = [PARCEL, f"-{PARCEL}", "12345678901234567.89", "18446744073709551615", "-9223372036854775809"]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("target", [{"to": "code", "type": "STRING"}, "code"])
def test_a_text_attribute_has_the_digits(number: str, target: Any) -> None:
    made, settled = people([said(f',"n":{number}')], map_fields={"n": target})
    assert made[0]["customAttributes"] == {"code": number}
    assert settled.left_out_fields == {}


@pytest.mark.parametrize("kind", ["INTEGER", "DECIMAL", "BOOLEAN", "DATE", "DATE_TIME", "LIST_OF_OBJECTS"])
@pytest.mark.parametrize("number", [PARCEL, f"-{PARCEL}", "1e400"])
def test_what_another_attribute_cannot_hold_is_left_out_and_told(kind: str, number: str) -> None:
    made, settled = people([said(f',"n":{number}')], map_fields={"n": {"to": "n", "type": kind}})
    assert "customAttributes" not in made[0]
    assert settled.left_out_fields == {"n": 1}


def test_a_decimal_attribute_takes_the_nearest_number_there_is() -> None:
    numbers = ["12345678901234567.89", "33.3333333333333333333333", f"0.{'1' * 60}", "9007199254740993.0"]
    values: list[bytes | None] = [said(f',"n":{one}', f'"u-{one}"') for one in numbers]
    made = [people([one], map_fields={"n": {"to": "n", "type": "DECIMAL"}})[0][0] for one in values]
    expected = [12345678901234567.89, 33.333333333333336, 0.1111111111111111, 9007199254740993]
    assert [one["customAttributes"]["n"] for one in made] == expected


def test_numbers_in_lists_keep_their_digits_or_the_list_is_left_out() -> None:
    mapped = {"things": {"to": "things", "type": "LIST_OF_OBJECTS"}}
    made, settled = people([said(f',"things":[{{"sku":{PARCEL}}}]')], map_fields=mapped)
    assert "customAttributes" not in made[0]
    assert settled.left_out_fields == {"things": 1}
    made, _ = people([said(',"things":[{"sku":7,"price":33.33333333333333333333}]')], map_fields=mapped)
    assert made[0]["customAttributes"]["things"] == [{"sku": 7, "price": 33.333333333333336}]


@pytest.mark.parametrize("number", NUMBERS)
@pytest.mark.parametrize("channel", contents.CONTENTS)
def test_a_message_on_any_channel_has_the_digits(channel: str, number: str) -> None:
    content = {"channel": channel, **contents.CONTENTS[channel]}
    sender = contents.SENDERS.get(channel, "Acme")
    body, settled = sent([said(f',"name":{number}')], message_fields=["name"], content=content, sender=sender)
    assert settled.outcomes == {"accepted": 1}
    assert number in body
    assert "e+" not in body


def test_urls_and_callback_data_have_the_digits() -> None:
    content = {
        "channel": "viber",
        "type": "TEXT",
        "text": "Track it",
        "button": {"title": "here", "action": "https://example.com/{{n}}"},
    }
    body, _ = sent([said(f',"n":{PARCEL}')], message_fields=["n"], content=content, callback_data={"parcel": "{{n}}"})
    assert f"https://example.com/{PARCEL}" in body
    assert f'\\"parcel\\":\\"{PARCEL}\\"' in body


def test_a_number_with_an_exponent_is_written_out() -> None:
    content = {"channel": "sms", "text": "{{n}}"}
    for written in ("9.400111899223197e21", "9.40011189922319700000E21"):
        body, _ = sent([said(f',"n":{written}')], message_fields=["n"], content=content)
        assert '"9400111899223197000000"' in body


# --- halves of characters ---------------------------------------------------------------------------------------------

HALVES = [r"\ud83d", r"\ude00", r"\ude00\ud83d"]


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize(
    "where",
    [
        ',"bio":"I love HALF"',
        ',"HALF":1',
        ',"nested":{"deep":[{"x":"HALF"}]}',
        ',"nested":{"HALF":{"HALF":"HALF"}}',
    ],
)
def test_half_a_character_in_what_nobody_reads_costs_nothing(half: str, where: str) -> None:
    profile = where.replace("HALF", half)
    _, settled = people([said(profile), said(profile, '"u-2"', action="exit").replace(b"ann@", b"bo@")])
    assert (settled.outcomes, settled.left_out_fields) == ({"accepted": 2}, {})
    _, settled = sent([said(profile)])
    assert settled.outcomes == {"accepted": 1}


@pytest.mark.parametrize("half", HALVES)
def test_half_a_character_in_a_mapped_field_costs_the_field(half: str) -> None:
    mapped = {
        "first": "firstName",
        "note": {"to": "note", "type": "STRING"},
        "list": {"to": "list", "type": "LIST_OF_OBJECTS"},
    }
    profile = f',"first":"Ed {half}","note":"{half}","list":[{{"{half}":1}}]'
    (person,), settled = people([said(profile)], map_fields=mapped)
    assert settled.outcomes == {"accepted": 1}
    assert person.keys() == {"type", "contactInformation"}
    assert settled.left_out_fields == {"first": 1, "note": 1, "list": 1}


def test_half_a_character_in_a_message_field_is_no_value() -> None:
    content = {"channel": "sms", "text": "Hi {{first|there}}"}
    body, settled = sent([said(r',"first":"Ed \ud83d"')], message_fields=["first"], content=content)
    assert '"Hi there"' in body
    assert settled.left_out_fields == {"first": 1}


def test_a_whole_pair_stays_one() -> None:
    (person,), _ = people([said(r',"first":"Cy \ud83d\ude00","bio":"\ud83d"')], map_fields={"first": "firstName"})
    assert person["firstName"] == "Cy \U0001f600"


def test_half_a_character_elsewhere_in_an_event() -> None:
    assert people([said(more=r',"event_id":"e \ud83d","occurred_at":"\ud83d","\ude00":"\ud83d"')])[1].outcomes == {
        "accepted": 1
    }
    for needed in (said(profile_id=r'"u \ud83d"'), said().replace(b'"vip"', rb'"vip \ud83d"')):
        _, settled = people([needed])
        (failure,) = settled.failures
        assert (settled.outcomes, failure.reason) == ({"undecodable": 1}, "undecodable")
        assert failure.detail.endswith("holds half of a character (a lone surrogate), which no other system takes")


def test_an_event_of_another_audience_is_skipped_whatever_it_holds() -> None:
    other = said(r',"bio":"\ud83d"').replace(b'"vip"', b'"other"')
    assert people([other])[1].outcomes == {"skipped": 1}


# --- keys nobody needs ------------------------------------------------------------------------------------------------

ODD: list[Any] = ["", " ", 0, 7, -1, 1.5, 1795168800000, True, [], [1], {}, {"$date": "2026-11-20T10:00:00Z"}, "soon"]


@pytest.mark.parametrize("odd", ODD, ids=str)
@pytest.mark.parametrize("key", ["event_id", "occurred_at", "unknown"])
def test_who_exits_loses_the_tag_whatever_stands_in_a_key_that_is_not_needed(key: str, odd: Any) -> None:
    calls, settled, _ = deliver([said(action="exit", more=f',"{key}":{json.dumps(odd)}')])
    assert settled.outcomes == {"accepted": 1}
    assert calls[-1].operation.name == "remove_tag"
    assert sent([said(more=f',"{key}":{json.dumps(odd)}')])[1].outcomes == {"accepted": 1}


@pytest.mark.parametrize("odd", ["null", "[]", "7", "true", '"no profile"', '""'])
def test_an_odd_profile_is_none(odd: str) -> None:
    value = f'{{"action":"exit","audience":"vip","profile_id":"u-1","profile":{odd}}}'.encode()
    _, settled = people([value], external_id_field="profile_id")
    assert settled.outcomes == {"accepted": 1}
    _, settled = people([value])
    assert settled.outcomes == {"dropped": 1}


def test_a_profile_that_is_json_in_a_text_is_read() -> None:
    inside = json.dumps(f'{{"email":"ann@example.com","n":{PARCEL},"bio":"\ud83d"}}')
    value = f'{{"action":"enter","audience":"vip","profile_id":"u-1","profile":{inside}}}'.encode()
    (person,), settled = people([value], map_fields={"n": "n"})
    assert settled.outcomes == {"accepted": 1}
    assert person["customAttributes"] == {"n": PARCEL}


def test_numbers_are_names_by_their_decimal_text() -> None:
    body, settled = sent([said(profile_id="12345", more=f',"event_id":{PARCEL}').replace(b'"vip"', b"7")])
    assert settled.outcomes == {"skipped": 1}
    body, settled = sent([said(profile_id="12345", more=f',"event_id":{PARCEL}')])
    (message,) = settled.told
    assert (message.event_id, message.profile_id) == (PARCEL, "12345")
    assert "12345" in body


@pytest.mark.parametrize("name", ["null", "true", '""', "[]", "{}", "1" * 1025, "NaN"])
@pytest.mark.parametrize("key", ["audience", "profile_id"])
def test_what_is_needed_and_no_name_is_a_dead_letter_that_says_so(key: str, name: str) -> None:
    value = said(more=f',"{key}":{name}')
    _, settled = people([value])
    assert settled.outcomes == {"undecodable": 1}
    assert settled.failures[0].detail.startswith(f"{key}: must")


def test_an_age_is_told_by_the_record_where_the_event_does_not_say_it() -> None:
    """A window's records are of 2025-11-20."""
    now = 1_763_632_800.0 + 3600

    def outcome(occurred_at: str, hours: int) -> Any:
        job = send_job(audiences=["vip"], max_age={"hours": hours})
        window = window_of(job, [said(more=f',"occurred_at":{occurred_at}')])
        folded = Messenger(job).fold(window)
        expires_at = folded.messages[0].expires_at
        assert expires_at is not None
        return expires_at > now

    for odd in ('"soon"', '"1970-01-01T00:00:00Z"', '"2025-01-01"', "0", "[]", "true", r'"\ud83d"'):
        assert outcome(odd, 2)
    for long_ago in ("1735689600000", '"Wed, 01 Jan 2025 00:00:00 GMT"', '{"$date":1735689600000}'):
        assert not outcome(long_ago, 2)


# --- left out ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("odd", ["NaN", "true", "[1]", '"' + "x" * 257 + '"'])
def test_an_external_id_that_is_none_is_told(odd: str) -> None:
    (person,), settled = people([said(f',"crm":{odd}')], external_id_field="crm")
    assert "externalId" not in person
    assert settled.left_out_fields == {"crm": 1}


def test_an_event_without_an_external_id_leaves_nothing_out() -> None:
    values: list[bytes | None] = [said(), said(',"crm":""'), said(',"crm":null'), said(',"crm":"\u200b "')]
    assert people(values, external_id_field="crm")[1].left_out_fields == {}
    assert people([said(profile_id=f'"{"x" * 300}"')], external_id_field="profile_id")[1].left_out_fields == {
        "profile_id": 1
    }


@pytest.mark.parametrize("blank", ["", " ", "\u200b", "\u2800\u00ad"])
def test_an_address_of_blanks_is_a_missing_one(blank: str) -> None:
    value = said().replace(b"ann@example.com", blank.encode())
    assert people([value])[1].left_out_fields == {}
