"""What was read, as records for the brokers."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from schemas.records.outcomes import DeadLetter
from streams import exact_json
from streams.kafka.producer import OutgoingRecord, RecordWriter
from streams.kafka.topics import TopicNames
from streams.receiver.reading import Channel, Reading, Told, Topic, Unreadable, What

REASON = "unreadable_report"


class Publisher:
    """Writes readings to the topics of a file, and what is unreadable to its dead letters."""

    def __init__(self, writer: RecordWriter, names: TopicNames) -> None:
        self._writer, self._dead_letters = writer, names.dead_letters
        self._topics: Mapping[Topic, str] = {
            "delivery_reports": names.delivery_reports,
            "clicks": names.clicks,
            "inbound_messages": names.inbound_messages,
            "consents": names.consents,
        }

    async def publish(self, what: What, channel: Channel, reading: Reading) -> None:
        """Return once all is acknowledged, however long the brokers are away.

        Raises:
            JobFailed: the brokers refuse a record for good.
            WriterLost: nothing can be written any more.

        """
        await self._writer.write([*map(self._record, reading.records), *self._letters(what, channel, reading.unreadable)])

    def _record(self, told: Told) -> OutgoingRecord:
        key = None if told.key is None else told.key.encode()
        return OutgoingRecord(self._topics[told.topic], key, exact_json.write(told.value))

    def _letters(self, what: What, channel: Channel, unreadable: Iterable[Unreadable]) -> Iterable[OutgoingRecord]:
        for one in unreadable:
            letter = dead_letter(what, channel, one)
            yield OutgoingRecord(self._dead_letters, None, letter.model_dump_json().encode())


def dead_letter(what: What, channel: Channel, one: Unreadable) -> DeadLetter:
    """What holds an entry, or a body, that nobody can read."""
    raise NotImplementedError
