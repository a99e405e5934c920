"""The records of `infobip_repairs_<job>`: orders and marks, and how far a process has come with them. Quiet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from schemas.records.repairs import RepairMark, RepairOrder, RepairProgress
from streams.kafka.producer import OutgoingRecord
from streams.pipeline.offsets import Partition

#: What brokers take by default is a megabyte.
ORDER_BYTES_MAX = 500_000
PEOPLE_MAX = 1000

Headers = Sequence[tuple[str, bytes | None]]


@dataclass(frozen=True, slots=True)
class Head:
    """An order as its headers tell of it, and where it stands."""

    place: Partition
    offset: int
    repair_id: str
    action: str
    tag: str
    people: int


@dataclass(frozen=True, slots=True)
class Mark:
    """That a repair begins, or is given up: what was ordered before in this partition is not to be carried out."""

    partition: int
    offset: int


def order_record(topic: str, order: RepairOrder) -> OutgoingRecord:
    """An order, in the partition that it is about."""
    said = {"what": "order", "topic": order.topic, "action": order.action, "tag": order.tag or ""}
    headers = [*said.items(), ("people", str(len(order.people)))]
    return OutgoingRecord(
        topic,
        order.repair_id.encode(),
        order.model_dump_json().encode(),
        order.partition,
        [(name, value.encode()) for name, value in headers],
    )


def mark_record(topic: str, partition: int, mark: RepairMark) -> OutgoingRecord:
    """A mark in one of the partitions."""
    headers = [("what", mark.what.encode())]
    return OutgoingRecord(topic, mark.repair_id.encode(), mark.model_dump_json().encode(), partition, headers)


def latest_mark_record(states: str, mark: RepairMark) -> OutgoingRecord:
    """The same, where whoever waits for orders hears of it."""
    return OutgoingRecord(states, _latest_key(mark.job), mark.model_dump_json().encode())


def read_latest_mark(job: str, key: bytes | None, value: bytes | None) -> RepairMark | None:
    """The mark that a record is, of a job; None where it is something else."""
    if value is None or key != _latest_key(job):
        return None
    try:
        return RepairMark.model_validate_json(value)
    except ValidationError:
        return None


def _latest_key(job: str) -> bytes:
    return f"{job}/repair".encode()


def read_head(partition: int, offset: int, key: bytes | None, headers: Headers | None) -> Head | Mark | None:
    """What stands there; None for what is none of ours."""
    said = {name: (value or b"").decode(errors="replace") for name, value in headers or ()}
    if said.get("what") in ("begun", "stopped"):
        return Mark(partition, offset)
    people = said.get("people", "")
    if said.get("what") != "order" or key is None or not people.isdecimal():
        return None
    place = (said.get("topic", ""), partition)
    return Head(place, offset, key.decode(errors="replace"), said.get("action", ""), said.get("tag", ""), int(people))


def read_order(value: bytes | None) -> RepairOrder | None:
    """An order; None where it is not one, as a newer version's may be."""
    try:
        return RepairOrder.model_validate_json(value or b"")
    except ValidationError:
        return None


def is_of(head: Head, order: RepairOrder | None) -> bool:
    """Whether an order is the one that its headers told of: the topic may be another one by now."""
    if order is None:
        return False
    said = (head.place, head.repair_id, head.action, head.tag)
    return said == ((order.topic, order.partition), order.repair_id, order.action, order.tag or "")


def progress_key(job: str, place: Partition) -> bytes:
    """What is noted under which key of a partition."""
    topic, number = place
    return f"{job}/repair/{topic}-{number}".encode()


def progress_record(states: str, said: RepairProgress) -> OutgoingRecord:
    """How far the orders of a partition are carried out."""
    key = progress_key(said.job, (said.topic, said.partition))
    return OutgoingRecord(states, key, said.model_dump_json().encode())


def read_progress(job: str, key: bytes | None, value: bytes | None) -> RepairProgress | None:
    """What a record says of a job's repairs; None where it speaks of something else."""
    if value is None or not (key or b"").startswith(f"{job}/repair/".encode()):
        return None
    try:
        return RepairProgress.model_validate_json(value)
    except ValidationError:
        return None


def orders_done(progress: Mapping[Partition, RepairProgress], repair_id: str) -> Mapping[Partition, int]:
    """By partition, how many orders of a repair are carried out."""
    return {place: said.orders for place, said in progress.items() if said.repair_id == repair_id}
