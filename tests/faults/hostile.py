"""Records that nobody should publish, among good ones: each must end in one outcome or one dead letter."""

import random
import time
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Literal, NamedTuple

import orjson
import psutil
from confluent_kafka import Producer

from schemas.membership import MAX_EVENT_BYTES
from streams.sandbox.infobip.world import utc_now
from tests.faults.arena import MEMORY_BYTES, Arena, Row
from tests.integration.harness import Corridor, SimulatorThread, until

#: What must become of a record; `open` where more than one ending is right, as long as there is one.
Fate = Literal["good", "undecodable", "dropped", "skipped", "open"]
Header = tuple[str, bytes | None]

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
SMALL, DEEP, HUGE = 200, 50_000, 400


class Hostile(NamedTuple):
    """A record and its fate."""

    key: bytes | None
    value: bytes | None
    headers: list[Header]
    fate: Fate


def hostile(seed: int, count: int) -> Iterator[Hostile]:
    """So many records, a quarter of them good; the same ones for the same seed."""
    chance = random.Random(seed)
    for number in range(count):
        if number % 4 == 0:
            yield Hostile(b"good-%d" % number, orjson.dumps(good(number)), [], "good")
            continue
        # What is large is rare, because a hundred thousand of them would prove no more than a hundred.
        value, fate = chance.choice(LARGE if number % 997 == 1 else VALUES)(chance, number)
        yield Hostile(_key(chance, number), value, _headers(chance), fate)


def good(number: int) -> dict[str, Any]:
    """An event with nothing wrong: to be found again under its number."""
    profile = {"email": f"good{number}@example.com", "first": f"{MARK} {number}", "whole": number}
    return {"action": "enter", "audience": "vip", "profile_id": f"good-{number}", "profile": profile}


def _key(chance: random.Random, number: int) -> bytes | None:
    return chance.choice([None, b"", b"\xff\xfe\x00", b"k" * 1000, b"key-%d" % number, "ключ\n\u202e".encode()])


def _headers(chance: random.Random) -> list[Header]:
    several: list[list[Header]] = [
        [],
        [],
        [],
        [("trace", b"\x00\xff\xfe")],
        [("empty", b""), ("nothing", None), ("empty", b"again")],
        [(f"h{number}", b"x") for number in range(50)],
        [("na\u0308me \U0001f600", b"{}")],
    ]
    return chance.choice(several)


Made = tuple[bytes | None, Fate]


def _noise(chance: random.Random, _: int) -> Made:
    return b"\xff" + chance.randbytes(chance.randrange(SMALL)), "undecodable"


def _nothing(chance: random.Random, _: int) -> Made:
    value = chance.choice([None, b"", b" ", b"null"])
    return value, "skipped" if value is None else "undecodable"


def _torn(chance: random.Random, number: int) -> Made:
    whole = orjson.dumps(good(number))
    return whole[: chance.randrange(1, len(whole) - 1)], "undecodable"


def _another_encoding(chance: random.Random, number: int) -> Made:
    text = orjson.dumps(good(number)).decode()
    torn = text.replace(MARK, "\udcff").encode("utf-8", "surrogateescape")
    return chance.choice([text.encode("utf-16"), text.encode("utf-32"), torn]), "undecodable"


def _not_an_object(chance: random.Random, _: int) -> Made:
    value = chance.choice([b"[]", b"7", b'"enter"', b"true", b"NaN", b"-Infinity", b"[{}]", b"1e999", b"{}", b"{} {}"])
    return value, "undecodable"


def _wrong_types(chance: random.Random, number: int) -> Made:
    event = good(number)
    key = chance.choice(["action", "audience", "profile_id", "profile", "event_id", "occurred_at"])
    event[key] = chance.choice([[], [1], {}, True, 7, 1.5, "", "\x00"])
    fits = (key == "profile" and event[key] == {}) or (key == "event_id" and isinstance(event[key], str))
    fits = fits or (key in {"audience", "profile_id"} and event[key] == "\x00")
    return orjson.dumps(event), "open" if fits else "undecodable"


def _missing(chance: random.Random, number: int) -> Made:
    event = good(number)
    del event[chance.choice(["action", "audience", "profile_id"])]
    return orjson.dumps(event), "undecodable"


def _nowhere(chance: random.Random, number: int) -> Made:
    event = good(number)
    broken = ["", "@", "a@", "@b.c", "a b@example.com", "a@b@c.de", "a@-.com", "x" * 300 + "@example.com", 7, None, []]
    phones = ["", "+", "+0", "++49", "tel:1", "1" * 40, "+4915\u0661\u0662", True, -5, 1.5, {}, []]
    event["profile"] |= {"email": chance.choice(broken), "phone": chance.choice(phones)}
    return orjson.dumps(event), "dropped"


