"""What nobody could read, kept whole."""

from datetime import datetime

from schemas.records.outcomes import DeadLetter
from streams.pipeline.settle import as_text
from streams.receiver.reading import Unreadable


def unreadable_report(one: Unreadable, *, now: datetime) -> DeadLetter:
    """The dead letter of what Infobip sent and nobody could read: it belongs to no job. `now` is when it came."""
    value, encoding = as_text(one.value)
    return DeadLetter(
        job=None,
        reason="unreadable_report",
        detail=one.detail,
        topic=None,
        partition=None,
        offset=None,
        key=None,
        key_encoding="utf-8",
        value=value,
        value_encoding=encoding,
        headers=(),
        failed_at=now,
    )
