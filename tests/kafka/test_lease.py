"""For how long a process may act for its partitions, told by clocks that a test sets."""

import asyncio
import time
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.protocol.group import HeartbeatRequest, SyncGroupRequest

from schemas.operations import ADD_TAG, SEND_SMS
from streams.calls.call import Call, Reply
from streams.calls.pacing import Pacing, unpaced
from streams.kafka.lease import (
    DELIVERY_SECONDS,
    HEARTBEAT_SECONDS,
    LEASE_SECONDS,
    REBALANCE_SECONDS,
    SESSION_SECONDS,
    Lease,
    Moment,
    now,
)
from streams.kafka.member import listen
from tests.docs.pages import DOCS
from tests.fakes.clock import Clock, timeless
from tests.fakes.infobip import Infobip
from tests.waiting import until

NO_ERROR, UNKNOWN_MEMBER, ILLEGAL_GENERATION, REBALANCING, NO_COORDINATOR = 0, 25, 22, 27, 15


@pytest.fixture
def clocks() -> Clock:
    return Clock()


@pytest.fixture
def lease(clocks: Clock) -> Lease:
    return Lease("vip", lambda: clocks.moment)


def test_a_lease_and_a_records_delivery_end_before_the_session_and_a_heartbeat_may_be_lost() -> None:
    assert LEASE_SECONDS + DELIVERY_SECONDS < SESSION_SECONDS
    assert LEASE_SECONDS >= 2 * HEARTBEAT_SECONDS


def test_the_guarantees_tell_these_times() -> None:
    told = " ".join((DOCS / "guarantees.md").read_text().split())
    assert f"only within {LEASE_SECONDS:.0f} s of the last heartbeat" in told
    assert f"records not acknowledged in {DELIVERY_SECONDS:.0f} s are dropped" in told
    assert f"takes more than {DELIVERY_SECONDS:.0f} s to reach the brokers" in told
    assert f"A killed process holds its partitions for {SESSION_SECONDS:.0f} seconds" in told


def test_nothing_is_held_before_the_coordinator_was_heard(lease: Lease) -> None:
    assert not lease.holds


def test_it_holds_for_so_long_after_what_was_acknowledged_was_sent(clocks: Clock, lease: Lease) -> None:
    sent_at = lease.now()
    clocks.move(4)  # the answer took so long
    lease.renew(sent_at)
    assert lease.holds
    clocks.move(LEASE_SECONDS - 4 - 0.1)
    assert lease.holds
    clocks.move(0.1)
    assert not lease.holds
    lease.renew(lease.now())
    assert lease.holds


def test_an_answer_that_was_late_takes_nothing_back(clocks: Clock, lease: Lease) -> None:
    early = lease.now()
    clocks.move(4)
    lease.renew(lease.now())
    lease.renew(early)
    clocks.move(4)
    assert lease.holds


def test_time_that_only_the_wall_clock_has_seen_counts(clocks: Clock, lease: Lease) -> None:
    """A virtual machine that was suspended: its own clock stood still, and the wall clock was set as it woke."""
    lease.renew(lease.now())
    clocks.wall_ahead += 3600
    assert not lease.holds


def test_a_wall_clock_that_is_set_back_takes_nothing_away_and_gives_nothing(clocks: Clock, lease: Lease) -> None:
    lease.renew(lease.now())
    clocks.wall_ahead -= 3600
    assert lease.holds
    clocks.move(LEASE_SECONDS)
    assert not lease.holds


def test_the_clock_counts_time_asleep_where_the_machine_has_such_a_clock() -> None:
    clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
    before = time.clock_gettime(clock)
    assert before <= now().steady <= time.clock_gettime(clock)


def test_heartbeats_of_an_endless_rebalance_do_not_count_for_ever(clocks: Clock, lease: Lease) -> None:
    """Who does not come to a rebalance is left out of it, although its heartbeats are answered until then."""
    held = 0.0
    while held < 60:
        lease.renew(lease.now(), rebalancing=True)
        if not lease.holds:
            break
        clocks.move(1)
        held += 1
    assert REBALANCE_SECONDS <= held <= REBALANCE_SECONDS + LEASE_SECONDS + 1
    lease.renew(lease.now())
    assert lease.holds


# --- heard in the consumer's client -------------------------------------------------------------------------------

HEARTBEAT = HeartbeatRequest("group", 1, "member")
SYNC = SyncGroupRequest("group", 1, "member", None, [])


class Coordinator:
    """An aiokafka client that answers after a while with what the test says."""

    def __init__(self, clocks: Clock, code: int) -> None:
        self.clocks, self.code, self.seconds = clocks, code, 0.0

    async def send(self, _: Any, __: Any, *, group: Any) -> Any:
        assert group == "coordination"
        self.clocks.move(self.seconds)
        return SimpleNamespace(error_code=self.code)


