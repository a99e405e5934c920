"""What an export makes and asks before its first event, in which order, and what may come in between."""

import asyncio
from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

import httpx
import pytest

from schemas.jobs.export_audience import ExportAudience
from schemas.records.states import ExportedConfiguration, JobState, StartPosition, StateKind
from streams.calls.call import Call
from streams.errors import JobFailed, Refused
from streams.jobs.export_audience.configuration.changes import Counts
from streams.jobs.export_audience.configuration.effect import effect_of
from streams.jobs.export_audience.fast.exporter import FastExporter
from streams.jobs.export_audience.membership_store import MembershipStore
from streams.jobs.export_audience.plan import Exporter, StatefulExporter
from streams.jobs.export_audience.start import TAGGING
from streams.kafka.producer import OutgoingRecord
from streams.pipeline.decode import decode
from streams.simulator.account import Account
from tests.fakes.brokers import Brokers
from tests.fakes.clock import now
from tests.fakes.infobip import NOW, Infobip
from tests.fakes.words import Step
from tests.jobs.starting import Start, lived, prepared, started
from tests.making import export_job

REFUSED = "the API key of authorization 'main' is refused"
NOBODY = httpx.ConnectError("refused")
STARTS = ["write infobip_job_states vip/start/memberships-0", "write infobip_job_states vip/start/memberships-1"]
CONFIGURED = "write infobip_job_states vip/configuration"


def mapping(**changes: Any) -> ExportAudience:
    """A job that maps a field to an attribute of the account's own."""
    fields = {"first_name": "firstName", "ltv": {"to": "ltv", "type": "DECIMAL"}}
    return export_job(audiences=["vip"], map_fields=fields, create_attributes=True, **changes)


def known() -> Brokers:
    """Brokers that have the topic in which jobs note how they begin."""
    return Brokers({"memberships": 2, "infobip_job_states": 1})


def attributes(account: Account) -> dict[str, str]:
    return {attribute.name: attribute.data_type for attribute in account.attributes.values()}


def without_states(start: Start) -> list[str]:
    """The diary without what the job tells of itself, which it does when it has a moment."""
    return [line for line in start.brokers.diary if not line.endswith("vip/worker-1")]


def test_attributes_come_before_tags_and_the_account_before_the_start() -> None:
    start = started(mapping(), Infobip.simulated(), prepared)
    account = ["list_attributes", "create_attribute", "get_tag", "create_tag"]
    assert start.brokers.diary == [*account, *STARTS, *STARTS, CONFIGURED]  # a start is agreed on in two steps
    assert attributes(start.infobip.account) == {"ltv": "DECIMAL"}
    assert [tag.name for tag in start.infobip.account.tags.values()] == ["VIP"]


def test_topics_come_before_the_account_and_the_job_is_told_of_first_of_all() -> None:
    start = started(export_job(audiences=["vip"]), Infobip.simulated(), lived)
    topics = [f"create infobip_{name}" for name in ("job_states", "flushes", "dead_letters", "commands")]
    assert without_states(start) == [*topics, "list_persons", "get_tag", "create_tag", *STARTS, *STARTS, CONFIGURED]
    assert [state for state, _ in start.states] == ["starting", "stopped"]


def test_who_shares_a_tag_has_a_topic_for_it_with_the_partitions_of_its_input() -> None:
    start = started(export_job(audiences=["vip", "new"]), Infobip.simulated(), lived, Brokers({"memberships": 7}))
    assert {name: count for name, count in start.brokers.topics.items() if "members" in name} == {
        "memberships": 7,
        "infobip_memberships_vip": 7,
    }


def test_where_all_is_there_nothing_is_made_and_nothing_written() -> None:
    infobip, brokers = Infobip.simulated(), known()
    started(mapping(), infobip, prepared, brokers)
    brokers.diary.clear()
    started(mapping(), infobip, prepared, brokers)
    assert brokers.diary == ["list_attributes", "get_tag"]


def test_a_start_is_where_the_job_says() -> None:
    for existing, offset in ((True, 0), (False, 10)):
        start = started(export_job(existing_members=existing), Infobip.simulated(), prepared)
        found = [StartPosition.model_validate_json(one.value or b"") for one in start.brokers.records[:2]]
        assert [(one.partition, one.start_offset) for one in found] == [(0, offset), (1, offset)]
        assert start.run.start_positions.is_new


@pytest.mark.parametrize(
    ("options", "processor"),
    [
        ({"audiences": ["vip"]}, FastExporter),
        ({"audiences": ["vip"], "email_field": "contact.email"}, Exporter),
        ({"audiences": ["vip", "new"]}, StatefulExporter),
    ],
    ids=["stateless", "stateless, into profiles", "stateful"],
)
def test_what_is_to_run_follows_from_what_the_job_must_remember(options: dict[str, Any], processor: type) -> None:
    run = started(export_job(**options), Infobip.simulated(), prepared).run
    assert (run.operations, run.pace, run.spacing_seconds, run.renew_after_seconds) == (TAGGING, None, inf, inf)
    assert type(run.processor) is processor
    assert (run.decode is decode) == (processor is not FastExporter)
    if processor is not StatefulExporter:
        assert (run.state, run.background) == ((), ())
        return
    (store,) = run.state
    assert isinstance(store, MembershipStore)
    assert run.background == (store.follow,)


