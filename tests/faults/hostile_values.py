"""Values that nobody should publish: bytes that are no event, and events that say what is odd or too large."""

import gzip
import random
import zlib
from base64 import b64encode
from collections.abc import Callable
from typing import Any, Literal

import orjson

from schemas.records.membership import EVENT_BYTES_MAX

#: What must become of a record. `good`: its person is there under its name; `used`: it is an event, and Infobip has the
#: word on it; `open`: more than one ending is right, as long as there is one.
Fate = Literal["good", "used", "undecodable", "dropped", "skipped", "open"]
Made = tuple[bytes | None, Fate]
Maker = Callable[[random.Random, int], Made]

MAP_FIELDS = {
    "first": "firstName",
    "born": "birthDate",
    "text": {"to": "text", "type": "STRING"},
    "whole": {"to": "whole", "type": "INTEGER"},
    "part": {"to": "part", "type": "DECIMAL"},
    "truth": {"to": "truth", "type": "BOOLEAN"},
    "day": {"to": "day", "type": "DATE"},
    "moment": {"to": "moment", "type": "DATE_TIME"},
    "things": {"to": "things", "type": "LIST_OF_OBJECTS"},
}
#: Infobip wants to know what is in a list before it takes one.
THINGS = {"name": "things", "dataType": "LIST_OF_OBJECTS", "objectSchema": {"name": "STRING", "price": "DECIMAL"}}
#: Seen in a log, this would be personal data.
MARK = "Hostilename"
SMALL, DEEP, HUGE = 200, 100_000, 400


def good(number: int) -> dict[str, Any]:
    """An event with nothing wrong: to be found again under its number."""
    profile = {"email": f"good{number}@example.com", "first": f"{MARK} {number}", "whole": number}
    return {"action": "enter", "audience": "vip", "profile_id": f"good-{number}", "profile": profile}


def _noise(chance: random.Random, _: int) -> Made:
    return b"\xff" + chance.randbytes(chance.randrange(SMALL)), "undecodable"


def _nothing(chance: random.Random, _: int) -> Made:
    value = chance.choice([None, b"", b" ", b"null", b"\x00"])
    return value, "skipped" if value is None else "undecodable"


def _torn(chance: random.Random, number: int) -> Made:
    whole = orjson.dumps(good(number))
    return whole[: chance.randrange(1, len(whole) - 1)], "undecodable"


def _bent(chance: random.Random, number: int) -> Made:
    """A few bytes changed, anywhere."""
    value = bytearray(orjson.dumps({**good(number), "profile_id": f"bent-{number}"}).replace(b"good", b"bent"))
    for _ in range(chance.randrange(1, 4)):
        value[chance.randrange(len(value))] = chance.randrange(256)
    return bytes(value), "open"


def _another_encoding(chance: random.Random, number: int) -> Made:
    text = orjson.dumps(good(number)).decode()
    torn = text.replace(MARK, "\udcff").encode("utf-8", "surrogateescape")
    if chance.random() < 1 / 4:
        return text.encode("utf-8-sig"), "good"
    others = [text.encode(name) for name in ("utf-16", "utf-16-be", "utf-32")]
    return chance.choice([*others, torn, f"{text}\x00".encode(), (text * 2).encode()]), "undecodable"


def _another_format(chance: random.Random, number: int) -> Made:
    said = orjson.dumps(good(number))
    text, registry = said.decode(), b"\x00" + number.to_bytes(4, "big")
    change = {"before": None, "after": good(number), "op": "c"}
    envelopes = [{"schema": None, "payload": change}, change, {"specversion": "1.0", "type": "e", "data": good(number)}]
    others = [registry + said, registry + b"\x00\x06vip\x0cu-hush", registry + b"\x00\x08\x01\x12\x03vip"]
    others += [
        gzip.compress(said),
        zlib.compress(said),
        b64encode(said),
        b"Obj\x01" + said,
        b"\x0a\x05enter\x12\x03vip",
    ]
    others += [orjson.dumps(one) for one in [*envelopes, text, orjson.dumps(text).decode(), [good(number)]]]
    return chance.choice(others), "undecodable"


def _not_an_object(chance: random.Random, _: int) -> Made:
    value = chance.choice([b"[]", b"7", b'"enter"', b"true", b"NaN", b"-Infinity", b"[{}]", b"1e999", b"{}", b"{} {}"])
    return value, "undecodable"


def _wrong_types(chance: random.Random, number: int) -> Made:
    event = good(number)
    key = chance.choice(["action", "audience", "profile_id", "profile", "event_id", "occurred_at"])
    event[key] = chance.choice([[], [1], {}, True, 7, 1.5, "", "\x00"])
    fate: Fate = "undecodable"
    match key, event[key]:
        case "profile", _:
            fate = "dropped"
        case "audience", "\x00" | 7 | 1.5:
            fate = "skipped"
        case ("event_id" | "occurred_at", _) | ("profile_id", "\x00" | 7 | 1.5):
            fate = "good"
    return orjson.dumps(event), fate


