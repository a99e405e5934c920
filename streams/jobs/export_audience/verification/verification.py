"""A verification from its beginning to its end: both sides read beside each other, held together, looked at twice."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from streams.jobs.export_audience.verification.comparison import Comparison, Drift
from streams.jobs.export_audience.verification.ledger import Ledger
from streams.jobs.export_audience.verification.people import USUAL_NAMES, People
from streams.jobs.export_audience.verification.rows import parts_of
from streams.jobs.export_audience.verification.tagged import Tagged
from streams.jobs.export_audience.verification.truth import Behind, Told, Truth
from streams.jobs.import_contacts.plan import LIMIT
from streams.kafka.threads import in_own_thread

Say = Callable[[str], None]
#: So many pages wait in memory for what Kafka says to be read; then no more are asked for.
PAGES_WAITING_MAX = 30
#: A line tells how far it has come after so many pages.
PAGES_TOLD = 50


@dataclass(frozen=True, slots=True)
class Findings:
    """What came of a verification; `tagged` is None where Infobip did not count, `sampled` where all were compared."""

    began_at: datetime
    ended_at: datetime
    told: Told
    members: int
    tagged: int | None
    sampled: int | None
    drift: Drift
    behind: Sequence[Behind]
    calls: int


class Verification:
    """One verification; `sample` is how many members are drawn, None: everybody is compared.

    The ledger and the truth are its own.
    """

    def __init__(self, ledger: Ledger, truth: Truth, people: People, sample: int | None, say: Say) -> None:
        self._ledger, self._truth, self._people = ledger, truth, people
        self._comparison = Comparison(ledger)
        self._sample, self._say = sample, say
        self._began_at = datetime.now(UTC)

    async def run(self) -> Findings:
        """Verify, and tell what was found; raises as the brokers and Infobip have it."""
        self._began_at = datetime.now(UTC)
        await in_own_thread(self._truth.look, "verify")
        reading = asyncio.create_task(in_own_thread(self._truth.read, "verify"))
        try:
            sampled: int | None = None
            if self._sample is None:
                await self._look_at_all(reading)
            else:
                sampled = await self._look_at_some(reading, self._sample)
        finally:
            if not reading.done():  # nobody may write to a ledger that is closed
                self._truth.stop()
                await asyncio.wait([reading])
        return await self._judged(sampled, again=False)

    async def again(self) -> Findings:
        """Look once more at those who differed, when something was done about it; nobody else is looked at."""
        await in_own_thread(self._comparison.look_anew, "verify")
        return await self._judged(None, again=True)

    async def _judged(self, sampled: int | None, *, again: bool) -> Findings:
        # In this order: what was done before Infobip is asked shows there, and whatever shows there is read behind it.
        committed = await in_own_thread(self._truth.committed, "verify")
        await self._look_again(again=again)
        totals = [await self._people.total(tag) for tag in self._ledger.job.tags]
        await in_own_thread(self._truth.follow, "verify")
        drift = await in_own_thread(lambda: self._comparison.drift(committed, again=again), "verify")
        members = await in_own_thread(lambda: sum(1 for _ in self._ledger.members()), "verify")
        return Findings(
            began_at=self._began_at,
            ended_at=datetime.now(UTC),
            told=self._truth.told,
            members=members,
            tagged=None if None in totals else sum(total or 0 for total in totals),
            sampled=sampled,
            drift=drift,
            behind=self._truth.behind(committed),
            calls=self._people.calls,
        )

    async def _look_at_all(self, reading: "asyncio.Task[Told]") -> None:
        """Read the whole list, and hold its pages against what Kafka says as soon as that is read."""
        waiting: list[Sequence[Tagged]] = []
        pages = 0
        async for page in self._people.pages():
            waiting.append(page)
            pages += 1
            if reading.done() or len(waiting) == PAGES_WAITING_MAX:
                await reading
                await self._hold(waiting)
            if pages % PAGES_TOLD == 0:
                self._say(f"{pages * LIMIT:,} people read of Infobip, {self._truth.told.events:,} events of Kafka")
        await reading
        await self._hold(waiting)
        await in_own_thread(self._comparison.miss, "verify")

    async def _hold(self, waiting: list[Sequence[Tagged]]) -> None:
        # In a thread, for this may be the process of a job, whose loop has others to serve.
        for page in waiting:
            await in_own_thread(partial(self._comparison.hold, page), "verify")
        waiting.clear()

    async def _look_at_some(self, reading: "asyncio.Task[Told]", most: int) -> int:
        """Ask for the members that are drawn; how many there are."""
        await reading
        drawn = await in_own_thread(lambda: self._comparison.sample(most), "verify")
        self._say(f"{self._truth.told.events:,} events of Kafka read, {len(drawn):,} members drawn")
        async for people in self._people.named(parts_of(key)[1] for key in drawn):
            await in_own_thread(partial(self._comparison.hold, people), "verify")
        await in_own_thread(lambda: self._comparison.miss(drawn), "verify")
        return len(drawn)

    async def _look_again(self, *, again: bool) -> None:
        """Ask for those who differ once more: for each, or for all where that takes fewer calls."""
        differing = await in_own_thread(self._comparison.differing, "verify")
        if not differing:
            return
        self._say(f"{differing:,} differ at first sight, and are looked at again")
        by_list = self._sample is None and differing / USUAL_NAMES > self._people.calls
        found = self._people.pages() if by_list else self._people.named(self._comparison.names())
        async for people in found:
            confirm = partial(self._comparison.confirm, people, by_name=not by_list, again=again)
            await in_own_thread(confirm, "verify")
