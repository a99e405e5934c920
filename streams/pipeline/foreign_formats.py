"""What bytes look like that are no JSON: told in words, so that a person knows what to publish instead.

Known by first bytes, as the formats' own specifications give them, or by what reads whole. It is a guess: nothing is
decided by it but the words of a dead letter.
"""

import re
from base64 import b64decode
from collections.abc import Callable

from streams.exact_json import read

PLAIN = "publish the event as plain JSON in UTF-8"
_REGISTRY_BYTES = 5  # a zero, and the schema's number in four bytes
_GLUE_BYTES = 18  # a version, how it is packed, and the schema's id in sixteen bytes
_LOOKED_AT_MAX = 65_536

_PACKED = "unpack it before, or leave packing to the producer (`compression.type`), which brokers and consumers undo"
_NOT_UTF8 = f"{PLAIN}, not in another encoding"
#: First bytes, what they are of, and what to do instead.
_BEGINNINGS: tuple[tuple[bytes, str, str], ...] = (
    (b"Obj\x01", "an Avro file", PLAIN),
    (b"\xc3\x01", "Avro's single objects", PLAIN),
    (b"\x1f\x8b", "gzip", _PACKED),
    (b"\x28\xb5\x2f\xfd", "zstd", _PACKED),
    (b"\x04\x22\x4d\x18", "lz4", _PACKED),
    (b"\xff\x06\x00\x00sNaPpY", "snappy", _PACKED),
    (b"\x82SNAPPY\x00", "snappy", _PACKED),
    (b"BZh", "bzip2", _PACKED),
    (b"\xfd7zXZ\x00", "xz", _PACKED),
    (b"PK\x03\x04", "a zip file", _PACKED),
    (b"\x78\x01", "zlib", _PACKED),
    (b"\x78\x5e", "zlib", _PACKED),
    (b"\x78\x9c", "zlib", _PACKED),
    (b"\x78\xda", "zlib", _PACKED),
    (b"PAR1", "Parquet", PLAIN),
    (b"\xff\xfe\x00\x00", "UTF-32", _NOT_UTF8),
    (b"\x00\x00\xfe\xff", "UTF-32", _NOT_UTF8),
    (b"\xff\xfe", "UTF-16", _NOT_UTF8),
    (b"\xfe\xff", "UTF-16", _NOT_UTF8),
    (b"{\x00\x00\x00", "UTF-32", _NOT_UTF8),
    (b"\x00\x00\x00{", "UTF-32", _NOT_UTF8),
    (b"{\x00", "UTF-16", _NOT_UTF8),
    (b"\xac\xed\x00\x05", "Java's serialization", PLAIN),
    (b":)\n", "Smile (binary JSON)", PLAIN),
    (b"\xe0\x01\x00\xea", "Amazon Ion", PLAIN),
    (b"<", "XML or HTML", PLAIN),
    (b"{'", "a dictionary as Python or JavaScript print it", f"{PLAIN}, such as by json.dumps or JSON.stringify"),
)
_is_utf16 = re.compile(rb"\x00[{\[\"]\x00").match
_is_message_pack = re.compile(rb"(?:[\x81-\x8f]|\xde..|\xdf....)(?:[\xa1-\xbf]|\xd9.)[A-Za-z_]", re.DOTALL).match
_is_cbor = re.compile(rb"(?:[\xa1-\xb7]|\xb8.|\xb9..|\xbf)(?:[\x61-\x77]|\x78.)[A-Za-z_]", re.DOTALL).match
_is_pickle = re.compile(rb"\x80[\x02-\x05][\x95}\]\x80cX]").match
_is_base64 = re.compile(rb"\"?[A-Za-z0-9+/_-]{16,}={0,2}\"?\s*").fullmatch
_OTHER_ALPHABET = bytes.maketrans(b"-_", b"+/")
_is_written = re.compile(r"[^\x00-\x08\x0e-\x1f\x7f\ufffd]{3,}").fullmatch


def looks_like(value: bytes) -> str | None:
    """Say what a value that is no JSON looks like, and what to do; None where nothing is known of it."""
    for guess in _GUESSES:
        if (found := guess(value)) is not None:
            return found
    for beginning, name, instead in _BEGINNINGS:
        if value.startswith(beginning):
            return f"looks like {name}: {instead}"
    return _binary(value)


