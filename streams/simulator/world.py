"""All that one simulator is made of, apart from its sockets."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

from streams.simulator.account import Account
from streams.simulator.counters import Counters
from streams.simulator.faults import Faults
from streams.simulator.options import SimulatorOptions
from streams.simulator.outbox import Outbox
from streams.simulator.throttle import Throttle

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the time of day."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class World:
    """The account, what it sent, who may use it, how often, what goes wrong, and what was counted."""

    options: SimulatorOptions
    account: Account
    outbox: Outbox
    throttle: Throttle
    faults: Faults
    counters: Counters
    clock: Clock
    keys: dict[str, frozenset[str]] = field(repr=False)

    @classmethod
    def of(cls, options: SimulatorOptions, clock: Clock) -> Self:
        """Make the world that options describe, with nobody in it."""
        faults = Faults(time.monotonic)
        faults.add(*options.faults)
        keys = {key: frozenset(scopes) for key, scopes in options.api_keys.items()}
        return cls(options, Account(options), Outbox(options), Throttle(options), faults, Counters(), clock, keys)
