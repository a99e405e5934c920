"""What tests are about, made in a line."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid5

import orjson

from schemas.jobs import AudienceJob
from schemas.jobs.export_audience import ExportAudience
from schemas.jobs.send_message import SendMessage
from streams.pipeline.message_ids import MESSAGES
from streams.pipeline.window import OpenWindow, Window


@dataclass(frozen=True, slots=True)
class FakeRecord:
    value: bytes | None
    offset: int = 0
    topic: str = "memberships"
    partition: int = 0
    key: bytes | None = None
    headers: tuple[tuple[str, bytes | None], ...] = ()
    timestamp: int | None = 1_763_632_800_000


def event(profile_id: str, action: str = "enter", audience: str = "vip", **profile: Any) -> bytes:
    """A membership event; without fields its profile has an email made from the id."""
    profile = profile or {"email": f"{profile_id}@example.com"}
    return orjson.dumps({"action": action, "audience": audience, "profile_id": profile_id, "profile": profile})


def message_id(job: str, event_id: str, profile_id: str, audience: str) -> str:
    """The id of the message that an event with an id of its own asks for."""
    return str(uuid5(MESSAGES, orjson.dumps([job, profile_id, audience, event_id]).decode()))


def bare(profile_id: str, action: str = "exit", audience: str = "vip") -> bytes:
    """A membership event without a profile."""
    return orjson.dumps({"action": action, "audience": audience, "profile_id": profile_id})


def export_job(**changes: Any) -> ExportAudience:
    settings = {
        "name": "vip",
        "kind": "export_audience",
        "authorization": "main",
        "topics": ["memberships"],
        "tag": "VIP",
    }
    return ExportAudience.model_validate({**settings, **changes})


def send_job(**changes: Any) -> SendMessage:
    settings = {
        "name": "orders",
        "kind": "send_message",
        "authorization": "main",
        "topics": ["memberships"],
        "sender": "Acme",
        "content": {"channel": "sms", "text": "Hello"},
    }
    return SendMessage.model_validate({**settings, **changes})


def window_of(job: AudienceJob, values: Iterable[bytes | None]) -> Window:
    window = OpenWindow(job.wants, 1000)
    window.take([FakeRecord(value, offset) for offset, value in enumerate(values)], now=0.0)
    return window.cut()
