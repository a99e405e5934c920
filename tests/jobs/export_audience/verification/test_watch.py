"""What a job that verifies by itself does about a disk that fails, and what it notes."""

import asyncio
from collections import Counter
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from schemas.config.kafka import KafkaSettings
from schemas.jobs.export_audience import Verify
from schemas.records.commands import JobCommand
from schemas.records.examples import EXAMPLES
from schemas.records.states import ExportedConfiguration, FormerConfiguration, JobState, Verified
from streams.agents.pauses import Pauses
from streams.errors import NotAllowed, StreamsError, WriterLost
from streams.jobs.export_audience.configuration.effect import effect_of
from streams.jobs.export_audience.configuration.remembered import Remembered
from streams.jobs.export_audience.repair.repair import Repair
from streams.jobs.export_audience.verification import watch
from streams.jobs.export_audience.verification.comparison import Drift, Found
from streams.jobs.export_audience.verification.truth import Told
from streams.jobs.export_audience.verification.verification import Findings
from streams.jobs.export_audience.verification.watch import Watch, verified_record
from streams.kafka.topics import TopicNames
from tests.fakes.infobip import NOW
from tests.making import export_job


def test_a_disk_that_is_full_ends_a_verification_and_a_bug_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing: Any = None
    watching = Watch(export_job(audiences=["vip"]), Verify(), nothing)

    async def fail() -> Verified:
        raise failure

    monkeypatch.setattr(watching, "_verified", fail)
    failure: Exception = Exception("IO error: No space left on device:\nWhile appending")
    with pytest.raises(StreamsError, match=r"kafka\.state_dir: IO error: No space left on device: While appending"):
        asyncio.run(watching._verified_on_disk())
    failure = KeyError("a bug")
    with pytest.raises(KeyError):
        asyncio.run(watching._verified_on_disk())


DIGEST = effect_of(export_job(audiences=["vip"])).digest


def said(digest: str, *, applies: bool) -> ExportedConfiguration:
    """What a job remembers."""
    former = [FormerConfiguration(digest="former", tags={"vip": "OLD"}, fields=None, person_type=None, identity=None)]
    return ExportedConfiguration(
        job="vip", tags={"vip": "VIP"}, since=NOW, digest=digest, applying=tuple(former if applies else ())
    )


def process(digest: str, state: str = "running") -> JobState:
    """Another process of the job."""
    now = datetime.now(UTC)
    return JobState.model_validate(
        {**EXAMPLES["infobip_job_states"], "instance": "other", "state": state, "configuration": digest}, strict=False
    ).model_copy(update={"updated_at": now})


@pytest.mark.parametrize(
    ("known", "others"),
    [(said(DIGEST, applies=True), DIGEST), (said("newer", applies=False), "newer")],
    ids=["it is applied", "a newer one replaces it"],
)
def test_members_are_not_judged_before_they_are_brought_to_the_configuration(
    known: ExportedConfiguration, others: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    applied = Remembered(said(others, applies=False), {"other": process(others, "stopped")})
    each = [Remembered(known, {"other": process(others)})] * 2 + [applied]
    monkeypatch.setattr(watch, "LOOK_SECONDS", 0.0)
    monkeypatch.setattr(watch, "read_remembered", lambda *_: each.pop(0))
    context: Any = SimpleNamespace(settings={}, names=TopicNames(), reporter=SimpleNamespace(instance="me"))
    with caplog.at_level("INFO"):
        asyncio.run(Watch(export_job(audiences=["vip"]), Verify(), context)._until_settled())
    assert each == []
    assert [record.message for record in caplog.records] == [
        "verification_waits job=vip: until members are brought to a changed configuration"
    ]


def test_a_job_that_is_paused_keeps_no_other_from_verifying(monkeypatch: pytest.MonkeyPatch) -> None:
    began: list[int] = []

    async def verify() -> Verified:
        began.append(1)
        if len(began) == 1:
            pauses.hear("vip", JobCommand(job="vip", command="pause", by="ann@ops-1", at=NOW))
            await asyncio.Event().wait()
        return found

    found = Verified.model_validate({**EXAMPLES["infobip_job_verification"]}, strict=False)
    pauses = Pauses()
    context: Any = SimpleNamespace(pauses=pauses)
    watching = Watch(export_job(audiences=["vip"]), Verify(), context)
    monkeypatch.setattr(watching, "_verified_on_disk", verify)
    assert asyncio.run(asyncio.wait_for(watching._unless_paused(), 5)) is None
    pauses.hear("vip", None)
    assert asyncio.run(asyncio.wait_for(watching._unless_paused(), 5)) == found


def test_what_was_found_is_told_although_it_could_not_be_repaired(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: Any) -> Any:
        raise failure

    async def convert(*_: Any, **__: Any) -> Any:
        return None

    drift = Drift(missing=Found(1), to_add=Counter({"VIP": 1}))
    found = Findings(NOW, NOW, Told(), 100, 99, None, drift, (), 2)
    context: Any = SimpleNamespace(
        kafka=KafkaSettings(brokers=("localhost:9092",)), settings={}, topics=None, client=None,
        writer=SimpleNamespace(write=None),
    )  # fmt: skip
    made: Any = SimpleNamespace(work=None, ledger=None, truth=None)
    monkeypatch.setattr(watch, "conversion", convert)
    monkeypatch.setattr(Repair, "run", fail)
    watching = Watch(export_job(audiences=["vip"]), Verify(repair=True), context)
    failure: Exception = NotAllowed("no ACL lets us WRITE topic infobip_repairs_vip")
    told = asyncio.run(watching._mended(made, found, fields=False))
    assert (told.missing, told.detail) == (1, "not repaired: no ACL lets us WRITE topic infobip_repairs_vip")
    failure = WriterLost("nothing can be written")
    with pytest.raises(WriterLost):
        asyncio.run(watching._mended(made, found, fields=False))


def test_what_was_found_is_noted_under_the_job() -> None:
    said = Verified.model_validate({**EXAMPLES["infobip_job_verification"]}, strict=False)
    record = verified_record("infobip_job_states", said)
    assert record.key == b"vip/verification"
    assert Verified.model_validate_json(record.value or b"") == said
    assert (said.differ, said.seconds) == (18, 211.0)
