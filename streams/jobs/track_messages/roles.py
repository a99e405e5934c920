"""What each topic is to a job that follows messages. Quiet."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topics:
    """Full names. `replies` is the job's own: what it tells itself in the partition of another key."""

    messages: str
    delivery_reports: str
    clicks: str
    inbound_messages: str
    replies: str
    message_outcomes: str
    campaign_events: str
    dead_letters: str
