"""What a job calls for the sake of events, of whose limits it takes its share."""

import pytest

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
from streams.prepare import operations_of
from tests.making import export_job, send_job


def test_an_export_and_a_send_share_no_limit() -> None:
    send = operations_of(send_job())
    assert send == (SEND_SMS, LIST_SMS_LOGS)
    assert set(operations_of(export_job())) == {UPSERT_PERSONS, ADD_TAG, REMOVE_TAG, MATCH_PEOPLE}


@pytest.mark.parametrize("content", [{"channel": "mms", "segments": [{"type": "TEXT", "text": "Hi"}], "title": "Hi"}])
def test_what_a_job_does_before_the_first_event_is_nobodys_share(content: dict[str, object]) -> None:
    """A process without partitions must get that far."""
    assert operations_of(send_job(content=content)) == (SEND_MMS, LIST_MMS_LOGS)
