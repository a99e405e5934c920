"""What a send reads from profiles: where to send to, and the values of its message fields.

A profile is a mapping, or a struct of nothing but the fields that the job names.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any

from msgspec.structs import astuple

from schemas.jobs.send_message import SendMessage
from schemas.text.blanks import is_empty
from streams.jobs.send_message.render import reader
from streams.pipeline.decode import decode
from streams.pipeline.typed_events import Plain, can_be_fields, profile_of, typed
from streams.pipeline.window import Decode
from streams.profiles.address import compile_dots, compile_path
from streams.profiles.emails import normal_email, normal_emails
from streams.profiles.phones import normal_phone, normal_phones

#: What reads a field of a profile, given its path; None where there is none.
ReadBy = Callable[[str], Callable[[Any], object]]


def fields_of(job: SendMessage) -> tuple[str, ...]:
    """The fields that may hold where to send to, the first of them first."""
    return job.email_field if job.content.addressed_by == "email" else job.phone_field


class ProfileFields:
    """The fields of a job in profiles of one kind: mappings, or structs that are read by `read_by`."""

    def __init__(self, job: SendMessage, read_by: ReadBy | None = None) -> None:
        self._addresses = [(read_by or compile_path)(field) for field in fields_of(job)]
        self.address = _address_of(job, read_by)
        self.values = reader(job.message_fields, read_by)

    def has_no_address(self, profile: Any) -> bool:
        """Whether none of the fields with an address holds anything."""
        return all(is_empty(read(profile)) for read in self._addresses)


class TypedProfiles:
    """Events of one job whose profiles are read into structs: of these `kind`, with these `fields`."""

    def __init__(self, job: SendMessage) -> None:
        paths = dict.fromkeys([*fields_of(job), *job.message_fields])
        self.paths = [*paths]
        # A path with dots reaches into what is read as a whole.
        plain = any("." in path for path in paths) or not can_be_fields(paths)
        self.kind, names = profile_of({} if plain else dict.fromkeys(paths, Plain))
        self.fields = ProfileFields(job, None if plain else lambda path: attrgetter(names[path]))
        self.decode: Decode = decode if plain else typed(self.kind, ids=True, times=job.max_age is not None)

    def columns(self, profiles: Sequence[Any]) -> dict[str, Sequence[Any]] | None:
        """By field, the values of all profiles, where all are such structs: there is one at least."""
        if {*map(type, profiles)} != {self.kind}:
            return None
        return dict(zip(self.paths, zip(*map(astuple, profiles), strict=True), strict=True))


def addresses_of(job: SendMessage) -> Callable[[Sequence[Any]], list[str | None]] | None:
    """What finds where to send to in the values of the job's one field with addresses; None where it has several."""
    if len(fields_of(job)) > 1:
        return None
    if job.content.addressed_by == "email":
        return normal_emails
    return lambda values: normal_phones(values, job.default_region)


def _address_of(job: SendMessage, read_by: ReadBy | None) -> Callable[[Any], str | None]:
    """What finds where to send to: the first of the job's fields with something usable in it."""
    fields, by_email, region = fields_of(job), job.content.addressed_by == "email", job.default_region
    if len(fields) == 1 and read_by is None and compile_dots(field := fields[0]) is None:
        if by_email:
            return lambda profile: normal_email(profile.get(field))
        return lambda profile: normal_phone(profile.get(field), region)
    readers = [(read_by or compile_path)(field) for field in fields]
    if len(readers) == 1:
        read_only = readers[0]
        if by_email:
            return lambda profile: normal_email(read_only(profile))
        return lambda profile: normal_phone(read_only(profile), region)

    def find(profile: Any) -> str | None:
        for read in readers:
            value = read(profile)
            if found := normal_email(value) if by_email else normal_phone(value, region):
                return found
        return None

    return find
