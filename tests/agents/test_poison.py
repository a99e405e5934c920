"""One person or message that Infobip chokes on holds up nobody else, and no outage is taken for one."""

from collections.abc import Callable

import httpx
import pytest

from streams.calls.call import Call
from tests.agents.choosy import Meets, World, all_committed, broken, names_in, page
from tests.fakes.clock import now, timeless
from tests.fakes.words import Step
from tests.making import event, export_job, send_job

HOUR = 3600.0
MINUTES_15 = 900.0


def people(count: int, *others: str) -> list[bytes]:
    return [event(f"p{number}") for number in range(count)] + [event(name) for name in others]


def chokes(*guilty: str, on: str = "", fault: Callable[[], Step] = broken) -> Meets:
    """Any call that names one of the guilty, at a path that ends so, meets the fault."""

    def meets(call: Call) -> Step | None:
        return fault() if call.path.endswith(on) and names_in(call) & set(guilty) else None

    return meets


FAULTS: dict[str, Callable[[], Step]] = {
    "500": broken,
    "503": lambda: page(503),
    "reset": lambda: httpx.ReadError("reset"),
    "timeout": lambda: httpx.ReadTimeout("slow"),
    "not JSON": lambda: page(200),
    "400 of a gateway": lambda: page(400),
    "404 of a gateway": lambda: page(404),
    "406": lambda: page(406),
}


@pytest.mark.parametrize("name", FAULTS)
@timeless
async def test_the_others_are_delivered_in_seconds_and_the_one_is_given_up_in_the_end(name: str) -> None:
    job = export_job(flush={"max_events": 1000, "max_seconds": 1})
    world = World(job, chokes("p437", fault=FAULTS[name]))
    await world.play(people(1000), all_committed(1000))
    others = {f"p{number}@example.com" for number in range(1000)} - {"p437@example.com"}
    assert set(world.infobip.tagged) == set(world.infobip.people) == others
    assert max(world.infobip.tagged.values()) < 60
    assert world.outcomes == {"accepted": 999, "rejected": 1}
    assert world.offsets == list(range(1000))
    ((given_up_at, letter),) = world.of("infobip_dead_letters")
    assert MINUTES_15 < given_up_at < MINUTES_15 + 120
    assert (letter["reason"], letter["offset"]) == ("rejected", 437)
    assert world.committed[0][0] >= given_up_at
    assert len(world.infobip.calls) < 150


@timeless
async def test_a_dead_letter_says_what_infobip_answered() -> None:
    world = World(export_job(give_up_after={"seconds": 30}), chokes("p3"))
    await world.play(people(10), all_committed(10))
    ((at, letter),) = world.of("infobip_dead_letters")
    assert letter["detail"] == "500 GENERAL_ERROR Something went wrong"
    assert at < 200


@timeless
async def test_what_was_never_answered_says_so() -> None:
    fault = FAULTS["timeout"]
    world = World(export_job(give_up_after={"seconds": 30}), chokes("p3", fault=fault))
    await world.play(people(10), all_committed(10))
    ((_, letter),) = world.of("infobip_dead_letters")
    assert letter["detail"] == "Infobip takes others, but to this it did not answer in time"


@pytest.mark.parametrize("on", ["/tags/VIP/persons", "/upsert"])
@timeless
async def test_windows_behind_it_go_on_however_many(on: str) -> None:
    job = export_job(flush={"max_events": 100, "max_seconds": 1})
    world = World(job, chokes("p7", on=on))
    await world.play(people(5000), lambda world: world.outcomes["accepted"] == 4999)
    assert now() < 60
    assert not world.of("infobip_dead_letters")
    # Everything but the one is told of, and nothing is committed beyond it.
    assert world.outcomes == {"accepted": 4999}
    assert not world.committed


@timeless
async def test_one_in_each_window_of_a_backlog_holds_up_none() -> None:
    guilty = [f"p{number}" for number in range(50, 3000, 100)]
    job = export_job(flush={"max_events": 100, "max_seconds": 1})
    world = World(job, chokes(*guilty))
    await world.play(people(3000), all_committed(3000))
    assert max(world.infobip.tagged.values()) < 240
    assert world.outcomes == {"accepted": 2970, "rejected": 30}
    assert world.offsets == list(range(3000))
    assert max(at for at, _ in world.of("infobip_dead_letters")) < MINUTES_15 + 400


@timeless
async def test_several_in_one_window_are_found() -> None:
    guilty = ["p0", "p499", "p500", "p999", *(f"p{number}" for number in range(100, 120))]
    world = World(export_job(), chokes(*guilty))
    await world.play(people(1000), all_committed(1000))
    assert max(world.infobip.tagged.values()) < 180
    assert world.outcomes == {"accepted": 976, "rejected": 24}


@timeless
async def test_whoever_is_taken_after_some_minutes_is_delivered_and_tagged() -> None:
    def meets(call: Call) -> Step | None:
        return broken() if now() < 300 and "p5" in names_in(call) and call.path.endswith("upsert") else None

    world = World(export_job(), meets)
    await world.play(people(100), all_committed(100))
    assert world.outcomes == {"accepted": 100}
    assert 300 < world.infobip.tagged["p5@example.com"] < 420


