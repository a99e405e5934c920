"""For how long a process may act for its partitions: no longer than the brokers certainly keep them for it.

Whoever is not heard of for a session loses its partitions without being told: it may have been asleep, or cut off from
the brokers. So whatever acts for partitions, a call or a record, asks first how long ago that was sent which the
brokers' coordinator has acknowledged last, and waits while it is too long. It goes on when the coordinator is heard
again; or the partitions turn out to be lost, and what waits is called off.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import NamedTuple

from streams.calls.call import Call, Reply
from streams.calls.pacing import NotNow, PacedPerform, Pacing, with_last_question

log = logging.getLogger(__name__)

#: A killed process holds its partitions for so long.
SESSION_SECONDS = 10.0
HEARTBEAT_SECONDS = 2.5
#: A call goes out, and a record is handed to the producer, only so long after what was acknowledged last was sent: a
#: record may take DELIVERY_SECONDS more, and both together are less than a session.
LEASE_SECONDS = 5.0
DELIVERY_SECONDS = 4.0
#: Members that do not come to a rebalance are left out of it after a minute, although their heartbeats are answered.
#: Theirs count for so long, in which whoever works has finished what is on its way.
REBALANCE_SECONDS = 20.0
NAP_SECONDS = 0.05
NOTICE_SECONDS = 30.0

#: Where there is such a clock, time asleep counts: the machine's own sleep, and a virtual machine's on most hosts.
_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class Moment(NamedTuple):
    """A moment by two clocks."""

    steady: float
    wall: float


def now() -> Moment:
    """Tell the time: by the steadiest clock that counts time asleep, and by the wall clock."""
    # What `Moment(…)` does, without the call in between that named tuples make: this is asked for every record.
    return tuple.__new__(Moment, (time.clock_gettime(_CLOCK), time.time()))


class Lease:
    """How long ago the coordinator was last heard of by one job's consumer; renewed by the consumer's own thread.

    The longer of two clocks' times counts. The steady one of a virtual machine may have stood still with it, while the
    wall clock is set as it wakes. A wall clock that is set forward for another reason only makes us wait for the next
    heartbeat. `clock` is there for tests.
    """

    def __init__(self, job: str, clock: Callable[[], Moment] = now) -> None:
        self._job, self._clock = job, clock
        self._heard: Moment | None = None
        self._rebalancing_since: Moment | None = None
        self._noticed: Moment | None = None

    def now(self) -> Moment:
        """Tell the time by which it goes."""
        return self._clock()

    def renew(self, sent_at: Moment, *, rebalancing: bool = False) -> None:
        """Note that the coordinator has acknowledged what was sent then, perhaps as a member of a rebalance."""
        if not rebalancing:
            self._rebalancing_since = None
        elif self._rebalancing_since is None:
            self._rebalancing_since = sent_at
        elif _seconds(self._rebalancing_since, sent_at) > REBALANCE_SECONDS:
            return
        if self._heard is None or sent_at.steady > self._heard.steady:
            self._heard = sent_at

    def lose(self) -> None:
        """Note that the coordinator has given us up."""
        self._heard = None

    @property
    def holds(self) -> bool:
        """Whether the partitions are certainly still ours."""
        if (heard := self._heard) is None:
            return False
        steady, wall = self._clock()
        return steady - heard[0] < LEASE_SECONDS and wall - heard[1] < LEASE_SECONDS

    async def held(self) -> None:
        """Return at once while it holds; else wait until it does again, or until whoever waits is called off."""
        if self.holds:
            return
        began = self._clock()
        while not self.holds:
            self._notice(began)
            await asyncio.sleep(NAP_SECONDS)

    def check(self) -> None:
        """Raise NotNow unless it holds."""
        if not self.holds:
            raise NotNow

    def bound(self, perform: PacedPerform) -> PacedPerform:
        """What performs calls, each try of them only while it holds.

        That is waited for with nothing in hand; and asked again as late as can be, when the bytes are about to go out.
        """

        async def perform_while_it_holds(call: Call, sent: Callable[[], None], pace: Pacing) -> Reply:
            async def turn() -> None:
                await self.held()
                await pace.before_queueing()

            async def depart() -> None:
                await pace.before_sending()
                self.check()

            with with_last_question(self.check):
                return await perform(call, sent, Pacing(turn, depart))

        return perform_while_it_holds

    def _notice(self, began: Moment) -> None:
        """Say now and then, once for all who wait, that the coordinator is not heard."""
        waited, at = _seconds(began, self._clock()), self._clock()
        if waited >= NOTICE_SECONDS and (self._noticed is None or _seconds(self._noticed, at) >= NOTICE_SECONDS):
            self._noticed = at
            log.warning("lease_awaited job=%s: the brokers have not acknowledged a heartbeat for long", self._job)


def _seconds(earlier: Moment, later: Moment) -> float:
    """Between two moments, by whichever clock it is longer."""
    return max(later.steady - earlier.steady, later.wall - earlier.wall)
