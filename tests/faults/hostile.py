"""Records that nobody should publish, among good ones: each must end in one outcome or one dead letter."""

import random
import threading
import time
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import orjson
import psutil
from confluent_kafka import Producer

from schemas.membership import MAX_EVENT_BYTES
from streams.sandbox.infobip.world import utc_now
from tests.faults.arena import MEMORY_BYTES, Arena, Row
from tests.integration.harness import Corridor, SimulatorThread, until

#: What must become of a record. `good`: its person is there under its name; `used`: it is an event, and Infobip has the
#: word on it; `open`: more than one ending is right, as long as there is one.
Fate = Literal["good", "used", "undecodable", "dropped", "skipped", "open"]
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
SMALL, DEEP, HUGE = 200, 100_000, 400
#: Looked at so often, no window that flies and lands in between goes unseen.
LOOK_SECONDS = 0.02
#: The reasons that a dead letter of a record may give; None: there must be none.
REASONS: dict[Fate, set[str | None]] = {
    "good": {None},
    "used": {None, "rejected"},
    "undecodable": {"undecodable"},
    "dropped": {"no_address"},
    "skipped": {None},
}


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
    others = [text.encode(name) for name in ("utf-16", "utf-32", "utf-8-sig")]
    return chance.choice([*others, torn, f"{text}\x00".encode(), (text * 2).encode()]), "undecodable"


def _not_an_object(chance: random.Random, _: int) -> Made:
    value = chance.choice([b"[]", b"7", b'"enter"', b"true", b"NaN", b"-Infinity", b"[{}]", b"1e999", b"{}", b"{} {}"])
    return value, "undecodable"


def _wrong_types(chance: random.Random, number: int) -> Made:
    event = good(number)
    key = chance.choice(["action", "audience", "profile_id", "profile", "event_id", "occurred_at"])
    event[key] = chance.choice([[], [1], {}, True, 7, 1.5, "", "\x00"])
    match key, event[key]:
        case "profile", {}:
            return orjson.dumps(event), "dropped"
        case "audience", "\x00":
            return orjson.dumps(event), "skipped"
        case ("event_id", str()) | ("profile_id", "\x00"):
            return orjson.dumps(event), "good"
    return orjson.dumps(event), "undecodable"


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
    return b"{%b,%b}" % (said, doubled), "undecodable"


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
    return said.replace(chance.choice(["vip", f"lone-{number}", MARK, "example"]), half, 1).encode(), "undecodable"


def _odd_numbers(chance: random.Random, number: int) -> Made:
    figure = chance.choice(
        ["1" + "0" * HUGE, "-0", "1e400", "NaN", "-Infinity", "0x10", "+1", "9223372036854775808", "1e-400"]
    )
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
    strange = ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2024-02-29T00:00:00.1Z", None]
    absurd = [
        "2026-11-20T25:00:00Z",
        "2026-11-20T10:00:00+99:99",
        "now",
        "9999-12-31T23:59:60Z",
        "2026-02-29T00:00:00Z",
    ]
    said = chance.choice([*strange, *absurd])
    return orjson.dumps({**good(number), "occurred_at": said}), "good" if said in strange else "undecodable"


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
    event["profile"]["text"] = "x" * MAX_EVENT_BYTES
    return orjson.dumps(event), "undecodable"


def _just_not_too_large(chance: random.Random, number: int) -> Made:
    event = good(number)
    event["profile"][chance.choice(["first", "text", "unmapped"])] = "x" * (MAX_EVENT_BYTES - 400)
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


Maker = Callable[[random.Random, int], Made]
VALUES: tuple[Maker, ...] = (
    _noise,
    _nothing,
    _torn,
    _bent,
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
    _deep_enough,
)
LARGE: tuple[Maker, ...] = (_deep, _too_large, _just_not_too_large, _very_many_keys, _long_names, _many_parts)