def _empty(value: bytes) -> str | None:
    return f"is empty: {PLAIN}; a tombstone has no value at all" if not value.strip() else None


def _utf16(value: bytes) -> str | None:
    return f"looks like UTF-16: {_NOT_UTF8}" if _is_utf16(value) is not None else None


def _schema_registry(value: bytes) -> str | None:
    if value[:1] != b"\x00" or len(value) <= _REGISTRY_BYTES or value.startswith(b"\x00\x00\x00{"):
        return None
    number, rest = int.from_bytes(value[1:_REGISTRY_BYTES], "big"), value[_REGISTRY_BYTES:]
    if rest[:1] in (b"{", b"["):
        return (
            f"looks like Schema Registry's JSON Schema (schema {number}): publish JSON without the five bytes before "
            "it, by a plain JSON serializer"
        )
    # Behind the number stands which message of the schema it is: nearly always the first, a single zero.
    name = "Protobuf" if rest[:1] == b"\x00" and _is_protobuf(rest[1:]) else "Avro"
    return (
        f"looks like Schema Registry's {name} (schema {number}): publish JSON, as a plain JSON serializer or Kafka "
        "Connect's JsonConverter does, or have a stream processor write the topic as JSON"
    )


def _glue(value: bytes) -> str | None:
    if value[:2] not in (b"\x03\x00", b"\x03\x05") or len(value) <= _GLUE_BYTES:
        return None
    return f"looks like AWS Glue Schema Registry's Avro, Protobuf or JSON Schema: {PLAIN}, by a plain JSON serializer"


def _base64(value: bytes) -> str | None:
    if len(value) > _LOOKED_AT_MAX or _is_base64(value) is None:
        return None
    try:
        inside = read(b64decode(value.strip().strip(b'"').translate(_OTHER_ALPHABET) + b"=="))
    except (ValueError, RecursionError):
        return None
    return f"looks like JSON in base64: {PLAIN}" if isinstance(inside, dict | list) else None


def _several(value: bytes) -> str | None:
    first, _, others = value.strip().partition(b"}\n" if b"}\n" in value.strip() else b"}{")
    if not others or not first.startswith(b"{"):
        return None
    try:
        read(first + b"}")
    except (ValueError, RecursionError):
        return None
    return "looks like several JSON values in one: publish each event as a record of its own"


def _binary(value: bytes) -> str | None:
    """What has no first bytes of its own."""
    if int.from_bytes(value[:4], "little") == len(value) and value.endswith(b"\x00"):
        return f"looks like BSON: {PLAIN}"
    for name, matches in (("MessagePack", _is_message_pack), ("CBOR", _is_cbor), ("Python's pickle", _is_pickle)):
        if matches(value) is not None:
            return f"looks like {name}: {PLAIN}"
    if _is_protobuf(value):
        return f"looks like Protobuf: {PLAIN}"
    return None


def _is_protobuf(value: bytes) -> bool:
    """Whether a value reads whole as Protobuf's fields, some of which is a text."""
    at, texts = 0, 0
    value = value if len(value) <= _LOOKED_AT_MAX else b""
    while at < len(value):
        tag, at = _number(value, at)
        kind = tag & 7
        if tag >> 3 == 0 or kind not in _WIDTHS:
            return False
        length = _WIDTHS[kind]
        if kind == _BY_LENGTH:
            length, at = _number(value, at)
            texts += _is_written(value[at : at + length].decode(errors="replace")) is not None
        elif kind == _VARINT:
            _, at = _number(value, at)
        at += length
    return at == len(value) and texts > 0


#: Protobuf's ways to write a field, with the bytes of those that have always as many.
_VARINT, _BY_LENGTH = 0, 2
_WIDTHS = {_VARINT: 0, 1: 8, _BY_LENGTH: 0, 5: 4}
_VARINT_BYTES_MAX = 10


def _number(value: bytes, at: int) -> tuple[int, int]:
    """A number in Protobuf's own form, and where it ends; beyond the end of the value where it is none."""
    number = 0
    for place, byte in enumerate(value[at : at + _VARINT_BYTES_MAX]):
        number |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:  # noqa: PLR2004 - the bit that says that more follows
            return number, at + place + 1
    return 0, len(value) + 1


_GUESSES: tuple[Callable[[bytes], str | None], ...] = (_empty, _utf16, _schema_registry, _glue, _base64, _several)
