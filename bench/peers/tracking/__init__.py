"""Who says what became of messages: our service, and what else one could run in its place."""

from datetime import UTC, datetime
from typing import Any

MESSAGES, REPORTS = "infobip_messages", "infobip_delivery_reports"
OUTCOMES = "infobip_message_outcomes"
PARTITIONS = 8
#: What a peer keeps on its disk lies in this folder of its options' folder.
STATE = "state"
#: Infobip's status groups as outcomes; all of them are final.
GROUPS = {2: "UNDELIVERABLE", 3: "DELIVERED", 4: "EXPIRED", 5: "REJECTED"}
LINEAGE = ("message_id", "job", "channel", "event_id", "profile_id", "audience", "to")


def outcome(message: dict[str, Any], report: dict[str, Any]) -> dict[str, Any]:
    """What became of a message, by its record and its report, as peers write it."""
    return {
        **{name: message[name] for name in LINEAGE},
        "outcome": GROUPS[report["status_group_id"]],
        "status_name": report["status_name"],
        "error_name": report["error_name"],
        "final": True,
        "reason": "reported",
        "sent_at": message["sent_at"],
        "done_at": report["done_at"],
        "decided_at": datetime.now(UTC).isoformat(),
    }
