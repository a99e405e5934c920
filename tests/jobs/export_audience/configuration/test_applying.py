"""What is ordered where a configuration has changed: held against a model, whatever events and people say."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.jobs.export_audience import ExportAudience
from schemas.operations import LIST_PERSONS
from schemas.records.commands import JobCommand
from streams.agents.pauses import Pauses
from streams.calls.call import Call, Reply
from streams.jobs.export_audience.configuration.applying import Applying, ChangedVerification
from streams.jobs.export_audience.configuration.effect import Effect, effect_of, union
from streams.jobs.export_audience.configuration.ledger import ChangedLedger
from streams.jobs.export_audience.plan import Attributes
from streams.jobs.export_audience.repair.differences import differences
from streams.jobs.export_audience.verification import store
from streams.jobs.export_audience.verification.people import People
from streams.jobs.export_audience.verification.truth import Truth
from tests.examples import examples
from tests.fakes.infobip import NOW, Infobip
from tests.jobs.export_audience.membership_fakes import TOPIC, Brokers, Job
from tests.jobs.export_audience.verification.verifying import publish, settle
from tests.making import export_job

JOBS: dict[str, dict[str, Any]] = {
    "VIP": {"tag": "VIP"},
    "GOLD": {"tag": "Gold"},
    "a": {"audiences": ["a"]},
    "ab": {"audiences": ["a", "b"]},
    "XY": {"tag": {"a": "X", "b": "Y"}},
    "YX": {"tag": {"a": "Y", "b": "X"}},
    "XYX": {"tag": {"a": "X", "b": "Y", "c": "X"}},
}
TAGS = ["VIP", "Gold", "X", "Y"]
EMAILS = [f"{name}@example.com" for name in "vwxyz"]
Event = tuple[str, str, str, str]
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["u-1", "u-2", "u-3"]),
        st.sampled_from(["enter", "enter", "exit"]),
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from(EMAILS[:3]),
    ),
    max_size=12,
)
Tagged = set[tuple[str, str]]


def job(name: str, **more: Any) -> ExportAudience:
    return export_job(topics=[TOPIC], **JOBS[name], **more)


@dataclass(frozen=True)
class Ordered:
    """Tags and emails to be given and taken; by tag, who is left alone; and by which source Kafka told."""

    added: Tagged
    removed: Tagged
    strangers: Mapping[str, int]
    source: str


def ordered(
    brokers: Brokers, infobip: Infobip, now: ExportAudience, formers: Sequence[Effect], taken: Collection[str] = ()
) -> Ordered:
    """What is ordered; whoever looks a second time finds the same."""

    async def perform(call: Call) -> Reply:
        reply = infobip.answer(call)
        assert isinstance(reply, Reply)
        return reply

    with TemporaryDirectory() as folder, store.opened(Path(folder) / "store") as kept:
        ledger = ChangedLedger(now, formers, taken, kept, None)
        truth = Truth(union(now, formers), {TOPIC: brokers}, ledger)
        work = ChangedVerification(ledger, truth, People(ledger.job, perform, fields=False), lambda _: None)
        found = asyncio.run(work.run())
        each = list(differences(ledger, ["add", "remove"]))
    sorts: dict[str, Tagged] = {"add": set(), "remove": set()}
    for one in each:
        sorts[one.action].add((one.tag or "", one.person.names[0].removeprefix("EMAIL ")))
        assert one.place is not None, "whoever Kafka tells of has a partition"
    assert found.drift.to_remove.total() == len(sorts["remove"])
    return Ordered(sorts["add"], sorts["remove"], work.strangers, found.told.source)


def inside(one: ExportAudience, steps: Sequence[Event]) -> Tagged:
    """Who is to have which tag."""
    now: dict[tuple[str, str], str] = {}
    for profile, action, audience, email in steps:
        now.pop((profile, audience), None)
        if action == "enter" and one.tag_of(audience) is not None:
            now[profile, audience] = email
    return {(one.tag_of(audience) or "", email) for (_, audience), email in now.items()}


@given(
    steps=STEPS,
    before=st.lists(st.sampled_from([*JOBS]), min_size=1, max_size=2),
    now=st.sampled_from([*JOBS]),
    tagged=st.dictionaries(st.sampled_from(EMAILS), st.sets(st.sampled_from(TAGS))),
    taken=st.sets(st.sampled_from(TAGS), max_size=1),
)
@examples(400, deadline=None)
def test_members_get_what_they_lack_and_lose_what_they_had(
    steps: list[Event], before: list[str], now: str, tagged: dict[str, set[str]], taken: set[str]
) -> None:
    brokers, infobip = Brokers(partitions=2, state_partitions=0), Infobip.simulated()
    settle(infobip, {email: tuple(tags) for email, tags in tagged.items()})
    for profile, action, audience, email in steps:
        publish(brokers, profile, action, audience, {"email": email})
    brokers.committed = {number: len(log) for number, log in brokers.events.items()}
    formers, wanted = [job(name) for name in before], job(now)
    taken = {tag for tag in taken if tag not in wanted.tags}
    found = ordered(brokers, infobip, wanted, [effect_of(one) for one in formers], {tag.casefold() for tag in taken})
    has = {(tag, email) for email, tags in tagged.items() for tag in tags}
    members = inside(wanted, steps)
    audiences = ["a", "b", "c", *(f"{name}?" for name in "z")]
    lost = {
        tag
        for one in formers
        for audience in audiences
        if (tag := one.tag_of(audience)) is not None and tag != wanted.tag_of(audience)
    } - taken
    known = {
        (tag, email)
        for _, _, audience, email in steps
        for one in (*formers, wanted)
        if (tag := one.tag_of(audience)) is not None
    }
    assert found.added == members - has
    in_vain = {one for one in has - members if one[0] in lost}
    # Of a tag that the audience keeps no former configuration speaks.
    assert found.removed <= in_vain & known
    certain = {
        (tag, email)
        for _, _, audience, email in steps
        for one in formers
        if (tag := one.tag_of(audience)) in lost and tag is not None and tag != wanted.tag_of(audience)
    }
    assert found.removed >= in_vain & certain
    strangers = in_vain - found.removed
    assert {tag: many for tag, many in found.strangers.items() if many} == {
        tag: sum(one == tag for one, _ in strangers) for tag, _ in strangers
    }


def test_who_left_since_loses_the_former_tag_where_members_are_kept() -> None:
    brokers, infobip = Brokers(partitions=1), Infobip.simulated()
    was = export_job(topics=[TOPIC], audiences=["vip"], tag="VIP", remember_address=True)
    worker = Job(brokers, was)
    for number in range(5):
        brokers.publish(f"u-{number}")
    settle(infobip, {f"u-{number}@example.com": ("VIP",) for number in range(5)})
    worker.start()
    worker.read()
    worker.restart(tag="GOLD")
    brokers.publish("u-0", "exit")  # which takes the tag of now
    worker.read()
    worker.restart()
    found = ordered(brokers, infobip, worker.job, [effect_of(was)])
    assert found == Ordered(
        {("GOLD", f"u-{number}@example.com") for number in range(1, 5)},
        {("VIP", f"u-{number}@example.com") for number in range(5)},
        {},
        "addresses",
    )


def test_a_paused_job_asks_infobip_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("streams.agents.pauses.GRACE_SECONDS", 0.0)
    infobip, pauses = Infobip(), Pauses()
    context: Any = SimpleNamespace(pauses=pauses, client=infobip)
    applying = Applying(job("VIP"), context, Attributes())

    async def ask() -> None:
        pauses.hear("vip", JobCommand(job="vip", command="pause", by="ann@ops-1", at=NOW))
        asking = asyncio.ensure_future(applying._unless_paused()(Call(LIST_PERSONS)))
        await asyncio.wait({asking}, timeout=0.05)
        assert infobip.calls == []
        pauses.hear("vip", None)
        await asyncio.wait_for(asking, 5)

    asyncio.run(ask())
    assert [call.operation for call in infobip.calls] == [LIST_PERSONS]
