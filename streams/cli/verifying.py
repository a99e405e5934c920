"""What `verify` does and shows: an export's people at Infobip beside what Kafka says of them."""

from collections import Counter
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from schemas.config.authorization import Authorization
from schemas.configuration import Configuration
from schemas.jobs.export_audience import ExportAudience
from schemas.operations import ADD_TAG, LIST_PERSONS, REMOVE_TAG, UPSERT_PERSONS, Operation
from schemas.verification import Difference, Example, FieldDifference, PartitionBehind, Repair, Verification
from streams.app.accounts import client_of
from streams.console import masking
from streams.errors import ConfigurationError
from streams.infobip import account
from streams.infobip.client import Client
from streams.jobs.export_audience.account import known_attributes
from streams.jobs.export_audience.fields import compile_fields
from streams.jobs.export_audience.membership_topics import doors_of
from streams.jobs.export_audience.verification import store
from streams.jobs.export_audience.verification.comparison import Found
from streams.jobs.export_audience.verification.ledger import Convert, Ledger
from streams.jobs.export_audience.verification.people import People
from streams.jobs.export_audience.verification.tagged import identity_in
from streams.jobs.export_audience.verification.truth import Truth
from streams.jobs.export_audience.verification.verification import Findings
from streams.jobs.export_audience.verification.verification import Verification as Work
from streams.jobs.shelf import jobs_named
from streams.kafka.admin import TopicAdmin
from streams.kafka.refusals import in_words
from streams.kafka.topics import TopicNames

#: People of one call: people.json, batches of upserts and tags.
BATCH = 1000
#: What is fetched ahead of what is read.
AHEAD_KILOBYTES = 4096
#: What a verification is called where limits are shared, and its part of them where an import of the file wants them.
VERIFY, OWN_PART, PARTS = "verify", 1, 2


def export_named(configuration: Configuration, name: str) -> ExportAudience:
    """The export of this name.

    Raises:
        ConfigurationError: there is none.

    """
    (job,) = jobs_named(configuration, [name])
    if not isinstance(job, ExportAudience):
        raise ConfigurationError([f"'{name}' is a job of kind {job.kind}, which keeps no people at Infobip: no export"])
    return job


@dataclass(frozen=True, slots=True)
class Comparing:
    """A verification that is about to begin, and all that it is made of; the ledger is open as long as it is given."""

    client: Client
    admin: TopicAdmin
    ledger: Ledger
    truth: Truth
    work: Work


async def verify(
    configuration: Configuration, job: ExportAudience, *, sample: int | None, fields: bool, say: Callable[[str], None]
) -> Verification:
    """Hold Infobip against Kafka; `say` is told how far it has come.

    Raises:
        StreamsError: the key is refused or lacks a scope, or Infobip or the brokers do not answer to begin with.

    """
    async with comparing(configuration, job, sample=sample, fields=fields, say=say) as made:
        return told_of(job, await made.work.run(), made.client, fields=fields)


@asynccontextmanager
async def comparing(
    configuration: Configuration, job: ExportAudience, *, sample: int | None, fields: bool, say: Callable[[str], None]
) -> AsyncGenerator[Comparing, None]:
    """Give a verification that has not begun. Raises as `verify`."""
    (authorization,) = [one for one in configuration.authorizations if one.name == job.authorization]
    client, admin = client_of(authorization), TopicAdmin(configuration.kafka)
    with in_words(configuration.kafka, admin.client_settings):
        try:
            await account.check(client)
            if _import_shares(configuration, authorization):
                client.set_share(VERIFY, (LIST_PERSONS,), OWN_PART, PARTS)
            convert = await conversion(client, job) if fields else None
            folder = Path(configuration.kafka.state_dir) / f"verify_{job.name}"
            settings = {**admin.client_settings, "queued.max.messages.kbytes": AHEAD_KILOBYTES}
            doors = doors_of(configuration.kafka, settings, admin, job, TopicNames(configuration.kafka.topic_prefix))
            with store.opened(folder) as kept:
                ledger = Ledger(job, kept, convert)
                truth = Truth(job, doors, ledger)
                people = People(job, client.perform, fields=fields)
                yield Comparing(client, admin, ledger, truth, Work(ledger, truth, people, sample, say))
        finally:
            await client.aclose()


def _import_shares(configuration: Configuration, authorization: Authorization) -> bool:
    """Whether a job of the file pages through people with the same key: it is another process, as a rule."""
    return any(one.kind == "import_contacts" and one.authorization == authorization.name for one in configuration.jobs)


async def conversion(client: Client, job: ExportAudience) -> Convert:
    """What converts a profile's fields, by the account's attributes."""
    attributes = await known_attributes(client, job, wait=False)
    targets = {path: (target.to, target.type) for path, target in job.map_fields.items()}
    return compile_fields(targets, attributes.types, attributes.object_schemas)


