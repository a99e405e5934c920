"""What a change of configuration means for existing members: both configurations held against the events of Kafka.

Each has a ledger of its own of who should have which tag. Who stands in the one and not in the other gets a tag, or
loses one; so members of two audiences, swapped tags and people who are known by something else now come out right.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from schemas.jobs.export_audience import ExportAudience
from streams.jobs.export_audience.configuration.changes import Changes, Counts
from streams.jobs.export_audience.configuration.effect import as_job, union
from streams.jobs.export_audience.membership_topics import MembershipTopics
from streams.jobs.export_audience.verification import store
from streams.jobs.export_audience.verification.ledger import AT_ONCE, Ledger, batched
from streams.jobs.export_audience.verification.people import People, Perform
from streams.jobs.export_audience.verification.rows import ROW, parts_of, row_of
from streams.jobs.export_audience.verification.tagged import Name
from streams.jobs.export_audience.verification.truth import Truth
from streams.kafka.local_store import LocalStore
from streams.kafka.threads import in_own_thread
from streams.pipeline.decode import Entry

#: How far the reading has come is told so often.
PROGRESS_SECONDS = 10.0
#: Infobip's own counts are not waited for longer: a job that stops does not wait for the end of an outage.
TOTAL_SECONDS = 20.0
Say = Callable[[str], None]


class BothLedgers(Ledger):
    """The ledger of the configuration as it is, which has that of the former one take in the same."""

    def __init__(self, changes: Changes, now: Ledger, former: Ledger) -> None:
        super().__init__(now.job, now.store, numbers=now.numbers)
        self.former, self._changes = former, changes

    @property
    def needs_events(self) -> bool:
        """What is kept of members says who they are by the former configuration only."""
        return self._changes.of_identity

    def fold(self, entries: Iterable[Entry], place: int, done: int) -> None:
        """Take in events of one partition."""
        each = list(entries)
        super().fold(each, place, done)
        self.former.fold(each, place, done)

    def enter(self, memberships: Iterable[tuple[str, str, Name, int]]) -> None:
        """Take in what is kept of members."""
        for some in batched(memberships, AT_ONCE):
            super().enter(some)
            self.former.enter(some)


async def count(
    job: ExportAudience,
    changes: Changes,
    doors: Mapping[str, MembershipTopics],
    folder: Path,
    perform: Perform,
    say: Say,
) -> Counts:
    """Read who is in which audience, and what a change means for them; `say` is told how far it has come.

    `doors` are the ways to the job's topics, by their names; what is read is kept in `folder` as long as it takes.

    Raises:
        StreamsError: a topic is not there; nothing can be kept on disk; Infobip refuses to count.
        KafkaException: the brokers do not answer.

    """
    former = as_job(job, changes.before)
    tags = [*dict.fromkeys([*former.tags, *job.tags])]
    numbers = {tag.casefold(): number for number, tag in enumerate(tags)}
    with store.opened(folder / "now") as here, store.opened(folder / "former") as there:
        ledger = BothLedgers(changes, Ledger(job, here, numbers=numbers), Ledger(former, there, numbers=numbers))
        truth = Truth(union(job, [former]), doors, ledger)
        await _read(truth, say)
        add = await in_own_thread(lambda: _differing(ledger, ledger.former.store), "count")
        remove = await in_own_thread(lambda: _differing(ledger.former, ledger.store), "count")
        inside = await in_own_thread(lambda: sum(1 for _ in ledger.members()), "count")
    people, to_untag = People(job, perform, fields=False), {tags[number]: many for number, many in remove.items()}
    return Counts(
        members=inside,
        to_tag={tags[number]: many for number, many in add.items()},
        to_untag=to_untag,
        tagged={tag: await _total(people, tag) for tag in to_untag},
        notes=truth.told.notes,
    )


async def _read(truth: Truth, say: Say) -> None:
    """Read Kafka's side; nobody may write to a ledger that is closed."""

    def read() -> None:
        truth.look()
        truth.read()

    reading = asyncio.create_task(in_own_thread(read, "count"))
    try:
        while not (await asyncio.wait({reading}, timeout=PROGRESS_SECONDS))[0]:
            say(f"{truth.told.events:,} events of Kafka read, to say what the change means for existing members")
        reading.result()
    finally:
        if not reading.done():
            truth.stop()
            await asyncio.wait({reading})


def _differing(ledger: Ledger, other: LocalStore) -> Counter[int]:
    """By the number of a tag, the members of a ledger who are none in the other."""
    found: Counter[int] = Counter()
    for some in batched((key for key, _ in ledger.members()), AT_ONCE):
        rows = zip(some, other.states([ROW + key for key in some]), strict=True)
        found.update(parts_of(key)[0] for key, kept in rows if row_of(kept).inside <= 0)
    return found


async def _total(people: People, tag: str) -> int | None:
    with suppress(TimeoutError):
        return await asyncio.wait_for(people.total(tag), TOTAL_SECONDS)
    return None
