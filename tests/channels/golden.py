"""Golden cases: what is said on a channel and what is sent, what is answered and what is recorded."""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import yaml

from schemas.config.webhooks import Webhooks
from schemas.content import CHANNEL_NAMES
from schemas.jobs.send_message import SendMessage
from schemas.records.message import Message
from streams.calls.call import Call, Reply
from streams.jobs.send_message.plan import Messenger
from streams.pipeline.window import Window
from tests.fakes.infobip import Infobip
from tests.making import message_id, window_of

FOLDER = Path(__file__).parents[1] / "golden"
JOB, EVENT, PROFILE = "golden", "e-1", "u-1"
ID = message_id(JOB, EVENT, PROFILE, "vip")
BACK = f'{{"job":"{JOB}","event_id":"{EVENT}","profile_id":"{PROFILE}","audience":"vip"}}'
#: A secret of the receiver, and its token, worked out apart from the code.
SECRET, TOKEN = "golden-secret", "QLvo4EBCR-h8UXrhKfdQ-uOKhRJ8b_0HALmOX9Srkk8"
NOW = datetime(2026, 11, 20, 10, tzinfo=UTC)
#: As safe as the other, and ten times as fast, where it is there.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def cases() -> Iterator[tuple[str, dict[str, Any]]]:
    """Every case, with its channel."""
    for channel in CHANNEL_NAMES:
        for case in deepcopy(_read(channel)):
            yield channel, case


@cache
def _read(channel: str) -> list[dict[str, Any]]:
    said: list[dict[str, Any]] = yaml.load((FOLDER / f"{channel}.yaml").read_text(), LOADER)  # noqa: S506 - a safe one
    return said


def filled(data: Any) -> Any:
    """A case's data with $ID, $BACK and $TOKEN filled in, and long texts written out."""
    match data:
        case {"repeat": str(text), "times": int(times)}:
            return text * times
        case Mapping():
            return {name: filled(part) for name, part in data.items()}
        case list():
            return [filled(part) for part in data]
        case str():
            return data.replace("$ID", ID).replace("$BACK", BACK).replace("$TOKEN", TOKEN)
    return data


def messenger_of(case: Mapping[str, Any]) -> Messenger:
    """The job of a case."""
    said = {"name": JOB, "kind": "send_message", "authorization": "main", "topics": ["memberships"], "sender": "Acme"}
    job = SendMessage.model_validate({**said, **filled(case["job"])})
    public_url = case.get("public_url")
    webhooks = None if public_url is None else Webhooks.model_validate({"public_url": public_url, "secret": SECRET})
    return Messenger(job, webhooks)


def answering(case: Mapping[str, Any]) -> Infobip:
    """Infobip, which answers as the case says; it takes every message where the case does not say."""
    taken = {"groupId": 1, "groupName": "PENDING", "id": 7, "name": "PENDING_ENROUTE"}
    said = filled(case.get("answer")) or {"body": {"messages": [{"messageId": ID, "status": taken}]}}
    return Infobip(otherwise=Reply(said.get("status", 200), said["body"]))


def window_of_case(messenger: Messenger, case: Mapping[str, Any]) -> Window:
    event = {"event_id": EVENT, "action": "enter", "audience": "vip", "profile_id": PROFILE}
    return window_of(messenger.job, [orjson.dumps({**event, "profile": filled(case["profile"])})])


def content_of(case: Mapping[str, Any]) -> Any:
    """The content of a case's message, filled in."""
    messenger = messenger_of(case)
    (letter,) = messenger.fold(window_of_case(messenger, case)).messages
    return letter.content


def play(case: Mapping[str, Any]) -> tuple[list[Call], Message]:
    """The calls that a case makes, and what it tells of its message."""
    messenger = messenger_of(case)
    talk = answering(case)
    settled = talk.hold(messenger.deliver(messenger.fold(window_of_case(messenger, case)), NOW.timestamp()))
    (sent,) = settled.told
    return talk.calls, sent


def recorded(sent: Message) -> dict[str, Any]:
    """The record of a message, as it is written."""
    record: dict[str, Any] = orjson.loads(sent.model_dump_json())
    return record
