"""Said by the platform team, sent to Infobip."""

from typing import Any

import pytest

from streams.jobs.export_audience.plan import Attributes, Exporter, attribute_faults
from tests.jobs.export_audience.exporting import EMAIL, deliver
from tests.making import bare, event, export_job, window_of


def test_an_enter_upserts_the_person_then_adds_the_tag() -> None:
    calls, settled, _ = deliver([event("ann")])
    assert [(call.operation.name, call.method, call.path) for call in calls] == [
        ("upsert_persons", "PATCH", "/people/3/persons/upsert"),
        ("add_tag", "PATCH", "/people/2/tags/VIP/persons"),
    ]
    assert calls[0].body == {
        "persons": [
            {"type": "CUSTOMER", "contactInformation": [{"type": EMAIL, "identifier": "ann@example.com"}]},
        ]
    }
    assert calls[1].body == {"people": [{"query": {"type": EMAIL, "identifier": "ann@example.com"}}]}
    assert settled.outcomes == {"accepted": 1}


def test_an_exit_removes_the_tag_and_leaves_the_person() -> None:
    calls, settled, _ = deliver([event("ann", "exit")])
    assert [(call.operation.name, call.method, call.path) for call in calls] == [
        ("remove_tag", "DELETE", "/people/2/tags/VIP/persons")
    ]
    assert settled.outcomes == {"accepted": 1}


def test_upserts_come_before_additions_and_additions_before_removals() -> None:
    calls, _, _ = deliver([event("bob", "exit"), event("ann")])
    assert [call.operation.name for call in calls] == ["upsert_persons", "add_tag", "remove_tag"]


def test_the_last_word_on_a_membership_wins() -> None:
    calls, settled, _ = deliver([event("ann"), event("ann", "exit"), event("ann")])
    assert [call.operation.name for call in calls] == ["upsert_persons", "add_tag"]
    assert settled.outcomes == {"superseded": 2, "accepted": 1}


def test_a_person_exists_however_briefly_they_were_a_member() -> None:
    calls, settled, _ = deliver([event("ann"), event("ann", "exit")])
    assert [call.operation.name for call in calls] == ["upsert_persons", "remove_tag"]
    assert settled.outcomes == {"superseded": 1, "accepted": 1}


def test_what_several_enters_say_of_a_person_is_added_up() -> None:
    job = export_job(map_fields={"first": "firstName", "last": "lastName"})
    calls, _, _ = deliver(
        [
            event("ann", email="ann@example.com", first="Ann", last="Old"),
            event("ann", email="ann@example.com", phone="+14155550123", last="New"),
        ],
        job,
    )
    (person,) = calls[0].body["persons"]
    assert (person["firstName"], person["lastName"]) == ("Ann", "New")
    assert person["contactInformation"] == [
        {"type": EMAIL, "identifier": "ann@example.com"},
        {"type": "PHONE", "identifier": "14155550123"},
    ]


def test_an_event_without_an_address_is_dropped_and_supersedes_nothing() -> None:
    calls, settled, _ = deliver([event("ann"), event("ann", "exit", email="nonsense")])
    assert [call.operation.name for call in calls] == ["upsert_persons", "add_tag"]
    assert settled.outcomes == {"accepted": 1, "dropped": 1}
    (failure,) = settled.failures
    assert (failure.reason, failure.record.offset) == ("no_address", 1)


def test_an_exit_without_a_profile_needs_an_external_id() -> None:
    _, settled, _ = deliver([bare("ann")])
    assert settled.outcomes == {"dropped": 1}
    calls, settled, _ = deliver([bare("ann")], export_job(external_id_field="profile_id"))
    assert calls[0].body == {"people": [{"query": {"type": "EXTERNAL_ID", "identifier": "ann"}}]}
    assert settled.outcomes == {"accepted": 1}


def test_other_audiences_and_tombstones_are_skipped() -> None:
    calls, settled, _ = deliver([event("ann", audience="other"), None], export_job(audiences=["vip"]))
    assert calls == []
    assert settled.outcomes == {"skipped": 2}


def test_a_tag_is_one_segment_of_the_path() -> None:
    calls, _, _ = deliver([event("ann")], export_job(tag="A/B ä?"))
    assert calls[1].path == "/people/2/tags/A%2FB%20%C3%A4%3F/persons"


def test_each_audience_may_have_a_tag_of_its_own() -> None:
    job = export_job(tag={"vip": "VIP", "new": "New"})
    calls, _, _ = deliver([event("ann"), event("bob", audience="new")], job)
    assert {call.path for call in calls[1:]} == {"/people/2/tags/VIP/persons", "/people/2/tags/New/persons"}


