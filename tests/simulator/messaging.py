"""Sends and logs as a client makes them, and what it sees of the answers."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from tests.simulator.simulated import Caller, Seen


class At(StrEnum):
    """Where messages are sent to, and asked for."""

    SMS = "/sms/3/messages"
    SMS_LOGS = "/sms/3/logs"
    MMS = "/mms/2/messages"
    VIBER = "/viber/2/messages"
    RCS = "/rcs/2/messages"
    ALIM = "/kakao-alim/1/messages"
    CHINGU = "/kakao-chingu/1/messages"
    EMAIL = "/email/4/messages"
    WHATSAPP_TEXT = "/whatsapp/1/message/text"
    WHATSAPP_TEMPLATE = "/whatsapp/1/message/template"


NUMBER = "41793026727"

#: The plainest content of each channel that has more than a text to say.
TYPED_TEXT = {"type": "TEXT", "text": "Hello"}
MMS_TEXT = {"messageSegments": [TYPED_TEXT]}
ALIM_TEXT = {"type": "TEMPLATE", "templateCode": "code", "text": "Hello"}
CHINGU_TEXT = {"type": "TEXT_FREE_FORM", "text": "Hello"}


def message(
    content: Mapping[str, Any], *to: str, ids: Sequence[str] = (), sender: str = "Acme", **more: Any
) -> dict[str, Any]:
    """One message to these destinations, the first of which have these ids."""
    destinations: list[dict[str, Any]] = [{"to": each} for each in to or (NUMBER,)]
    for destination, message_id in zip(destinations, ids, strict=False):
        destination["messageId"] = message_id
    return {"sender": sender, "destinations": destinations, "content": dict(content), **more}


def text(*to: str, said: str = "Hello", **more: Any) -> dict[str, Any]:
    return message({"text": said}, *to, **more)


def request(*messages: Mapping[str, Any], **options: Any) -> dict[str, Any]:
    return {"messages": list(messages), **({"options": options} if options else {})}


def email(*to: str, ids: Sequence[str] = (), destination: Mapping[str, Any] | None = None, **more: Any) -> Any:
    """One email to these addresses; `destination` is what else the destination says, `more` the message."""
    recipients: list[dict[str, Any]] = [{"destination": each} for each in to or ("ann@example.com",)]
    for recipient, message_id in zip(recipients, ids, strict=False):
        recipient["messageId"] = message_id
    content = {"subject": "News", "text": "Hello"}
    whole = {
        "sender": "us@example.com",
        "destinations": [{"to": recipients, **(destination or {})}],
        "content": content,
    }
    return {**whole, **more}


def template(*placeholders: str, to: str = NUMBER, header: Any = None, buttons: Any = None, **more: Any) -> Any:
    data: dict[str, Any] = {"body": {"placeholders": list(placeholders)}}
    data |= {} if header is None else {"header": header}
    data |= {} if buttons is None else {"buttons": buttons}
    content = {"templateName": "order_shipped", "templateData": data, "language": "en"}
    return {"from": "441134960000", "to": to, "content": content, **more}


async def send(call: Caller, path: str, *messages: Mapping[str, Any], **options: Any) -> Seen:
    return await call("POST", path, request(*messages, **options))


def statuses(answer: Seen) -> list[int]:
    assert answer.status == 200, answer.text
    return [each["status"]["id"] for each in answer.body["messages"]]


def properties(answer: Seen) -> dict[str, list[str]]:
    """What a refusal says is wrong, by property, in either family."""
    assert answer.status == 400, answer.text
    if "requestError" in answer.body:
        errors: dict[str, list[str]] = answer.body["requestError"]["serviceException"]["validationErrors"]
        return errors
    wrong: dict[str, list[str]] = {}
    for each in answer.body["violations"]:
        wrong.setdefault(each["property"], []).append(each["violation"])
    return wrong
