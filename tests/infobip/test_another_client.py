"""Beside another client of the account nearly all is used that it leaves of a limit, and hardly a call is refused."""

import random
from collections.abc import Iterator
from itertools import count

import pytest

from streams.infobip.rate_limit import Throttle
from streams.simulator.options import SimulatorOptions
from streams.simulator.throttle import Throttle as Limit

UPSERT = "upsert_persons"
SECONDS, LATENCY_SECONDS = 600.0, 0.02


def evenly(rate: float) -> Iterator[float]:
    yield from (0.03 + number / rate for number in count())


def later(rate: float) -> Iterator[float]:
    yield from (0.13 + number / rate for number in count())


def roughly(rate: float) -> Iterator[float]:
    chance, at = random.Random(8), 0.0
    while True:
        at += chance.uniform(0.7, 1.3) / rate
        yield at


def in_bursts(rate: float) -> Iterator[float]:
    for second in count():
        for number in range(int(rate * (second + 1)) - int(rate * second)):
            yield second + 0.005 * number


class Account:
    """Ours as fast as the throttle lets it, beside another client, against the limit that the simulator keeps."""

    def __init__(self, limit: float, other: Iterator[float], *, retry_after: bool) -> None:
        self.throttle = Throttle(limit)
        self._limit, self._other = Limit(SimulatorOptions(limits={UPSERT: limit})), other
        self._retry_after = retry_after
        self.taken: list[float] = []
        self.refused: list[float] = []

    def run(self, until: float) -> None:
        now, theirs = 0.0, next(self._other)
        while now < until:
            now = self.throttle.reserve(now)
            while theirs <= now:
                self._limit.wait_seconds(UPSERT, theirs)
                theirs = next(self._other)
            wait = self._limit.wait_seconds(UPSERT, now)
            if wait:
                self.refused.append(now)
                self.throttle.slow_down(now + LATENCY_SECONDS, 1.0 if self._retry_after else None, now)
            else:
                self.taken.append(now)
                self.throttle.succeeded(now + LATENCY_SECONDS)
            now += LATENCY_SECONDS


@pytest.mark.parametrize("retry_after", [True, False])
@pytest.mark.parametrize("limit", [5, 10, 20])
def test_of_the_half_that_another_client_leaves_nine_tenths_are_used(limit: int, retry_after: bool) -> None:  # noqa: FBT001
    """More or less of it as the calls of the two lie to each other, and with few 429s in any case."""
    used = []
    for other in (evenly, later, roughly, in_bursts):
        account = Account(limit, other(limit / 2), retry_after=retry_after)
        account.run(SECONDS)
        used.append(len(account.taken) / SECONDS / (limit / 2))
        assert len(account.refused) / SECONDS * 60 < 8
    assert min(used) > 0.8
    assert sum(used) / len(used) >= 0.9


def test_alone_on_the_account_nothing_is_refused() -> None:
    account = Account(5, iter([float("inf")]), retry_after=True)
    account.run(100)
    assert not account.refused
    assert len(account.taken) >= 490


def test_when_the_other_client_ends_the_whole_limit_is_used_soon() -> None:
    theirs = (at for at in [*(number / 10 for number in range(2_000)), float("inf")])
    account = Account(20, theirs, retry_after=True)
    account.run(300)
    assert sum(260 <= at < 270 for at in account.taken) > 190
