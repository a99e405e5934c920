"""What tests of repairs are made of."""

from typing import Any

from schemas.records.repairs import RepairOrder, RepairPerson
from tests.fakes.infobip import NOW
from tests.jobs.export_audience.membership_fakes import TOPIC

REPAIR = "9d1f3c0a7b52"


def person(*names: str, profile_id: str | None = None, exists: bool | None = True, **fields: Any) -> RepairPerson:
    """Somebody who differs, by their email or by other names."""
    written = tuple(name if " " in name else f"EMAIL {name}@example.com" for name in names)
    return RepairPerson(profile_id=profile_id, names=written, exists=exists, fields=fields)


def order(*people: RepairPerson, action: str = "add", **changes: Any) -> RepairOrder:
    """An order about people of the first partition."""
    said = {
        "repair_id": REPAIR,
        "job": "vip",
        "topic": TOPIC,
        "topic_id": "first",
        "partition": 0,
        "as_of": 0,
        "action": action,
        "tag": None if action == "fields" else "VIP",
        "people": people,
        "ordered_at": NOW,
    }
    return RepairOrder.model_validate({**said, **changes})
