"""What a job's consumer has committed: behind whole windows, and behind the markers that follow the last of them."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from aiokafka import errors as aiokafka_errors
from confluent_kafka import KafkaError

from streams.errors import JobFailed, Stalled, StreamsError
from streams.kafka.faust_patches import NO_NOTES, ConsumerInternals
from streams.kafka.handler import StartPositions
from streams.kafka.lease import Lease
from streams.kafka.refusals import Asked
from streams.pipeline.offsets import Partition

log = logging.getLogger(__name__)

#: What the brokers answer when starting the consumer anew would change nothing.
FATAL = (
    aiokafka_errors.TopicAuthorizationFailedError,
    aiokafka_errors.GroupAuthorizationFailedError,
    aiokafka_errors.ClusterAuthorizationFailedError,
    aiokafka_errors.SaslAuthenticationFailed,
    aiokafka_errors.AuthenticationFailedError,
)


class Commits:
    """The offsets of one assignment, committed one after the other: none overtakes a later one."""

    def __init__(
        self, job: str, inside: ConsumerInternals, positions: StartPositions[Any], lease: Lease, asked: Asked
    ) -> None:
        self._asked = asked
        self._job, self._inside, self._positions, self._lease = job, inside, positions, lease
        #: What is committed, and what should be.
        self._committed: dict[Partition, int] = {}
        self._wanted: dict[Partition, int] = {}
        self._notes: dict[Partition, str] = {}
        self._committing = asyncio.Lock()

    def begin(self, offsets: Mapping[Partition, int], notes: Mapping[Partition, str] = NO_NOTES) -> None:
        """Take over what was committed at the beginning of an assignment, and what was noted to it."""
        self._committed, self._wanted, self._notes = dict(offsets), {}, dict(notes)

    async def commit(
        self, generation: int, offsets: Mapping[Partition, int], notes: Mapping[Partition, str] = NO_NOTES
    ) -> bool:
        """Commit for a generation, unless the group has gone on to another; whether that was done.

        Notes stay with their partitions until there are others.

        Raises:
            JobFailed: the brokers do not let this job commit.
            Stalled: the consumer is lost for another reason of the brokers'.

        """
        self._wanted.update(offsets)
        async with self._committing:
            return await self._commit(generation, offsets, notes)

    async def note(self, generation: int, notes: Mapping[Partition, str]) -> bool:
        """Commit the last offsets of partitions once more, with other notes; whether that was done. Raises as `commit`.

        A note may stand beside a later offset than it was written for.
        """
        async with self._committing:
            known = self._committed
            offsets = {key: max(known[key], self._wanted.get(key, 0)) for key in notes if key in known}
            return bool(offsets) and await self._commit(generation, offsets, notes)

    async def catch_up(self, generation: int, *, keep: bool) -> None:
        """Commit what is behind all events and no event itself; keep the positions, if that is wanted.

        Raises as `commit` does, and JobFailed where positions cannot be written.
        """
        async with self._committing:
            offsets = {key: max(offset, self._wanted.get(key, 0)) for key, offset in self._committed.items()}
            for key, (behind, position) in self._inside.reached.items():
                # Behind the last record that was handed out nothing was found up to the position.
                if behind <= offsets.get(key, -1) < position:
                    offsets[key] = position
            if keep:
                # What is committed again is still ours, and only its owner may say how far a partition is read.
                moved = self._positions.moved(offsets)
            else:
                moved = {key: offset for key, offset in offsets.items() if offset > self._committed[key]}
            if moved and await self._commit(generation, moved) and keep and self._lease.holds:
                await self._positions.keep(moved)

    async def _commit(
        self, generation: int, offsets: Mapping[Partition, int], notes: Mapping[Partition, str] = NO_NOTES
    ) -> bool:
        notes = {key: note for key in offsets if (note := notes.get(key, self._notes.get(key, "")))}
        try:
            try:
                done = await self._inside.commit(generation, offsets, notes)
            except aiokafka_errors.OffsetMetadataTooLargeError:
                # These brokers take none so long; whoever reads on is told nothing then, which is never wrong.
                done = await self._inside.commit(generation, offsets)
        except aiokafka_errors.KafkaError as error:
            raise lost(error, self._asked) from error
        if done:
            self._committed.update(offsets)
            # Not before: one of an assignment that is over says nothing of this one.
            self._notes.update(notes)
        else:
            log.info("commit_fenced job=%s partitions=%d", self._job, len(offsets))
        return done


def lost(error: BaseException, asked: Asked) -> StreamsError:
    """Say why a consumer cannot go on: for good, or until it is started anew."""
    code = KafkaError(error.errno) if isinstance(error, aiokafka_errors.BrokerResponseError) else None
    if code is not None and (refusal := asked.refused(code)) is not None:
        return refusal
    if isinstance(error, FATAL):
        return JobFailed(f"the brokers refuse the consumer: {_in_words(error)}")
    return Stalled(f"the consumer is lost: {_in_words(error)}")


def _in_words(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__} {error}".split())
