"""Pages wait packed, in their order, and no more of them than there is room for."""

import asyncio
from decimal import Decimal
from typing import Any

from streams.jobs.export_audience.verification.tagged import NOT_LOOKED_AT, Tagged
from streams.jobs.export_audience.verification.waiting import WaitingPages, pack, unpack


def people(first: int, said: Any = NOT_LOOKED_AT) -> list[Tagged]:
    return [
        Tagged(str(number), 1_795_168_800, (f"EMAIL p{number}@example.com",), frozenset({"vip", "new"}), said)
        for number in range(first, first + 1000)
    ]


def test_a_page_is_the_same_once_it_is_unpacked_and_takes_little_meanwhile() -> None:
    page = people(0)
    assert unpack(pack(page)) == page
    assert unpack(pack(page))[0].said is NOT_LOOKED_AT
    assert len(pack(page)) < 30_000
    said = {"firstName": "Ann", "customAttributes": {"ltv": Decimal("1.50"), "big": 2**70}}
    assert unpack(pack(people(0, said)))[0].said == said


def test_pages_come_in_their_order_and_wait_for_room() -> None:
    async def pass_on() -> tuple[list[str], int]:
        waiting, most = WaitingPages(2 * len(pack(people(0)))), 0
        taken: list[str] = []

        async def put() -> None:
            nonlocal most
            for number in range(6):
                await waiting.put(people(number * 1000))
                most = max(most, len(waiting._packed))
            waiting.end()

        putting = asyncio.create_task(put())
        while (page := await waiting.take()) is not None:
            taken.append(page[0].key)
            await asyncio.sleep(0)
        await putting
        return taken, most

    assert asyncio.run(pass_on()) == (["0", "1000", "2000", "3000", "4000", "5000"], 2)


def test_nobody_waits_for_room_once_nobody_takes_any_more() -> None:
    async def put() -> None:
        waiting = WaitingPages(1)
        await waiting.put(people(0))
        putting = asyncio.create_task(waiting.put(people(1000)))
        await asyncio.sleep(0)
        assert not putting.done()
        waiting.drop()
        await putting

    asyncio.run(put())
