"""Flush records and dead letters of a job, for tests."""

from datetime import UTC, datetime, timedelta

import orjson

from schemas.records.outcomes import Flush

BEGAN = datetime(2026, 1, 1, 10, 30, tzinfo=UTC)


def flush(first: int, last: int, *, minute: int = 0, job: str = "vip", calls: int = 1) -> Flush:
    events = last - first + 1
    return Flush.model_validate(
        {
            "job": job,
            "partitions": (
                {"topic": "memberships", "partition": 0, "first_offset": first, "last_offset": last, "topic_id": ""},
            ),
            "events": events,
            "outcomes": {"accepted": events},
            "calls": {"upsert_people": calls},
            "answers": {"upsert_people": {"200": calls}},
            "retries": 0,
            "left_out_fields": {},
            "seconds": 0.5,
            "flushed_at": BEGAN + timedelta(minutes=minute),
        }
    )


def letter(reason: str = "rejected", *, minute: int = 0, job: str | None = "vip") -> bytes:
    return orjson.dumps({"job": job, "reason": reason, "failed_at": BEGAN + timedelta(minutes=minute)})
