"""How a simulated Infobip behaves, with a switch for everything that Infobip does not publish."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from streams.errors import ConfigurationError
from streams.sandbox.infobip.operations import OPERATIONS


def _demo_keys() -> dict[str, frozenset[str]]:
    return {"demo-key": frozenset({"people:read", "people:manage"})}


@dataclass(frozen=True, slots=True)
class SimulatorOptions:
    """The switches of one simulated account.

    `limits` overrides the published requests per second by operation (None there: unlimited); None instead of
    the mapping switches all throttling off.
    """

    host: str = "127.0.0.1"
    port: int = 0
    api_keys: Mapping[str, frozenset[str]] = field(default_factory=_demo_keys)
    limits: Mapping[str, int | None] | None = field(default_factory=dict)
    latency_seconds: float = 0.0
    max_body_bytes: int = 32 * 1024 * 1024
    faults: tuple[str, ...] = ()

    # What the reference marks as unknown.
    retry_after: Literal["seconds", "date"] | None = "seconds"
    v2_errors: Literal["native", "classic"] = "native"
    invalid_items: Literal["item", "request"] = "item"
    unknown_tag_in_upsert: Literal["reject", "create", "ignore"] = "reject"
    two_people: Literal["conflict", "first"] = "conflict"
    upsert_without_identifier: Literal["reject", "create"] = "reject"
    unknown_people_in_tag_batch: Literal["ignore", "report", "refuse", "create"] = "ignore"
    read_only_properties: Literal["reject", "ignore"] = "reject"
    null_values: Literal["keep", "clear"] = "keep"
    phone_plus: Literal["strip", "reject"] = "strip"
    tagging_modifies_person: bool = True
    attributes_missing_is_404: bool = False
    persons_key: str = "persons"
    total_count_key: str | None = "totalCount"  # None: never told, though asked for
    tie_order: Literal["stable", "shuffled"] = "stable"
    tags_envelope: Literal["object", "array"] = "object"
    show_primary: bool = False

    def __post_init__(self) -> None:
        """Refuse a limit on an operation that there is not: it would silently limit nothing."""
        unknown = sorted(set(self.limits or ()) - OPERATIONS.keys())
        if unknown:
            raise ConfigurationError([f"limits: there is no operation {name!r}" for name in unknown])

    def limit_of(self, operation: str) -> int | None:
        """Return the requests per second of an operation, None when it is not limited."""
        if self.limits is None:
            return None
        return self.limits.get(operation, OPERATIONS[operation].requests_per_second)
