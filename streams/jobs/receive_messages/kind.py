"""Where each part of this kind is; what is asked for first is loaded then."""

from typing import TYPE_CHECKING

from schemas.jobs.receive_messages import ReceiveMessages
from streams.jobs.kind import Kind, later

if TYPE_CHECKING:
    from streams.jobs.receive_messages import check, start, topics
else:
    check, start, topics = later(__package__, "check", "start", "topics")

KIND: Kind[ReceiveMessages] = Kind(
    name="receive_messages",
    operations=start.operations,
    topics=topics.wanted,
    prove=check.prove,
    check=check.check,
    prepare=start.prepare,
    hears=True,
    trigger=start.trigger,
)
