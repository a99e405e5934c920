"""Bodies into entries: whatever bytes come, they are entries or there is a reason why not."""

from typing import Any

import orjson

from streams.deep_json import written as written_deep
from streams.exact_json import LONG, Digits, read_plain, read_with_care, write
from streams.profiles.address import encodable

#: Infobip tells of 2,000 messages at once where it is asked to, else of 100 (subscriptions-api.json, maxBucketSize).
#: A body with more entries, or more values than those could have, is none of its own: each entry would be a record, and
#: values take up to fifty times their bytes.
ENTRIES_MAX, VALUES_MAX = 5000, 250_000
#: Levels below which halves of characters are not looked for: what is nested more deeply is not written, either.
_DEEPEST = 200
#: What numbers stand behind, as one mark, their digits as another, and all else as a third. Ids of many digits are
#: texts, behind a quote: they need no care, and nearly every report has one.
_MARKS = bytes(
    ord("0") if chr(byte) in "0123456789." else ord(":") if chr(byte) in ":,[ -\n\t\r" else ord("x")
    for byte in range(256)
)
_LONG_NUMBER = b":" + LONG
#: What can be written as a number of Python's own.
_64_BITS = range(-(2**63), 2**64)


def entries_of(body: bytes) -> list[Any] | dict[str, Any] | str:
    """The entries of `results`, or a body that is one entry itself; else in words why there are none."""
    # Those in texts are counted, too: reading it to know better is what would cost too much.
    if sum(map(body.count, (b",", b"[", b"{"))) > VALUES_MAX:
        return "the body holds more values than Infobip tells at once"
    try:
        said = _read(body)
    except RecursionError:
        return "the body is nested too deeply"
    except ValueError:
        return "the body is no JSON"
    if type(said) is not dict:
        return "the body is no object"
    results = said.get("results", said)
    if type(results) is list and len(results) > ENTRIES_MAX:
        return "results: has more entries than Infobip tells at once"
    return results if type(results) is list or results is said else "results: is no list"


def sound_value(value: Any) -> Any:
    """The same value as any record can hold it: as `sound_entries` does."""
    return sound_entries([value])[0]


def sound_entries(entries: list[Any]) -> list[Any]:
    """The same entries, with a question mark for each half of a character, which no record can hold.

    Whole numbers beyond 64 bits are `Digits`.
    """
    try:
        write(entries)
    except TypeError:
        return [_sound(one) for one in entries]
    return entries


def written(entry: Any) -> bytes:
    """An entry as JSON, however it is nested."""
    try:
        return write(entry)
    except TypeError:
        return written_deep(entry, plain=(Digits,)).encode()


def _read(body: bytes) -> Any:
    """Read JSON, and by the fast reader where that can. Raises ValueError and RecursionError."""
    try:
        return orjson.loads(body) if body.translate(_MARKS).find(_LONG_NUMBER) < 0 else read_plain(body)
    except ValueError:
        return _sound(read_with_care(body))


def _sound(value: Any, levels: int = _DEEPEST) -> Any:
    if levels == 0:
        return value
    match value:
        case str() if not encodable(value):
            return value.encode(errors="replace").decode()
        case int() if value not in _64_BITS:
            return Digits(value)
        case dict():
            return {_sound(key): _sound(one, levels - 1) for key, one in value.items()}
        case list():
            return [_sound(one, levels - 1) for one in value]
    return value
