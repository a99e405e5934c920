"""Who has had a message of a job that sends each person one, or one a day: for everybody who is known, in memory."""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

_ID_BITS, _PARTITION_BITS = 128, 32
#: An entry is kept for so much longer than it counts, so that clocks that differ forget nobody too soon.
GRACE_SECONDS = 3600
#: Forgotten with one window at most.
FORGOTTEN_AT_ONCE = 1000


class LastMessage(NamedTuple):
    """The message that a person has had, in Unix seconds when, and in which partition of the input it was asked for."""

    message_id: str
    at: int
    partition: int


class LastMessages:
    """The last message of each person; one takes some 200 bytes with its key.

    `seconds` is for how long a person gets no other one.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        #: One number for each, the time first; whoever had one last stands last.
        self._known: dict[str, int] = {}

    def __len__(self) -> int:
        """How many people are known."""
        return len(self._known)

    def holds(self, one: LastMessage, now: float) -> bool:
        """Whether a message keeps its person from getting another one."""
        return now < one.at + self._seconds

    def of(self, profile_id: str) -> LastMessage | None:
        """The last message of a person that is known."""
        packed = self._known.get(profile_id)
        return None if packed is None else _unpacked(packed)

    def take(self, last: Mapping[str, LastMessage]) -> None:
        """Note who has had a message."""
        for profile_id, one in last.items():
            self._known.pop(profile_id, None)
            self._known[profile_id] = packed(one)

    def forget(self, now: float) -> dict[str, LastMessage]:
        """Let go of some that count no more; these."""
        forgotten: dict[str, LastMessage] = {}
        while self._known and len(forgotten) < FORGOTTEN_AT_ONCE:
            profile_id = next(iter(self._known))
            one = _unpacked(self._known[profile_id])
            if now < one.at + self._seconds + GRACE_SECONDS:
                break
            forgotten[profile_id] = one
            del self._known[profile_id]
        return forgotten

    def replace(self, known: Mapping[str, int]) -> None:
        """Know these, packed, and no others."""
        self._known = dict(sorted(known.items(), key=lambda one: one[1]))


def packed(one: LastMessage) -> int:
    """A message as one number; of two the larger is the later."""
    return (one.at << _PARTITION_BITS | one.partition) << _ID_BITS | UUID(one.message_id).int


def _unpacked(number: int) -> LastMessage:
    rest, message_id = number >> _ID_BITS, number & ((1 << _ID_BITS) - 1)
    return LastMessage(str(UUID(int=message_id)), rest >> _PARTITION_BITS, rest & ((1 << _PARTITION_BITS) - 1))
