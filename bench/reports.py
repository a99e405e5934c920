"""Delivery reports as Infobip posts them: of SMS v3, every one another message's, of the usual size."""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from streams.demo import samples

#: It was delivered, as `status` and `error` say it of nearly all messages.
DELIVERED = {
    "groupId": 3,
    "groupName": "DELIVERED",
    "id": 5,
    "name": "DELIVERED_TO_HANDSET",
    "description": "Message delivered to handset",
}
NO_ERROR = {
    "groupId": 0,
    "groupName": "OK",
    "id": 0,
    "name": "NO_ERROR",
    "description": "No Error",
    "permanent": False,
}


def message_id(number: int) -> str:
    """The id of a message, as long as those that are made of events."""
    return f"{number:032x}"


def report(number: int) -> dict[str, Any]:
    """One report: sms.json, receive-outbound-sms-message-report-v3, with callback data as our messages carry it."""
    event = samples.event(number, "enter")
    owner = {"job": "order-sms", "event_id": event["event_id"], "profile_id": event["profile_id"], "audience": "vip"}
    seconds = f"{number // 60 % 60:02d}:{number % 60:02d}"
    return {
        "bulkId": f"bulk-{number // 500}",
        "messageId": message_id(number),
        "to": event["profile"]["phone"].removeprefix("+"),
        "sender": "Acme",
        "sentAt": f"2026-11-28T10:{seconds}.217+0000",
        "doneAt": f"2026-11-28T11:{seconds}.843+0000",
        "messageCount": 1,
        "mccMnc": "21901",
        "callbackData": orjson.dumps(owner).decode(),
        "price": {"pricePerMessage": 0.0355, "currency": "EUR"},
        "status": DELIVERED,
        "error": NO_ERROR,
    }


def bodies(numbers: range, batch: int) -> Iterator[bytes]:
    """So many reports in each body; the last may have fewer."""
    for start in range(0, len(numbers), batch):
        yield _body(numbers[start : start + batch])


def _body(numbers: Sequence[int]) -> bytes:
    return orjson.dumps({"results": [report(number) for number in numbers]})
