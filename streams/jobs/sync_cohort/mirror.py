"""All lists of a job: what is wanted of them, what to say to Infobip next, and what its answers mean."""

from collections import Counter, deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from http import HTTPStatus
from typing import Any

from schemas.jobs.sync_cohort import SyncCohort
from schemas.operations import ADD_TO_LIST, CREATE_LIST, REMOVE_FROM_LIST, Operation
from streams.calls.call import LOST, Call, Delivery, Reply
from streams.calls.faults import error_of, told
from streams.jobs.sync_cohort import records
from streams.jobs.sync_cohort.cohort import IDS_MAX, Cohort
from streams.jobs.sync_cohort.records import Kept, Unreadable
from streams.jobs.sync_cohort.turns import Waiting
from streams.jobs.sync_cohort.unsynced import Unsynced

VANISHED = "TAG_NOT_FOUND"


@dataclass(frozen=True, slots=True)
class Step:
    """One call to be made: of which operation, about whose list, with which ids."""

    operation: Operation
    cohort: Cohort
    list_id: str
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer has told: counters as Infobip has them, refused ids by why, and what is to be remembered.

    `in_doubt`: whether a list was made is not known. `vanished`: there is no such list any more. `refused` is why a
    whole call was refused.
    """

    kept: tuple[Kept, ...] = ()
    created: int | None = None
    modified: int | None = None
    errors: Counter[str] = field(default_factory=Counter)
    in_doubt: bool = False
    vanished: bool = False
    refused: str = ""


class Mirror:
    """The lists of one job. Times are seconds on a clock that never goes back, but for those that are records'."""

    def __init__(self, job: SyncCohort) -> None:
        self.job = job
        self.cohorts: dict[str, Cohort] = {}
        #: Audiences whose list may have been made, by a call whose answer nobody has.
        self.in_doubt: set[str] = set()
        self._unsynced, self._said = Unsynced(), 0
        self._marks: deque[tuple[int, str, int]] = deque()
        self._entries: dict[tuple[str, str], Mapping[str, Any]] = {}
        #: By operation and audience, ids of calls that were refused whole: tried in parts, until the guilty are found.
        self._parts: dict[tuple[Operation, str], deque[tuple[str, ...]]] = {}
        self._complete = False

    # --- what is remembered ---------------------------------------------------------------------------------------

    def recall(self, key: bytes | None, value: bytes | None) -> None:
        """Take over a record that tells how lists stand; all come before the first member. Raises Unreadable."""
        parts, said = records.read(key, value)
        match parts, said:
            case [records.LIST, audience], {"list_id": str() | None as list_id, "refused": refused}:
                cohort = self.cohort(audience)
                cohort.list_id, cohort.list_refused = list_id, refused
            case [records.ENTRY, audience, member_id], {"list_id": str()}:
                self._entries[audience, member_id] = said or {}
            case [records.ENTRY, audience, member_id], None:
                self._entries.pop((audience, member_id), None)
            case [records.CALL, CREATE_LIST.name], {"audience": str(audience)}:
                self.in_doubt = {audience}
            case [records.CALL, CREATE_LIST.name], None:
                self.in_doubt = set()
            case [records.LIST | records.DONE | records.CALL, *_], _:
                pass
            case _:
                raise Unreadable

    def recalled(self) -> list[Kept]:
        """Note that all such records were taken over; tombstones for what was said of earlier lists."""
        gone = []
        for (audience, member_id), said in self._entries.items():
            cohort = self.cohort(audience)
            if said["list_id"] != cohort.list_id:
                gone.append(records.entry_gone(audience, member_id))
            elif not said.get("sure", True):
                cohort.unsure.add(member_id)
            elif said.get("refused") is not None:
                cohort.refused[member_id] = said["refused"]
            else:
                cohort.inside.add(member_id)
        self._entries = {}
        self.in_doubt = {audience for audience in self.in_doubt if self.cohort(audience).list_id is None}
        return gone

    # --- what is wanted -------------------------------------------------------------------------------------------

    def cohort(self, audience: str) -> Cohort:
        """The audience's list, as far as it is known."""
        found = self.cohorts.get(audience)
        if found is None:
            found = self.cohorts[audience] = Cohort(audience, self.job.name_of(audience))
        return found

    def take(self, key: bytes | None, value: bytes | None, at: float) -> None:
        """Take a record of who is to be in which list, in the order of its topic. Raises Unreadable."""
        parts, said = records.read(key, value)
        self._said += 1
        match parts, said:
            case [records.MEMBER, audience, profile_id], {"id": str(member_id)}:
                self._have(audience, profile_id, member_id, at)
            case [records.MEMBER, audience, profile_id], None:
                self._have(audience, profile_id, None, at)
            case [records.MARK, session], {"number": int(number)}:
                self._marks.append((self._said, session, number))
            case [records.MARK, _], None:
                pass
            case _:
                raise Unreadable

    def _have(self, audience: str, profile_id: str, member_id: str | None, at: float) -> None:
        cohort = self.cohort(audience)
        if self._complete and member_id is not None:
            cohort.list_refused = None
        for one in cohort.take(profile_id, member_id, at, again=self._complete):
            if cohort.waits(one):
                self._unsynced.note((audience, one), self._said)
            else:
                self._unsynced.drop((audience, one))

    def complete(self, at: float) -> None:
        """Note that all that was said so far is known: from now on it may be acted on."""
        self._complete = True
        for cohort in self.cohorts.values():
            cohort.weigh_all(at)
            self._weighed(cohort, (*cohort.adds, *cohort.removes))

    def done(self) -> list[Kept]:
        """The windows that are in the lists now, as far as that was not told yet; of each process the last one."""
        first, found = self._unsynced.first(), dict[str, int]()
        while self._complete and self._marks and self._marks[0][0] < first:
            _, session, number = self._marks.popleft()
            found[session] = number
        return [records.done(session, number) for session, number in found.items()]

    # --- what to say ----------------------------------------------------------------------------------------------

    def waiting(self, operation: Operation) -> Iterator[tuple[Cohort, Waiting]]:
        """The lists that wait for a call of this operation."""
        for cohort in self.cohorts.values() if self._complete else ():
            if (operation, cohort.audience) in self._parts:
                yield cohort, Waiting(IDS_MAX, 0.0, 0.0)
            elif operation == ADD_TO_LIST and cohort.list_id is not None and cohort.adds:
                yield cohort, Waiting(len(cohort.adds), next(iter(cohort.adds.values())), cohort.added_at)
            elif operation == REMOVE_FROM_LIST and cohort.list_id is not None and cohort.removes:
                yield cohort, Waiting(len(cohort.removes), next(iter(cohort.removes.values())), cohort.removed_at)
            elif operation == CREATE_LIST and cohort.list_id is None and cohort.adds:
                yield cohort, Waiting(IDS_MAX, next(iter(cohort.adds.values())), cohort.added_at)

    def begin(self, operation: Operation, cohort: Cohort) -> Step:
        """Decide on a call, as late as can be: what it says is under way from here on."""
        if operation == CREATE_LIST:
            return Step(operation, cohort, "")
        pending = cohort.adds if operation == ADD_TO_LIST else cohort.removes
        ids = self._part(operation, cohort, pending)
        if not ids:
            ids = cohort.first_to_add() if operation == ADD_TO_LIST else cohort.first_to_remove()
        cohort.begin(ids)
        return Step(operation, cohort, cohort.list_id or "", tuple(ids))

    def _part(self, operation: Operation, cohort: Cohort, pending: Mapping[str, float]) -> list[str]:
        parts, ids = self._parts.get((operation, cohort.audience)), list[str]()
        while parts and not ids:
            ids = [one for one in parts.popleft() if one in pending]
        if not parts:
            self._parts.pop((operation, cohort.audience), None)
        return ids

    def intent(self, step: Step, now: datetime) -> list[Kept]:
        """What is written down before a call: whoever does not hear its answer knows at least what it was about."""
        audience = step.cohort.audience
        if step.operation == CREATE_LIST:
            return [records.call(step.operation.name, audience, now)]
        return [records.entry(audience, one, step.list_id, None, sure=False) for one in step.ids]

    def call(self, step: Step) -> Call:
        """The request."""
        if step.operation == CREATE_LIST:
            # Whether a list was made by a call whose answer was lost is found out before another is made.
            return Call(CREATE_LIST, {"name": step.cohort.name}, delivery=Delivery.AT_MOST_ONCE)
        path = step.operation.path_of(step.list_id)
        return Call(step.operation, {self.job.ids_key: list(step.ids)}, path=path, items=len(step.ids))

    # --- what was answered ----------------------------------------------------------------------------------------

    def absorb(self, step: Step, reply: Reply, at: float, now: datetime) -> Told:
        """Take an answer: what it means, and what is to be remembered of it."""
        if step.operation == CREATE_LIST:
            return self._made(step.cohort, reply, now)
        cohort, ok = step.cohort, reply.status // 100 == HTTPStatus.OK // 100
        if not ok and error_of(reply.status, reply.body).code == VANISHED:
            return self._vanished(step, at)
        if step.list_id != cohort.list_id:  # it was said of a list that has vanished meanwhile
            cohort.landed(step.ids, at)
            self._weighed(cohort, step.ids)
            return Told()
        if not ok and len(step.ids) > 1:
            return self._halved(step, reply, at)
        if step.operation == ADD_TO_LIST:
            return self._added(step, reply, at, now, ok=ok)
        cohort.removed(step.ids, at)
        self._weighed(cohort, step.ids)
        kept = [records.entry_gone(cohort.audience, one) for one in step.ids]
        return Told((*kept, records.list_of(cohort, now)), refused="" if ok else told(reply.status, reply.body))

    def found(self, cohort: Cohort, list_id: str | None) -> Told:
        """Take the word whether there is a list that may have been made; if there is not, it is made."""
        self.in_doubt.discard(cohort.audience)
        if list_id is None:
            return Told()
        return self._has_list(cohort, list_id)

    def _made(self, cohort: Cohort, reply: Reply, now: datetime) -> Told:
        list_id = _list_id(reply.body)
        if reply.status // 100 == HTTPStatus.OK // 100 and list_id is not None:
            return self._has_list(cohort, list_id)
        if reply.status == LOST or reply.status // 100 == HTTPStatus.OK // 100:
            self.in_doubt.add(cohort.audience)
            return Told(in_doubt=True)
        return self._not_made(cohort, reply, now)

    def _has_list(self, cohort: Cohort, list_id: str) -> Told:
        cohort.list_id, cohort.list_refused = list_id, None
        return Told((records.list_of(cohort, None),))

    def _not_made(self, cohort: Cohort, reply: Reply, now: datetime) -> Told:
        """Refuse all who wait for a list that Infobip does not make; it is tried again with whoever comes next."""
        fault = error_of(reply.status, reply.body)
        cohort.list_refused = f"the list '{cohort.name}' was refused: {fault.code}: {fault.message}"
        kept, ids = [], tuple(cohort.adds)
        for one in ids:
            cohort.refused[one] = cohort.list_refused
            kept.append(records.entry(cohort.audience, one, "", cohort.list_refused))
            cohort.adds.pop(one)
        self._weighed(cohort, ids)
        errors = Counter({fault.code: len(ids)})
        return Told((*kept, records.list_of(cohort, now)), errors=errors, refused=told(reply.status, reply.body))

    def _vanished(self, step: Step, at: float) -> Told:
        cohort = step.cohort
        before = (*cohort.removes, *step.ids)
        gone = step.list_id == cohort.list_id
        for operation in (ADD_TO_LIST, REMOVE_FROM_LIST) if gone else ():
            self._parts.pop((operation, cohort.audience), None)
        cohort.flying.difference_update(step.ids)
        if gone:
            cohort.vanished(at)
        else:
            cohort.landed(step.ids, at)
        self._weighed(cohort, (*before, *cohort.adds))
        return Told((records.list_of(cohort, None),), vanished=True) if gone else Told()

    def _halved(self, step: Step, reply: Reply, at: float) -> Told:
        half = (len(step.ids) + 1) // 2
        parts = self._parts.setdefault((step.operation, step.cohort.audience), deque())
        parts.extendleft((step.ids[half:], step.ids[:half]))
        step.cohort.landed(step.ids, at)
        self._weighed(step.cohort, step.ids)
        return Told(refused=told(reply.status, reply.body))

    def _added(self, step: Step, reply: Reply, at: float, now: datetime, *, ok: bool) -> Told:
        cohort = step.cohort
        if ok:
            failed = _failed(reply.body, step.ids)
        else:
            fault = error_of(reply.status, reply.body)
            failed = dict.fromkeys(step.ids, f"{fault.code}: {fault.message}")
        cohort.added(step.ids, failed, at)
        self._weighed(cohort, step.ids)
        kept = [records.entry(cohort.audience, one, step.list_id, failed.get(one)) for one in step.ids]
        return Told(
            (*kept, records.list_of(cohort, now)),
            _count(reply.body, "createdCount"),
            _count(reply.body, "modifiedCount"),
            Counter(why.partition(":")[0] for why in failed.values()),
            refused="" if ok else told(reply.status, reply.body),
        )

    def _weighed(self, cohort: Cohort, ids: Iterable[str]) -> None:
        for one in ids:
            key = (cohort.audience, one)
            if cohort.waits(one):
                self._unsynced.begin(key, self._said)
            else:
                self._unsynced.drop(key)


def _list_id(body: Any) -> str | None:
    found = body.get("listId") if isinstance(body, dict) else None
    return str(found) if isinstance(found, int | str) and not isinstance(found, bool) and str(found).strip() else None


def _count(body: Any, name: str) -> int:
    found = body.get(name) if isinstance(body, dict) else None
    return found if type(found) is int else 0


def _failed(body: Any, ids: Iterable[str]) -> dict[str, str]:
    """The ids that were not taken, and Infobip's word for why; it may spell them otherwise than they were sent."""
    errors = body.get("errors") if isinstance(body, dict) else None
    groups = errors.get("failed") if isinstance(errors, dict) else None
    sent, found = {one.casefold(): one for one in ids}, dict[str, str]()
    for why, named in groups.items() if isinstance(groups, dict) else ():
        for one in named if isinstance(named, list) else ():
            spelled = str(one).strip().casefold()
            for key in (spelled, spelled.removeprefix("+")):  # of phones, but emails may begin so, too
                if key in sent:
                    found[sent[key]] = str(why)
    return found