@timeless
async def test_what_follows_of_the_same_person_follows_and_what_does_not_goes_first() -> None:
    """The exit is in a later window, beside others."""
    job = export_job(flush={"max_events": 10, "max_seconds": 1}, give_up_after={"minutes": 2})
    world = World(job, chokes("bad", on="/upsert"))
    values = [*people(9, "bad"), event("bad", "exit"), *people(28)[9:]]
    await world.play(values, all_committed(30))
    ((given_up_at, letter),) = world.of("infobip_dead_letters")
    assert letter["offset"] == 9
    assert world.infobip.untagged["bad@example.com"] > given_up_at - 1
    assert max(at for who, at in world.infobip.tagged.items()) < 60
    assert world.outcomes == {"accepted": 29, "rejected": 1}
    assert world.offsets == list(range(30))


@timeless
async def test_one_who_comes_again_and_again_is_not_waited_for_again_and_again() -> None:
    job = export_job(flush={"max_events": 10, "max_seconds": 1})
    world = World(job, chokes("bad"))
    values = [value for number in range(20) for value in (*people(10 * number + 9)[10 * number :], event("bad"))]
    await world.play(values, all_committed(200))
    assert world.outcomes == {"accepted": 180, "rejected": 20}
    assert world.committed[-1][0] < 2 * MINUTES_15
    assert [letter["offset"] for _, letter in world.of("infobip_dead_letters")] == list(range(9, 200, 10))


OUTAGES = {name: FAULTS[name] for name in ("500", "timeout", "404 of a gateway")}
OUTAGES["refused"] = lambda: httpx.ConnectError("refused")


@pytest.mark.parametrize("name", OUTAGES)
@timeless
async def test_an_outage_buries_nobody_and_is_not_asked_without_end(name: str) -> None:
    def meets(_: Call) -> Step | None:
        return OUTAGES[name]() if 5 < now() < HOUR else None

    job = export_job(flush={"max_events": 100, "max_seconds": 1}, give_up_after={"seconds": 1})
    world = World(job, meets)
    values = people(5000)
    await world.play(values, all_committed(5000))
    assert world.outcomes == {"accepted": 5000}
    assert not world.of("infobip_dead_letters")
    assert len(world.infobip.tagged) == 5000
    during = [at for at in world.infobip.times if 5 < at < HOUR]
    assert len(during) < 8 * (60 * 2.5 + 150), name
    assert [state.kind for at, state in world.states if 600 < at < HOUR].count("ok") == 0


@timeless
async def test_an_outage_while_one_stands_alone_is_no_reason_to_give_it_up() -> None:
    """Infobip must have shown that it is there before it is."""

    def meets(call: Call) -> Step | None:
        if 60 < now() < 3 * HOUR:
            return broken()
        return broken() if now() < 60 and "p5" in names_in(call) else None

    world = World(export_job(give_up_after={"minutes": 5}), meets)
    await world.play(people(100), all_committed(100))
    assert world.outcomes == {"accepted": 100}


@timeless
async def test_many_who_fail_at_once_are_waited_for_and_not_given_up() -> None:
    """Half of the people are on a machine that is down."""

    def meets(call: Call) -> Step | None:
        return broken() if now() < HOUR and any(int(name[1:]) % 2 for name in names_in(call)) else None

    world = World(export_job(give_up_after={"minutes": 5}), meets)
    await world.play(people(1000), all_committed(1000))
    assert world.outcomes == {"accepted": 1000}


def texts(count: int) -> list[bytes]:
    return [event(f"p{number}", phone=f"+4179302{number:04d}") for number in range(count)]


@pytest.mark.parametrize("name", ["500", "reset", "timeout", "404 of a gateway"])
@timeless
async def test_one_message_that_infobip_chokes_on_holds_up_no_other(name: str) -> None:
    world = World(send_job(), chokes("41793020123", on="/messages", fault=FAULTS[name]))
    await world.play(texts(500), all_committed(500))
    assert len(world.infobip.sent) == 499
    assert max(world.infobip.sent.values()) < 120
    assert not world.infobip.duplicates
    told = {record["to"]: (at, record) for at, record in world.of("infobip_messages")}
    assert len(told) == len(world.of("infobip_messages")) == 500
    given_up_at, record = told.pop("41793020123")
    assert (record["status"], record["message_status"]) == ("enqueue_failed", "Error: Rejected by Infobip")
    assert MINUTES_15 < given_up_at < MINUTES_15 + 200
    assert max(at for at, _ in told.values()) < 120
    assert world.outcomes == {"accepted": 499, "rejected": 1}
    ((_, letter),) = world.of("infobip_dead_letters")
    assert letter["offset"] == 123


@timeless
async def test_the_state_of_sends_does_not_flicker_while_answers_are_lost() -> None:
    world = World(
        send_job(give_up_after={"minutes": 10}),
        lambda call: broken() if call.method == "POST" and now() < HOUR else None,
    )
    await world.play(texts(500), all_committed(500))
    assert world.outcomes == {"accepted": 500}
    kinds = [state.kind for at, state in world.states]
    assert kinds.count("ok") <= 3


@timeless
async def test_a_message_that_was_taken_although_infobip_choked_is_not_sent_again() -> None:
    world = World(send_job(give_up_after={"minutes": 1}))
    seen = []

    def meets(call: Call) -> Step | None:
        if call.path.endswith("/messages") and "41793020003" in names_in(call):
            seen.append(now())
            if len(names_in(call)) == 1:
                world.infobip.answer(call)
            return broken()
        return None

    world.infobip.meets = meets
    await world.play(texts(10), all_committed(10))
    assert len(world.infobip.sent) == 10
    assert not world.infobip.duplicates
    assert world.outcomes["accepted"] + world.outcomes["unchanged"] == 10
