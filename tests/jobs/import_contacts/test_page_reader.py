"""Pages are read ahead of what is written, so many and no more; what has gathered is written together."""

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta

import orjson
import pytest

from schemas.jobs.import_contacts import ImportContacts
from schemas.records.contact import ImportCursor
from streams.calls.call import Call
from streams.calls.waiting import Wait
from streams.errors import RunFailed
from streams.jobs.import_contacts import plan
from streams.jobs.import_contacts.page_reader import WAITING_MAX, PageReader
from streams.jobs.import_contacts.plan import Position
from streams.kafka.producer import OutgoingRecord
from tests.fakes.brokers import Brokers
from tests.fakes.clock import timeless
from tests.fakes.infobip import NOW, Infobip
from tests.jobs.import_contacts.jobs import job
from tests.jobs.starting import lived, started

LIMIT = 10
#: How long the brokers take for a transaction, and Infobip for an answer.
WRITING_SECONDS, ANSWER_SECONDS = 7.0, 1.0
CURSOR = "infobip_cursor_contacts"
#: Behind the proof of the key: when the third page is asked for, while the first is being written.
CHANGED_AT_CALL = 4


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "LIMIT", LIMIT)


def at(second: int) -> datetime:
    return NOW + timedelta(seconds=second)


def crowd(people: int) -> Infobip:
    """An account of people who were modified in seconds of their own."""
    infobip = Infobip.simulated()
    for number in range(people):
        infobip.account.create({"firstName": f"First{number}"}, at(number))
    infobip.seconds = ANSWER_SECONDS
    return infobip


async def reading(infobip: Infobip) -> PageReader:
    return PageReader(job(), infobip.perform, Position(), Wait(), counts=False)


@timeless
async def test_so_many_pages_are_read_ahead_and_one_more_is_asked_for() -> None:
    infobip = crowd(200)
    reader = await reading(infobip)
    await asyncio.sleep(100)
    assert len(infobip.calls) == WAITING_MAX + 1
    pages = await reader.gathered()
    assert len(pages) == WAITING_MAX
    await asyncio.sleep(100)
    assert len(infobip.calls) == 2 * WAITING_MAX + 1
    assert len(await reader.gathered()) == WAITING_MAX
    await reader.aclose()


@timeless
async def test_a_page_that_does_not_come_is_told_of_behind_those_that_came() -> None:
    infobip = crowd(200)
    infobip.meets = lambda _: 400 if len(infobip.calls) == 2 + 1 else None
    reader = await reading(infobip)
    await asyncio.sleep(100)
    assert len(await reader.gathered()) == 2
    with pytest.raises(RunFailed, match="answered 400"):
        await reader.gathered()
    await reader.aclose()


class SlowBrokers(Brokers):
    """Brokers that take their time for a transaction, and remember each."""

    def __init__(self) -> None:
        super().__init__()
        self.transactions = list[list[OutgoingRecord]]()

    async def write(self, records: Iterable[OutgoingRecord]) -> None:
        batch = list(records)
        if any(one.topic == "infobip_contacts" for one in batch):
            self.transactions.append(batch)
            await asyncio.sleep(WRITING_SECONDS)
        await super().write(batch)


def imported(infobip: Infobip) -> SlowBrokers:
    brokers = SlowBrokers()
    once = ImportContacts(name="contacts", kind="import_contacts", authorization="main")
    assert started(once, infobip, lived, brokers).states[-1] == ("stopped", "")
    return brokers


def test_pages_that_come_while_one_is_written_are_one_transaction_with_the_cursor_behind_all() -> None:
    brokers = imported(crowd(100))
    assert len(brokers.transactions) < 100 / LIMIT
    for batch in brokers.transactions:
        assert [one.topic for one in batch].count(CURSOR) == 1
        assert batch[-1].topic == CURSOR
        told = [one.key for one in batch if one.topic == "infobip_contacts"]
        assert told == [one.key for one in batch if one.topic == "infobip_imported_contacts"]
        assert len(told) <= WAITING_MAX * LIMIT
    assert len({one.key for one in brokers.of("infobip_contacts")}) == len(brokers.of("infobip_contacts")) == 100


def test_who_changes_between_two_pages_of_a_transaction_is_written_in_both_versions() -> None:
    def change(_: Call) -> None:
        if len(infobip.calls) == CHANGED_AT_CALL:
            infobip.account.spoil(ids[15], {"firstName": "Changed"}, at(25))

    infobip = crowd(100)
    ids, infobip.meets = list(infobip.account.people), change
    brokers = imported(infobip)
    key = str(ids[15]).encode()
    (both,) = [batch for batch in brokers.transactions if any(one.key == key for one in batch)]
    versions = [orjson.loads(one.value or b"{}") for one in both if one.topic == "infobip_contacts" and one.key == key]
    assert [one["first_name"] for one in versions] == ["First15", "Changed"]
    assert len(brokers.of("infobip_contacts")) == 101
    cursor = ImportCursor.model_validate_json(brokers.of(CURSOR)[-1].value or b"")
    assert cursor.run is not None
    assert cursor.run.outcomes == {"imported": 101}
