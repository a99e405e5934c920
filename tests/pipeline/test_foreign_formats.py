"""What is no event is told by what it looks like, and what to do; none of what stands in it is repeated."""

import base64
import bz2
import gzip
import json
import lzma
import pickle
import struct
import zlib
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.pipeline.decode import Undecodable, decode
from streams.pipeline.foreign_formats import looks_like
from tests.json_values import json_values
from tests.making import FakeRecord, event

EVENT: dict[str, Any] = orjson.loads(event("hush-1", email="hush@example.com"))
JSON = orjson.dumps(EVENT)
#: An event in Avro: an enum, two texts.
AVRO = b"\x00\x06vip\x0cu-hush"
PROTOBUF = b"\x08\x01\x12\x03vip\x1a\x06u-hush"
SCHEMA = b"\x00\x00\x00\x01\x2c"
FIRST = "looks like Schema Registry's "
MESSAGE_PACK = b"\x83\xa6action\xa5enter\xa8audience\xa3vip\xaaprofile_id\xa1u"
BSON = b"\x02action\x00\x06\x00\x00\x00enter\x00\x00"
CBOR = b"\xa3\x66action\x65enter\x68audience\x63vip\x6aprofile_id\x61u"

BYTES: list[tuple[str, bytes]] = [
    (f"{FIRST}Avro (schema 300)", SCHEMA + AVRO),
    (f"{FIRST}Avro (schema 1)", b"\x00\x00\x00\x00\x01\x02\x0aenter\x02\x06vip"),
    (f"{FIRST}Protobuf (schema 300)", SCHEMA + b"\x00" + PROTOBUF),
    (f"{FIRST}JSON Schema (schema 300)", SCHEMA + JSON),
    ("looks like AWS Glue Schema Registry's", b"\x03\x00" + bytes(16) + AVRO),
    ("looks like an Avro file", b"Obj\x01\x04\x16avro.schema"),
    ("looks like Avro's single objects", b"\xc3\x01" + bytes(range(8)) + AVRO),
    ("looks like gzip", gzip.compress(JSON)),
    ("looks like zlib", zlib.compress(JSON)),
    ("looks like bzip2", bz2.compress(JSON)),
    ("looks like xz", lzma.compress(JSON)),
    ("looks like zstd", b"\x28\xb5\x2f\xfd\x24\x00" + JSON),
    ("looks like UTF-16", JSON.decode().encode("utf-16")),
    ("looks like UTF-16", JSON.decode().encode("utf-16-le")),
    ("looks like UTF-16", JSON.decode().encode("utf-16-be")),
    ("looks like UTF-32", JSON.decode().encode("utf-32")),
    ("looks like UTF-32", JSON.decode().encode("utf-32-le")),
    ("looks like UTF-32", JSON.decode().encode("utf-32-be")),
    ("looks like MessagePack", MESSAGE_PACK),
    ("looks like CBOR", CBOR),
    ("looks like Protobuf", PROTOBUF),
    ("looks like BSON", struct.pack("<i", 4 + len(BSON)) + BSON),
    ("looks like Python's pickle", pickle.dumps(EVENT)),
    ("looks like Java's serialization", b"\xac\xed\x00\x05sr\x00\x11java.util.HashMap"),
    ("looks like XML", b"<event><action>enter</action></event>"),
    ("looks like a dictionary", str(EVENT).encode()),
    ("looks like JSON in base64", base64.b64encode(JSON)),
    ("looks like JSON in base64", base64.urlsafe_b64encode(JSON).rstrip(b"=")),
    ("looks like JSON in base64", orjson.dumps(base64.b64encode(JSON).decode())),
    ("looks like several JSON values", JSON + b"\n" + JSON),
    ("looks like several JSON values", JSON + JSON),
    ("is empty", b""),
    ("is empty", b" \n"),
]
CHANGE = {"before": None, "after": EVENT, "op": "c", "source": {"db": "hush"}, "ts_ms": 5}
CONNECT = {"type": "struct", "fields": [], "optional": False, "name": "hush"}
DOCUMENTS: list[tuple[str, Any]] = [
    ("looks like a change of Debezium: ", CHANGE),
    ("looks like a change of Debezium in Kafka Connect's JsonConverter", {"schema": CONNECT, "payload": CHANGE}),
    ("looks like Kafka Connect's JsonConverter", {"schema": CONNECT, "payload": EVENT}),
    ("looks like Kafka Connect's JsonConverter", {"schema": None, "payload": EVENT}),
    ("looks like a CloudEvent", {"specversion": "1.0", "type": "enter", "source": "/hush", "id": "1", "data": EVENT}),
    ("looks like JSON that was encoded twice", JSON.decode()),
    ("looks like JSON that was encoded twice", orjson.dumps(JSON.decode()).decode()),
    ("looks like a list of events", [EVENT]),
    ("looks like Avro's JSON", {key: {"string": "hush"} for key in ("action", "audience", "profile_id")}),
    ("looks like JSON of DynamoDB", {key: {"S": "hush"} for key in ("action", "audience", "profile_id")}),
    ("looks like a change of MongoDB", {"operationType": "insert", "fullDocument": EVENT}),
    ("looks like an event inside of `data`", {"id": "hush", "data": EVENT}),
    ("looks like an event inside of `body.event`", {"body": {"event": EVENT}}),
    ("looks like an event in the text `value`", {"value": JSON.decode()}),
    ("spells keys otherwise: `profileId` is `profile_id`", {"action": "enter", "audience": "vip", "profileId": "u"}),
    ("spells keys otherwise: `Action` is `action`", {"Action": "enter", "audience": "vip", "profile_id": "u"}),
]


@pytest.mark.parametrize(("expected", "value"), BYTES, ids=range(len(BYTES)))
def test_bytes_are_recognised(expected: str, value: bytes) -> None:
    _assert_told(expected, value)


@pytest.mark.parametrize(("expected", "document"), DOCUMENTS, ids=range(len(DOCUMENTS)))
def test_envelopes_are_recognised(expected: str, document: Any) -> None:
    _assert_told(expected, orjson.dumps(document))


@pytest.mark.parametrize(
    "document", [{}, [], 7, None, "hush", {"hush@example.com": EVENT}, {"action": "join", "audience": "vip"}], ids=str
)
def test_of_what_is_like_nothing_known_only_the_fault_is_told(document: Any) -> None:
    read = decode(FakeRecord(None), orjson.dumps(document))
    assert isinstance(read, Undecodable)
    assert read.looks_like is None
    assert read.detail == read.fault
    assert "hush" not in read.detail


@given(st.binary(max_size=60) | st.binary(max_size=20).map(lambda rest: SCHEMA + rest))
def test_whatever_bytes_come_are_told_of_in_a_line(value: bytes) -> None:
    told = looks_like(value)
    assert told is None or told.isprintable()


@given(json_values | st.dictionaries(st.sampled_from(["schema", "payload", "data", "action", "op"]), json_values))
def test_whatever_document_comes_has_one_ending(document: Any) -> None:
    read = decode(FakeRecord(None), json.dumps(document, default=str).encode())
    assert isinstance(read, Undecodable)
    assert read.detail.isprintable()


def _assert_told(expected: str, value: bytes) -> None:
    read = decode(FakeRecord(value), value)
    assert isinstance(read, Undecodable)
    assert read.looks_like is not None
    assert read.looks_like.startswith(expected)
    assert read.detail.startswith(expected)
    assert "hush" not in read.detail
    assert read.detail.isprintable()
