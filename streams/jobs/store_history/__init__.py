"""The kind `store_history`: messages and all that becomes of them are kept in a database."""

from schemas.jobs.store_history import StoreHistory
from streams.jobs.kind import Kind
from streams.jobs.store_history import check, start, topics

KIND: Kind[StoreHistory] = Kind(
    name="store_history",
    operations=start.operations,
    topics=topics.wanted,
    reads=topics.read,
    look=check.look,
    prepare=start.prepare,
)
