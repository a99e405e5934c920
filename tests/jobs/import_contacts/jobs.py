"""Import jobs, as tests configure them."""

from schemas.jobs.import_contacts import ImportContacts


def job(*tags: str) -> ImportContacts:
    return ImportContacts(name="c", kind="import_contacts", authorization="main", tags=tags)
