"""Which status a message gets: for its destination, its content, its being one too many, or because a line says so."""

from typing import Any

import pytest

from streams.errors import ConfigurationError
from streams.simulator import SimulatorOptions
from tests.fakes.clock import Clock
from tests.simulator.messaging import MMS_TEXT, NUMBER, TYPED_TEXT, At, email, message, send, statuses, text
from tests.simulator.simulated import NOW, Caller, simulate

STATUSES = "/simulator/statuses"


def test_destinations_that_cannot_be_are_rejected_one_by_one() -> None:
    async def story(call: Caller) -> None:
        numbers = ("41793026727", "+41793026728", "0041793026727", "1234", "4179302672a", "1" * 16)
        assert statuses(await send(call, At.SMS, text(*numbers))) == [26, 26, 52, 52, 52, 52]
        assert statuses(await send(call, At.RCS, message(TYPED_TEXT, "07911"))) == [52]
        assert statuses(await send(call, At.EMAIL, email("ann@example.com", "+ann@example.com", "ann"))) == [7, 7, 52]
        assert [sent.to for sent in call.simulator.outbox.messages][-2:] == ["+ann@example.com", "ann"]
        group = {"group": [{"to": NUMBER}, {"to": "12"}]}
        mms = await send(call, At.MMS, {"destinations": [group, {"to": NUMBER}], "content": MMS_TEXT})
        assert statuses(mms) == [26, 52, 26]

    simulate(story)


def test_what_is_too_long_or_cannot_be_reported_is_rejected() -> None:
    async def story(call: Caller) -> None:
        septets, units = "a" * 153 * 25, "ж" * 67 * 25
        sent = await send(call, At.SMS, *(text(said=said) for said in (septets, septets + "a", units, units + "ж")))
        assert statuses(sent) == [26, 25, 26, 25]
        binary = [message({"hex": "00 " * octets}) for octets in (4000, 4001)]
        assert statuses(await send(call, At.SMS, *binary)) == [26, 25]
        bad_url: dict[str, Any] = {"webhooks": {"delivery": {"url": "not a url"}}}
        segments = [{"messageSegments": [{"type": "TEXT", "text": "a" * length}]} for length in (1600, 1601)]
        mms = await send(call, At.MMS, *map(message, segments), message(MMS_TEXT, **bad_url))
        assert statuses(mms) == [26, 77, 56]

    simulate(story)


def test_parts_are_told_when_asked_for() -> None:
    async def story(call: Caller) -> None:
        said = ("a" * 160, "a" * 161, "ж" * 71)
        sent = await send(call, At.SMS, *(text(said=each) for each in said), includeSmsCountInResponse=True)
        assert [each["details"] for each in sent.body["messages"]] == [{"messageCount": parts} for parts in (1, 2, 2)]
        turkish = {"text": "ğ" * 80, "language": {"languageCode": "TR", "lockingShift": True}}
        sent = await send(call, At.SMS, message(turkish), message({"hex": "00"}), includeSmsCountInResponse=True)
        assert [each.get("details") for each in sent.body["messages"]] == [{"messageCount": 1}, None]
        assert "details" not in (await send(call, At.SMS, text())).body["messages"][0]

    simulate(story)


def test_destinations_get_the_status_of_the_last_line_that_fits() -> None:
    lines = ("4477*=52", "447700900001=4", "*@bad.example=90")

    async def story(call: Caller) -> None:
        numbers = ("447700900000", "+447700900001", NUMBER)
        assert statuses(await send(call, At.SMS, text(*numbers))) == [52, 4, 26]
        assert statuses(await send(call, At.EMAIL, email("ann@BAD.example", "ann@example.com"))) == [90, 7]
        assert (await call("POST", STATUSES, {"statuses": ["4477*=5"]})).body == {"statuses": ["4477*=5"]}
        delivered = await send(call, At.SMS, text(*numbers, ids=["m1"]))
        assert statuses(delivered) == [5, 5, 26]
        assert delivered.body["messages"][0]["status"] == {
            "groupId": 3,
            "groupName": "DELIVERED",
            "id": 5,
            "name": "DELIVERED_TO_HANDSET",
            "description": "Message delivered to handset",
        }
        assert statuses(await send(call, At.SMS, text("447700900000", ids=["m1"]))) == [23]
        bad_lines: tuple[Any, ...] = (["4477*"], ["4477*=1000"], ["=52"], [7], {"status": []})
        for bad in bad_lines:
            assert (await call("POST", STATUSES, bad)).status == 400

    simulate(story, SimulatorOptions(limits=None, statuses=lines))
    with pytest.raises(ConfigurationError, match="4477"):
        SimulatorOptions(statuses=("4477*=x",))


def test_the_flooding_filter_counts_by_destination_and_hour() -> None:
    clock = Clock(NOW.timestamp())

    async def story(call: Caller) -> None:
        assert statuses(await send(call, At.SMS, *[text()] * 7)) == [26] * 6 + [20]
        assert statuses(await send(call, At.SMS, text(said="Other"), text("41793026728"))) == [26, 26]
        different = [text("41793026729", said=str(number)) for number in range(21)]
        assert statuses(await send(call, At.SMS, *different)) == [26] * 20 + [20]
        assert statuses(await send(call, At.SMS, different[0])) == [26]
        clock.move(3600)
        assert statuses(await send(call, At.SMS, text(), text("41793026729", said="new"))) == [26, 26]

    simulate(story, SimulatorOptions(limits=None, flooding_filter=True), clock.utc)

    async def unfiltered(call: Caller) -> None:
        assert statuses(await send(call, At.SMS, *[text()] * 30)) == [26] * 30

    simulate(unfiltered)
