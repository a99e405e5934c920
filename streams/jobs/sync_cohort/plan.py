"""What a window says of lists: the last words on who is in them, and what becomes of its events once they are told."""

from collections.abc import Callable, Generator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from schemas.jobs.sync_cohort import SyncCohort
from schemas.operations import ADD_TO_LIST, CREATE_LIST, REMOVE_FROM_LIST
from schemas.records.outcomes import Outcome
from streams.calls.call import Call, Reply
from streams.jobs.sync_cohort import records
from streams.jobs.sync_cohort.mirror import Mirror, Step
from streams.jobs.sync_cohort.records import Kept
from streams.pipeline.decode import Entry
from streams.pipeline.settle import Settled, settle
from streams.pipeline.window import Window
from streams.profiles.address import compile_path
from streams.profiles.emails import normal_email
from streams.profiles.phones import normal_phone

#: Windows wait for their turn with the lists, and share nothing that would keep them from waiting together.
NO_KEYS: AbstractSet[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CohortBatch:
    """A window reduced to its last words; `members` are their records, `ids` what those who enter go by, by event."""

    window: Window
    outcomes: tuple[Outcome, ...]
    details: Mapping[int, str]
    members: tuple[Kept, ...]
    ids: Mapping[int, str]

    @property
    def keys(self) -> AbstractSet[str]:
        """Nothing keeps two windows apart: what they say is kept in their order, and told together."""
        return NO_KEYS


def folder(job: SyncCohort) -> Callable[[Window], CohortBatch]:
    """What makes windows of a job ready."""
    id_of = reader_of(job)

    def fold(window: Window) -> CohortBatch:
        outcomes: list[Outcome] = ["accepted"] * len(window.entries)
        details: dict[int, str] = {}
        ids: dict[int, str] = {}
        latest: dict[tuple[str, str], int] = {}
        for index, entry in enumerate(window.entries):
            if entry.action == "enter":
                if (found := id_of(entry)) is None:
                    outcomes[index], details[index] = "dropped", _no_id(job, entry)
                    continue
                ids[index] = found
            who = (entry.audience, entry.profile_id)
            if (earlier := latest.get(who)) is not None:
                outcomes[earlier] = "superseded"
            latest[who] = index
        members = [records.member(*who, ids.get(index)) for who, index in sorted(latest.items(), key=_by_place)]
        last = {index: ids[index] for index in latest.values() if index in ids}
        return CohortBatch(window.without_profiles(), tuple(outcomes), details, tuple(members), last)

    return fold


def _by_place(one: tuple[tuple[str, str], int]) -> int:
    return one[1]


def reader_of(job: SyncCohort) -> Callable[[Entry], str | None]:
    """What reads the id of an event's profile: an email in lower case, as Infobip compares it, or a phone's digits."""
    value_of, region = compile_path(job.id_field), job.default_region

    def id_of(entry: Entry) -> str | None:
        value: Any = value_of(entry.profile or {})
        email = normal_email(value)
        return email.lower() if email is not None else normal_phone(value, region)

    return id_of


def _no_id(job: SyncCohort, entry: Entry) -> str:
    if entry.profile is None:
        return f"the event has no profile, and so no {job.id_field}"
    return f"the profile's {job.id_field} is no usable email address or phone number"


def settled(batch: CohortBatch, refused: Mapping[tuple[str, str], str]) -> Settled:
    """What became of a window whose lists are told; `refused` is why, by audience and id."""
    outcomes, details = list(batch.outcomes), dict(batch.details)
    for index, member_id in batch.ids.items():
        why = refused.get((batch.window.entries[index].audience, member_id))
        if why is not None:
            outcomes[index], details[index] = "rejected", why
    return settle(batch.window, outcomes, details, {})


@dataclass(frozen=True, slots=True)
class CohortProcessor:
    """What a job decides.

    Its dialogue makes at once the calls that a window alone asks for, as `preview` shows them; a job that runs keeps
    what its windows say, and one process of all makes the calls.
    """

    job: SyncCohort
    mirror: Mirror = field(init=False)
    _fold: Callable[[Window], CohortBatch] = field(init=False)

    def __post_init__(self) -> None:
        """Begin with no list."""
        object.__setattr__(self, "mirror", Mirror(self.job))
        object.__setattr__(self, "_fold", folder(self.job))

    def fold(self, window: Window, /) -> CohortBatch:
        """Make a window ready."""
        return self._fold(window)

    def part(self, batch: CohortBatch, _: AbstractSet[str], /) -> tuple[CohortBatch | None, CohortBatch | None]:
        """Have all of a batch go: nothing keeps windows apart."""
        return batch, None

    def deliver(self, batch: CohortBatch, /) -> Generator[list[Call], list[Reply], Settled]:
        """Say all that the window asks for; lists have numbers that are made up."""
        for kept in batch.members:
            self.mirror.take(kept.key, kept.value, 0.0)
        self.mirror.complete(0.0)
        for operation in (CREATE_LIST, ADD_TO_LIST, REMOVE_FROM_LIST):
            for cohort, _ in list(self.mirror.waiting(operation)):
                yield from self._say(self.mirror.begin(operation, cohort))
        return settled(batch, {})

    def _say(self, step: Step) -> Generator[list[Call], list[Reply], None]:
        yield [self.mirror.call(step)]
        match step.operation:
            case _ if step.operation == CREATE_LIST:
                made: Sequence[object] = [one for one in self.mirror.cohorts.values() if one.list_id is not None]
                self.mirror.found(step.cohort, str(len(made) + 1))
            case _ if step.operation == ADD_TO_LIST:
                step.cohort.added(step.ids, {}, 0.0)
            case _:
                step.cohort.removed(step.ids, 0.0)
