"""What is told of a delivered window: its dead letters, what it changes of the job's state, and its flush record."""

import time
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pydantic_core import to_json

from schemas.records.outcomes import DeadLetter, Flush, Outcome
from streams.agents.inflight import InflightWindow
from streams.agents.state import PartitionState
from streams.kafka.producer import OutgoingRecord, RecordWriter
from streams.kafka.shorten import shorter_letter
from streams.kafka.topics import TopicNames
from streams.observer import JobObserver
from streams.pipeline.processor import Batch
from streams.pipeline.settle import Failure, Settled, dead_letter, flush_record
from streams.pipeline.trace_context import context_of

#: A dead letter may weigh a megabyte, and on its way to the broker several times as much.
DEAD_LETTERS_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Done:
    """What became of work that no records asked for: outcomes, and who could not be helped."""

    outcomes: Mapping[Outcome, int]
    letters: Sequence[DeadLetter] = ()
    left_out_fields: Mapping[str, int] = field(default_factory=dict)


class WindowsTold:
    """Writes down what became of the windows of one job, and tells whoever counts."""

    def __init__(
        self,
        job: str,
        names: TopicNames,
        writer: RecordWriter,
        state: Sequence[PartitionState],
        observer: JobObserver,
    ) -> None:
        self._job, self._names, self._writer, self._state, self._observer = job, names, writer, state, observer
        #: What the brokers call each topic now.
        self.topic_ids: Mapping[str, str] = {}

    async def tell(self, inflight: InflightWindow, batch: Batch, settled: Settled) -> None:
        """Tell of a window, or a part of one; returns once the brokers have all of it."""
        await self._bury([self._letter(failure) for failure in settled.failures])
        await self._writer.write(self._records(inflight, batch, settled))
        self._observer.settled(settled.outcomes.items(), time.monotonic() - batch.window.opened_at)
        self._observer.buried(failure.reason for failure in settled.failures)
        self._observer.sent((message.channel, message.message_status) for message in settled.messages)
        _begin_anew(inflight)

    async def tell_of_work(self, inflight: InflightWindow, done: Done, began_at: float) -> None:
        """Tell of what no records asked for, which began then on the steady clock."""
        names, now, seconds = self._names, datetime.now(UTC), time.monotonic() - began_at
        await self._bury(
            [
                OutgoingRecord(names.dead_letters, (one.key or "").encode(), to_json(one), shorten=shorter_letter)
                for one in done.letters
            ]
        )
        flush = Flush(
            job=self._job,
            partitions=(),
            events=sum(done.outcomes.values()),
            outcomes=dict(done.outcomes),
            calls=dict(inflight.calls),
            retries=inflight.retries,
            answers={operation: dict(by_status) for operation, by_status in inflight.answers.items()},
            left_out_fields=dict(done.left_out_fields),
            seconds=round(seconds, 6),
            flushed_at=now,
        )
        await self._writer.write([self._flush(flush)])
        self._observer.settled(done.outcomes.items(), seconds)
        self._observer.buried(one.reason for one in done.letters)
        _begin_anew(inflight)

    async def _bury(self, letters: Sequence[OutgoingRecord]) -> None:
        for first in range(0, len(letters), DEAD_LETTERS_AT_ONCE):
            await self._writer.write(letters[first : first + DEAD_LETTERS_AT_ONCE])

    def _letter(self, failure: Failure) -> OutgoingRecord:
        letter = dead_letter(self._job, failure, now=datetime.now(UTC))
        key, context = failure.record.key, context_of(failure.record.headers)
        return OutgoingRecord(self._names.dead_letters, key, to_json(letter), headers=context, shorten=shorter_letter)

    def _records(self, inflight: InflightWindow, batch: Batch, settled: Settled) -> list[OutgoingRecord]:
        window, now = batch.window, datetime.now(UTC)
        records = [one for state in self._state for one in state.records(batch, settled, now)]
        if not settled.window.records:  # people of superseded events, of whom nothing is left to tell
            return records
        flush = flush_record(
            self._job,
            settled.window,
            settled,
            calls=inflight.calls,
            answers=inflight.answers,
            retries=inflight.retries,
            seconds=time.monotonic() - window.opened_at,
            now=now,
        )
        return [*records, self._flush(flush.of_topics(self.topic_ids))]

    def _flush(self, flush: Flush) -> OutgoingRecord:
        return OutgoingRecord(self._names.flushes, self._job.encode(), flush.model_dump_json().encode())


def _begin_anew(inflight: InflightWindow) -> None:
    inflight.calls, inflight.answers, inflight.retries = Counter(), defaultdict(Counter), 0
