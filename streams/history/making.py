"""How a row is made of what a record says: on a fast lane where all of it is as it should be, else with care. Quiet."""

from collections.abc import Mapping
from datetime import datetime
from operator import itemgetter
from typing import Any, Final

from streams.deep_json import written
from streams.history.columns import CONVERT, INTEGER_MAX, INTEGER_MIN, NAME_MAX, Form
from streams.history.layout import BEYOND, Layout

#: One row, its values in the order of its table's columns.
Values = tuple[Any, ...]
NOTHING: Final = type(None)
#: What a value of each form is in JSON as our records write it. Times and addresses are converted all the same.
TYPES: Mapping[Form, frozenset[type]] = {
    "text": frozenset({str}),
    "name": frozenset({str}),
    "address": frozenset({str}),
    "integer": frozenset({int}),
    "wide": frozenset({int}),
    "decimal": frozenset({int, float}),
    "flag": frozenset({bool}),
    "moment": frozenset({str}),
    "json": frozenset({str, int, float, bool, list, dict}),
}
#: So many combinations of types are remembered as good ones; our own records have a few.
KNOWN_MAX = 1_000


class RowMaker:
    """Makes the rows of one table.

    A record has some thirty columns, and a second thousands of records: what can be asked of all columns at once is
    asked so, which takes a third of the time.
    """

    def __init__(self, layout: Layout) -> None:
        #: The last one or two columns are not of the record.
        self._has_beyond = layout.columns[-1].name == BEYOND
        self._columns = layout.columns[: -2 if self._has_beyond else -1]
        self._nulls = dict.fromkeys(column.source for column in self._columns)
        self._take = itemgetter(*(column.source for column in self._columns))
        self._known: set[tuple[type, ...]] = set()
        numbered = [*enumerate(self._columns)]
        self._converted = [(at, CONVERT[one.form]) for at, one in numbered if one.form in ("moment", "address", "json")]
        self._whole = [at for at, column in numbered if column.form == "integer"]
        self._longest = [(at, most) for at, one in numbered if (most := _most(one.form, one.length)) is not None]

    def quick(self, said: Mapping[str, Any], written_at: datetime) -> Values | None:
        """The row of a record that says what it should, and fits; None of any other."""
        given = {**self._nulls, **said}
        if len(given) > len(self._nulls) and any(said[key] is not None for key in said.keys() - self._nulls.keys()):
            return None
        values = [*self._take(given)]
        types = tuple(map(type, values))
        if (types not in self._known and not self._is_good(types)) or self._is_large(values):
            return None
        for at, convert in self._converted:
            if (one := values[at]) is not None:
                values[at] = one = convert(one)
                if one is None:
                    return None
        return (*values, written_at, None) if self._has_beyond else (*values, written_at)

    def careful(self, said: Mapping[str, Any], written_at: datetime) -> Values:
        """The row of any record: what its columns do not hold as it was is in `beyond`."""
        values = [one.take(said, written_at) for one in self._columns]
        if not self._has_beyond:
            return (*values, written_at)
        whole = [*zip(self._columns, values, strict=True)]
        held = {one.source for one, value in whole if one.holds(value, said.get(one.source))}
        beyond = {key: value for key, value in said.items() if key not in held and value is not None}
        # What had to be filled, so that nobody takes it for the record's.
        beyond |= {one.source: None for one, value in whole if value is not None and said.get(one.source) is None}
        return (*values, written_at, written(beyond) if beyond else None)

    def _is_large(self, values: list[Any]) -> bool:
        """Whether a text is too long for its column, or a number too large."""
        for at, most in self._longest:
            if (text := values[at]) is not None and len(text) > most:
                return True
        for at in self._whole:
            if (number := values[at]) is not None and not INTEGER_MIN <= number <= INTEGER_MAX:
                return True
        return False

    def _is_good(self, types: tuple[type, ...]) -> bool:
        """Whether values of these types are what the columns hold as they are."""
        for column, kind in zip(self._columns, types, strict=True):
            if kind is NOTHING:
                if not column.nullable or column.default is not None:
                    return False
            elif kind not in TYPES[column.form]:
                return False
        if len(self._known) < KNOWN_MAX:
            self._known.add(types)
        return True


def _most(form: Form, length: int | None) -> int | None:
    """How long a text may be in its column."""
    return NAME_MAX if form == "name" else length
