"""Hostile records to one process: each must end in one outcome or one dead letter, and neighbours must not suffer."""

import threading
import time
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psutil
from confluent_kafka import Producer

from schemas.records.outcomes import DeadLetter
from streams.exact_json import read
from streams.simulator.world import utc_now
from tests.faults.arena import MEMORY_BYTES, Arena, Row
from tests.faults.hostile_records import Hostile, hostile
from tests.faults.hostile_values import MAP_FIELDS, MARK, THINGS, Fate
from tests.integration.harness import Corridor, SimulatorThread, until

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


def _place(letter: DeadLetter) -> tuple[int, int]:
    assert letter.partition is not None
    assert letter.offset is not None
    return letter.partition, letter.offset


def check_dead_letters(made: Corridor, sent: dict[tuple[int, int], Hostile]) -> Counter[str]:
    """Fail unless what cannot be used is in one dead letter, whole; how many there are, by reason."""
    letters = made.dead_letters()
    reasons = {_place(letter): letter.reason for letter in letters}
    assert len(reasons) == len(letters), "an event has two dead letters"
    for letter in letters:
        record = sent[_place(letter)]
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
            profile = read(record.value)["profile"]
            person = people.get(profile["email"])
            assert person is not None, f"{profile['email']} is missing"
            assert person["firstName"] == profile["first"]


def _bytes(text: str | None, encoding: str) -> bytes | None:
    if text is None:
        return None
    return b64decode(text) if encoding == "base64" else text.encode()
