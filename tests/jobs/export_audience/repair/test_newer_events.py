"""Whom newer events speak of: by their profile, and by every address."""

from typing import Any
from unittest.mock import patch

import orjson
import pytest

from streams.jobs.export_audience.membership_records import Read
from streams.jobs.export_audience.repair import newer_events
from streams.jobs.export_audience.repair.newer_events import NewerEvents
from tests.jobs.export_audience.repair.repairing import person
from tests.making import export_job


def said(offset: int, profile_id: str, action: str = "enter", audience: str = "vip", **profile: Any) -> Read:
    value = {"action": action, "audience": audience, "profile_id": profile_id, "profile": profile or None}
    return Read("memberships", 0, offset, profile_id.encode(), orjson.dumps(value))


def newer(*records: Read, **job: Any) -> NewerEvents:
    made = NewerEvents(export_job(audiences=["vip"], **job), as_of=3)
    made.read(records)
    return made


def test_their_profile_and_each_of_their_names_count() -> None:
    made = newer(said(7, "u-1", email="Ann@Example.com", phone="+14155550123"))
    assert made.end == 8
    assert made.speak_of(person("zoe", profile_id="u-1"))
    assert made.speak_of(person("ann"))
    assert made.speak_of(person("zoe", "PHONE 14155550123"))
    assert not made.speak_of(person("zoe", profile_id="u-2"))


def test_an_exit_without_a_profile_counts_by_the_id() -> None:
    made = newer(said(3, "u-1", "exit"), external_id_field="profile_id")
    assert made.speak_of(person("EXTERNAL_ID u-1"))
    assert made.speak_of(person("ann", profile_id="u-1"))


def test_other_audiences_and_what_is_no_event_do_not_count() -> None:
    no_event = Read("memberships", 0, 4, b"u-1", b"{")
    tombstone = Read("memberships", 0, 5, b"u-1", None)
    made = newer(said(3, "u-1", audience="other", email="ann@example.com"), no_event, tombstone)
    assert made.end == 6
    assert not made.speak_of(person("ann", profile_id="u-1"))


@pytest.mark.parametrize("most", [1, 10])
def test_of_too_many_events_everybody_is_taken_to_be_spoken_of(most: int) -> None:
    with patch.object(newer_events, "NAMES_MAX", most):
        made = newer(said(3, "u-1", email="ann@example.com"), said(4, "u-2", email="bob@example.com"))
    assert made.speak_of(person("zoe", profile_id="u-9")) is (most == 1)
