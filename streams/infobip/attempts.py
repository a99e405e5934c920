"""One try of a call: made in its turn, by the connection kept free for it, and with a key that is not known refused."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import replace

import httpx

from schemas.operations import Operation
from streams.calls.call import Call
from streams.calls.pacing import NotNow, not_now
from streams.calls.waiting import known_wait, waiting_for
from streams.infobip.admission import Admission
from streams.infobip.choking import Record
from streams.infobip.departure import Departure
from streams.infobip.health import EVERYTHING, ClientHealth
from streams.infobip.retry import NO_ANSWER, Attempt, RetryDecision, absent, is_success, judge
from streams.infobip.transport import fetch
from streams.observer import CallObserver

UNAUTHORIZED = 401
#: A call that has been on the wire for so long is known to wait for its answer.
SLOW_SECONDS = 5.0

#: What a try does that has its place, until it goes out.
Go = Callable[[Departure], Awaitable[None]]


class Attempts:
    """The tries of one client's calls.

    Args:
        name: the authorization's.
        http: its connections; `keyless` where requests carry no key of ours.
        admission: gives them their turns.
        standing: what is known of the key and of Infobip.
        per_second: how many calls of an operation may go in a second.
        observer: is told of every try.
        timeout_seconds: the longest that one may take.
        recheck_seconds: how long after a refusal of the key it is asked again.
        clock: seconds on a clock that never goes back.
        wall_clock: Unix time in seconds.
        sleep: waits for so many seconds.

    """

    def __init__(
        self,
        name: str,
        http: httpx.AsyncClient,
        admission: Admission,
        standing: ClientHealth,
        *,
        keyless: bool,
        per_second: Callable[[Operation], float],
        observer: CallObserver,
        timeout_seconds: float,
        recheck_seconds: float,
        clock: Callable[[], float],
        wall_clock: Callable[[], float],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        self.name, self._http, self._keyless = name, http, keyless
        self._admission, self._standing, self._per_second, self._observer = admission, standing, per_second, observer
        self._timeout_seconds, self._recheck_seconds = timeout_seconds, recheck_seconds
        self._clock, self._wall_clock, self._sleep = clock, wall_clock, sleep
        self._on_wire: dict[object, float] = {}
        #: When it was last asked whether the key is still refused, and who asks, by what it is refused for.
        self._asked_at: dict[str, float] = {}
        self._probers: dict[str, asyncio.Lock] = {}
        #: How calls of each operation fare, and whether any was ever taken: until then nobody knows that this is
        #: Infobip, and afterwards an answer that is not its own is an outage.
        self.records: defaultdict[Operation, Record] = defaultdict(Record)
        self.proven = False

    async def make(self, call: Call, go: Go, *, goes_first: bool) -> Attempt:
        """One try, made in its turn. While the key is refused one call probes, and the others queue behind it."""
        scope = call.operation.scope
        while True:
            if (refused := self._standing.refused(scope)) is not None:
                with waiting_for("the key"):
                    async with self._probers.setdefault(refused, asyncio.Lock()):
                        if self._standing.refused(scope) == refused:
                            await self._sleep(max(0.0, self._asked_at[refused] + self._recheck_seconds - self._clock()))
                        if self._standing.refused(scope) == refused:  # and not for everything by now
                            return await self._probe(call, go, refused)
                continue
            departure = await self._admission.acquire(call, goes_first=goes_first)
            if self._standing.refused(scope) is None:  # it may have been while this call stood in line
                break
            self._admission.release()
        answer = await self._exchange(call, departure, go)
        if answer.verdict is RetryDecision.REFUSED:
            self._shut(call, answer)
        return answer

    async def make_once(self, call: Call) -> Attempt:
        """One try, made in its turn, whatever is known of the key."""
        return await self._exchange(call, await self._admission.acquire(call), Departure.due)

    @property
    def wait_long(self) -> bool:
        """Whether some have been on the wire for long."""
        late = self._clock() - SLOW_SECONDS
        return any(sent_at < late for sent_at in self._on_wire.values())

    async def _probe(self, call: Call, go: Go, refused: str) -> Attempt:
        """Ask again with a call that waits anyway. A prober that is cancelled leaves its turn to the next."""
        answer = await self._exchange(call, await self._admission.acquire(call), go)
        if answer.verdict is RetryDecision.RETURN:
            self._standing.accept(refused)  # told by perform, when this call's own trouble is over too
        elif answer.verdict is RetryDecision.REFUSED:
            if self._shut(call, answer) != refused:  # the key is known again, and lacks a scope; or is not, any more
                self._standing.accept(refused)
        else:
            # Not a word on the key: the gate stays shut, and the next question waits its time.
            self._asked_at[refused] = self._clock()
        return answer

    async def _exchange(self, call: Call, departure: Departure, go: Go) -> Attempt:
        """Ask, by the connection that is kept free for it."""
        throttle = departure.throttle
        try:
            await go(departure)
            sent_at = self._clock()
            answer = replace(await self._answer(call, departure), seconds=self._clock() - sent_at)
        finally:
            self._admission.release()
        seconds, operation = self._clock() - sent_at, call.operation
        self._observer.tried(self.name, operation.name, answer.status, seconds, self._per_second(operation))
        if answer.verdict is RetryDecision.SLOW_DOWN:
            throttle.slow_down(self._clock(), answer.retry_after_seconds, sent_at)
        elif answer.verdict is RetryDecision.RETURN:
            throttle.succeeded(self._clock())
            self.records[call.operation].took()
            self.proven = self.proven or is_success(answer.status)
        return answer

    @known_wait("Infobip's answer")
    async def _answer(self, call: Call, departure: Departure) -> Attempt:
        self._on_wire[me := object()] = self._clock()
        try:
            # Around the whole exchange: a server that drips bytes would outlive timeouts of single reads.
            async with asyncio.timeout(self._timeout_seconds) as departure.time_limit:
                status, retry_after, content = await fetch(self._http, call, departure)
        except NO_ANSWER as failure:
            if not_now(failure):
                raise NotNow from failure
            return absent(failure)
        finally:
            departure.time_limit = None  # else connections that are made here would keep this task
            del self._on_wire[me]
        answer = judge(
            *(status, content, retry_after, self._wall_clock()), missing=call.accepts_missing, text=call.verbatim
        )
        refused = answer.verdict is RetryDecision.REFUSED
        # Without a key of ours, it is none that a person could mend.
        return replace(answer, verdict=RetryDecision.UNEXPECTED) if refused and self._keyless else answer

    def _shut(self, call: Call, answer: Attempt) -> str:
        """Note that the key is refused, and say for what."""
        refused = refused_for(call, answer)
        self._asked_at[refused] = self._clock()
        self._standing.refuse(refused)
        return refused


def refused_for(call: Call, answer: Attempt) -> str:
    """What the key is refused for: everything, or a scope."""
    return EVERYTHING if answer.status == UNAUTHORIZED else call.operation.scope
