"""Whose turn it is: a place within the limit of its operation and a connection, for one call after the other."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Collection, Mapping
from enum import Enum, auto

from schemas.operations import Operation
from streams.calls.call import Call, Delivery
from streams.calls.waiting import known_wait
from streams.infobip.departure import NAP_SECONDS_MIN, Departure
from streams.infobip.health import ClientHealth
from streams.infobip.rate_limit import Throttle
from streams.infobip.transport import CONNECTIONS_MAX

#: The longest nap before looking again whether the share of the limit has changed.
NAP_SECONDS = 1.0
#: How long a call that gives way stands aside before it looks again.
ASIDE_SECONDS = 0.1
#: So many calls in a row go before one that waits for the same limit: of ten places it has one, whoever goes first.
AHEAD_MAX = 9


class Rank(Enum):
    """Whose calls go before whose."""

    FIRST = auto()
    """Those of jobs that go first."""
    USUAL = auto()
    BACKGROUND = auto()
    """Those that let all others go first."""


class Admission:
    """The turns of one client's calls: one throttle for each operation, one number of connections for all.

    Args:
        limits: requests a second by the operation's name, where they are not the published ones.
        standing: the client's health, by which calls in the background give way.
        clock: seconds on a clock that never goes back.
        sleep: waits for so many seconds.

    """

    def __init__(
        self,
        limits: Mapping[str, float],
        standing: ClientHealth,
        clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self._limits, self._standing, self._clock, self._sleep = limits, standing, clock, sleep
        self._throttles: dict[Operation, Throttle] = {}
        self._queues: defaultdict[tuple[Operation, Rank], asyncio.Lock] = defaultdict(asyncio.Lock)
        #: By job, what it calls, and how many of its partitions are in this process, of how many.
        self._shares: dict[str, tuple[frozenset[Operation], int, int]] = {}
        self._in_line: Counter[tuple[Operation, Rank]] = Counter()
        #: Set whenever somebody leaves a line of the operation's.
        self._moved: defaultdict[Operation, asyncio.Event] = defaultdict(asyncio.Event)
        #: How many have gone first since one of the others went that wait.
        self._ahead: Counter[Operation] = Counter()
        self._lines = asyncio.Semaphore(CONNECTIONS_MAX)

    @known_wait("its turn within Infobip's limits")
    async def acquire(self, call: Call, *, goes_first: bool = False) -> Departure:
        """Wait for the next place of a call's operation, and for a connection; its way from there.

        First come first served, but for calls that go first, which let one of ten places to others; and for calls in
        the background, which let all others go first. However long it takes: without a share of the limit there is no
        place. The connection is waited for here, so that no call spends its time limit on it, nor its place: calls that
        waited for one together would go together. Whoever is given both gives the connection back with `release`, once.
        """
        operation = call.operation
        rank = Rank.FIRST if goes_first else Rank.USUAL
        if call.delivery is Delivery.BACKGROUND:
            rank = Rank.BACKGROUND
        throttle = self._throttles.get(operation)
        if throttle is None:
            throttle = self._throttles[operation] = Throttle(self._limits.get(operation.name) or operation.per_second)
            throttle.share(self._share_of(operation))
        self._in_line[operation, rank] += 1
        try:
            async with self._queues[operation, rank]:
                await self._head(operation, rank, throttle)
            return Departure(throttle, self._clock, self._sleep)
        finally:
            self._in_line[operation, rank] -= 1
            self._moved[operation].set()

    async def _head(self, operation: Operation, rank: Rank, throttle: Throttle) -> None:
        """Wait at the head of a line for a place and a connection, and take them."""
        while True:
            if self._must_give_way(operation, rank):
                await self._stand_aside(operation, rank)
            elif (wait := throttle.opens_at() - self._clock()) > NAP_SECONDS_MIN:
                await self._sleep(min(wait, NAP_SECONDS))
            else:
                await self._lines.acquire()
                late = throttle.opens_at() - self._clock() > NAP_SECONDS_MIN
                if not late and not self._must_give_way(operation, rank):
                    break
                self.release()  # things have changed meanwhile
        throttle.reserve(self._clock())
        if rank is not Rank.BACKGROUND:
            passed = rank is Rank.FIRST and self._in_line[operation, Rank.USUAL] > 0
            self._ahead[operation] = self._ahead[operation] + 1 if passed else 0

    def release(self) -> None:
        """Give the connection back that `acquire` waited for, to the next call."""
        self._lines.release()

    def set_share(self, job: str, operations: Collection[Operation], assigned: int, total: int) -> None:
        """Note how many partitions of a job are in this process, of how many, and what it calls.

        The limits count for the account. Of that of an operation, every process of the service takes the part that
        its partitions are of all partitions of the jobs that call it. `total` 0 forgets the job.
        """
        self._shares.pop(job, None)
        if total:
            self._shares[job] = (frozenset(operations), assigned, total)
        for operation, throttle in self._throttles.items():
            throttle.share(self._share_of(operation))

    @property
    def is_backlogged(self) -> bool:
        """Whether a call waits for its turn that is not in the background."""
        return any(waiting for (_, rank), waiting in self._in_line.items() if rank is not Rank.BACKGROUND)

    def _share_of(self, operation: Operation) -> float:
        callers = [(own, all_) for operations, own, all_ in self._shares.values() if operation in operations]
        if not callers:
            return 1.0
        share = sum(own for own, _ in callers) / sum(all_ for _, all_ in callers)
        return share or float(operation.purpose == "logs")  # where one without events may still prove its key

    def _must_give_way(self, operation: Operation, rank: Rank) -> bool:
        first, usual = self._in_line[operation, Rank.FIRST], self._in_line[operation, Rank.USUAL]
        is_due = self._ahead[operation] >= AHEAD_MAX
        match rank:
            case Rank.FIRST:
                return usual > 0 and is_due
            case Rank.USUAL:
                return first > 0 and not is_due
            case Rank.BACKGROUND:
                if self._standing.refused(operation.scope) is not None:
                    return False  # then this call asks for all others, and they wait for it
                return first + usual > 0 or self._standing.too_fast

    async def _stand_aside(self, operation: Operation, rank: Rank) -> None:
        """Wait until it may be this call's turn again."""
        if rank is Rank.BACKGROUND:
            await self._sleep(ASIDE_SECONDS)
            return
        moved = self._moved[operation]
        moved.clear()
        await moved.wait()
