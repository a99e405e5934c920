"""Import jobs, as tests configure them, and their pages read to the end at once."""

from schemas.jobs.import_contacts import ImportContacts
from streams.calls.call import Reply
from streams.jobs.import_contacts.contact import Read
from streams.jobs.import_contacts.plan import Page, Position, Wanted, identify_people, read_people


def job(*tags: str) -> ImportContacts:
    return ImportContacts(name="c", kind="import_contacts", authorization="main", tags=tags)


def read_page(wanted: Wanted, position: Position, reply: Reply) -> Page[Read]:
    return read_people(identify_people(wanted, position, reply))
