"""A job that follows messages, and the least that an agent does for it: states, wakes, and its own notes."""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from schemas.jobs.track_messages import TrackMessages
from streams.jobs.track_messages.join import PASSED_ON, MessageJoin
from streams.jobs.track_messages.roles import Topics
from streams.jobs.track_messages.rules import rules_of
from streams.pipeline.joins import Arrived, Draft, Step

TOPICS = Topics(
    "infobip_messages",
    "infobip_delivery_reports",
    "infobip_clicks",
    "infobip_inbound_messages",
    "infobip_replies_track",
    "infobip_message_outcomes",
    "infobip_campaign_events",
    "infobip_dead_letters",
)
#: 2026-11-20T10:00:00Z.
NOON_MS = 1_795_168_800_000
SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000

Value = dict[str, Any]


def track_job(**options: Any) -> TrackMessages:
    return TrackMessages.model_validate(
        {"name": "track", "kind": "track_messages", "authorization": "main", "jobs": ["order-sms"], **options}
    )


def join_of(**options: Any) -> MessageJoin:
    return MessageJoin(rules_of(track_job(**options)), TOPICS)


def message(message_id: str = "m-1", **more: Any) -> Value:
    return {
        "message_id": message_id,
        "job": "order-sms",
        "channel": "sms",
        "event_id": "e-1",
        "profile_id": "u-1",
        "audience": "order_shipped",
        "to": "447860099299",
        "sender": "Acme",
        "status": "enqueued",
        "message_status": "Success",
        "repeated": False,
        "status_group_id": 1,
        "status_group_name": "PENDING",
        "status_id": 26,
        "status_name": "PENDING_ACCEPTED",
        "status_description": "Message sent to next instance",
        "error": None,
        "parts": 2,
        "sent_at": "2026-11-20T10:00:00Z",
        **more,
    }


def report(group: int | None, status: int | None, name: str, **more: Any) -> Value:
    return {
        "event": "delivery",
        "channel": "sms",
        "received_at": "2026-11-20T10:00:09Z",
        "job": "order-sms",
        "event_id": "e-1",
        "profile_id": "u-1",
        "audience": "order_shipped",
        "to": "447860099299",
        "message_count": 2,
        "status_group_id": group,
        "status_id": status,
        "status_name": name,
        "status_description": name.lower(),
        "error_id": 0,
        "error_name": "NO_ERROR",
        "error_description": "No Error",
        "sent_at": "2026-11-20T10:00:00Z",
        "done_at": "2026-11-20T10:00:08Z",
        **more,
    }


def seen(**more: Any) -> Value:
    return {"event": "seen", "channel": "whatsapp", "job": None, "seen_at": "2026-11-20T10:05:00Z", **more}


def click(url: str | None = "https://example.com/a", **more: Any) -> Value:
    return {"notification_type": "CLICKED", "job": "order-sms", "url": url, "clicked_at": None, **more}


def inbound(text: str | None = "yes please", **more: Any) -> Value:
    return {
        "inbound_id": "i-1",
        "channel": "sms",
        "from": "447860099299",
        "text": text,
        "sent_at": "2026-11-20T10:30:00Z",
        "reply_to": None,
        **more,
    }


class World:
    """One partition of everything: what arrives is absorbed, what is due is woken, and time only goes on."""

    def __init__(self, **options: Any) -> None:
        self.join = join_of(**options)
        self.now_ms = NOON_MS
        self.states: dict[bytes, bytes] = {}
        self.dues: dict[bytes, int] = {}
        self.drafts: list[Draft] = []

    def message(self, message_id: str = "m-1", **more: Any) -> None:
        self.arrive(TOPICS.messages, message_id, message(message_id, **more))

    def report(self, group: int | None, status: int | None, name: str, message_id: str = "m-1", **more: Any) -> None:
        self.arrive(TOPICS.delivery_reports, message_id, report(group, status, name, **more))

    def seen(self, message_id: str = "m-1", **more: Any) -> None:
        self.arrive(TOPICS.delivery_reports, message_id, seen(**more))

    def click(self, url: str | None = "https://example.com/a", message_id: str = "m-1", **more: Any) -> None:
        self.arrive(TOPICS.clicks, message_id, click(url, **more))

    def inbound(self, text: str | None = "yes please", **more: Any) -> None:
        self.arrive(TOPICS.inbound_messages, "447860099299", inbound(text, **more))

    def arrive(self, topic: str, key: str | bytes | None, value: Value | bytes | None) -> None:
        named = key.encode() if isinstance(key, str) else key
        content = json.dumps(value).encode() if isinstance(value, dict) else value
        arrived = Arrived(topic, 0, len(self.drafts), self.now_ms, named, content)
        if (state_key := self.join.key_of(arrived)) is not None:
            self._took(state_key, self.join.absorb(state_key, self.states.get(state_key), arrived, self.now_ms))

    def wait(self, milliseconds: int) -> None:
        """Let time pass, and wake what is due on the way."""
        end = self.now_ms + milliseconds
        while self.dues and min(self.dues.values()) <= end:
            due_ms, key = min((due_ms, key) for key, due_ms in self.dues.items())
            self.now_ms = max(self.now_ms, due_ms)
            self._took(key, self.join.wake(key, self.states[key], self.now_ms))
        self.now_ms = end

    def wait_until(self, moment: datetime) -> None:
        """Let time pass until then."""
        self.wait(round(moment.timestamp() * 1000) - self.now_ms)

    def _took(self, key: bytes, step: Step) -> None:
        self.states.pop(key, None)
        self.dues.pop(key, None)
        if step.state is not None:
            assert key != PASSED_ON
            assert step.due_ms is not None, "what is kept is let go of one day"
            self.states[key], self.dues[key] = step.state, step.due_ms
        self.drafts += step.drafts
        for draft in step.drafts:
            if draft.topic == TOPICS.replies:
                self.arrive(draft.topic, draft.key, draft.value)

    def outcomes(self, message_id: str = "m-1") -> list[Value]:
        return list(self._written(TOPICS.message_outcomes, message_id))

    def events(self, message_id: str = "m-1") -> list[Value]:
        return list(self._written(TOPICS.campaign_events, message_id))

    def statuses(self, message_id: str = "m-1") -> list[str]:
        return [event["status"] for event in self.events(message_id)]

    def _written(self, topic: str, message_id: str) -> Iterator[Value]:
        for draft in self.drafts:
            if draft.topic == topic and draft.key == message_id.encode():
                yield json.loads(draft.value or b"")

    def verdicts(self, message_id: str = "m-1") -> list[tuple[str, str]]:
        return [(one["outcome"], one["reason"]) for one in self.outcomes(message_id)]
