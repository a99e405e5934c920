"""What JSON looks like that is no event: an envelope around one, or another's way to write one."""

import re
from collections.abc import Mapping
from typing import Any

from streams.exact_json import read_text
from streams.pipeline.foreign_formats import PLAIN, looks_like

NEEDED = ("action", "audience", "profile_id")
_UNWRAP = "add Debezium's transformation ExtractNewRecordState and publish rows that are events"
#: Keys that tell an envelope, what it is, and what to do instead; the first that fits is told.
_ENVELOPES: tuple[tuple[frozenset[str], str, str], ...] = (
    (frozenset({"before", "after", "op"}), "a change of Debezium", _UNWRAP),
    (frozenset({"before", "after", "source"}), "a change of Debezium", _UNWRAP),
    (
        frozenset({"schema", "payload"}),
        "Kafka Connect's JsonConverter with its schema",
        "set `value.converter.schemas.enable=false`",
    ),
    (
        frozenset({"specversion", "type"}),
        "a CloudEvent",
        "publish what is its `data` (or as a binary CloudEvent, whose value is only that)",
    ),
    (frozenset({"operationType", "fullDocument"}), "a change of MongoDB", "publish what is its `fullDocument`"),
    (frozenset({"database", "table", "type", "data"}), "a change of Maxwell or Canal", "publish what is its `data`"),
    (frozenset({"detail-type", "detail"}), "an event of EventBridge", "publish what is its `detail`"),
    (frozenset({"Type", "Message", "TopicArn"}), "a notification of SNS", "turn on raw message delivery"),
    (frozenset({"type", "userId", "messageId"}), "an event of Segment", PLAIN),
)
#: Types by which others say what a value is: `{"string": "enter"}`, `{"S": "enter"}`.
_TYPED = {"string": "Avro's JSON", "S": "JSON of DynamoDB", "stringValue": "JSON of Firestore"}
#: What may be told of a document: a key as programmers call one, never what could be a person's name or address.
_is_key = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,39}").fullmatch
_DEEPEST = 2


def envelope_of(said: Any) -> str | None:
    """Say what JSON that is no event looks like, and what to do; None where nothing is known of it."""
    match said:
        case str():
            return _in_a_text(said)
        case [dict() as first, *_] if _is_event(first):
            return "looks like a list of events: publish each as a record of its own"
        case dict():
            return _known(said) or _typed(said) or _inside(said) or _spelt(said)
    return None


def _is_event(said: Any) -> bool:
    return isinstance(said, dict) and said.keys() >= set(NEEDED)


def _in_a_text(text: str) -> str | None:
    try:
        inside = read_text(text)
    except (ValueError, RecursionError):
        return looks_like(text.encode(errors="replace"))
    if not isinstance(inside, dict | list | str):
        return None
    return "looks like JSON that was encoded twice (a text that holds JSON): publish it encoded once"


def _known(said: Mapping[str, Any]) -> str | None:
    found = next((envelope for envelope in _ENVELOPES if said.keys() >= envelope[0]), None)
    if found is None:
        return None
    keys, name, instead = found
    payload = said.get("payload")
    if "schema" in keys and isinstance(payload, dict) and payload.keys() >= {"after", "op"}:
        return f"looks like a change of Debezium in {name}: {instead}, and {_UNWRAP}"
    return f"looks like {name}: {instead}"


def _typed(said: Mapping[str, Any]) -> str | None:
    match said.get("action"), said.get("audience"):
        case ({**action}, _) | (_, {**action}) if len(action) == 1 and (kind := next(iter(action))) in _TYPED:
            return f"looks like {_TYPED[kind]}: {PLAIN}, with values that do not name their types"
    return None


def _inside(said: Mapping[str, Any], path: str = "", depth: int = 1) -> str | None:
    """Look for the event inside of what is no event."""
    for key, value in said.items():
        if not isinstance(value, dict | str) or _is_key(key) is None:
            continue
        if isinstance(value, str):
            if value[:1] == "{" and _is_event(_read(value)):
                return f"looks like an event in the text `{path}{key}`: publish what is in it"
        elif _is_event(value):
            return f"looks like an event inside of `{path}{key}`: publish what is in it"
        elif depth < _DEEPEST and (found := _inside(value, f"{path}{key}.", depth + 1)) is not None:
            return found
    return None


def _read(text: str) -> Any:
    try:
        return read_text(text)
    except (ValueError, RecursionError):
        return None


def _spelt(said: Mapping[str, Any]) -> str | None:
    """Look for the needed keys in another spelling."""
    plain = {re.sub("[^a-z]", "", key.lower()): key for key in said if _is_key(key) is not None}
    others = {name: plain.get(name.replace("_", "")) for name in NEEDED if name not in said}
    told = [f"`{other}` is `{name}`" for name, other in others.items() if other is not None]
    return f"spells keys otherwise: {', '.join(told)} here" if told else None
