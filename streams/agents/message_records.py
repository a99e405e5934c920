"""The records of `infobip_messages`: what became of each message, written before its event is committed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from streams.kafka.producer import OutgoingRecord
from streams.kafka.shorten import shorter_message
from streams.pipeline.offsets import Partition
from streams.pipeline.settle import Settled


@dataclass(frozen=True, slots=True)
class MessageRecords:
    """What a send tells of its messages; it remembers nothing of them."""

    topic: str

    async def restore(self, partitions: Collection[Partition]) -> None:
        """Begin with partitions: there is nothing to read back."""

    def records(self, _: object, settled: Settled, __: datetime) -> list[OutgoingRecord]:
        """A record for each message, under its id, in the trace of the event that asked for it."""
        contexts = settled.contexts
        return [
            OutgoingRecord(
                self.topic,
                one.message_id.encode(),
                one.value,
                headers=contexts.get(one.message_id, ()),
                shorten=shorter_message,
            )
            for one in settled.messages
        ]

    @property
    def is_waiting(self) -> bool:
        """Whether it is being read back: never."""
        return False
