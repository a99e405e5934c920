"""What was read, as records for the brokers."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from pydantic_core import to_json

from streams import exact_json
from streams.kafka.producer import OutgoingRecord, RecordWriter
from streams.kafka.shorten import shorter_letter, shorter_told
from streams.kafka.topics import TopicNames
from streams.observer import UNOBSERVED, ReportObserver
from streams.receiver.dead_letters import unreadable_report
from streams.receiver.reading import Channel, Reading, Told, Topic, Unreadable, What

#: What keys may take at most: no id or address of Infobip's comes near, and a record is not cut by its key.
KEY_BYTES_MAX = 16_384


class Publisher:
    """Writes readings to the topics of a file, and what is unreadable to its dead letters; `observer` is told of it."""

    def __init__(self, writer: RecordWriter, names: TopicNames, observer: ReportObserver = UNOBSERVED) -> None:
        self._writer, self._dead_letters, self._observer = writer, names.dead_letters, observer
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
        await self._writer.write(
            [*map(self._record, reading.records), *self._letters(what, channel, reading.unreadable)]
        )
        self._observer.told(what, channel, len(reading.records), len(reading.unreadable))

    def _record(self, told: Told) -> OutgoingRecord:
        key = None if told.key is None else told.key.encode()
        if key is not None and len(key) > KEY_BYTES_MAX:
            key = None
        # A copy, because what is written lies in a buffer of the writer's, ten times as large.
        value = bytes(memoryview(exact_json.write(told.value)))
        return OutgoingRecord(self._topics[told.topic], key, value, shorten=shorter_told)

    def _letters(self, what: What, channel: Channel, unreadable: Iterable[Unreadable]) -> Iterable[OutgoingRecord]:
        for one in unreadable:
            told = replace(one, detail=f"/{what}/{channel}: {one.detail}")
            letter = unreadable_report(told, now=datetime.now(UTC))
            yield OutgoingRecord(self._dead_letters, None, to_json(letter), shorten=shorter_letter)
