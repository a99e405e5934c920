"""Where each part of this kind is; what is asked for first is loaded then."""

from typing import TYPE_CHECKING

from schemas.jobs.import_contacts import ImportContacts
from streams.jobs.kind import Kind, later

if TYPE_CHECKING:
    from streams.jobs.import_contacts import check, start, topics
else:
    check, start, topics = later(__package__, "check", "start", "topics")

KIND: Kind[ImportContacts] = Kind(
    name="import_contacts",
    operations=start.operations,
    topics=topics.wanted,
    prove=check.prove,
    check=check.check,
    prepare=start.prepare,
)