def remembered(brokers: Brokers) -> list[ExportedConfiguration]:
    """What the job remembered, one after the other."""
    records = [one.value or b"" for one in brokers.records if one.key == b"vip/configuration"]
    return [ExportedConfiguration.model_validate_json(value) for value in records]


def test_another_tag_is_told_of_and_kept(caplog: pytest.LogCaptureFixture) -> None:
    infobip, brokers = Infobip.simulated(), known()
    for tag in ("VIP", "GOLD"):
        started(export_job(audiences=["vip"], tag=tag, on_change="keep"), infobip, prepared, brokers)
    first, second = remembered(brokers)
    assert (first.tags, second.tags) == ({"vip": "VIP"}, {"vip": "GOLD"})
    assert second.former_digest == first.digest
    assert [line for line in caplog.messages if line.startswith("configuration_changed")] == [
        "configuration_changed job=vip on_change=keep: tag 'VIP' -> 'GOLD' of vip"
    ]


def test_a_job_stops_at_a_change_before_anything_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    async def counted(*_: Any) -> Counts:
        return Counts(members=2, to_tag={"GOLD": 2})

    monkeypatch.setattr("streams.jobs.export_audience.configuration.decision.count", counted)
    infobip, brokers = Infobip.simulated(), known()
    started(export_job(audiences=["vip"]), infobip, prepared, brokers)
    brokers.diary.clear()
    with pytest.raises(JobFailed, match=r"has changed .tag 'VIP' -> 'GOLD' of vip.; for existing members: there are 2"):
        started(export_job(audiences=["vip"], tag="GOLD"), infobip, prepared, brokers)
    assert brokers.diary == []
    started(export_job(audiences=["vip"]), infobip, prepared, brokers)  # put back it is no change any more
    assert len(remembered(brokers)) == 1


def test_what_a_former_version_noted_is_completed(caplog: pytest.LogCaptureFixture) -> None:
    infobip, brokers = Infobip.simulated(), known()
    former = b'{"job":"vip","tags":{"vip":"vip"},"since":"2026-01-01T00:00:00Z"}'
    brokers.records.append(OutgoingRecord("infobip_job_states", b"vip/configuration", former))
    for _ in range(2):
        started(mapping(), infobip, prepared, brokers)
    _, completed = remembered(brokers)
    assert completed == effect_of(mapping()).record("vip", datetime(2026, 1, 1, tzinfo=UTC))
    assert not [line for line in caplog.messages if line.startswith("configuration")]


@pytest.mark.parametrize(("says", "pending"), [("stop", []), ("keep", []), ("apply", ["GOLD"])])
def test_a_change_that_is_taken_back_before_it_was_applied_is_none(says: str, pending: list[str]) -> None:
    infobip, brokers = Infobip.simulated(), known()
    former, newer = export_job(audiences=["vip"]), export_job(audiences=["vip"], tag="GOLD", on_change="apply")
    for job in (former, newer):
        started(job, infobip, prepared, brokers)
    assert [one.tags for one in remembered(brokers)[-1].applying] == [{"vip": "VIP"}]
    started(export_job(audiences=["vip"], on_change=says), infobip, prepared, brokers)
    assert remembered(brokers)[-1].tags == {"vip": "VIP"}
    assert [one.tags["vip"] for one in remembered(brokers)[-1].applying] == pending


def test_what_a_newer_version_noted_says_nothing() -> None:
    infobip, brokers = Infobip.simulated(), known()
    newer = b'{"job":"vip","tags":{"vip":"X"},"since":"2026-01-01T00:00:00Z","more":1}'
    brokers.records.append(OutgoingRecord("infobip_job_states", b"vip/configuration", newer))
    started(mapping(), infobip, prepared, brokers)
    assert brokers.records[-1].key == b"vip/configuration"


@pytest.mark.parametrize(("state", "silent", "noted"), [("running", 5, 2), ("running", 90, 3), ("stopped", 5, 3)])
def test_who_has_the_former_configuration_leaves_the_newer_of_others_alone(
    state: StateKind, silent: float, noted: int, caplog: pytest.LogCaptureFixture
) -> None:
    """A rolling deploy, in which a process that is not replaced yet begins again."""
    infobip, brokers = Infobip.simulated(), known()
    former, newer = (export_job(audiences=["vip"], tag=tag, on_change="keep") for tag in ("VIP", "GOLD"))
    for job in (former, newer):
        started(job, infobip, prepared, brokers)
    at = datetime.now(UTC) - timedelta(seconds=silent)
    other = JobState(
        job="vip",
        instance="another",
        state=state,
        detail="",
        partitions=1,
        since=at,
        updated_at=at,
        configuration=effect_of(newer).digest,
    )
    brokers.records.append(OutgoingRecord("infobip_job_states", b"vip/another", other.model_dump_json().encode()))
    started(former, infobip, prepared, brokers)
    assert len(remembered(brokers)) == noted
    told = "configuration_outdated" if noted == 2 else "configuration_changed"
    assert [line for line in caplog.messages if line.startswith("configuration")][-1].startswith(f"{told} job=vip")


