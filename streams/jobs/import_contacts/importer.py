"""How a person travels: a page is read, told apart from what was written, and written with the cursor in one step.

Why nobody is lost, and no version comes twice: the contacts of a page, the versions they are remembered by and the
cursor behind them are one transaction. Whoever dies before it leaves the cursor where it was, and the next owner reads
the page again; whoever wakes up too late is fenced by the name of its transactions. Pages that come while one is being
written are one transaction, too: so brokers that take long for each do not keep answers waiting.
"""

import asyncio
import logging
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic_core import to_json

from schemas.jobs.import_contacts import ImportContacts
from schemas.records.contact import ImportCursor
from schemas.records.outcomes import Outcome
from streams.agents.context import Progress
from streams.calls.pacing import Perform
from streams.calls.waiting import Wait, alive, tell, waiting_for
from streams.errors import JobFailed, RunFailed
from streams.jobs.import_contacts import runs
from streams.jobs.import_contacts.contact import Read
from streams.jobs.import_contacts.page_reader import PageReader, ReadPage
from streams.jobs.import_contacts.plan import met_before, moment
from streams.jobs.import_contacts.seen_versions import SeenVersions
from streams.jobs.import_contacts.topics import cursor as cursor_topic
from streams.jobs.import_contacts.topics import imported
from streams.kafka.compacted import read_in_thread, read_topic
from streams.kafka.producer import OutgoingRecord
from streams.kafka.shorten import shorter_contact, shorter_letter
from streams.kafka.topics import TopicNames
from streams.kafka.transactions import TransactionalProducer
from streams.observer import UNOBSERVED, JobObserver

log = logging.getLogger(__name__)

TOMBSTONES_AT_ONCE = 1000
#: The longest sleep before looking again whether the next run is due: machines sleep, and clocks are set.
LOOK_SECONDS = 30.0


