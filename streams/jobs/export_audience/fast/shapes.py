"""Structs made of the fields that a job uses: of an event as it is read, and of a person as it is written."""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET

from schemas.jobs.export_audience import ExportAudience
from schemas.text.blanks import BLANKS, is_blank, is_empty
from streams.jobs.export_audience.fields import NUMBER_TEXT_MAX, UNCONVERTIBLE, Field
from streams.jobs.export_audience.person import CUSTOM
from streams.pipeline.decode import Entry, Undecodable, decode
from streams.pipeline.typed_events import Decimal, Plain, can_be_fields, profile_of, typed
from streams.pipeline.window import Decode

#: Attributes that are the nearest float of a number with a fraction, however many digits it has.
_HELD_AS_FLOAT = "DECIMAL"
#: What these attributes take as it is: all numbers that are read here are within their limits.
_AS_IT_IS: dict[str | None, frozenset[type]] = {
    "DECIMAL": frozenset({int, float}),
    "INTEGER": frozenset({int}),
    "BOOLEAN": frozenset({bool}),
}
_NOTHING: frozenset[type] = frozenset()
_TEXT = {str}
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

    It keeps no members, reads no paths with dots, fills each field of a person from one of the profile's, and all have
    names that structs take.
    """
    paths = [*filter(None, (job.email_field, job.phone_field, job.external_id_field)), *(one.path for one in fields)]
    targets = [(one.is_custom, one.name) for one in fields]
    is_flat = not job.keeps_members and not any("." in path for path in paths)
    return is_flat and len({*targets}) == len(targets) and can_be_fields([*paths, *(one.name for one in fields)])


class Way:
    """How a field of all events is taken."""

    def __init__(self, field: Field) -> None:
        self.path, self._convert, self._letters_max = field.path, field.convert, field.letters_max
        self._as_it_is = _AS_IT_IS.get(field.held_as, _NOTHING)

    def taken(self, column: Sequence[Any]) -> tuple[Sequence[Any], list[int]]:
        """Take a field of all events as it is written, and the places of what cannot be."""
        kinds = {*map(type, column)}
        if kinds <= self._as_it_is or (kinds == _TEXT and self._are_letters(column)):
            return column, []
        words: list[Any] = []
        odd: list[int] = []
        add, convert, as_it_is = words.append, self._convert, self._as_it_is
        for place, value in enumerate(column):
            if type(value) in as_it_is:
                add(value)
            # As `compile_fields` has it.
            elif (type(value) is str and value[:1] in BLANKS and is_blank(value)) or (not value and is_empty(value)):
                add(UNSET)
            elif (converted := convert(value)) is UNCONVERTIBLE:
                odd.append(place)
                add(UNSET)
            else:
                add(converted)
        return words, odd

    def _are_letters(self, texts: Sequence[str]) -> bool:
        """Whether they are taken as they are, because they are nothing but letters, and some."""
        return "" not in texts and max(map(len, texts)) <= self._letters_max and "".join(texts).isalpha()


class Shapes:
    """Structs made of the fields that a job uses: of an event as it is read, and of a person as it is written."""

    def __init__(self, job: ExportAudience, fields: Sequence[Field]) -> None:
        id_path = None if job.external_id_field in (None, "profile_id") else job.external_id_field
        kinds: dict[str, Any] = {path: Plain for path in (job.email_field, job.phone_field, id_path) if path}
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
        #: Where a field of the person stands in the profile, and how it is taken; standard fields first.
        self.fields = [(at[one.path], Way(one)) for one in fields]
        self.custom = sum(one.is_custom for one in fields)
        self.standard = len(fields) - self.custom
        self.profile = profile_of(kinds)[0]
        standard = [(one.name, Any, UNSET) for one in fields if not one.is_custom]
        names_of_others = (*([CUSTOM] if self.custom else []), "externalId", "contactInformation")
        others = [(name, Any, UNSET) for name in names_of_others]
        tag: dict[str, Any] = {"tag_field": "type", "tag": job.person_type, "gc": False}
        self.person = msgspec.defstruct("FastPerson", [*standard, *others], **tag)
        custom = {f"c{place}": one.name for place, one in enumerate(one for one in fields if one.is_custom)}
        made = [(name, Any, UNSET) for name in custom]
        self.attributes = msgspec.defstruct("Attributes", made, rename=custom, gc=False)
        held = {one.held_as for one in fields if one.is_custom}
        looks_at_digits = not held <= {_HELD_AS_FLOAT, *_NO_DECIMALS} or any(
            one.path in contacts and one.held_as == _HELD_AS_FLOAT for one in fields
        )
        many = NUMBER_TEXT_MAX if _HELD_AS_FLOAT in held else None
        #: What reads the value of a record; numbers are looked at in every event, or in a large one.
        self.decode: Decode = typed(self.profile, digits_from=0 if looks_at_digits else many)


def _kind_of(field: Field) -> Any:
    """What JSON may have in a field so that it need not be read plainly."""
    if field.held_as == "LIST_OF_OBJECTS":
        return Any
    return Plain if field.held_as is None or field.held_as in _NO_DECIMALS else Plain | Decimal


def plainly(entry: Entry) -> Entry:
    """The event as `decode` reads it, with all of its profile."""
    record = entry.record
    read = decode(record, record.value or b"")
    if isinstance(read, Undecodable):
        raise TypeError("what was an event is none")
    return read
