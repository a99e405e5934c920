"""A verification as a test has it: brokers in lists, the simulator's account, and a store on disk."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson

from schemas.jobs.export_audience import ExportAudience
from streams.calls.call import Call, Reply
from streams.jobs.export_audience.fields import compile_fields
from streams.jobs.export_audience.membership_records import Read
from streams.jobs.export_audience.membership_topics import MembershipTopics
from streams.jobs.export_audience.verification import store
from streams.jobs.export_audience.verification.ledger import Ledger
from streams.jobs.export_audience.verification.people import People
from streams.jobs.export_audience.verification.truth import Truth
from streams.jobs.export_audience.verification.verification import Findings, Verification
from tests.fakes.infobip import NOW, Infobip
from tests.jobs.export_audience.membership_fakes import TOPIC, Brokers


def publish(brokers: Brokers, profile: str, action: str, audience: str, fields: Mapping[str, Any] | None) -> None:
    """Publish an event of a profile to its partition."""
    number = sum(profile.encode()) % brokers.partitions
    log = brokers.events.setdefault(number, [])
    said = {"action": action, "audience": audience, "profile_id": profile, "profile": fields}
    log.append(Read(TOPIC, number, len(log), profile.encode(), orjson.dumps(said)))


def settle(infobip: Infobip, tagged: Mapping[str, tuple[str, ...]], **fields: Any) -> None:
    """Have people with these emails, each with their tags and with fields."""
    assert infobip.world is not None
    account = infobip.world.account
    for tag in {tag for tags in tagged.values() for tag in tags}:
        if tag.casefold() not in account.tags:
            account.create_tag(tag, NOW)
    people = [
        {"contactInformation": [{"type": "EMAIL", "identifier": email}], "tags": list(tags), **fields}
        for email, tags in tagged.items()
    ]
    assert not account.upsert(people, NOW)["errors"]


def verify(
    job: ExportAudience,
    doors: Mapping[str, MembershipTopics],
    infobip: Infobip,
    folder: Path,
    *,
    sample: int | None = None,
    fields: bool = False,
    before: Callable[[Call], None] = lambda _: None,
) -> Findings:
    """Verify; `before` is called with each call before it is answered."""

    async def perform(call: Call) -> Reply:
        before(call)
        infobip.calls.append(call)
        reply = infobip.meets(call) or infobip.answer(call)
        assert isinstance(reply, Reply)
        return reply

    mapped = {path: (target.to, target.type) for path, target in job.map_fields.items()}
    convert = compile_fields(mapped, {}, {}) if fields else None
    with store.opened(folder / "store") as kept:
        ledger = Ledger(job, kept, convert)
        truth = Truth(job, doors, ledger)
        people = People(job, perform, fields=fields)
        return asyncio.run(Verification(ledger, truth, people, sample, lambda _: None).run())
