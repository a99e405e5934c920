"""Where each part of this kind is; what is asked for first is loaded then."""

from typing import TYPE_CHECKING

from schemas.jobs.store_history import StoreHistory
from streams.jobs.kind import Kind, later

if TYPE_CHECKING:
    from streams.jobs.store_history import check, start, topics
else:
    check, start, topics = later(__package__, "check", "start", "topics")

KIND: Kind[StoreHistory] = Kind(
    name="store_history",
    operations=start.operations,
    topics=topics.wanted,
    reads=topics.read,
    look=check.look,
    prepare=start.prepare,
)
