"""How far partitions are stored, as values. Quiet."""

from dataclasses import dataclass
from typing import NamedTuple


class Place(NamedTuple):
    """One partition of a topic."""

    topic: str
    partition: int


@dataclass(frozen=True, slots=True)
class Step:
    """How far a partition comes by a batch: from the first offset that was not stored yet to the one after its last."""

    place: Place
    old: int
    new: int
