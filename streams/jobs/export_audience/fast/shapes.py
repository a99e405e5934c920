"""Structs made of the fields that a job uses: of an event as it is read, and of a person as it is written."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET

from schemas.jobs.export_audience import ExportAudience
from schemas.records.membership import EVENT_BYTES_MAX, NAME_MAX
from streams.exact_json import FLAT, LONG
from streams.jobs.export_audience.fields import NUMBER_MAX, NUMBER_TEXT_MAX, Field
from streams.jobs.export_audience.person import CUSTOM
from streams.pipeline.decode import Entry, Record, Undecodable, decode
from streams.pipeline.window import Decode

#: Numbers that every reader takes for the same: whole ones, and such as have a fraction if they lost digits.
_Whole = Annotated[int, msgspec.Meta(ge=-NUMBER_MAX, le=NUMBER_MAX)]
_Float = Annotated[float, msgspec.Meta(gt=-(2**53), lt=2**53)]
_Plain = str | _Whole | bool | None
_Name = Annotated[str, msgspec.Meta(min_length=1, max_length=NAME_MAX)]
#: Attributes that are the nearest float of a number with a fraction, however many digits it has.
_HELD_AS_FLOAT = "DECIMAL"
#: What these attributes take as it is: all numbers that are read here are within their limits.
_AS_IT_IS: dict[str | None, frozenset[type]] = {
    "DECIMAL": frozenset({int, float}),
    "INTEGER": frozenset({int}),
    "BOOLEAN": frozenset({bool}),
}
_NOTHING: frozenset[type] = frozenset()
#: Attributes that no decimal is right for but one that is whole, which is read plainly.
_NO_DECIMALS = ("INTEGER", "BOOLEAN", "DATE", "DATE_TIME")


class Email(msgspec.Struct, tag_field="type", tag="EMAIL", gc=False):
    """An email among the contacts of a person."""

    identifier: str


class Phone(msgspec.Struct, tag_field="type", tag="PHONE", gc=False):
    """A phone among the contacts of a person."""

    identifier: str


def fits(job: ExportAudience, fields: Sequence[Field]) -> bool:
    """Whether a job can go the fast way.

    It keeps no members, reads no paths with dots, and fills each field of a person from one of the profile's.
    """
    paths = filter(None, (job.email_field, job.phone_field, job.external_id_field, *(one.path for one in fields)))
    targets = [(one.is_custom, one.name) for one in fields]
    return not job.keeps_members and not any("." in path for path in paths) and len({*targets}) == len(targets)


class Shapes:
    """Structs made of the fields that a job uses: of an event as it is read, and of a person as it is written."""

    def __init__(self, job: ExportAudience, fields: Sequence[Field]) -> None:
        id_path = None if job.external_id_field in (None, "profile_id") else job.external_id_field
        kinds: dict[str, Any] = {path: _Plain for path in (job.email_field, job.phone_field, id_path) if path}
        contacts = set(kinds)
        kinds |= {one.path: _kind_of(one) for one in fields}
        self.paths = list(kinds)
        at = {path: place for place, path in enumerate(kinds)}
        #: Where email, phone and external id stand in it; None for one that the job has not, and for the profile's id.
        self.contacts_at = tuple(at.get(path or "") for path in (job.email_field, job.phone_field, id_path))
        self.has_ids, self.is_known_by_profile_id = (
            job.external_id_field is not None,
            job.external_id_field == "profile_id",
        )
        #: Where a field of the person stands in the profile, its path, its form, and of what it is taken as it is;
        #: standard fields first.
        self.fields = [(at[one.path], one.path, one.convert, _AS_IT_IS.get(one.held_as, _NOTHING)) for one in fields]
        self.custom = sum(one.is_custom for one in fields)
        self.standard = len(fields) - self.custom
        names = {f"f{place}": path for path, place in at.items()}
        said = [(name, kinds[path], None) for name, path in names.items()]
        self.profile = msgspec.defstruct("Profile", said, rename=names, gc=False)
        event = [("action", Literal["enter", "exit"]), ("audience", _Name), ("profile_id", _Name)]
        self.event = msgspec.defstruct("Event", [*event, ("profile", self.profile | None, None)], gc=False)
        standard = [(one.name, Any, UNSET) for one in fields if not one.is_custom]
        names_of_others = (*([CUSTOM] if self.custom else []), "externalId", "contactInformation")
        others = [(name, Any, UNSET) for name in names_of_others]
        tag: dict[str, Any] = {"tag_field": "type", "tag": job.person_type, "gc": False}
        self.person = msgspec.defstruct("FastPerson", [*standard, *others], **tag)
        custom = {f"c{place}": one.name for place, one in enumerate(one for one in fields if one.is_custom)}
        made = [(name, Any, UNSET) for name in custom]
        self.attributes = msgspec.defstruct("Attributes", made, rename=custom, gc=False)
        held = {one.held_as for one in fields if one.is_custom}
        #: Whether a number must be looked at, digit by digit, before it is read: in every event, or in a large one.
        self.looks_at_digits = not held <= {_HELD_AS_FLOAT, *_NO_DECIMALS} or any(
            one.path in contacts and one.held_as == _HELD_AS_FLOAT for one in fields
        )
        self.looks_at_many_digits = _HELD_AS_FLOAT in held


def _kind_of(field: Field) -> Any:
    """What JSON may have in a field so that it need not be read plainly."""
    if field.held_as == "LIST_OF_OBJECTS":
        return Any
    return _Plain if field.held_as is None or field.held_as in _NO_DECIMALS else _Plain | _Float


def decoder(shapes: Shapes) -> Decode:
    """What reads the value of a record: the profile of what fits is a struct, of anything else what `decode` reads."""
    read, many = msgspec.json.Decoder(shapes.event).decode, NUMBER_TEXT_MAX
    digits, many_digits = shapes.looks_at_digits, shapes.looks_at_many_digits
    make: Callable[..., Entry] = tuple.__new__
    refusals = (msgspec.MsgspecError, ValueError, RecursionError)

    def fast(record: Record, value: bytes) -> Entry | Undecodable:
        try:
            event: Any = read(value)
        except refusals:
            return decode(record, value)
        # What it skips it does not look at closely.
        size = len(value)
        if size > EVENT_BYTES_MAX or not (value.isascii() or _is_utf8(value)):
            return decode(record, value)
        if (digits or (many_digits and size > many)) and value.translate(FLAT).find(LONG) >= 0:
            return decode(record, value)
        # What `Entry(…)` does, without the call in between that named tuples make.
        return make(Entry, (record, event.action, event.audience, event.profile_id, event.profile, None, None))

    return fast


def _is_utf8(value: bytes) -> bool:
    try:
        value.decode()
    except UnicodeDecodeError:
        return False
    return True


def plainly(entry: Entry) -> Entry:
    """The event as `decode` reads it, with all of its profile."""
    record = entry.record
    read = decode(record, record.value or b"")
    if isinstance(read, Undecodable):
        raise TypeError("what was an event is none")
    return read
