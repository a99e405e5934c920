"""Records that nobody should publish, among good ones, each with what must become of it."""

import random
from collections.abc import Iterator
from typing import NamedTuple

import orjson

from tests.faults.hostile_values import LARGE, VALUES, Fate, good

Header = tuple[str, bytes | None]


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
