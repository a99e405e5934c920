"""What a job that verifies by itself does about a disk that fails, and what it notes."""

import asyncio
from typing import Any

import pytest

from schemas.jobs.export_audience import Verify
from schemas.records.examples import EXAMPLES
from schemas.records.states import Verified
from streams.errors import StreamsError
from streams.jobs.export_audience.verification.watch import Watch, verified_record
from tests.making import export_job


def test_a_disk_that_is_full_ends_a_verification_and_a_bug_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: Any = None
    watch = Watch(export_job(audiences=["vip"]), Verify(), nothing)

    async def fail() -> Verified:
        raise failure

    monkeypatch.setattr(watch, "_verified", fail)
    failure: Exception = Exception("IO error: No space left on device:\nWhile appending")
    with pytest.raises(StreamsError, match=r"kafka\.state_dir: IO error: No space left on device: While appending"):
        asyncio.run(watch._verified_on_disk())
    failure = KeyError("a bug")
    with pytest.raises(KeyError):
        asyncio.run(watch._verified_on_disk())


def test_what_was_found_is_noted_under_the_job() -> None:
    said = Verified.model_validate({**EXAMPLES["infobip_job_verification"]}, strict=False)
    record = verified_record("infobip_job_states", said)
    assert record.key == b"vip/verification"
    assert Verified.model_validate_json(record.value or b"") == said
    assert (said.differ, said.seconds) == (18, 211.0)