# --- what may come in between -----------------------------------------------------------------------------------------


def away(seconds: float) -> Infobip:
    """An account that cannot be reached for so long."""

    def meets(_: Call) -> Step | None:
        return NOBODY if now() < seconds else None

    infobip = Infobip.simulated()
    infobip.meets = meets
    return infobip


def test_an_infobip_that_is_away_is_waited_for_and_nothing_is_agreed_on_before() -> None:
    async def story(start: Start) -> None:
        await start.prepare()
        assert 100 < now() < 200

    start = started(mapping(), away(100), story)
    made = [line for line in start.brokers.diary if line.startswith(("create", "write"))]
    assert made == ["create_attribute", "create_tag", *STARTS, *STARTS, CONFIGURED]


@pytest.mark.parametrize("reachable", [[], ["list_persons"]], ids=["never answered", "away after the proof"])
def test_a_job_that_waits_for_infobip_may_be_stopped_at_any_time(reachable: list[str]) -> None:
    async def story(start: Start) -> None:
        living = asyncio.create_task(start.live())
        await asyncio.sleep(100)
        assert not living.done()
        start.stopping.set()
        await asyncio.sleep(0.1)
        assert living.done()
        assert await living is True

    infobip = Infobip.simulated()
    infobip.meets = lambda call: None if str(call.operation) in reachable else NOBODY
    start = started(mapping(), infobip, story)
    assert start.runs == []
    assert not set(STARTS) & set(start.brokers.diary)


def test_the_last_word_of_a_job_that_is_stopped_while_it_waits_is_that_it_is() -> None:
    async def story(start: Start) -> None:
        asyncio.get_running_loop().call_later(100, start.stopping.set)
        assert await start.live()

    infobip = Infobip.simulated()
    infobip.meets = lambda call: None if str(call.operation) == "list_persons" else NOBODY
    assert started(mapping(), infobip, story).states[-1] == ("stopped", "")


def test_a_key_that_is_refused_at_first_ends_the_job_before_anything_is_made_at_infobip() -> None:
    async def story(start: Start) -> None:
        assert await start.live() is False

    infobip = Infobip.simulated()
    assert infobip.world is not None
    infobip.world.keys.clear()
    start = started(mapping(), infobip, story)
    assert start.states[-1] == ("failed", REFUSED)
    assert infobip.operations == ["list_persons"]


def test_a_key_that_is_revoked_later_is_waited_for() -> None:
    async def story(start: Start) -> None:
        living = asyncio.create_task(start.live())
        await asyncio.sleep(100)
        assert start.states[-1] == ("unauthorized", REFUSED)
        missing.clear()
        await asyncio.sleep(100)
        assert len(start.runs) == 1
        start.stopping.set()
        assert await living is True

    missing = {"get_tag"}
    infobip = Infobip.simulated()
    infobip.meets = lambda call: 401 if str(call.operation) in missing else None
    assert started(export_job(), infobip, story).states[-1] == ("stopped", "")


@pytest.mark.parametrize("failing", ["create_tag", "create_attribute"])
def test_what_infobip_refuses_to_make_ends_the_job_in_one_line_and_no_start_is_agreed_on(failing: str) -> None:
    async def story(start: Start) -> None:
        assert await start.live() is False

    infobip = Infobip.simulated()
    infobip.meets = lambda call: 400 if str(call.operation) == failing else None
    start = started(mapping(), infobip, story)
    state, why = start.states[-1]
    assert state == "failed"
    assert why.startswith(failing)
    assert "\n" not in why
    assert not set(STARTS) & set(start.brokers.diary)


def test_what_infobip_refuses_is_raised_as_such() -> None:
    infobip = Infobip.simulated()
    infobip.meets = lambda call: 400 if str(call.operation) == "create_tag" else None
    with pytest.raises(Refused, match="create_tag"):
        started(export_job(), infobip, prepared)


def test_an_attribute_of_another_type_ends_the_job_before_anything_is_made() -> None:
    infobip = Infobip.simulated()
    infobip.account.create_attribute({"name": "ltv", "dataType": "STRING"}, NOW)
    with pytest.raises(JobFailed, match="ltv is STRING, `map_fields` says DECIMAL"):
        started(mapping(), infobip, prepared)
    assert infobip.operations == ["list_attributes"]


def test_brokers_that_are_away_are_waited_for() -> None:
    async def story(start: Start) -> None:
        await start.prepare()
        assert 100 <= now() < 110

    brokers = Brokers(away=lambda: now() < 100)
    started(export_job(audiences=["vip"]), Infobip.simulated(), story, brokers)
    assert brokers.diary == ["get_tag", "create_tag", *STARTS, *STARTS, CONFIGURED]
