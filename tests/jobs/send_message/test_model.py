"""Random events in random windows, kills and lost answers: each event that enters is sent once, and told of."""

from collections.abc import Sequence
from dataclasses import replace

import orjson
from hypothesis import given
from hypothesis import strategies as st

from schemas.records.message import Message
from streams.jobs.send_message.plan import Messenger
from streams.pipeline.decode import Entry, decode
from streams.pipeline.dispatch import SILENT_MAX
from streams.pipeline.message_ids import MessageIds
from streams.pipeline.settle import Settled
from streams.pipeline.window import OpenWindow, Window
from tests.examples import examples
from tests.jobs.send_message.sending import FAULTS, NOW, PHONE, Messaging
from tests.making import FakeRecord, send_job

JOB = send_job(
    audiences=["vip"], message_fields=["text"], max_per_request=4, content={"channel": "sms", "text": "{{text}}"}
)
FITS, NOBODY, LONG = {"phone": PHONE, "text": "Hi"}, {"phone": "", "text": "Hi"}, {"phone": PHONE, "text": "a" * 9999}
#: What a record is; the last three ask for no message.
KINDS = ("fits", "fits", "fits", "unnamed", "blocked", "guilty", "nobody", "long", "again", "exit", "other", "no event")
PROFILES = {"nobody": NOBODY, "long": LONG}


def first_of(kinds: Sequence[str], number: int) -> int:
    """Which event it is: one that comes again is the one before."""
    while number and kinds[number] == "again":
        number -= 1
    return number


def name_of(kinds: Sequence[str], number: int) -> str:
    """What an event is called."""
    first = first_of(kinds, number)
    return f"memberships-0-{number}" if kinds[first] == "unnamed" else f"e-{first}"


def id_of(kinds: Sequence[str], number: int) -> str:
    record = record_of(kinds, number)
    read = decode(record, record.value or b"")
    assert isinstance(read, Entry)
    return MessageIds(JOB.name).name(read).message_id


def record_of(kinds: Sequence[str], number: int) -> FakeRecord:
    first = first_of(kinds, number)
    kind = kinds[first]
    event = {
        "event_id": None if kind == "unnamed" else f"e-{first}",
        "action": "exit" if kind == "exit" else "enter",
        "audience": "other" if kind == "other" else "vip",
        "profile_id": f"p-{first % 5}",
        "profile": PROFILES.get(kind, FITS),
    }
    return FakeRecord(
        b"junk" if kind == "no event" else orjson.dumps(event), number, timestamp=1_763_632_800_000 + first
    )


def window(records: Sequence[FakeRecord], *, may_repeat: bool) -> Window:
    opened = OpenWindow(JOB.wants, 1000)
    assert opened.take(records, now=0.0) == len(records)
    return replace(opened.cut(), may_repeat=may_repeat)


@examples(400)
@given(
    kinds=st.lists(st.sampled_from(KINDS), min_size=1, max_size=30),
    sizes=st.lists(st.integers(1, 12), min_size=30, max_size=30),
    killed=st.lists(st.booleans(), min_size=30, max_size=30),
    lag=st.sampled_from([0, 2, 1000]),
    faults=st.lists(st.sampled_from(FAULTS), max_size=20),
)
def test_each_event_ends_in_one_outcome_and_each_message_goes_out_once(
    kinds: list[str], sizes: list[int], killed: list[bool], lag: int, faults: list[str]
) -> None:
    mute = [number for number, fault in enumerate(faults) if fault in {"silent", "half"}][SILENT_MAX - 1 :]
    infobip = Messaging(
        blocked=frozenset(
            id_of(kinds, number) for number in range(len(kinds)) if kinds[first_of(kinds, number)] == "blocked"
        ),
        guilty=frozenset(
            id_of(kinds, number) for number in range(len(kinds)) if kinds[first_of(kinds, number)] == "guilty"
        ),
        faults=iter([fault for number, fault in enumerate(faults) if number not in mute]),
        lag=lag,
    )
    messenger = Messenger(JOB)
    written: dict[str, list[Message]] = {}
    told, start, may_repeat = 0, 0, True
    for size, kill in zip(sizes, killed, strict=True):
        records = [record_of(kinds, number) for number in range(len(kinds))][start : start + size]
        for _ in range(2 if kill else 1):  # killed before the commit, and read again in doubt
            folded = messenger.fold(window(records, may_repeat=may_repeat))
            settled = infobip.hold(messenger.deliver(folded, NOW.timestamp()))
            may_repeat = kill
            assert sum(settled.outcomes.values()) == len(records) == folded.window.records
            check(settled)
            for sent in settled.told:
                written.setdefault(sent.message_id, []).append(sent)
        told += len(records)
        start += size
    assert told == len(kinds)
    enters = [n for n in range(len(kinds)) if kinds[first_of(kinds, n)] not in {"exit", "other", "no event"}]
    assert written.keys() == {id_of(kinds, number) for number in enters}
    assert set(infobip.taken) == {name for name, records in written.items() if records[-1].status == "enqueued"}
    names = {(id_of(kinds, number), name_of(kinds, number)) for number in enters}
    assert {(one.message_id, one.event_id) for records in written.values() for one in records} <= names


def check(settled: Settled) -> None:
    """Refusals and nothing else are dead letters; who is skipped is told of without one."""
    outcomes = settled.outcomes
    assert len(settled.failures) == outcomes.get("rejected", 0) + outcomes.get("undecodable", 0)
    assert all(message.is_enqueued == (message.error is None) for message in settled.told)