@pytest.mark.parametrize(
    ("request_", "code", "held"),
    [
        pytest.param(HEARTBEAT, NO_ERROR, True, id="heartbeat"),
        pytest.param(SYNC, NO_ERROR, True, id="assignment"),
        pytest.param(HEARTBEAT, REBALANCING, True, id="rebalance"),
        pytest.param(HEARTBEAT, UNKNOWN_MEMBER, False, id="given up"),
        pytest.param(HEARTBEAT, NO_COORDINATOR, False, id="coordinator moved"),
        pytest.param(object(), NO_ERROR, False, id="another request"),
    ],
)
def test_what_the_coordinator_acknowledges_renews_it(
    clocks: Clock, lease: Lease, request_: Any, code: int, *, held: bool
) -> None:
    client = Coordinator(clocks, code)
    listen(client, lease)
    answer = asyncio.run(client.send(1, request_, group="coordination"))
    assert (answer.error_code, lease.holds) == (code, held)


def test_it_counts_from_when_a_heartbeat_was_sent(clocks: Clock, lease: Lease) -> None:
    """A process that slept between a heartbeat and its answer hears of it too late."""
    client = Coordinator(clocks, NO_ERROR)
    client.seconds = 20
    listen(client, lease)
    asyncio.run(client.send(1, HEARTBEAT, group="coordination"))
    assert not lease.holds


@pytest.mark.parametrize("code", [UNKNOWN_MEMBER, ILLEGAL_GENERATION])
def test_whoever_is_told_that_it_is_no_member_holds_nothing_from_then_on(
    clocks: Clock, lease: Lease, code: int
) -> None:
    lease.renew(lease.now())
    client = Coordinator(clocks, code)
    listen(client, lease)
    asyncio.run(client.send(1, HEARTBEAT, group="coordination"))
    assert not lease.holds


# --- calls under it ------------------------------------------------------------------------------------------------

CALL = Call(ADD_TAG, {"persons": []}, path="/people/2/tags/VIP/persons")


def heard() -> None:
    """Stand in for a flight."""


@timeless
async def test_a_call_goes_only_while_it_holds() -> None:
    lease, infobip = Lease("vip"), Infobip()
    calling = asyncio.ensure_future(unpaced(lease.bound(infobip.connect().perform))(CALL, heard))
    await asyncio.sleep(600)
    assert infobip.calls == []
    lease.renew(lease.now())
    assert (await calling).status == 200


@timeless
async def test_each_try_of_a_call_goes_only_while_it_holds() -> None:
    clocks, infobip = Clock(), Infobip(steps=[503])
    lease = Lease("vip", lambda: clocks.moment)
    lease.renew(lease.now())
    calling = asyncio.ensure_future(unpaced(lease.bound(infobip.connect().perform))(CALL, heard))
    await until(lambda: len(infobip.calls) == 1)
    clocks.move(LEASE_SECONDS)  # while it waits before it tries again
    await asyncio.sleep(600)
    assert len(infobip.calls) == 1
    lease.renew(lease.now())
    assert (await calling).status == 200
    assert len(infobip.calls) == 2


@timeless
async def test_a_call_that_loses_it_in_line_gives_its_connection_back_and_stands_in_line_again() -> None:
    clocks, infobip = Clock(), Infobip()
    client, lease = infobip.connect(), Lease("vip", lambda: clocks.moment)
    lease.renew(lease.now())
    client.set_share("vip", {ADD_TAG}, 0, 1)  # so that it stands in line
    bound = unpaced(lease.bound(client.perform))
    calling = asyncio.ensure_future(bound(CALL, heard))
    await asyncio.sleep(1)
    clocks.move(LEASE_SECONDS)
    client.set_share("vip", {ADD_TAG}, 1, 1)
    await asyncio.sleep(10)
    assert infobip.calls == []
    # Others of the same authorization go on meanwhile, as many as there are connections.
    await asyncio.gather(*(client.perform(Call(SEND_SMS, {})) for _ in range(200)))
    assert len(infobip.calls) == 200
    lease.renew(lease.now())
    await calling
    assert len(infobip.calls) == 201


@timeless
async def test_a_call_that_loses_it_while_its_time_is_written_down_does_not_go() -> None:
    """The last question comes after everything else that a call waits for."""
    clocks, gone = Clock(), 0
    lease = Lease("vip", lambda: clocks.moment)
    lease.renew(lease.now())

    async def slow_departure() -> None:
        clocks.move(LEASE_SECONDS if gone == 0 else 0)

    infobip = Infobip()
    perform = lease.bound(infobip.connect().perform)
    calling = asyncio.ensure_future(perform(CALL, heard, Pacing(before_sending=slow_departure)))
    await asyncio.sleep(10)
    assert infobip.calls == []
    gone = 1
    lease.renew(lease.now())
    assert (await calling) == Reply(200)


@timeless
async def test_a_call_that_waits_for_it_may_be_called_off() -> None:
    infobip = Infobip()
    calling = asyncio.ensure_future(unpaced(Lease("vip").bound(infobip.connect().perform))(CALL, heard))
    await asyncio.sleep(60)
    calling.cancel()
    with pytest.raises(asyncio.CancelledError):
        await calling
    assert infobip.calls == []


@timeless
async def test_waiting_for_it_is_told_once_in_a_while(caplog: pytest.LogCaptureFixture) -> None:
    loop = asyncio.get_running_loop()
    lease = Lease("vip", lambda: Moment(loop.time(), loop.time()))
    waiting = [asyncio.create_task(lease.held()) for _ in range(8)]
    await asyncio.sleep(100)
    told = [record.message for record in caplog.records if record.message.startswith("lease_awaited job=vip")]
    assert len(told) == 3
    for task in waiting:
        task.cancel()
