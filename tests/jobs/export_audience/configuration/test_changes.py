"""What of a job decides what it does, and how a change of that is told."""

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.records.states import ExportedConfiguration
from streams.jobs.export_audience.configuration.changes import Changes, Counts, meaning
from streams.jobs.export_audience.configuration.effect import Effect, as_job, effect_of, remembered
from tests.making import export_job

AT = datetime(2026, 11, 29, tzinfo=UTC)


def changes(before: dict[str, Any], now: dict[str, Any]) -> Changes:
    return Changes(effect_of(export_job(**before)), effect_of(export_job(**now)))


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ({"tag": "VIP"}, {"tag": "Vip"}),
        ({"audiences": ["a", "b"]}, {"audiences": ["b", "a"]}),
        ({"tag": {"a": "A", "b": "B"}}, {"tag": {"b": "B", "a": "A"}, "audiences": ["b", "a"]}),
        ({"audiences": ["a"]}, {"tag": {"a": "VIP"}}),
        ({}, {"label": "Another"}),
        ({"tag": None, "label": "VIP"}, {"tag": "VIP"}),
        ({}, {"email_field": "email", "person_type": "CUSTOMER"}),
        ({"map_fields": {"a": "firstName", "b": "ltv"}}, {"map_fields": {"b": "LTV", "a": {"to": "firstName"}}}),
        ({"map_fields": {"b": "ltv"}}, {"map_fields": {"b": {"to": "ltv", "type": "DECIMAL"}}}),
        ({}, {"flush": {"max_seconds": 5}, "give_up_after": {"seconds": 900}, "priority": "high"}),
        ({}, {"create_attributes": True, "existing_members": False, "on_change": "keep"}),
        ({"audiences": ["a"]}, {"audiences": ["a"], "remember_address": True}),
    ],
)
def test_what_changes_no_effect_is_no_change(before: dict[str, Any], now: dict[str, Any]) -> None:
    found = changes(before, now)
    assert not found
    assert found.in_words == ""
    assert found.before.digest == found.now.digest


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ({"audiences": ["a"]}, {"audiences": ["a"], "tag": "GOLD"}, "tag 'VIP' -> 'GOLD' of a"),
        ({}, {"tag": "GOLD"}, "tag 'VIP' -> 'GOLD' of all audiences"),
        ({"audiences": ["a"]}, {"audiences": ["c", "a", "b"]}, "audiences added: b, c"),
        ({"audiences": ["a", "b"]}, {"audiences": ["b"]}, "audiences gone: a"),
        ({}, {"audiences": ["a"]}, "audiences all audiences -> a"),
        ({"audiences": ["a"]}, {"tag": "X"}, "tag 'VIP' -> 'X' of a; audiences a -> all audiences"),
        ({"tag": {"a": "X", "b": "Y"}}, {"tag": {"a": "Y", "b": "X"}}, "tag 'X' -> 'Y' of a; tag 'Y' -> 'X' of b"),
        ({}, {"map_fields": {"f": "firstName", "ltv": "value"}}, "map_fields added: f -> firstName, ltv -> value"),
        ({"map_fields": {"f": "firstName"}}, {}, "map_fields gone: f -> firstName"),
        (
            {"map_fields": {"f": "firstName"}},
            {"map_fields": {"f": "lastName"}},
            "map_fields changed: f -> lastName instead of firstName",
        ),
        ({}, {"person_type": "LEAD"}, "person_type CUSTOMER -> LEAD"),
        ({}, {"external_id_field": "profile_id"}, "external_id_field none -> profile_id"),
        (
            {"phone_field": None, "default_region": "DE"},
            {"email_field": "contact.email"},
            "email_field email -> contact.email; phone_field none -> phone; default_region DE -> none",
        ),
    ],
)
def test_a_change_is_told_in_words(before: dict[str, Any], now: dict[str, Any], told: str) -> None:
    found = changes(before, now)
    assert found.in_words == told
    assert found.before.digest != found.now.digest


def test_of_many_audiences_some_are_named() -> None:
    gone = changes({"audiences": [f"a{number:02d}" for number in range(12)]}, {"audiences": ["a00"]})
    named = ", ".join(f"a{number:02d}" for number in range(1, 11))
    assert gone.in_words == f"audiences gone: {named} and 1 more"


def test_what_was_not_noted_has_not_changed() -> None:
    """As former versions noted it."""
    said = ExportedConfiguration.model_validate_json(b'{"job":"vip","tags":{"*":"VIP"},"since":"2026-11-20T09:00:00Z"}')
    now = effect_of(export_job(map_fields={"f": "firstName"}, external_id_field="profile_id", person_type="LEAD"))
    assert not Changes(remembered(said), now)
    assert (
        Changes(remembered(said), effect_of(export_job(tag="GOLD"))).in_words == "tag 'VIP' -> 'GOLD' of all audiences"
    )


def test_what_is_remembered_is_what_was() -> None:
    job = export_job(tag={"a": "A", "b": "B"}, map_fields={"f": "firstName"}, default_region="DE")
    kept = effect_of(job).record("vip", AT, "before", [effect_of(export_job()).former()])
    again = ExportedConfiguration.model_validate_json(kept.model_dump_json())
    assert again == kept
    assert (again.digest, remembered(again)) == (effect_of(job).digest, effect_of(job))
    assert remembered(again.applying[0]) == effect_of(export_job())


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"audiences": ["a", "b"], "email_field": None},
        {"tag": {"a": "A", "b": "B"}, "audiences": ["b"], "external_id_field": "id"},
    ],
)
def test_a_job_as_it_was_has_the_effect_that_is_remembered(options: dict[str, Any]) -> None:
    was, now = export_job(**options), export_job(tag="NOW", audiences=["x"], default_region="DE")
    assert now.wants("x")  # which is kept by the job for the next question
    made = as_job(now, effect_of(was))
    assert effect_of(made) == Effect(effect_of(was).tags, {}, "CUSTOMER", effect_of(was).identity)
    for audience in ("a", "b", "x"):
        assert (made.wants(audience), made.tag_of(audience)) == (was.wants(audience), was.tag_of(audience))


def test_what_a_change_means_is_told_by_tag() -> None:
    counts = Counts(
        members=3000,
        to_tag={"GOLD": 2000},
        to_untag={"VIP": 2000, "New": 5, "Old": 0},
        tagged={"VIP": 2003, "New": None},
        notes=["events are gone"],
    )
    assert meaning(changes({}, {"person_type": "LEAD"}), counts, {"new": "other"}) == (
        "there are 3,000 members by Kafka; 2,000 are to get tag 'GOLD'; 2,000 are to lose tag 'VIP', which 2,003 "
        "people have at Infobip; 5 keep tag 'New', which job 'other' gives now; 3,000 are to be written anew with "
        "their fields; events are gone"
    )
