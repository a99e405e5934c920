"""What a job that verifies by itself notes."""

from schemas.records.examples import EXAMPLES
from schemas.records.states import Verified
from streams.jobs.export_audience.verification.watch import verified_record


def test_what_was_found_is_noted_under_the_job() -> None:
    said = Verified.model_validate({**EXAMPLES["infobip_job_verification"]}, strict=False)
    record = verified_record("infobip_job_states", said)
    assert record.key == b"vip/verification"
    assert Verified.model_validate_json(record.value or b"") == said
    assert (said.differ, said.seconds) == (18, 211.0)