def _missing(chance: random.Random, number: int) -> Made:
    event = good(number)
    del event[chance.choice(["action", "audience", "profile_id"])]
    return orjson.dumps(event), "undecodable"


def _nowhere(chance: random.Random, number: int) -> Made:
    event = good(number)
    broken = ["", "@", "a@", "@b.c", "a b@example.com", "a@b@c.de", "a@-.com", "x" * 300 + "@example.com", 7, None, []]
    broken += [
        "a@b",
        ".a@example.com",
        "a..b@example.com",
        "a\n@example.com",
        "a@example.com\x00",
        "@" * 9000,
        True,
        {},
    ]
    phones = ["", "+", "+0", "++49", "tel:1", "1" * 40, "+4915\u0661\u0662", True, -5, 1.5, {}, []]
    phones += [
        "+49 171 CALLME",
        "0171 1234567",
        "+49171\x001234567",
        "(" * 9000,
        10**18,
        1e300,
        "+" + "9" * 16,
        "\u202e",
    ]
    event["profile"] |= {"email": chance.choice(broken), "phone": chance.choice(phones)}
    return orjson.dumps(event), "dropped"


def _as_people_write(chance: random.Random, number: int) -> Made:
    """Addresses with marks, scripts and names around them; or two in one field, and numbers of nobody knows where."""
    mark = chance.choice(["", "\u200b", "\u00ad", "\ufeff", "\u2066"])
    email = chance.choice(["{}", "<{}>", "Ann <{}>", "mailto:{}", "{}.", " {},\t", "\u201c{}\u201d"])
    said = email.format(f"written{mark}{number}@example{mark}.com")
    lasting = ["+44 (0)7911 123456", "0044 07911 123456", "+\u0664\u0664 7911 123456", f"+44{mark}7911\u2011123456"]
    nobodys = ["(479) 201-1234", "4792011234", 4792011234, "+44 7911 123456 / 57", "+1 415 555 267", "+39 6 6981 2345"]
    reachable = chance.random() < 1 / 2
    event = {**good(number), "profile_id": f"written-{number}"}
    profile = {"email": said, "phone": chance.choice([*lasting, *nobodys])}
    event["profile"] |= (
        profile if reachable else {"email": f"{said};other@example.com", "phone": chance.choice(nobodys)}
    )
    return orjson.dumps(event), "used" if reachable else "dropped"


def _elsewhere(chance: random.Random, number: int) -> Made:
    names = ["..", "/", "%2F", "vip ", "VIP", "\u202evip", "vi\u0301p", "a" * 900, "vip\n", "__proto__", "\U0001f600"]
    event = {**good(number), "audience": chance.choice(names)}
    return orjson.dumps(event), "skipped"


def _twice_said(chance: random.Random, number: int) -> Made:
    """The last word on a key counts."""
    doubled = chance.choice([b'"action":"leave"', b'"profile":[]', b'"profile_id":1', b'"audience":null'])
    said = orjson.dumps({**good(number), "profile_id": f"twice-{number}"})[1:-1]
    if chance.random() < 1 / 2:
        return b"{%b,%b}" % (doubled, said), "good"
    fates: dict[bytes, Fate] = {b'"profile":[]': "dropped", b'"profile_id":1': "good"}
    return b"{%b,%b}" % (said, doubled), fates.get(doubled, "undecodable")


def _odd_text(chance: random.Random, number: int) -> Made:
    event = good(number)
    event["profile_id"] = chance.choice(
        ["\x00\x01", "a\nb\r\n", "\u202e\u200f", "\U0001f600" * 50, "x" * 900, "'; --", "e\u0301\u200b", "../%2F"]
    )
    event["profile_id"] += str(number)
    first = chance.choice(
        ["\x00", "\u0000\n", "a" * 900, "\u202eeman", "\u05d0\u200d", "\U0001f600", "e" + "\u0301" * 99]
    )
    event["profile"] |= {"email": f"odd{number}@example.com", "first": first, "text": first * 99}
    return orjson.dumps({**event, "action": chance.choice(["enter", "exit"])}), "used"


def _surrogates(chance: random.Random, number: int) -> Made:
    said = orjson.dumps({**good(number), "profile_id": f"lone-{number}"}).decode()
    half = chance.choice([r"\ud800", r"\udfff", r"\udc00\ud800", r"\ud800\ud800"])
    said = said.replace('"whole"', f'"bio":"{half}","{half}":["{half}"],"whole"')
    fates: dict[str, Fate] = {"vip": "undecodable", f"lone-{number}": "undecodable", MARK: "used", "example": "dropped"}
    place = chance.choice([*fates, "nowhere else"])
    return said.replace(place, half, 1).encode(), fates.get(place, "used")


