"""All topics as one AsyncAPI document, made of the models of their records: what others can generate code from."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

from schemas.records.examples import EXAMPLES
from schemas.records.exported import MODELS
from schemas.records.topic import JOB, MARK, YOURS, Form, Keeps, Topic
from schemas.records.topics import TOPICS

ASYNCAPI = "3.0.0"
CHANNEL_BINDING, MESSAGE_BINDING = "0.5.0", "0.5.0"
JSON, BYTES = "application/json", "application/octet-stream"
_SCHEMAS, _MESSAGES = "#/components/schemas/", "#/components/messages/"
_STAYS: Mapping[Keeps, str] = {
    "records": "Every record must stay as long as retention says: the topic must not be compacted.",
    "latest": "The last record of each key must stay: the topic is compacted.",
    "state": "The last record of each key must stay for ever: the topic is compacted and nothing else.",
}
ABOUT = (
    "What infobip-streams reads from Kafka and writes to it. Names are as they are without `kafka.topic_prefix`. Keys "
    "and values are UTF-8; times are RFC 3339 in UTC. Readers ignore keys that they do not know, for a newer version "
    "may add some."
)


def document(version: str) -> dict[str, Any]:
    """Describe every topic in AsyncAPI 3, of this release; the same for ever for the same models."""
    return {
        "asyncapi": ASYNCAPI,
        "info": {
            "title": "Topics of infobip-streams",
            "version": version,
            "description": ABOUT,
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": JSON,
        "channels": {topic.short: _channel(topic) for topic in TOPICS},
        "operations": dict(operation for topic in TOPICS for operation in _operations(topic)),
        "components": {
            "messages": dict(message for topic in TOPICS for message in _messages(topic)),
            "schemas": _schemas(),
        },
    }


def _channel(topic: Topic) -> dict[str, Any]:
    about = topic.about[:1].upper() + topic.about[1:]
    channel: dict[str, Any] = {
        "address": topic.name.replace(JOB, "{job}"),
        "summary": about if about.endswith(".") else f"{about}.",
        "description": _STAYS[topic.keeps],
        "messages": {name: {"$ref": _MESSAGES + name} for name, _ in _messages(topic)},
        "x-written-by": list(topic.written_by),
        "x-read-by": list(topic.read_by),
    }
    if topic.is_of_a_job:
        channel["parameters"] = {"job": {"description": "The name of the job that owns it."}}
    if topic.keeps != "records":
        settings = {"cleanup.policy": ["compact"]}
        channel["bindings"] = {"kafka": {"topicConfiguration": settings, "bindingVersion": CHANNEL_BINDING}}
    return channel


def _operations(topic: Topic) -> Iterator[tuple[str, dict[str, Any]]]:
    """What this service does with a topic, apart from what only others do."""
    for action, does, who in (("send", "Written", topic.written_by), ("receive", "Read", topic.read_by)):
        if set(who) != {YOURS}:
            channel, said = {"$ref": f"#/channels/{topic.short}"}, f"{does} by {', '.join(who)}."
            yield f"{action}_{topic.short}", {"action": action, "channel": channel, "summary": said}


def _messages(topic: Topic) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each form of a topic's records; one that two topics have is told of twice, by the topic's name."""
    for number, form in enumerate(topic.forms):
        name = topic.short if number == 0 else form.record
        first = TOPICS[[form.record in {one.record for one in other.forms} for other in TOPICS].index(True)]
        yield (name if first is topic else f"{topic.short}_{form.record.rpartition('_')[2]}"), _message(topic, form)
    if topic.gone:
        yield f"{topic.short}_tombstone", _tombstone(topic)


def _message(topic: Topic, form: Form) -> dict[str, Any]:
    message: dict[str, Any] = {
        "name": form.record,
        "summary": f"Keyed by {form.key}.",
        "contentType": BYTES if form.own == "bytes" else JSON,
        "payload": _payload(form),
        "bindings": {"kafka": {"key": _key(form), "bindingVersion": MESSAGE_BINDING}},
    }
    if topic.headers:
        texts = {name: {"type": "string", "description": f"{said}."} for name, said in topic.headers.items()}
        message["headers"] = {"type": "object", "properties": texts}
    if not form.own:
        message["examples"] = [{"name": form.record, "summary": form.key_example, "payload": dict(_example(form))}]
    return message


def _tombstone(topic: Topic) -> dict[str, Any]:
    key = {"type": "string", "description": "The key of the record that is let go of."}
    return {
        "name": f"{topic.short}_tombstone",
        "summary": f"No value: {topic.gone}.",
        "payload": {"type": "null"},
        "bindings": {"kafka": {"key": key, "bindingVersion": MESSAGE_BINDING}},
    }


def _example(form: Form) -> Mapping[str, Any]:
    return EXAMPLES[form.record]


def _payload(form: Form) -> dict[str, Any]:
    match form.own:
        case "bytes":
            return {"type": "string", "format": "binary", "description": "This service's own matter."}
        case "json":
            return {"type": "object", "description": "This service's own matter."}
        case _:
            return {"$ref": _SCHEMAS + MODELS[form.record].__name__}


def _key(form: Form) -> dict[str, Any]:
    said = {"description": f"{form.key}.", "examples": [form.key_example]}
    if form.key_record:
        return {"$ref": _SCHEMAS + MODELS[form.key_record].__name__}
    if form.parts:
        parts = [{"type": "string"} if part is None else {"const": part} for part in form.parts]
        array = {"type": "array", "items": parts, "minItems": len(parts), "maxItems": len(parts)}
        return {"type": "string", "contentMediaType": JSON, **said, "x-content": array}
    if form.key_example.startswith(MARK):
        return {"type": "string", "format": "binary", **said}
    return {"type": "string", **said}


def _schemas() -> dict[str, Any]:
    """The models of all records, each under its name, and what they are made of."""
    _, whole = models_json_schema(
        [(model, "validation") for model in MODELS.values()], ref_template=_SCHEMAS + "{model}"
    )
    return {name: _alone(schema) for name, schema in sorted(whole["$defs"].items())}


def _alone(schema: Any) -> Any:
    """A schema in which nothing stands beside a reference, where draft 7 would not see it."""
    if isinstance(schema, list):
        return [_alone(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    told = {name: _alone(one) for name, one in schema.items()}
    if "$ref" in told and len(told) > 1:
        return {"allOf": [{"$ref": told.pop("$ref")}], **told}
    return told
