"""The client of one authorization: performs calls, repeats them as long as it takes, waits while the key is refused."""

import asyncio
import logging
import random
import ssl
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

import httpx

from schemas.operations import Operation
from streams.calls.call import LATE, LOST, Call, Delivery, Reply, Suspicion
from streams.calls.pacing import UNPACED, NotNow, Pacing, ignore
from streams.calls.waiting import known_wait
from streams.errors import Forbidden, Unauthorized, Unreachable
from streams.infobip.admission import Admission
from streams.infobip.attempts import UNAUTHORIZED, Attempts, Go, refused_for
from streams.infobip.choking import suspected
from streams.infobip.departure import Departure
from streams.infobip.health import ClientHealth, ClientState
from streams.infobip.retry import (
    Attempt,
    RetryDecision,
    backoff_seconds,
    is_redirect,
)
from streams.infobip.transport import connect
from streams.infobip.troubles import Troubles
from streams.observer import UNOBSERVED, CallObserver

log = logging.getLogger("streams.infobip")

#: Answers that a later try may better.
FAILED = frozenset({RetryDecision.REPEAT, RetryDecision.UNEXPECTED})


class TooLate(Exception):
    """A call was about to go out after its time."""


class Client:
    """Infobip as one authorization sees it: one connection pool, one throttle for each operation.

    Used by one event loop. Opens connections as they are needed; close it with `aclose`.

    Args:
        name: the authorization's, for logs and words.
        base_url: the account's address; https unless it says otherwise.
        api_key: the key, which no log and no word holds; None where calls carry none of ours.
        limits: requests a second by operation, where they are not the published ones.
        timeout_seconds: the longest that one try may take, from its first byte to the last of its answer.
        recheck_seconds: how long after a refusal of the key it is asked again.
        observer: is told of every try.
        on_state: called in the event loop with every change of `state`; it must not block.
        clock: seconds on a clock that never goes back. This and what follows is there for tests.
        wall_clock: Unix time in seconds.
        sleep: waits for so many seconds.
        jitter: a random number from 0 to 1.
        transport: what exchanges bytes in place of the network.
        tls: which certificates are trusted, if not the usual ones.

    Raises:
        ConfigurationError: the address or the key cannot be one.

    """

    def __init__(
        self,
        name: str,
        base_url: str,
        api_key: str | None,
        *,
        limits: Mapping[str, float] | None = None,
        timeout_seconds: float = 30.0,
        recheck_seconds: float = 60.0,
        observer: CallObserver = UNOBSERVED,
        on_state: Callable[[ClientState], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        wall_clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        jitter: Callable[[], float] = random.random,
        transport: httpx.AsyncBaseTransport | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.name = name
        self._observer = observer
        self._clock, self._wall_clock, self._sleep, self._jitter = clock, wall_clock, sleep, jitter
        #: How many calls are under way that need a scope.
        self._needed: Counter[str] = Counter()
        self._standing = ClientHealth(name, wall_clock, on_state)
        self._limits = dict(limits or {})
        self._admission = Admission(self._limits, self._standing, clock, sleep)
        self._http = connect(name, base_url, api_key, transport, tls)
        self._attempts = Attempts(
            name,
            self._http,
            self._admission,
            self._standing,
            keyless=api_key is None,
            per_second=self.per_second,
            observer=observer,
            timeout_seconds=timeout_seconds,
            recheck_seconds=recheck_seconds,
            clock=clock,
            wall_clock=wall_clock,
            sleep=sleep,
        )
        url = self._http.base_url
        self.address = f"{url.scheme}://{url.netloc.decode()}"
        self._troubles = Troubles(self._standing, self.address)

    async def perform(
        self, call: Call, sent: Callable[[], None] = ignore, pace: Pacing = UNPACED, *, goes_first: bool = False
    ) -> Reply:
        """Make the call until Infobip has had its last word; what repeating would not change is returned.

        Waits for the limits, the key and the end of outages, however long: of what Infobip does, nothing is raised.
        Comes back earlier where the call says so: as LOST (`Delivery.AT_MOST_ONCE`), as LATE (`not_after`), or, under
        a suspicion, when it seems to choke Infobip. May be cancelled at any time; a try may then have been carried
        out.

        Args:
            call: the request.
            sent: called whenever a try has waited its turn and goes out; it must not block.
            pace: what each try waits for besides the limits.
            goes_first: it goes before others that wait for the same limit.

        """
        me, retries, slowed, scope = object(), 0, 0, call.operation.scope
        suspicion, begun = call.suspicion, self._attempts.records[call.operation].taken
        in_doubt = call.tries > 0 and call.delivery is not Delivery.AT_MOST_ONCE

        async def go(departure: Departure) -> None:
            await pace.before_sending()
            await departure.due()
            if call.not_after is not None and not in_doubt and self._wall_clock() > call.not_after:
                raise TooLate
            sent()

        with self._under_way(me, scope):
            try:
                if call.tries:
                    await self._come_back(me, call)
                while True:
                    answer = await self._try(call, go, pace, goes_first=goes_first)
                    if self._is_last(call, answer):
                        self._troubles.answered(call)
                        at = self._now()
                        return Reply(answer.status, answer.body, retries, at, seconds=answer.seconds, slowed=slowed)
                    retries += 1
                    slowed += answer.verdict is RetryDecision.SLOW_DOWN
                    self._observer.repeated(self.name, call.operation.name)
                    in_doubt = in_doubt or (answer.verdict in FAILED and not answer.undone)
                    log.debug(
                        "infobip_retry authorization=%s operation=%s items=%d retries=%d reason=%r",
                        *(self.name, call.operation, call.items, retries, answer.reason),
                    )
                    suspicion = self._suspected(call, suspicion, answer, begun)
                    lost = call.delivery is Delivery.AT_MOST_ONCE and answer.verdict in FAILED and not answer.undone
                    back = lost or (suspicion is not None and suspicion.choked)
                    if not back or answer.retry_after_seconds is not None:
                        self._troubles.note(me, call, answer, suspicion)
                        await self._back_off(answer, retries)
                    if back:
                        return self._given_back(call, answer, retries, suspicion, lost=lost)
            except TooLate:
                return Reply(LATE, None, retries, self._now())

    @contextmanager
    def _under_way(self, me: object, scope: str) -> Iterator[None]:
        """Count a call among those that need a scope, until its trouble is over."""
        self._needed[scope] += 1
        try:
            yield
        finally:
            self._needed[scope] -= 1
            if not self._needed[scope]:  # nobody would find out that it is there now
                self._standing.accept(scope)
            self._standing.over(me)

    async def _try(self, call: Call, go: Go, pace: Pacing, *, goes_first: bool) -> Attempt:
        """One try, made when its pace and everything else lets it go."""
        while True:
            await pace.before_queueing()
            try:
                return await self._attempts.make(call, go, goes_first=goes_first)
            except NotNow:
                continue

    async def ask(self, call: Call) -> Reply:
        """Make the call once; waits for its turn within the limits and for an answer, and for nothing else.

        Raises:
            Unauthorized: the key is refused.
            Forbidden: the key lacks a scope.
            Unreachable: there was no answer, or only one that a later try may better.

        """
        answer = await self.attempt(call)
        match answer.verdict:
            case RetryDecision.RETURN | RetryDecision.UNEXPECTED:
                return Reply(answer.status, answer.body)
            case RetryDecision.REFUSED:
                refusal = self._standing.refusal(refused_for(call, answer))
                raise Unauthorized(refusal) if answer.status == UNAUTHORIZED else Forbidden(refusal)
            case _:
                undone = answer.undone or answer.verdict is RetryDecision.SLOW_DOWN
                raise Unreachable(f"Infobip at {self.address}: {answer.reason}", undone=undone)

    async def attempt(self, call: Call) -> Attempt:
        """Make the call once, as `ask` does; what came of it is for its maker to judge, and nothing is raised."""
        return await self._attempts.make_once(call)

    def set_share(self, job: str, operations: Collection[Operation], assigned: int, total: int) -> None:
        """Take the part of the account's limits that a job's partitions in this process are of all its partitions.

        Args:
            job: the job's name; it shares limits with other jobs that call the same operations.
            operations: what it calls, and so the limits that are parted.
            assigned: how many of its partitions this process reads.
            total: how many there are; 0 forgets the job.

        """
        self._admission.set_share(job, operations, assigned, total)

    def per_second(self, operation: Operation) -> float:
        """How many calls of an operation may go in a second, over all who share the key."""
        return self._limits.get(operation.name) or operation.per_second

    @property
    def state(self) -> ClientState:
        """How the client fares: well, or waiting for Infobip or for another key."""
        return self._standing.state

    @property
    def waits(self) -> bool:
        """Whether calls are known to wait: for Infobip, for a key, or for their turn within the limits."""
        return self.state.kind != "ok" or self._admission.is_backlogged or self._attempts.wait_long

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._wall_clock(), UTC)

    async def stay(self) -> None:
        """Wait until cancelled, and close the connections then."""
        try:
            await asyncio.Event().wait()
        finally:
            await self.aclose()

    async def aclose(self) -> None:
        """Close the connections; calls on them fail, so none may be under way."""
        self._troubles.close()
        await self._http.aclose()

    def _suspected(self, call: Call, suspicion: Suspicion | None, answer: Attempt, begun: int) -> Suspicion | None:
        """What is thought of a call after a try that was not its last; `begun`: how many were taken when it began."""
        if suspicion is None or answer.verdict not in FAILED:
            return suspicion
        return suspected(call, suspicion, answer, self._clock(), begun, self._attempts.records[call.operation])

    def _given_back(
        self, call: Call, answer: Attempt, retries: int, suspicion: Suspicion | None, *, lost: bool
    ) -> Reply:
        """What is known of a call that its maker is to decide on."""
        if lost and call.tries:
            self._troubles.linger(call, answer)
        # With what was said to the last try: that is all that is known when it is given up.
        body = None if suspicion is None else answer.body
        return Reply(LOST if lost else answer.status, body, retries, self._now(), suspicion, answer.seconds)

    def _is_last(self, call: Call, answer: Attempt) -> bool:
        """Whether an answer is one that its maker reckons with."""
        if answer.verdict is RetryDecision.UNEXPECTED:
            return call.accepts_any_answer or call.verbatim or not self._attempts.proven
        if call.verbatim and is_redirect(answer.status):
            return True
        return answer.verdict is RetryDecision.RETURN or (answer.not_json and call.accepts_not_json)

    @known_wait("a better moment to try again")
    async def _come_back(self, me: object, call: Call) -> None:
        """Wait before items are sent once more whose last try came to nothing."""
        self._troubles.come_back(me, call)
        await self._sleep(backoff_seconds(call.tries, self._jitter()))

    @known_wait("a better moment to try again")
    async def _back_off(self, answer: Attempt, retries: int) -> None:
        match answer:
            case Attempt(verdict=RetryDecision.REFUSED):
                return  # the gate makes it wait
            case Attempt(retry_after_seconds=float(seconds)):
                await self._sleep(seconds)
            case _:
                await self._sleep(backoff_seconds(retries, self._jitter()))