def _odd_numbers(chance: random.Random, number: int) -> Made:
    figures = ["1" + "0" * HUGE, "-0", "1e400", "NaN", "-Infinity", "0x10", "+1", "9223372036854775808", "1e-400"]
    figures += ["9400111899223197428490", "-9400111899223197428490", "12345678901234567.89", "9.4E+40", "9" * 5000]
    figure = chance.choice(figures)
    field = chance.choice(["whole", "part", "text", "truth", "phone", "day", "moment"])
    said = f'{{"action":"enter","audience":"vip","profile_id":"n-{number}","profile":{{"email":"n{number}@example.com",'
    return f'{said}"{field}":{figure}}}}}'.encode(), "undecodable" if figure in {"0x10", "+1"} else "used"


def _unfit_values(chance: random.Random, number: int) -> Made:
    """Values that their attribute's type cannot hold: left out, and the person goes."""
    unfit = [
        "2026-13-45",
        "0000-00-00",
        "yesterday",
        "9" * 500,
        {"a": {}},
        [[]],
        [{"b": [{}]}],
        True,
        "tru",
        -1,
        "\x00",
    ]
    event = good(number)
    event["profile"] |= {name: chance.choice(unfit) for name in MAP_FIELDS if name != "first"}
    event["profile"]["whole"] = chance.choice(["many", [], "1,5", 10**18])
    return orjson.dumps({**event, "profile_id": f"unfit-{number}"}), "good"


def _many_keys(_: random.Random, number: int) -> Made:
    event = good(number)
    event["profile"] |= {f"__proto__{key}": key for key in range(300)}
    return orjson.dumps({**event, "constructor": {"prototype": {}}}), "good"


def _odd_times(chance: random.Random, number: int) -> Made:
    said: list[Any] = [None, True, 1.5, 1795168800000, [2026, 11], {"$date": "2026-11-20T10:00:00Z"}, "", "now"]
    said += ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9999-12-31T23:59:60Z", "2024-02-29T00:00:00.1Z"]
    said += ["2026-11-20 10:00:00", "Fri, 20 Nov 2026 10:00:00 GMT", "2026-11-20T10:00:00.000Z[UTC]"]
    said += ["2026-11-20T25:00:00Z", "2026-11-20T10:00:00+99:99", "2026-02-29T00:00:00Z"]
    return orjson.dumps({**good(number), "occurred_at": chance.choice(said)}), "good"


def _deep(chance: random.Random, number: int) -> Made:
    bomb = chance.choice(["[" * DEEP, "[" * DEEP + "]" * DEEP, '{"a":' * DEEP, '{"a":' * DEEP + "1" + "}" * DEEP])
    said = f'{{"action":"enter","audience":"vip","profile_id":"d-{number}","profile":{{"email":"d{number}@example.com",'
    inside, beside = f'{said}"things":{bomb}}}}}', f'{said}"first":"x"}},"unknown":{bomb}}}'
    return chance.choice([bomb, inside, beside]).encode(), "undecodable"


def _deep_enough(chance: random.Random, number: int) -> Made:
    """Nested as deep as readers take, and deeper than writers do."""
    event = orjson.dumps({**good(number), "unknown": "HERE"})
    depth = chance.choice([150, 500, 1000])
    return event.replace(b'"HERE"', b"[" * depth + b"]" * depth), "good"


def _too_large(_: random.Random, number: int) -> Made:
    event = good(number)
    event["profile"]["text"] = "x" * EVENT_BYTES_MAX
    return orjson.dumps(event), "undecodable"


def _just_not_too_large(chance: random.Random, number: int) -> Made:
    event = good(number)
    event["profile"][chance.choice(["first", "text", "unmapped"])] = "x" * (EVENT_BYTES_MAX - 400)
    return orjson.dumps({**event, "profile_id": f"large-{number}"}), "used"


def _very_many_keys(_: random.Random, number: int) -> Made:
    event = good(number)
    event["profile"] |= {f"key{key}": [key] for key in range(30_000)}
    return orjson.dumps(event), "good"


def _long_names(chance: random.Random, number: int) -> Made:
    name = chance.randbytes(300_000).hex()
    return orjson.dumps({**good(number), chance.choice(["profile_id", "audience"]): name}), "undecodable"


def _many_parts(chance: random.Random, number: int) -> Made:
    """Values that take thirty times their size once they are read."""
    event = good(number)
    event["profile"][chance.choice(["things", "unmapped"])] = [chance.choice([[], {}])] * 340_000
    return orjson.dumps(event), "good"


VALUES: tuple[Maker, ...] = (
    _noise,
    _nothing,
    _torn,
    _bent,
    _another_encoding,
    _another_format,
    _not_an_object,
    _wrong_types,
    _missing,
    _nowhere,
    _as_people_write,
    _elsewhere,
    _twice_said,
    _odd_text,
    _surrogates,
    _odd_numbers,
    _unfit_values,
    _many_keys,
    _odd_times,
    _deep_enough,
)
LARGE: tuple[Maker, ...] = (_deep, _too_large, _just_not_too_large, _very_many_keys, _long_names, _many_parts)
