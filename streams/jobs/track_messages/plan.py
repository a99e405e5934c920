"""What a job that follows messages joins, and from when on. Quiet."""

from datetime import timedelta

from schemas.jobs.track_messages import TrackMessages
from streams.jobs.track_messages.join import MessageJoin
from streams.jobs.track_messages.roles import Topics
from streams.jobs.track_messages.rules import rules_of


def join_of(job: TrackMessages, topics: Topics) -> MessageJoin:
    """What each record makes of its message."""
    return MessageJoin(rules_of(job), topics)


def reaches_back(job: TrackMessages) -> timedelta:
    """How long before its first start a job begins: whatever is older has waited its time already."""
    return max([job.wait, job.wait_for_reply, *job.wait_by_channel.values(), *job.wait_by_job.values()])
