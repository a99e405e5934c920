"""All that one simulator is made of, apart from its sockets."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Self

from streams.simulator.account import Account
from streams.simulator.counters import Counters
from streams.simulator.faults import Faults
from streams.simulator.feedback.post_office import PostOffice
from streams.simulator.feedback.postman import Postman
from streams.simulator.options import SimulatorOptions
from streams.simulator.outbox import Outbox
from streams.simulator.throttle import Throttle

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the time of day."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class World:
    """The account, what it sent, what comes back, who may use it, how often, what goes wrong, what was counted."""

    options: SimulatorOptions
    account: Account
    outbox: Outbox
    office: PostOffice
    postman: Postman
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
        outbox = Outbox(options)
        office = PostOffice(options, outbox)
        postman = Postman(office, faults, clock)
        account, throttle = Account(options), Throttle(options)
        return cls(options, account, outbox, office, postman, throttle, faults, Counters(), clock, keys)
