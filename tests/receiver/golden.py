"""Golden cases: what Infobip sends to an address, and the records that it tells."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import yaml
from pydantic import BaseModel

from schemas.records.exported import MODELS
from streams.receiver.forms import read, read_entries
from streams.receiver.reading import Reading, Told
from streams.receiver.triggers import Trigger, Triggers

FOLDER = Path(__file__).parents[1] / "golden" / "receiver"
NOW = "2026-11-20T10:00:00.000Z"
BACK = '{"job":"orders","event_id":"e-1","profile_id":"u-42","audience":"vip","order":"7"}'
TRIGGERS = Triggers(
    [
        Trigger("takes-all", "sms", "+44 7860 099299"),
        Trigger("takes-orders", "sms", "447860099299", "Order"),
        Trigger("too-late", "sms", "447860099299", "ORDER"),
        Trigger("elsewhere", "mms", "25256", "ORDER"),
    ]
)
#: The field that tells a record from all others; a consent has none.
IDS: Mapping[str, str] = {"delivery_reports": "report_id", "clicks": "click_id", "inbound_messages": "inbound_id"}


def cases() -> Iterator[dict[str, Any]]:
    """Every case, in a copy of its own."""
    for path in sorted(FOLDER.glob("*.yaml")):
        yield from orjson.loads(_read(path))


@cache
def _read(path: Path) -> bytes:
    said = path.read_text().replace("'$BACK'", "$BACK").replace("$NOW", f'"{NOW}"')
    return orjson.dumps(yaml.safe_load(said.replace("$BACK", f"'{BACK}'")))


def play(case: Mapping[str, Any], received_at: str = NOW) -> Reading:
    """Read the body of a case as it comes, or the entries of a page that was asked for."""
    what, channel = case["address"].split("/")
    source = case.get("source", "webhook")
    if source == "webhook":
        body = orjson.dumps(case["body"])
        return read(what, channel, body, received_at=received_at, source=source, triggers=TRIGGERS)
    entries = case["body"]["results"]
    return read_entries(what, channel, entries, received_at=received_at, source=source, triggers=TRIGGERS)


def model_of(topic: str) -> type[BaseModel]:
    return MODELS[f"infobip_{topic}"]


def fields_of(topic: str) -> list[str]:
    """The fields of a record as they are written, in their order."""
    return [field.alias or name for name, field in model_of(topic).model_fields.items()]


def expected(case: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The records of a case, with the fields that it leaves out, but without their ids."""
    source = case.get("source", "webhook")
    whole = []
    for one in case["told"]:
        topic = one.pop("topic")
        given = {"received_at": NOW, "source": source, **one}
        value = {name: given.get(name) for name in fields_of(topic) if name != IDS.get(topic)}
        assert one.keys() <= value.keys()
        whole.append({"topic": topic, **value})
    return whole


def without_id(told: Told) -> dict[str, Any]:
    """A record as a case has it."""
    return {"topic": told.topic, **{name: value for name, value in told.value.items() if name != IDS.get(told.topic)}}
