"""What is told of calls in trouble: each in words, until it is over."""

import asyncio
from functools import partial

from schemas.operations import Operation
from streams.calls.call import Call, Delivery, Suspicion
from streams.infobip.health import ClientHealth
from streams.infobip.retry import Attempt, RetryDecision

#: How long a lost answer is told of after the call that lost it: looking for a thousand messages takes ten seconds.
LINGER_SECONDS = 15.0


class Troubles:
    """The troubles of one client's calls, told to `standing`; `address` is Infobip's."""

    def __init__(self, standing: ClientHealth, address: str) -> None:
        self._standing, self._address = standing, address
        self._lingering: dict[Operation, asyncio.TimerHandle] = {}

    def note(self, me: object, call: Call, answer: Attempt, suspicion: Suspicion | None) -> None:
        """Note that a call is in trouble; a refused key is the trouble of all, and noted as such."""
        if answer.verdict is RetryDecision.REFUSED:
            self._standing.over(me)
        else:
            too_fast = answer.verdict is RetryDecision.SLOW_DOWN and call.delivery is not Delivery.BACKGROUND
            one = " for one item, while others are taken" if suspicion is not None and suspicion.alone else ""
            self._standing.trouble(me, self._words(call, f"{answer.reason}{one}"), too_fast=too_fast)

    def come_back(self, me: object, call: Call) -> None:
        """Note that items are sent once more whose last try came to nothing."""
        reason = call.suspicion.reason if call.suspicion is not None else ""
        self._standing.trouble(me, self._words(call, reason or "an answer was lost"), too_fast=False)

    def answered(self, call: Call) -> None:
        """Note that a call has been answered: if it came back, what lingered is over."""
        if call.tries:
            self._standing.over(call.operation)

    def linger(self, call: Call, answer: Attempt) -> None:
        """Keep the trouble of an operation whose answers are lost while its maker looks for what they were about.

        Else it would be over and begin anew with every try.
        """
        if (timer := self._lingering.pop(call.operation, None)) is not None:
            timer.cancel()
        self._standing.trouble(call.operation, self._words(call, answer.reason), too_fast=False)
        over = partial(self._standing.over, call.operation)
        self._lingering[call.operation] = asyncio.get_running_loop().call_later(LINGER_SECONDS, over)

    def close(self) -> None:
        """Wait for nothing any more."""
        for timer in self._lingering.values():
            timer.cancel()

    def _words(self, call: Call, reason: str) -> str:
        return f"{call.operation}: {self._address}: {reason}"