class TestSharedTag:
    """One tag for several audiences means their union."""

    job = export_job(audiences=["vip", "new"])

    def test_it_stays_until_the_last_audience_is_left(self) -> None:
        calls, settled, folded = deliver([event("ann", "exit")], self.job, held={"ann": frozenset({"vip", "new"})})
        assert calls == []
        assert settled.outcomes == {"unchanged": 1}
        assert folded.memberships == {"ann": frozenset({"new"})}

    def test_it_goes_with_the_last(self) -> None:
        calls, _, folded = deliver([event("ann", "exit")], self.job, held={"ann": frozenset({"vip"})})
        assert [call.operation.name for call in calls] == ["remove_tag"]
        assert folded.memberships == {"ann": frozenset()}

    def test_the_window_itself_counts(self) -> None:
        calls, settled, folded = deliver([event("ann", audience="new"), event("ann", "exit")], self.job)
        assert [call.operation.name for call in calls] == ["upsert_persons", "add_tag"]
        assert settled.outcomes == {"accepted": 1, "unchanged": 1}
        assert folded.memberships == {"ann": frozenset({"new"})}

    def test_replaying_over_the_new_state_ends_the_same(self) -> None:
        events: list[bytes | None] = [event("ann", audience="new"), event("ann", "exit"), event("bob")]
        _, _, first = deliver(events, self.job, held={"ann": frozenset({"vip"})})
        state = dict(first.memberships)
        _, _, second = deliver(events, self.job, held=state)
        assert second.memberships == {}

    def test_one_audience_a_tag_keeps_no_state(self) -> None:
        _, _, folded = deliver([event("ann")], export_job(audiences=["vip"]))
        assert folded.memberships == {}


def test_windows_that_share_a_profile_or_an_address_share_a_key() -> None:
    _, _, first = deliver([event("ann", email="same@example.com")])
    _, _, second = deliver([event("bob", email="same@example.com")])
    assert first.keys & second.keys
    _, _, third = deliver([event("eve")])
    assert not first.keys & third.keys


def test_the_later_word_wins_where_two_profiles_are_one_person() -> None:
    calls, settled, _ = deliver(
        [event("ann", "exit", email="same@example.com"), event("bob", email="same@example.com")]
    )
    assert [call.operation.name for call in calls] == ["upsert_persons", "add_tag"]
    assert settled.outcomes == {"superseded": 1, "accepted": 1}


def test_a_value_that_cannot_be_converted_is_left_out_and_counted() -> None:
    job = export_job(map_fields={"ltv": "ltv", "first": "firstName"})
    calls, settled, _ = deliver(
        [event("ann", email="ann@example.com", ltv="much", first="Ann")], job, attributes={"ltv": "DECIMAL"}
    )
    (person,) = calls[0].body["persons"]
    assert person["firstName"] == "Ann"
    assert "customAttributes" not in person
    assert settled.left_out_fields == {"ltv": 1}
    assert settled.outcomes == {"accepted": 1}


def test_every_record_ends_in_one_outcome() -> None:
    values = [event("a"), event("a", "exit"), None, b"junk", event("b", audience="x"), event("c", email="?")]
    _, settled, folded = deliver(values, export_job(audiences=["vip"]))
    assert sum(settled.outcomes.values()) == folded.window.records == len(values)
    assert settled.outcomes == {"accepted": 1, "superseded": 1, "skipped": 2, "undecodable": 1, "dropped": 1}


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        ([], {"map_fields": {"a": "firstName", "b": "LTV", "c": {"to": "ltv2", "type": "DECIMAL"}}}),
        (["the account has no custom attribute plan"], {"map_fields": {"a": "plan"}}),
        ([], {"map_fields": {"a": "plan"}, "create_attributes": True}),
        (["the account's custom attribute ltv is DECIMAL"], {"map_fields": {"a": {"to": "ltv", "type": "STRING"}}}),
    ],
)
def test_an_attribute_that_is_missing_or_of_another_type_is_a_fault(
    expected: list[str], changes: dict[str, Any]
) -> None:
    faults = attribute_faults(export_job(**changes), {"ltv": "DECIMAL", "ltv2": "DECIMAL"})
    assert len(faults) == len(expected)
    assert all(fault.startswith(start) for fault, start in zip(faults, expected, strict=True))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"email": "ann@example.com", "phone": "+14155550123"}, {"phone": "+14155550123"}),
        ({"email": "Ann@Example.com"}, {"email": "ann@example.com"}),
        ({"email": "Ann@example.com", "ref": "u-1"}, {"email": "ANN@example.com", "ref": "u-2"}),
        ({"phone": "+14155550123", "ref": "u-1"}, {"email": "ann@example.com", "phone": "+14155550123"}),
    ],
)
def test_windows_with_any_address_of_one_person_in_common_share_a_key(
    one: dict[str, str], other: dict[str, str]
) -> None:
    """For they may be the same person under two identities, whose tags must not change in any order."""
    exporter = Exporter(export_job(external_id_field="ref"), Attributes())
    first, second, third = (
        exporter.fold(window_of(exporter.job, [event(name, "exit", **profile)]), {}).keys
        for name, profile in (("a", one), ("b", other), ("c", {"email": "bob@example.com"}))
    )
    assert first & second
    assert not first & third
