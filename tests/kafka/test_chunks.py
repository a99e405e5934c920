from faust.types import TP

from streams.kafka.chunks import CHUNK_RECORDS, ChunkScheduler
from tests.making import FakeRecord


class Fetched(FakeRecord):
    timestamp = 0
    timestamp_type = 0


def test_every_record_is_in_one_chunk_of_its_partition_in_order() -> None:
    fetched = {
        TP("memberships", 0): [Fetched(b"", offset, partition=0) for offset in range(CHUNK_RECORDS + 7)],
        TP("memberships", 1): [Fetched(b"", offset, partition=1) for offset in range(3)],
    }
    chunks = list(ChunkScheduler().iterate(fetched))
    assert [(tp.partition, chunk.offset, len(chunk.value)) for tp, chunk in chunks] == [
        (0, CHUNK_RECORDS - 1, CHUNK_RECORDS),
        (1, 2, 3),
        (0, CHUNK_RECORDS + 6, 7),
    ]
