"""Campaign events: what happened to a message, each told once."""

from collections.abc import Iterator, Mapping
from typing import Final, get_args

from schemas.records.campaign_event import CampaignStatus
from streams.jobs.track_messages.moments import moment, written
from streams.jobs.track_messages.state import Tracked
from streams.jobs.track_messages.transitions import CAMPAIGN_STATUSES, NOT_SENT, PENDING, Standing

#: A bit for each status. New ones go to the end: the bits are remembered.
BITS: Final[Mapping[CampaignStatus, int]] = {name: 1 << place for place, name in enumerate(get_args(CampaignStatus))}
_NO_ERROR = 0


def untold(tracked: Tracked) -> Iterator[CampaignStatus]:
    """What is to be told of a message, in order."""
    rank = 0 if tracked.standing is None else tracked.standing.rank
    taken: CampaignStatus | None = "enqueued" if tracked.is_owned and rank >= PENDING else None
    for status in (taken, CAMPAIGN_STATUSES.get(rank)):
        if status is not None and not tracked.events & BITS[status]:
            yield status


def event(message_id: str, status: CampaignStatus, tracked: Tracked, event_type: str, now_ms: int) -> bytes:
    """The event's record as JSON."""
    origin, standing = tracked.origin, tracked.standing
    told = None if status == "enqueued" else standing
    code, error, comment = (None, None, None) if told is None else _fault(told)
    parts = told.parts if told is not None and told.parts is not None else origin.parts
    at_us = origin.sent_at_us if told is None or told.rank == NOT_SENT else told.done_at_us
    return written(
        {
            "event_type": event_type,
            "action_type": origin.channel or "",
            "status": status,
            "status_code": code,
            "error": error,
            "comment": comment,
            "number_of_message_parts": parts,
            "message_id": message_id,
            "job": origin.job,
            "channel": origin.channel,
            "event_id": origin.event_id,
            "profile_id": origin.profile_id,
            "audience": origin.audience,
            "at": moment(now_ms * 1000 if at_us is None else at_us),
        }
    )


def _fault(standing: Standing) -> tuple[int | None, str | None, str | None]:
    """The code of what went wrong, its name, and what it means; of what has no error, its status where it failed."""
    if standing.rank == NOT_SENT:
        return standing.status_id, standing.error_name, standing.error_description
    if CAMPAIGN_STATUSES[standing.rank] == "delivered":
        return standing.error_id, None, None
    if standing.error_id in {None, _NO_ERROR}:
        return standing.error_id, standing.status_name, standing.status_description
    return standing.error_id, standing.error_name, standing.error_description
