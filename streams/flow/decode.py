"""Bytes into membership events: what is not an event says what is wrong with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from pydantic import ValidationError

from schemas.membership import MAX_EVENT_BYTES, MembershipEvent

#: What `model_validate_json` calls, without its checks of arguments we do not pass: this runs for every event.
_VALIDATE = MembershipEvent.__pydantic_validator__.validate_json


class Record(Protocol):
    """A consumed Kafka record, as far as deciding needs it."""

    @property
    def topic(self) -> str: ...  # noqa: D102
    @property
    def partition(self) -> int: ...  # noqa: D102
    @property
    def offset(self) -> int: ...  # noqa: D102
    @property
    def key(self) -> bytes | None: ...  # noqa: D102
    @property
    def value(self) -> bytes | None: ...  # noqa: D102
    @property
    def headers(self) -> Sequence[tuple[str, bytes | None]] | None: ...  # noqa: D102


class Entry(NamedTuple):
    """One wanted event and the record it came in."""

    record: Record
    event: MembershipEvent


@dataclass(frozen=True, slots=True)
class Undecodable:
    """A record that is not an event, and why."""

    record: Record
    detail: str


def decode(value: bytes) -> MembershipEvent | str:
    """Read one value; the text says what is wrong where it is not an event."""
    if len(value) > MAX_EVENT_BYTES:
        return f"the value has {len(value)} bytes, more than {MAX_EVENT_BYTES}"
    try:
        return _VALIDATE(value)
    except ValidationError as error:
        # The input is left out: it is in the dead letter already, whole.
        faults = error.errors(include_input=False, include_url=False, include_context=False)
        return "; ".join(": ".join((".".join(map(str, fault["loc"])) or "value", fault["msg"])) for fault in faults)
