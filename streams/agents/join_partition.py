"""One partition of a join's state: its copy on disk, its transactions, and how far each of its inputs is read.

Why nothing is told twice and nothing is lost: what records make of the state, what is written because of it, and how
far the records were read are one transaction. The copy follows only once that is committed. Whoever dies in between
finds the state and the positions of the last transaction in the topic, and reads on from there. Whoever wakes too late
is fenced, because the next owner has opened transactions of the same name before it read the state.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from streams.agents.join import Home, Turn, turn, wake
from streams.agents.join_told import UNTOLD, Untold, untold_of
from streams.errors import JobFailed
from streams.kafka.changelog import Changelog
from streams.kafka.compacted import read_in_thread
from streams.kafka.local_store import LocalStore, guarded, open_store
from streams.kafka.producer import OutgoingRecord
from streams.kafka.threads import in_own_thread
from streams.kafka.transactions import TransactionalProducer
from streams.pipeline.decode import Record
from streams.pipeline.join_entries import (
    PARTITIONS,
    Reached,
    entry,
    position_entry,
    position_key,
    positions_of,
    state_of,
)
from streams.pipeline.joins import Join
from streams.pipeline.offsets import Partition

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Reading back says so now and then.
NOTICE_SECONDS = 30.0
#: What is kept of positions begins so.
_OWN = b"\0"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateTopic:
    """Where a job keeps what it has joined: a compacted topic, its id and partitions, and a folder for its copies.

    `relay` is what is passed on by, and `flushes` where it tells what it did.
    """

    job: str
    name: str
    relay: str
    flushes: str
    id: str
    partitions: int
    directory: Path

    def identity(self, number: int) -> str:
        """What tells the copy of a partition from all others."""
        return f"{self.name}/{number}/{self.id}"


@dataclass(slots=True, eq=False)
class JoinPartition:
    """One partition as its owner has it; one turn after the other."""

    join: Join
    topic: StateTopic
    home: Home
    producer: TransactionalProducer
    store: LocalStore
    reached: dict[Partition, Reached]
    topic_ids: Mapping[str, str] = field(default_factory=dict)
    untold: Untold = field(default_factory=Untold)

    async def take(self, records: Sequence[Record], now_ms: int, wakes: int) -> Turn:
        """Take in records, and wake so many keys that are due; returns once all that follows is committed.

        Raises:
            JobFailed: the brokers refuse a record of it for good.
            Stalled: the partition is another's by now, or it is not known what became of the transaction.

        """
        done: Turn = await _on_disk(self.store, partial(self._turn, records, now_ms, wakes))
        untold = self.untold.and_of(done, now_ms)
        is_due = untold.is_due(now_ms)
        if not done and not is_due:
            return done
        moved = {key: Reached(offset, self.topic_ids.get(key[0], "")) for key, offset in done.reached.items()}
        entries = {**done.changes, **{position_key(key): position_entry(one) for key, one in moved.items()}}
        told = [self._told(untold, now_ms)] if is_due else []
        untold = Untold() if is_due else untold
        if untold != self.untold:
            entries[UNTOLD] = untold.kept
        await self.producer.write([*self._records(done, entries), *told])
        offset = self.producer.last_offset + 1
        await _on_disk(self.store, partial(self.store.apply, entries, offset))
        self.reached.update(moved)
        self.untold = untold
        return done

    def _told(self, untold: Untold, now_ms: int) -> OutgoingRecord:
        flush = untold.flush(self.topic.job, self.topic_ids, now_ms)
        return OutgoingRecord(self.topic.flushes, self.topic.job.encode(), flush.model_dump_json().encode())

    def _turn(self, records: Sequence[Record], now_ms: int, wakes: int) -> Turn:
        states = self.store.states
        done = turn(self.join, self.home, records, states, now_ms)
        due = self.store.due(now_ms, wakes) if wakes else []
        return wake(self.join, done, due, states, now_ms) if due else done

    def _records(self, done: Turn, entries: Mapping[bytes, bytes | None]) -> list[OutgoingRecord]:
        number, name, relay = self.home.number, self.topic.name, self.topic.relay
        drafts = [OutgoingRecord(one.topic, one.key, one.value, headers=one.headers) for one in done.drafts]
        relayed = [
            OutgoingRecord(relay, one.arrived.key, one.arrived.value, partition=one.home, headers=one.headers)
            for one in done.relayed
        ]
        kept = [OutgoingRecord(name, key, value, partition=number) for key, value in entries.items()]
        return [*drafts, *relayed, *kept]

    async def aclose(self) -> None:
        """Call off what is under way, and let go of the partition."""
        await self.producer.aclose()
        await in_own_thread(self._close_store, "join")

    def _close_store(self) -> None:
        # So that a copy to which nothing came for long does not look as if nobody had kept it up to date.
        try:
            self.store.apply({}, self.store.offset)
        except Exception as error:  # noqa: BLE001 - whatever it was, the next owner looks at what is there
            log.warning("store_left directory=%s reason=%s", self.store.directory, " ".join(str(error).split()))
        self.store.close()


async def _on_disk(store: LocalStore, step: Callable[[], T]) -> T:
    """Take a guarded step in a thread of its own, for it blocks as a disk does."""
    done: T = await in_own_thread(partial(guarded, store, step), "join")
    return done


async def open_partition(
    join: Join, topic: StateTopic, number: int, settings: dict[str, Any], is_called_off: Callable[[], bool]
) -> JoinPartition:
    """Take over a partition: whoever had it can write no more; then what the copy lacks is read back.

    Waits for the brokers however long they are away. Once it is called off less is read back than there is: what is
    given then must not take anything in.

    Raises:
        JobFailed: they do not allow it; or the state topic was given other partitions; or nothing can be kept on disk.
        Stalled: somebody else has taken it over at the same time.

    """
    producer = TransactionalProducer(settings, f"{topic.name}-{number}", follows=topic.name)
    store: LocalStore | None = None
    try:
        await producer.open()
        store = await read_in_thread(partial(_restored, topic, number, settings, is_called_off))
        reached = await _on_disk(store, partial(_reached, store))
        home = Home(number, topic.partitions, topic.relay)
        untold = await _on_disk(store, partial(_untold, store))
        one = JoinPartition(join, topic, home, producer, store, reached, untold=untold)
        if not is_called_off():
            await _mark(one)
    except BaseException:
        await producer.aclose()
        if store is not None:
            store.close()
        raise
    else:
        return one


async def _mark(one: JoinPartition) -> None:
    """Keep in mind of how many partitions the state is: with another number its keys would be looked for elsewhere."""
    wanted, store = entry(str(one.topic.partitions).encode(), None), one.store
    (kept,) = guarded(store, partial(store.states, [PARTITIONS]))
    if kept is None:
        records = [OutgoingRecord(one.topic.name, PARTITIONS, wanted, partition=one.home.number)]
        await one.producer.write(records)
        guarded(store, partial(store.apply, {PARTITIONS: wanted}, one.producer.last_offset + 1))
    elif kept != wanted:
        name, before = one.topic.name, state_of(kept).decode(errors="replace")
        raise JobFailed(
            f"topic {name} had {before} partitions and has {one.topic.partitions}, so that its state cannot be found "
            f"any more: stop the job, delete {name} and {one.topic.relay}, and start it again; it reads its inputs "
            "anew from as long ago as it waits, and tells again what it has told of those messages"
        )


def _untold(store: LocalStore) -> Untold:
    (kept,) = store.states([UNTOLD])
    return untold_of(kept)


def _reached(store: LocalStore) -> dict[Partition, Reached]:
    return positions_of(store.starting_with(_OWN))


def _restored(
    topic: StateTopic,
    number: int,
    settings: dict[str, Any],
    is_called_off: Callable[[], bool],
    wanted: Callable[[], bool],
) -> LocalStore:
    """The copy of a partition, up to date; or as far as it came when nobody wanted it any more."""

    def still_wanted() -> bool:
        return wanted() and not is_called_off()

    changelog = Changelog(settings, topic.name, number)
    try:
        store = open_store(topic.directory / str(number), topic.identity(number))
        try:
            if store.offset > changelog.end:
                log.warning(
                    "store_ahead job=%s partition=%d offset=%d end=%d: records of the topic were lost; read back",
                    *(topic.job, number, store.offset, changelog.end),
                )
                store.discard()
                store = open_store(topic.directory / str(number), topic.identity(number))
            guarded(store, partial(_take_in, store, changelog, topic, number, still_wanted))
        except BaseException:
            store.close()
            raise
    finally:
        changelog.close()
    return store


def _take_in(
    store: LocalStore, changelog: Changelog, topic: StateTopic, number: int, wanted: Callable[[], bool]
) -> None:
    """Take in what the copy lacks."""
    began = noticed = time.monotonic()
    records = 0
    for batch in changelog.batches(store.offset, wanted):
        store.apply({message.key() or b"": message.value() for message in batch}, (batch[-1].offset() or 0) + 1)
        records += len(batch)
        if time.monotonic() > noticed + NOTICE_SECONDS:
            noticed = time.monotonic()
            log.info("state_read_back job=%s partition=%d records=%d", topic.job, number, records)
    log.info(
        "state_restored job=%s partition=%d records=%d seconds=%.1f offset=%d",
        *(topic.job, number, records, time.monotonic() - began, store.offset),
    )
