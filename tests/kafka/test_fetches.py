"""How often brokers are asked for records that have none."""

import asyncio

import pytest

from streams.kafka.faust_patches import EMPTY_SECONDS, unhurried
from tests.fakes.clock import now, timeless


@timeless
async def test_a_fetch_that_brought_something_is_followed_at_once() -> None:
    began = now()
    assert await unhurried(_full) is True
    assert now() == began


@timeless
async def test_an_empty_fetch_that_came_back_at_once_is_followed_a_little_later() -> None:
    began = now()
    assert await unhurried(_empty) is False
    assert now() - began == pytest.approx(EMPTY_SECONDS)


@timeless
async def test_a_broker_that_waits_itself_is_asked_again_at_once() -> None:
    began = now()
    assert await unhurried(_empty, 0.2) is False
    assert now() - began == pytest.approx(0.2)


@timeless
async def test_a_fetch_that_is_called_off_meanwhile_ends_as_an_empty_one() -> None:
    fetching = asyncio.create_task(unhurried(_empty))
    await asyncio.sleep(EMPTY_SECONDS / 2)
    fetching.cancel()
    assert await fetching is False


async def _full() -> bool:
    return True


async def _empty(seconds: float = 0.0) -> bool:
    await asyncio.sleep(seconds)
    return False
