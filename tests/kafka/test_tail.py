"""The end of a topic is known as soon as it is reached: whoever begins waits for it."""

import asyncio
from collections import deque
from dataclasses import dataclass
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from streams.kafka import tail as tails
from streams.kafka.tail import tail

TOPIC = "commands"


@dataclass(frozen=True)
class Record:
    number: int
    code: int | None = None

    def offset(self) -> int:
        return self.number

    def error(self) -> KafkaError | None:
        return None if self.code is None else KafkaError(self.code)


class Library:
    """A consumer; `ends` are its answers to where the topic ends, the last of them for ever."""

    def __init__(self, *ends: int | KafkaError, records: list[Record]) -> None:
        self._ends, self._records = deque(ends), deque(records)
        self.said: list[str] = []

    def get_watermark_offsets(self, *_: object, timeout: float) -> tuple[int, int]:
        assert timeout > 0
        self.said.append("asked")
        end = self._ends.popleft() if len(self._ends) > 1 else self._ends[0]
        if isinstance(end, KafkaError):
            raise KafkaException(end)
        return 0, end

    def assign(self, places: list[Any]) -> None:
        self.said.append(f"assigned {len(places)}")

    def poll(self, _: float) -> Record | None:
        return self._records.popleft() if self._records else None

    def consume(self, most: int, seconds: float) -> list[Record]:
        assert seconds == 0, "nobody waits for more than has come"
        return [self._records.popleft() for _ in range(min(most, len(self._records)))]

    def close(self) -> None:
        self.said.append("closed")


def reading(monkeypatch: pytest.MonkeyPatch, library: Library, reads: int) -> list[tuple[int, bool]]:
    """Whether the end was met, and how many records were read, after each of so many reads."""

    async def read() -> list[tuple[int, bool]]:
        found = []
        async with tail({}, TOPIC) as reader:
            found.append((0, reader.caught_up))
            for _ in range(reads):
                records = await reader.read()
                found.append((len(records), reader.caught_up))
        return found

    monkeypatch.setattr(tails, "Consumer", lambda _: library)
    return asyncio.run(read())


def test_nothing_is_waited_for_in_an_empty_topic(monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library(0, records=[])
    assert reading(monkeypatch, library, 0) == [(0, True)]
    assert library.said == ["asked", "assigned 1", "closed"]


def test_the_last_record_that_was_there_is_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    records = [Record(number) for number in range(3)]
    assert reading(monkeypatch, Library(3, records=records), 1) == [(0, False), (3, True)]


def test_behind_a_gap_the_library_tells_of_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    records = [Record(0), Record(7, KafkaError._PARTITION_EOF)]
    assert reading(monkeypatch, Library(7, records=records), 1) == [(0, False), (1, True)]


def test_a_topic_that_was_made_just_now_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library(KafkaError(KafkaError.UNKNOWN_TOPIC_OR_PART), 0, records=[])
    assert reading(monkeypatch, library, 0) == [(0, True)]
    assert library.said == ["asked", "asked", "assigned 1", "closed"]


def test_where_the_brokers_do_not_say_it_is_read_even_so(monkeypatch: pytest.MonkeyPatch) -> None:
    library = Library(KafkaError(KafkaError.INVALID_REQUEST), records=[Record(0), Record(1, KafkaError._PARTITION_EOF)])
    assert reading(monkeypatch, library, 1) == [(0, False), (1, True)]
