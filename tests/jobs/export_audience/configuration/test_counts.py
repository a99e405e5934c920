"""What a change of configuration means for existing members, held against a model: whatever events say."""

import asyncio
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.jobs.export_audience import ExportAudience
from streams.calls.call import Call, Reply
from streams.errors import JobFailed
from streams.jobs.export_audience.configuration.changes import Changes, Counts
from streams.jobs.export_audience.configuration.counts import count
from streams.jobs.export_audience.configuration.effect import effect_of
from streams.kafka.local_store import LocalStore
from streams.profiles.address import resolver
from tests.examples import examples
from tests.fakes.infobip import Infobip
from tests.jobs.export_audience.membership_fakes import TOPIC, Brokers
from tests.jobs.export_audience.verification.verifying import publish, settle
from tests.making import export_job

JOBS: dict[str, dict[str, Any]] = {
    "VIP": {"tag": "VIP"},
    "GOLD": {"tag": "Gold"},
    "spelled": {"tag": "gold"},
    "a": {"audiences": ["a"]},
    "ab": {"audiences": ["a", "b"]},
    "XY": {"tag": {"a": "X", "b": "Y"}},
    "YX": {"tag": {"a": "Y", "b": "X"}},
    "XYX": {"tag": {"a": "X", "b": "Y", "c": "X"}},
    "phones": {"audiences": ["a", "b"], "email_field": None},
    "ids": {"tag": {"a": "X", "b": "X"}, "external_id_field": "profile_id"},
}
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["u-1", "u-2", "u-3"]),
        st.sampled_from(["enter", "enter", "exit"]),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(["1", "2", "3"]),
    ),
    max_size=12,
)


def job(name: str) -> ExportAudience:
    return export_job(topics=[TOPIC], **JOBS[name])


def profile_of(number: str) -> dict[str, str]:
    return {"email": f"p{number}@example.com", "phone": f"+4915112345{number}00"}


def counted(
    brokers: Brokers, infobip: Infobip, before: ExportAudience, now: ExportAudience, folder: Path
) -> tuple[Counts, list[str]]:
    async def perform(call: Call) -> Reply:
        reply = infobip.answer(call)
        assert isinstance(reply, Reply)
        return reply

    said: list[str] = []
    changes = Changes(effect_of(before), effect_of(now))
    return asyncio.run(count(now, changes, {TOPIC: brokers}, folder, perform, said.append)), said


def members(one: ExportAudience, steps: list[tuple[str, str, str, str]]) -> set[tuple[str, Any]]:
    """Who should have which tag, by its name in lower case."""
    resolve = resolver(one.email_field, one.phone_field, one.external_id_field, one.default_region)
    inside: dict[tuple[str, str], Any] = {}
    for profile, action, audience, number in steps:
        if one.tag_of(audience) is None:
            continue
        inside.pop((profile, audience), None)
        if action == "enter":
            address = resolve(profile, profile_of(number))
            assert address is not None
            inside[profile, audience] = address.identity
    return {((one.tag_of(audience) or "").casefold(), who) for (_, audience), who in inside.items()}


def by_tag(differing: set[tuple[str, Any]]) -> dict[str, int]:
    return {tag: sum(one == tag for one, _ in differing) for tag, _ in differing}


def folded(counts: Any) -> dict[str, int]:
    return {tag.casefold(): many for tag, many in counts.items()}


@given(steps=STEPS, before=st.sampled_from([*JOBS]), now=st.sampled_from([*JOBS]))
@examples(400, deadline=None)
def test_whoever_has_to_get_or_to_lose_a_tag_is_counted(
    steps: list[tuple[str, str, str, str]], before: str, now: str
) -> None:
    brokers = Brokers(partitions=2, state_partitions=0)
    for profile, action, audience, number in steps:
        publish(brokers, profile, action, audience, profile_of(number))
    with TemporaryDirectory() as folder:
        found, _ = counted(brokers, Infobip.simulated(), job(before), job(now), Path(folder))
    first, last = members(job(before), steps), members(job(now), steps)
    assert found.members == len(last)
    assert folded(found.to_tag) == by_tag(last - first)
    assert folded(found.to_untag) == by_tag(first - last)


def test_infobip_counts_who_has_a_former_tag(tmp_path: Path) -> None:
    brokers, infobip = Brokers(partitions=1, state_partitions=0), Infobip.simulated()
    for number in range(3):
        publish(brokers, f"u-{number}", "enter", "a", {"email": f"p{number}@example.com"})
    settle(infobip, {f"p{number}@example.com": ("VIP",) for number in range(5)})
    found, _ = counted(brokers, infobip, job("VIP"), job("GOLD"), tmp_path)
    assert found == Counts(3, {"Gold": 3}, {"VIP": 3}, {"VIP": 5}, [])


def test_how_far_it_has_come_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.jobs.export_audience.configuration.counts.PROGRESS_SECONDS", 0.0)
    brokers = Brokers(partitions=1, state_partitions=0)
    publish(brokers, "u-1", "enter", "a", {"email": "p@example.com"})
    _, said = counted(brokers, Infobip.simulated(), job("VIP"), job("GOLD"), tmp_path)
    assert said[0].endswith("events of Kafka read, to say what the change means for existing members")


def test_what_kafka_does_not_tell_any_more_is_noted(tmp_path: Path) -> None:
    brokers = Brokers(partitions=1, state_partitions=0, compacted=True)
    publish(brokers, "u-1", "enter", "a", {"email": "p@example.com"})
    found, _ = counted(brokers, Infobip.simulated(), job("VIP"), job("GOLD"), tmp_path)
    assert list(found.notes) == [
        f"{TOPIC} is compacted: who is not told of by the last event of their key is not known"
    ]


def test_a_disk_that_is_full_is_one_clear_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise Exception("IO error: No space left on device: While appending")  # noqa: TRY002 - as the library says it

    brokers, infobip = Brokers(partitions=1, state_partitions=0), Infobip.simulated()
    publish(brokers, "u-1", "enter", "a", profile_of("1"))
    monkeypatch.setattr(LocalStore, "apply", full)
    with pytest.raises(JobFailed, match=f"{tmp_path}.*No space left on device.*kafka.state_dir"):
        counted(brokers, infobip, job("VIP"), job("GOLD"), tmp_path)
