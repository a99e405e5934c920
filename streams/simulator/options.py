"""How a simulated Infobip behaves, with a switch for everything that Infobip does not publish."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from streams.errors import ConfigurationError
from streams.simulator.feedback.fates import read_fates
from streams.simulator.operations import OPERATIONS, Bucket, Limit
from streams.simulator.statuses import parse_statuses

UnknownKeys = Literal["take", "refuse"]


def _demo_keys() -> dict[str, frozenset[str]]:
    return {"demo-key": frozenset(scope for operation in OPERATIONS.values() for scope in operation.scopes)}


@dataclass(frozen=True, slots=True)
class SimulatorOptions:
    """The switches of one simulated account.

    `limits` overrides the published requests per second by operation (None there: unlimited); None instead of
    the mapping switches all throttling off.
    """

    host: str = "127.0.0.1"
    port: int = 0
    api_keys: Mapping[str, frozenset[str]] = field(default_factory=_demo_keys)
    limits: Mapping[str, float | None] | None = field(default_factory=dict)
    latency_seconds: float = 0.0
    max_body_bytes: int = 32 * 1024 * 1024
    faults: tuple[str, ...] = ()
    ca_file: Path | None = None
    """Where the certificate is written that it is trusted by: it speaks https then, and nothing else."""

    statuses: tuple[str, ...] = ()
    """Which destinations get which status: lines such as `4477*=52`, of which the last that fits counts."""
    flooding_filter: bool = False
    logs_lag_seconds: float = 0.0
    whatsapp_templates: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    """The templates of each sender: name, language, status, category, structure."""

    report_delay_seconds: float | None = 1.0
    """How long after a message its report is made, where its fate does not say; None: there are no reports at all."""
    fates: tuple[str | Mapping[str, Any], ...] = ()
    """What becomes of messages that were taken: lines such as `4477*=expired`, of which the last that fits counts;
    others are delivered. The command has `DEFAULT_FATES` before its own."""
    time_scale: float = 1.0
    """How many times faster than Infobip's the minutes pass until what was not acknowledged is posted again."""
    numbers: tuple[str, ...] | None = None
    """The numbers and senders that inbound messages can be configured for; None: whichever is named."""

    unknown_keys: UnknownKeys = "take"
    """What becomes of keys of a message, and of parameters of its logs, that Infobip does not publish."""

    ids_key: str = "ids"
    """What the array of ids is called in calls to lists."""

    # What the reference marks as unknown.
    retry_after: Literal["seconds", "date"] | None = "seconds"
    v2_errors: Literal["native", "classic"] = "native"
    invalid_items: Literal["item", "request"] = "item"
    contacts: Literal["form", "exist"] = "form"  # exist: by their plan; emails begin with a letter or digit
    unknown_tag_in_upsert: Literal["reject", "create", "ignore"] = "reject"
    two_people: Literal["conflict", "first"] = "conflict"
    upsert_without_identifier: Literal["reject", "create"] = "reject"
    unknown_people_in_tag_batch: Literal["ignore", "report", "refuse", "create"] = "ignore"
    people_matched_twice: Literal["once", "each"] = "once"  # asked for under two of their identities
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
    duplicate_scope: Literal["account", "channel"] = "account"
    rejected_ids_taken: bool = True
    rejected_are_reported: bool = False  # what was rejected in the answer gets a report as well
    pulled_first: Literal["oldest", "newest"] = "oldest"
    whatsapp_callback_data: bool = False  # in delivery reports, whose schema has none
    hmac_header: str = "X-Infobip-Signature"
    hmac_encoding: Literal["hex", "base64"] = "hex"

    def __post_init__(self) -> None:
        """Refuse a limit on an operation that there is not, or a status: either would silently do nothing."""
        unknown = sorted(set(self.limits or ()) - OPERATIONS.keys())
        if unknown:
            raise ConfigurationError([f"limits: there is no operation {name!r}" for name in unknown])
        if self.time_scale <= 0 or (self.report_delay_seconds or 0) < 0:
            raise ConfigurationError(["time_scale must be positive, and report_delay_seconds must not be negative"])
        parse_statuses(self.statuses)
        read_fates(self.fates)

    def limit_of(self, operation: str) -> Limit | Bucket | None:
        """Return how often an operation may be called, None when that is not limited."""
        if self.limits is None:
            return None
        if operation not in self.limits:
            return OPERATIONS[operation].limit
        per_second = self.limits[operation]
        return None if per_second is None else _limit(per_second)


def _limit(per_second: float) -> Limit:
    """Return a rate as whole requests in a window, which is longer than a second where the rate is less than one."""
    requests = math.ceil(per_second) if per_second < 1 else math.floor(per_second)
    return Limit(requests, requests / per_second) if requests else Limit(0)