def _elsewhere(chance: random.Random, number: int) -> Made:
    names = [
        "..",
        "/",
        "%2F",
        "vip ",
        "VIP",
        "\u202evip",
        "vi\u0301p",
        "a" * 5000,
        "vip\n",
        "__proto__",
        "\ud83d\ude00",
    ]
    event = {**good(number), "audience": chance.choice(names[:-1])}
    return orjson.dumps(event), "skipped"


def _twice_said(chance: random.Random, number: int) -> Made:
    doubled = chance.choice([b'"action":"leave",', b'"profile":[],', b'"profile_id":1,', b'"audience":null,'])
    return b"{" + doubled + orjson.dumps({**good(number), "profile_id": f"twice-{number}"})[1:], "open"


def _odd_text(chance: random.Random, number: int) -> Made:
    event = good(number)
    event["profile_id"] = chance.choice(
        ["\x00\x01", "a\nb\r\n", "\u202e\u200f", "\U0001f600" * 50, "x" * 5000, "'; --"]
    )
    event["profile_id"] += str(number)
    event["profile"] |= {"email": f"odd{number}@example.com", "first": chance.choice(["\x00", "\u0000\n", "a" * 900])}
    return orjson.dumps(event), "open"


def _surrogates(chance: random.Random, number: int) -> Made:
    said = orjson.dumps({**good(number), "profile_id": f"lone-{number}"}).decode()
    return said.replace(chance.choice(["vip", f"lone-{number}", MARK, "example"]), r"\ud800", 1).encode(), "open"


def _odd_numbers(chance: random.Random, number: int) -> Made:
    figure = chance.choice(
        ["1" + "0" * HUGE, "-0", "1e400", "NaN", "-Infinity", "0x10", "9223372036854775808", "1e-400"]
    )
    field = chance.choice(["whole", "part", "text", "truth", "phone", "day", "moment"])
    said = f'{{"action":"enter","audience":"vip","profile_id":"n-{number}","profile":{{"email":"n{number}@example.com",'
    return f'{said}"{field}":{figure}}}}}'.encode(), "open"


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
    return orjson.dumps({**event, "profile_id": f"unfit-{number}"}), "open"


def _many_keys(_: random.Random, number: int) -> Made:
    event = good(number)
    event["profile"] |= {f"__proto__{key}": key for key in range(300)}
    return orjson.dumps({**event, "constructor": {"prototype": {}}}), "good"


def _odd_times(chance: random.Random, number: int) -> Made:
    times = ["2026-11-20T25:00:00Z", "2026-11-20T10:00:00+99:99", "now", "0001-01-01T00:00:00Z", "9999-12-31T23:59:60Z"]
    return orjson.dumps({**good(number), "occurred_at": chance.choice(times)}), "open"


def _deep(chance: random.Random, number: int) -> Made:
    bomb = chance.choice(["[" * DEEP, "[" * DEEP + "]" * DEEP, '{"a":' * DEEP, '{"a":' * DEEP + "1" + "}" * DEEP])
    said = f'{{"action":"enter","audience":"vip","profile_id":"d-{number}","profile":{{"email":"d{number}@example.com",'
    return chance.choice([bomb, f'{said}"things":{bomb}}}}}']).encode(), "open"


def _too_large(_: random.Random, number: int) -> Made:
    event = good(number)
    event["profile"]["text"] = "x" * MAX_EVENT_BYTES
    return orjson.dumps(event), "undecodable"


def _just_not_too_large(chance: random.Random, number: int) -> Made:
    event = good(number)
    event["profile"][chance.choice(["first", "text", "unmapped"])] = "x" * (MAX_EVENT_BYTES - 400)
    return orjson.dumps({**event, "profile_id": f"large-{number}"}), "open"


def _very_many_keys(_: random.Random, number: int) -> Made:
    event = good(number)
    event["profile"] |= {f"key{key}": [key] for key in range(30_000)}
    return orjson.dumps(event), "good"


Maker = Callable[[random.Random, int], Made]
VALUES: tuple[Maker, ...] = (
    _noise,
    _nothing,
    _torn,
    _another_encoding,
    _not_an_object,
    _wrong_types,
    _missing,
    _nowhere,
    _elsewhere,
    _twice_said,
    _odd_text,
    _surrogates,
    _odd_numbers,
    _unfit_values,
    _many_keys,
    _odd_times,
)
LARGE: tuple[Maker, ...] = (_deep, _too_large, _just_not_too_large, _very_many_keys)


