"""Jobs that mirror audiences, and lists at a simulated Infobip in time that is made up."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from math import inf
from typing import Any

from schemas.jobs.sync_cohort import SyncCohort
from schemas.operations import ADD_TO_LIST, CREATE_LIST, REMOVE_FROM_LIST, Operation
from streams.calls.call import Reply
from streams.jobs.sync_cohort import records
from streams.jobs.sync_cohort.cohort import Cohort
from streams.jobs.sync_cohort.mirror import Mirror, Step, Told
from streams.jobs.sync_cohort.records import Kept
from streams.jobs.sync_cohort.turns import Turns, choose
from streams.simulator.options import SimulatorOptions
from streams.simulator.throttle import Throttle
from tests.fakes.infobip import Infobip

OPERATIONS = (CREATE_LIST, ADD_TO_LIST, REMOVE_FROM_LIST)
NOW = datetime(2026, 11, 29, tzinfo=UTC)


def cohort_job(**changes: Any) -> SyncCohort:
    settings = {"name": "mirror", "kind": "sync_cohort", "authorization": "main", "topics": ["memberships"]}
    return SyncCohort.model_validate({**settings, **changes})


@dataclass(kw_only=True)
class Table:
    """One process that leads: the topics it reads and writes as logs, its turns, and a simulated Infobip with limits.

    `takes` is how long an answer takes. A `kind` Infobip takes all there is, and holds nothing. `begin` has another
    process lead, which knows what is in the logs.
    """

    job: SyncCohort = field(default_factory=cohort_job)
    infobip: Infobip = field(default_factory=Infobip.simulated)
    takes: float = 0.2
    kind: bool = False
    now: float = 1_000.0
    members: list[Kept] = field(default_factory=list)
    lists: dict[bytes, bytes] = field(default_factory=dict)
    told: list[Told] = field(default_factory=list)
    sent: list[tuple[float, Step]] = field(default_factory=list)
    too_fast: int = 0

    def __post_init__(self) -> None:
        self.throttle = Throttle(SimulatorOptions())
        self.begin()

    def begin(self) -> None:
        """Lead from now on."""
        self.mirror, self.read = Mirror(self.job), 0
        for key, value in self.lists.items():
            self.mirror.recall(key, value)
        self.keep(self.mirror.recalled())
        self.turns = Turns({one: 1 / one.per_second for one in OPERATIONS}, self.now)
        self.hear()
        self.mirror.complete(self.now)

    def compact(self) -> None:
        """Have the topic of members forget all but the last word, and who has left."""
        last = {one.key: one for one in self.members}
        self.members = [one for one in last.values() if one.value is not None]
        self.read = len(self.members)

    def say(self, *members: Kept) -> None:
        """Note who is to be in which list, as processes do."""
        self.members += members
        self.hear()

    def hear(self) -> None:
        for one in self.members[self.read :]:
            self.mirror.take(one.key, one.value, self.now)
        self.read = len(self.members)

    def keep(self, kept: Any) -> None:
        for one in kept:
            if one.value is None:
                self.lists.pop(one.key, None)
            else:
                self.lists[one.key] = one.value

    def choice(self, operation: Operation) -> Cohort | float:
        return choose(self.turns, operation, self.mirror.waiting(operation), self.now)

    def settle(self) -> None:
        """Make calls until there is nothing left to say; time passes as they have to wait."""
        while True:
            choices = [(operation, self.choice(operation)) for operation in OPERATIONS]
            due = next(((operation, one) for operation, one in choices if isinstance(one, Cohort)), None)
            if due is not None:
                self.call(*due)
                continue
            wakes = min(one for _, one in choices if isinstance(one, float))
            if wakes == inf:
                return
            self.now = max(self.now, wakes)

    def call(self, operation: Operation, cohort: Cohort) -> Told:
        """Make one call, and take in its answer."""
        step = self.mirror.begin(operation, cohort)
        self.turns.take(operation, self.now)
        self.sent.append((self.now, step))
        self.keep(self.mirror.intent(step, NOW))
        reply = self.answer(step)
        self.now += self.takes
        found = self.list_named(cohort.name) if operation == CREATE_LIST and reply.status != HTTPStatus.OK else None
        told = self.mirror.absorb(step, reply, self.now, NOW) if found is None else self.mirror.found(cohort, found)
        self.told.append(told)
        self.keep((*told.kept, *self.mirror.done()))
        return told

    def answer(self, step: Step) -> Reply:
        if self.throttle.wait_seconds(step.operation.name, self.now):
            self.too_fast += 1
        call = self.mirror.call(step)
        if not self.kind:
            return self.infobip.reply(call)
        return Reply(200, {"listId": len(self.sent)} if step.operation == CREATE_LIST else {"createdCount": call.items})

    def list_named(self, name: str) -> str | None:
        return next((str(one["listId"]) for one in self.infobip.account.lists.shown() if one["name"] == name), None)

    @property
    def at_infobip(self) -> dict[str, set[str]]:
        """The ids in each list that is there."""
        return {one["name"]: set(one["ids"]) for one in self.infobip.account.lists.shown()}

    def vanish(self, name: str) -> None:
        """Have a list vanish."""
        if name.casefold() in self.infobip.account.tags:
            self.infobip.account.delete_tag(name)


def enters(profile: str, address: str | None = None, audience: str = "vip") -> Kept:
    return records.member(audience, profile, address or f"{profile}@example.com")


def exits(profile: str, audience: str = "vip") -> Kept:
    return records.member(audience, profile, None)
