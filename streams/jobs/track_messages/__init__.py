"""The kind `track_messages`: what became of every message is told, as an outcome that only moves forward."""

from schemas.jobs.track_messages import TrackMessages
from streams.jobs.kind import Kind
from streams.jobs.track_messages import check, start, topics

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