def hostile_events(arena: Arena) -> Row:
    """All of them to one process, which must not end, grow, stop or lose one."""
    seed, count = arena.seed, arena.size(5_000, 100_000)
    options: dict[str, Any] = {"audiences": ["vip"], "map_fields": MAP_FIELDS, "create_attributes": True}
    flush = {"max_events": 1000, "max_seconds": 1}
    with arena.scene(topic_config={"max.message.bytes": "4000000"}, **options, flush=flush) as (infobip, made):
        infobip.do(lambda: infobip.simulator.account.create_attribute(THINGS, utc_now()))
        worker = made.start()
        sent = publish(made, seed, count)
        process, peak = psutil.Process(worker.process.pid), 0

        def is_done() -> bool:
            nonlocal peak
            assert worker.process.poll() is None, f"it ended, see {worker.log}"
            peak = max(peak, process.memory_info().rss)
            return made.lag() == 0

        began = time.monotonic()
        until(is_done, "all events committed", 300)
        seconds = time.monotonic() - began
        assert worker.stop() == 0
        assert peak < MEMORY_BYTES, f"{peak / 1e6:.0f} MB were taken"
        assert MARK not in worker.log.read_text(), "a name is in the log"
        assert made.offsets_told() == made.offsets_published(), "not every record was told of"
        outcomes = made.outcomes()
        assert outcomes.total() == count
        letters = check_dead_letters(made, sent)
        check_good_people(infobip, sent)
        return Row(
            f"{count:,} records, seed {seed}",
            f"each one outcome or one dead letter ({letters:,}), which holds it whole; {seconds:.0f} s, "
            f"at most {peak / 1e6:.0f} MB",
        )


def publish(made: Corridor, seed: int, count: int) -> dict[tuple[int, int], Hostile]:
    """Publish the records; where each of them is."""
    producer = Producer({**made.settings, "message.max.bytes": 4_000_000, "linger.ms": 20})
    places: dict[tuple[int, int], Hostile] = {}

    def delivered(record: Hostile) -> Callable[[Any, Any], None]:
        def note(error: Any, message: Any) -> None:
            assert error is None, error
            places[message.partition(), message.offset()] = record

        return note

    for record in hostile(seed, count):
        while True:
            try:
                producer.produce(
                    made.topic,
                    key=record.key,
                    value=record.value,
                    headers=record.headers,
                    on_delivery=delivered(record),
                )
                break
            except BufferError:
                producer.poll(0.1)
    assert producer.flush(120) == 0
    return places


def check_dead_letters(made: Corridor, sent: dict[tuple[int, int], Hostile]) -> int:
    """Fail unless what cannot be used is in one dead letter, whole; how many there are."""
    letters = made.dead_letters()
    reasons = {(letter.partition, letter.offset): letter.reason for letter in letters}
    assert len(reasons) == len(letters), "an event has two dead letters"
    for letter in letters:
        record = sent[letter.partition, letter.offset]
        headers = [(header.name, _bytes(header.value, header.encoding)) for header in letter.headers]
        whole = (_bytes(letter.key, letter.key_encoding), _bytes(letter.value, letter.value_encoding), headers)
        assert whole == (record.key, record.value, record.headers), f"the dead letter of {letter.offset} is not whole"
    expected = {"undecodable": "undecodable", "dropped": "no_address", "good": None, "skipped": None}
    wrong: Counter[str] = Counter()
    for place, record in sent.items():
        if record.fate != "open" and reasons.get(place) != expected[record.fate]:
            wrong[f"{record.fate} ended as {reasons.get(place)}: {(record.value or b'')[:80]!r}"] += 1
    assert not wrong, wrong.most_common(5)
    return len(letters)


def check_good_people(infobip: SimulatorThread, sent: dict[tuple[int, int], Hostile]) -> None:
    """Fail unless every good event's person is there under its name."""
    people = infobip.people()
    for record in sent.values():
        if record.fate == "good" and record.value is not None:
            profile = orjson.loads(record.value)["profile"]
            person = people.get(profile["email"])
            assert person is not None, f"{profile['email']} is missing"
            assert person["firstName"] == profile["first"]


def _bytes(text: str | None, encoding: str) -> bytes | None:
    if text is None:
        return None
    return b64decode(text) if encoding == "base64" else text.encode()
