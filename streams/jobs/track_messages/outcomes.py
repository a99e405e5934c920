"""What is said of a message: its outcome, as a record."""

from hashlib import blake2b
from typing import NamedTuple

from schemas.records.message_outcome import OutcomeName, OutcomeReason
from streams.jobs.track_messages.moments import moment, written
from streams.jobs.track_messages.state import Tracked
from streams.jobs.track_messages.transitions import NOT_SENT, OUTCOMES

#: As many bytes as a whole number of JSON surely holds.
_DIGEST_BYTES = 6


class Verdict(NamedTuple):
    """What became of a message, and why that is said."""

    outcome: OutcomeName
    reason: OutcomeReason
    is_final: bool


def verdict(tracked: Tracked) -> Verdict | None:
    """What can be said of a message; None while it waits."""
    standing = tracked.standing
    if standing is not None and standing.is_final:
        return Verdict(OUTCOMES[standing.rank], "reported", is_final=True)
    if standing is not None and standing.rank == NOT_SENT:
        return Verdict(OUTCOMES[NOT_SENT], "not_sent", is_final=True)
    if tracked.is_silent:
        return Verdict("NOT_AVAILABLE", "no_reports_from_country", is_final=False)
    return Verdict("NOT_AVAILABLE", "waited", is_final=False) if tracked.has_waited else None


def outcome(message_id: str, tracked: Tracked, found: Verdict, now_ms: int) -> tuple[int, bytes]:
    """The outcome's record as JSON, before which stands a digest of all that it says but the time."""
    origin, standing = tracked.origin, tracked.standing
    said = written(
        {
            "message_id": message_id,
            "job": origin.job,
            "channel": origin.channel,
            "event_id": origin.event_id,
            "profile_id": origin.profile_id,
            "audience": origin.audience,
            "to": origin.to,
            "outcome": found.outcome,
            "status_name": None if standing is None else standing.status_name,
            "error_name": None if standing is None else standing.error_name,
            "seen": "NOT_SEEN" if tracked.seen_at_us is None else "SEEN",
            "urls": tracked.urls,
            "reply": None if tracked.reply is None else tracked.reply.text,
            "final": found.is_final,
            "reason": found.reason,
            "sent_at": moment(origin.sent_at_us),
            "done_at": None if standing is None else moment(standing.done_at_us),
            "seen_at": moment(tracked.seen_at_us),
        }
    )
    digest = int.from_bytes(blake2b(said, digest_size=_DIGEST_BYTES).digest())
    return digest, said[:-1] + b"," + written({"decided_at": moment(now_ms * 1000)})[1:]
