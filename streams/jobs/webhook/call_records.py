"""The records of `infobip_calls`: what was called and answered, written before its event is committed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic_core import to_json

from schemas.records.call import CallMade
from streams.kafka.producer import OutgoingRecord
from streams.pipeline.offsets import Partition
from streams.pipeline.settle import Settled


@dataclass(frozen=True, slots=True)
class CallRecords:
    """What a webhook tells of its calls; it remembers nothing of them."""

    topic: str

    async def restore(self, partitions: Collection[Partition]) -> None:
        """Begin with partitions: there is nothing to read back."""

    def records(self, _: object, settled: Settled, __: datetime) -> list[OutgoingRecord]:
        """A record for each call, under its event's id, and in its trace."""
        made: Sequence[CallMade] = settled.notes or ()
        return [
            OutgoingRecord(
                self.topic, one.event_id.encode(), to_json(one), headers=settled.contexts.get(one.event_id, ())
            )
            for one in made
        ]

    @property
    def is_waiting(self) -> bool:
        """Whether it is being read back: never."""
        return False