class ContactsAgent:
    """One import job, as the process that owns it."""

    def __init__(
        self,
        job: ImportContacts,
        perform: Perform,
        settings: dict[str, Any],
        names: TopicNames,
        progress: Progress,
        say: Callable[[str], None],
        watching_since: datetime,
        observer: JobObserver = UNOBSERVED,
    ) -> None:
        self._job, self._perform, self._settings, self._names = job, perform, settings, names
        self._progress, self._say, self._observer = progress, say, observer
        self._watching_since = watching_since
        # The topic's name has the prefix in it: the same job of two deployments is two jobs.
        self._door = TransactionalProducer(settings, cursor_topic(names, job.name))
        self._versions = SeenVersions(imported(names, job.name), settings)
        #: What the agent waits for, and what its question does that is on its way.
        self._wait, self._asked = Wait(), Wait()
        self._step, self._answer_awaited = "begins", False
        #: As it was committed last. It is read back once: a commit is seen by readers only some time after it is done.
        self._cursor = ImportCursor(job=job.name)

    @property
    def step(self) -> str:
        """What it does at present, in words that follow `the import`."""
        return self._step

    @property
    def signs(self) -> int:
        """How many signs of life it has given."""
        return self._wait.signs + self._asked.signs

    @property
    def waits(self) -> bool:
        """Whether it is known what it waits for: for its next run, or for Infobip."""
        return bool(self._wait.reason or (self._answer_awaited and self._asked.reason))

    async def work(self) -> None:
        """Run whenever a run is due, until the job is done.

        Raises:
            JobFailed: the job cannot go on: it would delete too many, or its only run has failed.
            Stalled: another process has taken over, or the brokers have ended the transactions.

        """
        tell(self._wait)
        try:
            self._at("opens its transactions")
            await self._door.open()  # from here on nobody else can write: what is read back is the last word
            self._at("reads back what it has written")
            self._cursor = await read_in_thread(self._read_cursor)
            self._observer.reached(runs.known_until(self._cursor))
            await self._versions.restore(runs.oldest_needed(self._job, self._cursor, datetime.now(UTC)))
            due = runs.due_at(self._job, self._cursor, self._watching_since)
            trouble = ""
            while due is not None:
                await self._sleep_until(due, trouble)
                try:
                    await self._run(runs.begin(self._job, self._cursor, uuid.uuid4().hex, datetime.now(UTC)))
                    due, trouble = runs.due_at(self._job, self._cursor, self._watching_since), ""
                except RunFailed as failure:
                    due, trouble = self._after(failure), f"the last run failed: {failure}; "
        finally:
            self._observer.rests()
            self._versions.clear()
            await self._door.aclose()

    # --- the way of a person --------------------------------------------------------------------------------------

    async def _run(self, cursor: ImportCursor) -> None:
        run = runs.of(cursor)
        log.info("import_started job=%s run=%s full=%s from=%s", self._job.name, run.run_id, run.full, cursor.position)
        gone = self._versions.people() if run.compares else set[str]()
        imported = len(gone)
        reader = PageReader(self._job, self._perform, runs.position_of(cursor), self._asked, counts=run.compares)
        try:
            while True:
                pages = await self._gathered(reader)
                if gone:
                    for read in pages:
                        gone.difference_update(one.person_id for one in read.page.people if one.person_id is not None)
                cursor = await self._write(cursor, pages)
                if pages[-1].onward is None:
                    await self._end(cursor, sorted(gone), imported)
                    return
        finally:
            await reader.aclose()
            self._progress.ended()

    async def _gathered(self, reader: PageReader) -> Sequence[ReadPage]:
        self._at("asks for people")
        self._answer_awaited = True
        try:
            return await reader.gathered()
        finally:
            self._answer_awaited = False
            self._at("writes what it was told")

    async def _write(self, cursor: ImportCursor, pages: Iterable[ReadPage]) -> ImportCursor:
        """Write what is new on pages, and the cursor behind them, in one transaction; and only then go by it."""
        began, outcomes, records = time.monotonic(), Counter[Outcome](), list[OutgoingRecord]()
        for read in pages:
            cursor, told = self._told_apart(cursor, read, records)
            outcomes.update(told)
        await self._commit(records, cursor)
        self._committed(outcomes, time.monotonic() - began)
        self._observer.buried(["undecodable"] * outcomes["undecodable"])
        if (since := runs.oldest_needed(self._job, cursor, datetime.now(UTC))) is not None:
            self._versions.forget_before(since)
        self._progress.moved(sum(runs.of(cursor).outcomes.values()), runs.of(cursor).expected)
        return cursor

    def _told_apart(
        self, cursor: ImportCursor, read: ReadPage, records: list[OutgoingRecord]
    ) -> tuple[ImportCursor, Mapping[Outcome, int]]:
        """Add the records of what is new on a page, and remember it for the next; whoever cannot write forgets all."""
        page, position = read.page, read.position
        fresh, current = self._versions.told_apart(page.people)
        faulty = sum(1 for one in fresh if one.fault)
        outcomes: dict[Outcome, int] = {
            "imported": len(fresh) - faulty,
            "undecodable": faulty,
            "unchanged": sum(1 for one in current if not met_before(position, one)),
        }
        cursor = runs.moved(
            cursor,
            read.onward,
            page.reached(read.asked_at),
            outcomes=outcomes,
            retries=read.retries,
            left_out=[name for one in fresh for name in one.left_out],
            expected=page.total if position.ties is None else None,
        )
        at = page.last or position.at or 0
        records += self._contacts(cursor, fresh)
        records += self._versions.records(fresh, at)
        self._versions.remember(fresh, at)
        return cursor, outcomes

    async def _end(self, cursor: ImportCursor, gone: list[str], imported: int) -> None:
        """Write tombstones for those who are gone, and that the run has ended."""
        if not self._job.may_delete(len(gone), imported):
            raise JobFailed(
                f"job '{self._job.name}': {len(gone)} of {imported} imported contacts are gone, more than "
                f"max_deletions ({self._job.max_deletions}) allows: none was deleted; if they really are gone, raise it"
            )
        headers = self._headers(cursor)
        for first in range(0, len(gone), TOMBSTONES_AT_ONCE):
            some = gone[first : first + TOMBSTONES_AT_ONCE]
            cursor = runs.deleted(cursor, len(some))
            contacts = [OutgoingRecord(self._names.contacts, key.encode(), None, headers=headers) for key in some]
            began = time.monotonic()
            await self._commit([*contacts, *self._versions.tombstones(some)], cursor)
            self._committed({"deleted": len(some)}, time.monotonic() - began)
            alive()
            self._versions.forget(some)
        cursor, flush = runs.finish(cursor, datetime.now(UTC))
        told = OutgoingRecord(self._names.flushes, self._job.name.encode(), flush.model_dump_json().encode())
        await self._commit([told], cursor)
        self._observer.committed()
        self._observer.reached(runs.known_until(cursor))
        outcomes = " ".join(f"{name}={count}" for name, count in sorted(flush.outcomes.items()))
        run_id = runs.of(cursor).run_id
        log.info("import_finished job=%s run=%s seconds=%.1f %s", self._job.name, run_id, flush.seconds, outcomes)

    # --- details --------------------------------------------------------------------------------------------------

    async def _commit(self, records: Sequence[OutgoingRecord], cursor: ImportCursor) -> None:
        await self._door.write([*records, self._cursor_record(cursor)])
        self._cursor = cursor

    def _at(self, step: str) -> None:
        """Note a step, which is a sign of life."""
        self._step = step
        alive()

    def _committed(self, outcomes: Mapping[Outcome, int], seconds: float) -> None:
        self._observer.settled(((name, people) for name, people in outcomes.items() if people), seconds)
        self._observer.committed()

    def _contacts(self, cursor: ImportCursor, people: Iterable[Read]) -> Iterator[OutgoingRecord]:
        topic, headers, now = self._names.contacts, self._headers(cursor), datetime.now(UTC)
        told: Sequence[tuple[str, bytes | None]] = ()
        second: int | None = -1
        for one in people:
            key = None if one.person_id is None else one.person_id.encode()
            if one.fault:
                letter = runs.dead_letter(self._job.name, one, now)
                yield OutgoingRecord(self._names.dead_letters, key, to_json(letter), shorten=shorter_letter)
                continue
            if one.second != second:  # several come of one second
                second = one.second
                told = [*headers, ("modifiedAt", b"" if second is None else f"{moment(second)}Z".encode())]
            yield OutgoingRecord(topic, key, one.value, None, told, shorter_contact)

    def _headers(self, cursor: ImportCursor) -> list[tuple[str, bytes | None]]:
        return [("job", self._job.name.encode()), ("run_id", runs.of(cursor).run_id.encode())]

    def _cursor_record(self, cursor: ImportCursor) -> OutgoingRecord:
        topic = cursor_topic(self._names, self._job.name)
        return OutgoingRecord(topic, self._job.name.encode(), cursor.model_dump_json().encode())

    def _read_cursor(self, wanted: Callable[[], bool]) -> ImportCursor:
        records = read_topic(self._settings, cursor_topic(self._names, self._job.name), [0], wanted)
        latest = None
        for message in records:
            latest = message.value() or latest
        return ImportCursor(job=self._job.name) if latest is None else ImportCursor.model_validate_json(latest)

    def _after(self, failure: RunFailed) -> datetime:
        """When to run again after a run that failed."""
        if not self._job.keep_updated:
            raise JobFailed(str(failure)) from failure
        again_at = datetime.now(UTC) + timedelta(seconds=self._job.every_seconds)
        log.error("import_failed job=%s error=%s; again at %s", self._job.name, failure, again_at)
        return again_at

    async def _sleep_until(self, due: datetime, trouble: str) -> None:
        if due > datetime.now(UTC):
            self._say(f"{trouble}next run at {due:%Y-%m-%d %H:%M:%S}Z")
        with waiting_for("its next run"):
            while (left := (due - datetime.now(UTC)).total_seconds()) > 0:  # noqa: ASYNC110 - it is time that is awaited
                await asyncio.sleep(min(left, LOOK_SECONDS))
        self._say("")
