"""The kind `import_contacts`: people of Infobip are read, and written to Kafka as contacts."""

from schemas.jobs.import_contacts import ImportContacts
from streams.jobs.import_contacts import check, start, topics
from streams.jobs.kind import Kind

KIND: Kind[ImportContacts] = Kind(
    name="import_contacts",
    operations=start.operations,
    topics=topics.wanted,
    prove=check.prove,
    check=check.check,
    prepare=start.prepare,
)
