"""Where each part of this kind is; what is asked for first is loaded then."""

from typing import TYPE_CHECKING

from schemas.jobs.track_messages import TrackMessages
from streams.jobs.kind import Kind, later

if TYPE_CHECKING:
    from streams.jobs.track_messages import check, start, topics
else:
    check, start, topics = later(__package__, "check", "start", "topics")

KIND: Kind[TrackMessages] = Kind(
    name="track_messages",
    operations=start.operations,
    topics=topics.wanted,
    prove=check.prove,
    check=check.check,
    prepare=start.prepare,
    led=start.led,
    reads=topics.read,
)
