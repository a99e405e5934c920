from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.jobs.silent_countries import COUNTRIES_WITHOUT_REPORTS
from schemas.jobs.track_messages import TrackMessages

LEAST = {"name": "track", "kind": "track_messages", "authorization": "main"}


def test_what_is_left_out_has_its_default() -> None:
    job = TrackMessages.model_validate(LEAST)
    assert (job.jobs, job.wait, job.wait_for_reply) == ((), timedelta(days=4), timedelta(hours=2))
    assert (job.wait_by_channel, job.wait_by_job, job.pull) == ({}, {}, False)
    assert (job.campaign_event, job.campaign_events_of) == ("campaign", ("sms", "mms"))
    assert job.countries_without_reports == tuple(COUNTRIES_WITHOUT_REPORTS)


def test_the_options_of_the_contract_are_read() -> None:
    said = {"jobs": ["order-sms"], "wait": {"days": 4}, "wait_for_reply": {"hours": 2}, "campaign_event": "campaign"}
    assert TrackMessages.model_validate({**LEAST, **said, "pull": True}).pull


@pytest.mark.parametrize(
    ("option", "given", "fault"),
    [
        ("wait", {"days": 0}, "days must be a number above 0, and no more than ten years"),
        ("wait_by_channel", {"smoke": {"days": 1}}, "unknown channel (there are: sms, lms, email"),
        ("wait_by_job", {"order-sms": {"years": 1}}, "must be a mapping of one unit"),
        ("campaign_events_of", ["fax"], "unknown channel"),
        ("campaign_events_of", ["sms", "sms"], "names 'sms' more than once"),
        ("countries_without_reports", ["UK"], "must be a country of ISO 3166"),
        ("jobs", ["a", "a"], "names 'a' more than once"),
        ("campaign_event", " ", "must not be empty"),
    ],
)
def test_what_cannot_be_is_refused(option: str, given: Any, fault: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TrackMessages.model_validate({**LEAST, option: given})
    assert fault in str(refused.value)
