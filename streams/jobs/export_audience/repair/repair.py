"""A repair from its first look to its last: compared, ordered, carried out, and looked at again."""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from secrets import token_hex

from schemas.jobs.export_audience import ExportAudience
from schemas.records.outcomes import Outcome
from schemas.records.repairs import RepairAction
from streams.jobs.export_audience.repair.differences import Orders, differences, strangers
from streams.jobs.export_audience.repair.order_book import OrderBook, Ordered, Standing
from streams.jobs.export_audience.verification.ledger import Convert, Ledger
from streams.jobs.export_audience.verification.truth import Truth
from streams.jobs.export_audience.verification.verification import Findings, Verification
from streams.kafka.threads import in_own_thread

Say = Callable[[str], None]
#: What two processes do at the same time to one person may still differ after the first.
ROUNDS_MAX = 3
ID_BYTES = 6
#: After so many looks, a second each, somebody ought to have begun.
LOOKS_MAX = 30


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done: how many people get a tag, lose one, and have fields brought up to date."""

    add: int
    remove: int
    fields: int
    #: Members by Kafka, or people with a tag at Infobip, whichever are more.
    whole: int

    @property
    def people(self) -> int:
        """How many there are to change, by person and tag."""
        return self.add + self.remove + self.fields

    @property
    def percent(self) -> float:
        """The part of them all that is to change."""
        return 100.0 * self.people / self.whole if self.whole else (100.0 if self.people else 0.0)


@dataclass(frozen=True, slots=True)
class Repaired:
    """What came of a repair: what became of people, in so many rounds, and what was found then."""

    repair_id: str
    outcomes: Counter[Outcome]
    rounds: int
    findings: Findings


def plan_of(found: Findings, actions: Collection[RepairAction]) -> Plan:
    """What is to be done about what was found."""
    drift = found.drift
    return Plan(
        add=drift.to_add.total() if "add" in actions else 0,
        remove=drift.to_remove.total() if "remove" in actions else 0,
        fields=drift.changed.count if "fields" in actions else 0,
        whole=max(found.members, found.tagged or 0),
    )


class Repair:
    """Repairs of one job; the verification, its ledger and its truth belong together, and the ledger stays open.

    `convert` makes the fields of whoever has to be made anew.
    """

    def __init__(
        self,
        job: ExportAudience,
        work: Verification,
        ledger: Ledger,
        truth: Truth,
        book: OrderBook,
        *,
        convert: Convert,
        by: str,
        say: Say,
    ) -> None:
        self._job, self._work, self._ledger, self._truth, self._book = job, work, ledger, truth, book
        self._convert, self._by, self._say = convert, by, say
        self.repair_id = token_hex(ID_BYTES)
        #: What was said last of how far it has come, and how often that was looked at since.
        self._said, self._looks = "", 0

    async def run(self, found: Findings, actions: Collection[RepairAction]) -> Repaired:
        """Order what was found to be done, wait until it is, and look again, for up to three rounds.

        Raises:
            StreamsError: there is nowhere to order it, or no process is left to carry it out.

        """
        await self._book.begin(self.repair_id, self._by)
        ordered = Ordered()
        outcomes = Counter[Outcome]()
        rounds = 0
        while rounds < ROUNDS_MAX and (todo := plan_of(found, actions).people):
            rounds += 1
            ordered += await self._order(actions)
            self._say(f"round {rounds}: {todo:,} people in {ordered.total():,} orders")
            standing = await self._book.carried_out(self.repair_id, ordered, self._tell)
            outcomes = standing.outcomes(self.repair_id)
            found = await self._work.again()
        return Repaired(self.repair_id, outcomes, rounds, found)

    async def give_up(self) -> None:
        """Have nothing more be carried out."""
        await self._book.give_up(self.repair_id, self._by)

    async def _order(self, actions: Collection[RepairAction]) -> Ordered:
        compared = self._truth.compared()
        if "add" in actions and (wanted := await in_own_thread(partial(strangers, self._ledger), "repair")):
            await in_own_thread(partial(self._truth.learn, wanted, self._convert), "repair")
        found = await in_own_thread(partial(differences, self._ledger, actions), "repair")
        now = datetime.now(UTC)
        return await self._book.order(Orders(compared, self._job.name, self.repair_id, now).of(found))

    def _tell(self, standing: Standing) -> None:
        """Say how far it has come when it has come further; and once, what may be wrong where nobody begins."""
        paused = [one.detail for one in standing.processes if one.state == "paused"]
        done = standing.outcomes(self.repair_id).total()
        line = f"{done:,} people done" + (f"; the job is paused {paused[0]}" if paused else "")
        if line != self._said:
            self._said, self._looks = line, 0
            self._say(line)
        self._looks += 1
        if self._looks == LOOKS_MAX and not done and not paused:
            self._say(
                f"nobody begins: the job's processes must be of this version, and be allowed to READ {self._book.topic}"
            )
