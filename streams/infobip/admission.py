"""Whose turn it is: a place within the limit of its operation and a connection, for one call after the other."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping

from schemas.operations import Operation
from streams.calls.call import Call, Delivery
from streams.calls.waiting import known_wait
from streams.infobip.health import ClientHealth
from streams.infobip.rate_limit import Throttle
from streams.infobip.transport import CONNECTIONS_MAX

#: The longest nap before looking again whether the share of the limit has changed.
NAP_SECONDS = 1.0
#: No clock wakes anybody sooner: whoever waits for less goes now, or 4,000 calls/s would be 1,000.
NAP_SECONDS_MIN = 0.001
#: How long a call that gives way stands aside before it looks again.
ASIDE_SECONDS = 0.1


class Admission:
    """The turns of one client's calls: one throttle for each operation, one number of connections for all.

    `limits` overrides published limits by operation, in requests per second.
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
        self._queues: dict[Operation, asyncio.Lock] = {}
        #: By job, what it calls, and how many of its partitions are in this process, of how many.
        self._shares: dict[str, tuple[frozenset[Operation], int, int]] = {}
        self._in_line: Counter[Operation] = Counter()
        self._lines = asyncio.Semaphore(CONNECTIONS_MAX)

    @known_wait("its turn within Infobip's limits")
    async def acquire(self, call: Call) -> Throttle:
        """Wait for the next place of a call's operation, first come first served among those that do not give way.

        And for a connection, so that no call spends its time limit on it, nor its place: calls that waited for one
        together would go together. Whoever is given both gives the connection back.
        """
        operation = call.operation
        throttle = self._throttles.get(operation)
        if throttle is None:
            throttle = self._throttles[operation] = Throttle(self._limits.get(operation.name) or operation.per_second)
            throttle.share(self._share_of(operation))
        queue = self._queues.setdefault(operation, asyncio.Lock())
        if call.delivery is not Delivery.BACKGROUND:
            self._in_line[operation] += 1
        try:
            while True:
                async with queue:
                    while not self._must_give_way(call):
                        if (wait := throttle.opens_at() - self._clock()) > NAP_SECONDS_MIN:
                            await self._sleep(min(wait, NAP_SECONDS))
                            continue
                        await self._lines.acquire()
                        late = throttle.opens_at() - self._clock() > NAP_SECONDS_MIN
                        if not late and not self._must_give_way(call):
                            throttle.reserve(self._clock())
                            return throttle
                        self.release()  # things have changed meanwhile
                await self._sleep(ASIDE_SECONDS)
        finally:
            if call.delivery is not Delivery.BACKGROUND:
                self._in_line[operation] -= 1

    def release(self) -> None:
        """Let another call have the connection."""
        self._lines.release()

    def set_share(self, job: str, operations: Collection[Operation], assigned: int, total: int) -> None:
        """Note how many of its partitions a job has in this process, and what it calls; `total` 0 forgets the job.

        The limits count for the account. Of that of an operation, every process of the service takes the part that
        its partitions are of all partitions of the jobs that call it.
        """
        self._shares.pop(job, None)
        if total:
            self._shares[job] = (frozenset(operations), assigned, total)
        for operation, throttle in self._throttles.items():
            throttle.share(self._share_of(operation))

    @property
    def is_backlogged(self) -> bool:
        """Whether a call that gives way to nobody waits for its turn."""
        return any(self._in_line.values())

    def _share_of(self, operation: Operation) -> float:
        callers = [(own, all_) for operations, own, all_ in self._shares.values() if operation in operations]
        if not callers:
            return 1.0
        share = sum(own for own, _ in callers) / sum(all_ for _, all_ in callers)
        return share or float(operation.purpose == "logs")  # where one without events may still prove its key

    def _must_give_way(self, call: Call) -> bool:
        if call.delivery is not Delivery.BACKGROUND or self._standing.refused(call.operation.scope) is not None:
            return False  # then this call asks for all others, and they wait for it
        return self._in_line[call.operation] > 0 or self._standing.too_fast