def hostile_events(arena: Arena) -> Row:
    """All of them to one process, which must not end, grow, stop or lose one."""
    seed, count = arena.seed, arena.size(5_000, 100_000)
    options: dict[str, Any] = {"map_fields": MAP_FIELDS, "create_attributes": True}
    flush = {"max_events": 1000, "max_seconds": 1}
    with arena.scene(topic_config={"max.message.bytes": "4000000"}, **options, flush=flush) as (infobip, made):
        infobip.do(lambda: infobip.simulator.account.create_attribute(THINGS, utc_now()))
        worker, began = made.start(), time.monotonic()

        def is_done() -> bool:
            assert worker.process.poll() is None, f"it ended, see {worker.log}"
            return made.lag() == 0

        with watched(worker.process.pid) as memory:
            sent = publish(made, seed, count)
            until(is_done, "all events committed", 300)
        seconds = time.monotonic() - began
        assert worker.stop() == 0
        assert 0 < memory.peak < MEMORY_BYTES, f"{memory.peak / 1e6:.0f} MB were taken"
        assert MARK not in worker.log.read_text(), "a name is in the log"
        assert "@" not in worker.log.read_text(), "an address is in the log"
        assert made.offsets_told() == made.offsets_published(), "not every record was told of"
        letters = check_dead_letters(made, sent)
        check_outcomes(made.outcomes(), letters, sent)
        check_good_people(infobip, sent)
        return Row(
            f"{count:,} records, seed {seed}",
            f"each one outcome or one dead letter ({letters.total():,}), which holds it whole; {seconds:.0f} s, "
            f"at most {memory.peak / 1e6:.0f} MB",
        )


@dataclass(slots=True)
class Memory:
    """The most resident memory that was seen, in bytes."""

    peak: int = 0


@contextmanager
def watched(pid: int) -> Iterator[Memory]:
    """Look at the memory of a process all the while."""
    process, seen, ended = psutil.Process(pid), Memory(), threading.Event()

    def look() -> None:
        while process.is_running() and not ended.wait(LOOK_SECONDS):
            seen.peak = max(seen.peak, process.memory_info().rss)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        ended.set()
        looking.join()


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


def check_dead_letters(made: Corridor, sent: dict[tuple[int, int], Hostile]) -> Counter[str]:
    """Fail unless what cannot be used is in one dead letter, whole; how many there are, by reason."""
    letters = made.dead_letters()
    reasons: dict[tuple[int, int], str] = {(letter.partition, letter.offset): letter.reason for letter in letters}
    assert len(reasons) == len(letters), "an event has two dead letters"
    for letter in letters:
        record = sent[letter.partition, letter.offset]
        headers = [(header.name, _bytes(header.value, header.encoding)) for header in letter.headers]
        whole = (_bytes(letter.key, letter.key_encoding), _bytes(letter.value, letter.value_encoding), headers)
        assert whole == (record.key, record.value, record.headers), f"the dead letter of {letter.offset} is not whole"
    wrong: Counter[str] = Counter()
    for place, record in sent.items():
        if record.fate in REASONS and reasons.get(place) not in REASONS[record.fate]:
            wrong[f"{record.fate} ended as {reasons.get(place)}: {(record.value or b'')[:120]!r}"] += 1
    assert not wrong, wrong.most_common(5)
    return Counter(reasons.values())


def check_outcomes(outcomes: Counter[str], letters: Counter[str], sent: dict[tuple[int, int], Hostile]) -> None:
    """Fail unless the outcomes add up, and say what the dead letters and the fates say."""
    fates = Counter(record.fate for record in sent.values())
    assert outcomes.total() == len(sent)
    assert outcomes["undecodable"] == letters["undecodable"]
    assert outcomes["dropped"] == letters["no_address"]
    assert outcomes["rejected"] == letters["rejected"]
    assert fates["skipped"] <= outcomes["skipped"] <= fates["skipped"] + fates["open"]


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
