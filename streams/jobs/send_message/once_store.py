"""Who has had a message of a job that sends one to each person: kept in a compacted topic, beside the input.

The topic has the partitions of the input, so the state of a partition travels with it: it is read back on assignment,
and acknowledged before the offsets of its window are committed. A process that is killed in between sends its window
again, under the same ids, and notes the same messages.
"""

import logging
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from confluent_kafka import Message

from schemas.records.states import LastMessage as LastMessageRecord
from streams.jobs.send_message.last_messages import LastMessage, LastMessages, packed
from streams.kafka.compacted import read_in_thread, read_topic
from streams.kafka.producer import OutgoingRecord
from streams.pipeline.offsets import Partition
from streams.pipeline.settle import Settled

log = logging.getLogger(__name__)


class LastMessageStore:
    """The last messages of people of the partitions this process owns.

    `existing` asks the brokers for the number of partitions of every topic.
    """

    def __init__(
        self,
        topic: str,
        inputs: Collection[str],
        last: LastMessages,
        settings: dict[str, Any],
        existing: Callable[[], Mapping[str, int]],
    ) -> None:
        self.last = last
        self._topic, self._inputs, self._settings, self._existing = topic, inputs, settings, existing
        self._partitions = 1

    async def restore(self, partitions: Collection[Partition]) -> None:
        """Read the state of these partitions back, to the end as it is now, however long the brokers are away."""
        wanted = sorted(number for _, number in partitions)
        self.last.replace({})
        if wanted:
            self._partitions, known = await read_in_thread(partial(self._read, wanted))
            self.last.replace(known)
            log.info(
                "last_messages_restored topic=%s partitions=%d profiles=%d", self._topic, len(wanted), len(self.last)
            )

    @property
    def is_waiting(self) -> bool:
        """Whether it is being read back: that does not take long enough to be told."""
        return False

    def records(self, _: object, settled: Settled, now: datetime) -> list[OutgoingRecord]:
        """Who has had a message by what was settled; what counts no more is forgotten along with it."""
        last: Mapping[str, LastMessage] = settled.notes or {}
        taken = [self._record(profile_id, one, _written(one)) for profile_id, one in last.items()]
        gone = self.last.forget(now.timestamp()) if taken else {}
        return [*taken, *(self._record(profile_id, one, None) for profile_id, one in gone.items())]

    def _record(self, profile_id: str, one: LastMessage, value: bytes | None) -> OutgoingRecord:
        return OutgoingRecord(self._topic, profile_id.encode(), value, one.partition % self._partitions)

    def _read(self, wanted: list[int], still_wanted: Callable[[], bool]) -> tuple[int, dict[str, int]]:
        """How many partitions the state has, and the messages.

        Of each person the latest counts, whoever wrote it last. Where the input has another number of partitions by
        now, people may have moved between them, and all of the state is read.
        """
        existing = self._existing()
        partitions = existing[self._topic]
        if any(existing.get(topic) != partitions for topic in self._inputs):
            wanted = list(range(partitions))
        known: dict[str, int] = {}
        for message in read_topic(self._settings, self._topic, wanted, still_wanted):
            profile_id, value = (message.key() or b"").decode(), message.value()
            if value is None:
                known.pop(profile_id, None)
            elif (one := self._read_one(message)) is not None:
                known[profile_id] = max(packed(one), known.get(profile_id, 0))
        return partitions, known

    def _read_one(self, message: Message) -> LastMessage | None:
        try:
            said = orjson.loads(message.value())
            at = datetime.fromisoformat(said["sent_at"]).timestamp()
            return LastMessage(str(UUID(said["message_id"])), int(at), message.partition())
        except (ValueError, TypeError, KeyError):
            log.warning("last_message_unreadable topic=%s offset=%d", self._topic, message.offset())
            return None


def _written(one: LastMessage) -> bytes:
    sent_at = datetime.fromtimestamp(one.at, UTC)
    return LastMessageRecord(message_id=one.message_id, sent_at=sent_at).model_dump_json().encode()