# --- what is told -----------------------------------------------------------------------------------------------------


def told_of(job: ExportAudience, found: Findings, client: Client, *, fields: bool) -> Verification:
    """What a verification found, as it is told."""
    drift, behind = found.drift, sum(one.events for one in found.behind)
    differ = [drift.missing, drift.too_many, drift.by_former_address, drift.changed]
    # Who is drawn tells nothing of who has the tag in vain; counts do, as far as events under way leave them alone.
    uncounted = 0 if found.sampled is None or found.tagged is None else abs(found.tagged - found.members)
    return Verification(
        job=job.name,
        tags=job.tags,
        began_at=found.began_at,
        ended_at=found.ended_at,
        equal=not any(one.count for one in differ) and uncounted <= behind,
        source=found.told.source,
        events=found.told.events,
        notes=tuple(found.told.notes),
        members=found.members,
        tagged=found.tagged,
        sampled=found.sampled,
        missing=Difference(count=drift.missing.count, examples=_examples(drift.missing)),
        too_many=Difference(count=drift.too_many.count, examples=_examples(drift.too_many)),
        by_former_address=Difference(count=drift.by_former_address.count, examples=_examples(drift.by_former_address)),
        changed_fields=FieldDifference(
            count=drift.changed.count, examples=_examples(drift.changed), by_field=dict(drift.by_field.most_common())
        )
        if fields
        else None,
        under_way=drift.under_way,
        behind=behind,
        partitions=tuple(
            PartitionBehind(
                topic=one.topic,
                partition=one.partition,
                compared=one.compared,
                committed=one.committed,
                behind=one.events,
            )
            for one in found.behind
        ),
        calls=found.calls,
        repair=_repair(found, client),
    )


def _examples(found: Found) -> tuple[Example, ...]:
    return tuple(
        Example(tag=tag, kind=kind, address=masking.text(who))
        for tag, name in found.examples
        for kind, who in [identity_in(name)]
    )


def _repair(found: Findings, client: Client) -> Repair:
    """The calls that make Infobip equal, at the limits of the account; of a sample, as many as its part stands for."""
    drift = found.drift
    scale = found.members / found.sampled if found.sampled else 1.0
    calls: Counter[Operation] = Counter()
    calls[UPSERT_PERSONS] = _batches(drift.missing.count + drift.changed.count, scale)
    calls[ADD_TAG] = sum(_batches(count, scale) for count in drift.to_add.values())
    calls[REMOVE_TAG] = sum(_batches(count, 1.0) for count in drift.to_remove.values())
    seconds = max(count / client.per_second(operation) for operation, count in calls.items())
    return Repair(
        calls={operation.name: count for operation, count in calls.items() if count}, minutes=round(seconds / 60, 2)
    )


def _batches(people: int, scale: float) -> int:
    return -(-round(people * scale) // BATCH)


def lines(found: Verification) -> Iterator[str]:
    """The same for a person to read."""
    verdict = "Infobip holds what Kafka says" if found.equal else "Infobip differs from what Kafka says"
    yield f"{found.job}: {verdict}"
    of = "all" if found.sampled is None else f"{found.sampled:,} drawn"
    yield from _row("members", found.members, f"by Kafka; {of} compared, {found.events:,} events read")
    yield from _row("tagged", found.tagged, f"at Infobip with {', '.join(found.tags)}")
    yield from _row("missing", found.missing.count, _in_words(found.missing))
    yield from _row("too many", found.too_many.count, _in_words(found.too_many))
    yield from _row("by a former address", found.by_former_address.count, _in_words(found.by_former_address))
    if (fields := found.changed_fields) is not None:
        named = ", ".join(f"{name} {count:,}" for name, count in fields.by_field.items())
        yield from _row("with other fields", fields.count, "; ".join(filter(None, (named, _in_words(fields)))))
    yield from _row("under way", found.under_way, f"no drift: the job is {found.behind:,} events behind")
    yield from (f"note: {note}" for note in found.notes)
    if found.sampled is not None:
        yield "who has a tag in vain shows in the counts alone: without --sample they are found"
    if found.repair.calls:
        calls = ", ".join(f"{count:,} {name}" for name, count in found.repair.calls.items())
        minutes = found.repair.minutes
        lasts = f"about {minutes:,.0f} minutes" if round(minutes) > 1 else "about a minute, or less,"
        yield f"to make it equal: {calls}; {lasts} at the limits"


def _row(name: str, count: int | None, words: str) -> Iterator[str]:
    yield f"  {name:<20}{'?' if count is None else f'{count:,}':>12}  {words}".rstrip()


def _in_words(difference: Difference) -> str:
    shown = [f"{one.kind} {one.address}" for one in difference.examples]
    return "such as " + ", ".join(shown) if shown else ""
