from typing import Any

import pytest

from streams.jobs.track_messages.replies import canonical
from tests.jobs.track_messages.tracking import DAY, HOUR, MINUTE, World

HANDSET = (3, 5, "DELIVERED_TO_HANDSET")


def answers(world: World, *message_ids: str) -> list[str | None]:
    """What is said to be answered to each message, once its time is over."""
    world.wait(4 * DAY)
    return [world.outcomes(one)[-1]["reply"] for one in message_ids]


def test_an_answer_that_names_no_message_belongs_to_the_latest() -> None:
    world = World()
    world.message("m-1", sent_at="2026-11-20T10:00:00Z")
    world.wait(10 * MINUTE)
    world.message("m-2", sent_at="2026-11-20T10:10:00Z")
    world.wait(30 * MINUTE)
    world.inbound()
    assert answers(world, "m-1", "m-2") == [None, "yes please"]


def test_an_answer_between_two_messages_belongs_to_the_first_however_late_it_is_read() -> None:
    world = World()
    world.message("m-1", sent_at="2026-11-20T10:00:00Z")
    world.wait(40 * MINUTE)
    world.message("m-2", sent_at="2026-11-20T10:40:00Z")
    world.inbound(sent_at="2026-11-20T10:30:00Z")
    assert answers(world, "m-1", "m-2") == ["yes please", None]


def test_an_answer_that_names_a_message_belongs_to_it() -> None:
    world = World()
    world.message("m-1")
    world.message("m-2")
    world.inbound(reply_to="m-1")
    assert answers(world, "m-1", "m-2") == ["yes please", None]


def test_an_answer_after_the_waiting_time_is_none() -> None:
    world = World(wait_for_reply={"hours": 1})
    world.message()
    world.wait(HOUR + MINUTE)
    world.inbound(sent_at="2026-11-20T11:00:01Z")
    assert answers(world, "m-1") == [None]


def test_an_answer_within_the_waiting_time_counts_although_it_is_read_later() -> None:
    world = World(wait_for_reply={"hours": 1})
    world.message()
    world.wait(HOUR + MINUTE)
    world.inbound(sent_at="2026-11-20T11:00:00Z")
    assert answers(world, "m-1") == ["yes please"]


def test_an_answer_that_is_read_before_its_message_waits_for_it() -> None:
    world = World()
    world.wait(30 * MINUTE)
    world.inbound(sent_at="2026-11-20T10:20:00Z")
    world.message(sent_at="2026-11-20T10:00:00Z")
    assert answers(world, "m-1") == ["yes please"]


def test_an_answer_before_its_message_answers_another() -> None:
    world = World()
    world.inbound(sent_at="2026-11-20T09:00:00Z")
    world.message(sent_at="2026-11-20T10:00:00Z")
    assert answers(world, "m-1") == [None]


def test_clocks_may_differ_by_a_minute() -> None:
    world = World()
    world.message(sent_at="2026-11-20T10:00:00Z")
    world.inbound(sent_at="2026-11-20T09:59:10Z")
    assert answers(world, "m-1") == ["yes please"]


def test_an_answer_belongs_to_a_message_before_it_rather_than_to_one_just_after() -> None:
    world = World()
    world.message("m-1", sent_at="2026-11-20T10:00:00Z")
    world.wait(31 * MINUTE)
    world.message("m-2", sent_at="2026-11-20T10:30:40Z")
    world.inbound(sent_at="2026-11-20T10:30:00Z")
    assert answers(world, "m-1", "m-2") == ["yes please", None]


def test_an_answer_is_used_once_however_often_it_is_told() -> None:
    world = World()
    world.message("m-1", sent_at="2026-11-20T10:00:00Z")
    world.wait(MINUTE)
    world.inbound(sent_at="2026-11-20T10:00:50Z")
    world.message("m-2", sent_at="2026-11-20T10:00:45Z")
    world.inbound(sent_at="2026-11-20T10:00:50Z")
    assert answers(world, "m-1", "m-2") == ["yes please", None]


def test_of_several_answers_the_first_counts_in_any_order() -> None:
    for texts in ((("i-1", "first", 5), ("i-2", "second", 6)), (("i-2", "second", 6), ("i-1", "first", 5))):
        world = World()
        world.message()
        world.wait(10 * MINUTE)
        for inbound_id, text, minute in texts:
            world.inbound(text, inbound_id=inbound_id, sent_at=f"2026-11-20T10:0{minute}:00Z")
        assert answers(world, "m-1") == ["first"]


def test_an_answer_goes_rather_to_a_message_of_its_channel() -> None:
    world = World()
    world.message("m-1", channel="whatsapp_text", sent_at="2026-11-20T10:00:00Z")
    world.message("m-2", channel="sms", sent_at="2026-11-20T10:00:00Z")
    world.wait(30 * MINUTE)
    world.inbound("on WhatsApp", channel="whatsapp", inbound_id="i-1")
    world.inbound("by SMS", channel="mms", inbound_id="i-2")
    assert answers(world, "m-1", "m-2") == ["on WhatsApp", "by SMS"]


@pytest.mark.parametrize(
    ("more", "expected"),
    [({"text": None, "type": "IMAGE"}, "IMAGE"), ({"text": "", "type": "TEXT"}, "TEXT"), ({"text": None}, "")],
)
def test_an_answer_without_a_text_is_told_by_its_type(more: dict[str, Any], expected: str) -> None:
    world = World()
    world.message()
    world.inbound(**more)
    assert answers(world, "m-1") == [expected]


def test_nobody_answers_a_message_that_was_not_sent_or_is_not_followed() -> None:
    world = World()
    world.message("m-1", status="enqueue_failed")
    world.message("m-2", job="another")
    world.inbound()
    world.wait(DAY)
    assert [one["reply"] for one in world.outcomes("m-1")] == [None]
    assert world.states.keys() == {b"m-1"}


@pytest.mark.parametrize("written", ["+447860099299", " 447860099299", "447860099299"])
def test_a_number_is_the_same_however_it_is_written(written: str) -> None:
    world = World()
    world.message()
    world.inbound(**{"from": written})
    assert answers(world, "m-1") == ["yes please"]


def test_addresses_have_one_form() -> None:
    assert [canonical(one) for one in (None, "", " ", "+4711", "Ann@X.com", "5215512345678")] == [
        None,
        None,
        None,
        "4711",
        "ann@x.com",
        "525512345678",
    ]


def test_what_is_remembered_of_an_address_has_an_end() -> None:
    world = World()
    for number in range(200):
        world.message(f"m-{number}")
        world.inbound(inbound_id=f"i-{number}", sent_at="2026-11-19T10:00:00Z")
    assert max(map(len, world.states.values())) < 6000
    world.wait(8 * DAY)
    assert world.states == {}
