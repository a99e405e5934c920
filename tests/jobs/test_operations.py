"""What a job calls for the sake of events, of whose limits it takes its share."""

from schemas.operations import (
    ADD_TAG,
    LIST_MMS_LOGS,
    LIST_SMS_LOGS,
    MATCH_PEOPLE,
    REMOVE_TAG,
    SEND_MMS,
    SEND_SMS,
    UPSERT_PERSONS,
)
from streams.jobs.export_audience.start import TAGGING
from streams.jobs.send_message.start import shared
from tests.making import send_job


def test_an_export_and_a_send_share_no_limit() -> None:
    assert shared(send_job()) == (SEND_SMS, LIST_SMS_LOGS)
    assert set(TAGGING) == {UPSERT_PERSONS, ADD_TAG, REMOVE_TAG, MATCH_PEOPLE}


def test_what_a_job_does_before_the_first_event_is_nobodys_share() -> None:
    """A process without partitions must get that far."""
    content = {"channel": "mms", "segments": [{"type": "TEXT", "text": "Hi"}], "title": "Hi"}
    assert shared(send_job(content=content)) == (SEND_MMS, LIST_MMS_LOGS)
