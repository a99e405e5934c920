"""Sorted views of the people: each made when it is first asked for, then kept right by who has changed since."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from operator import itemgetter

from streams.simulator.filters import Filter, Test
from streams.simulator.model import Person

Row = tuple[str, int]
"""What a person is ordered by, and the id: of those who tie, the first created comes first."""

VIEWS_KEPT = 8

sorted_by = itemgetter(0)
_LOWER = {"#gte": bisect_left, "#gt": bisect_right}
_UPPER = {"#lt": bisect_left, "#lte": bisect_right}


class View:
    """The people who pass a test, ordered by one field; `changed` are those who must be looked at again."""

    def __init__(self, people: Mapping[int, Person], field: str, passes: Test) -> None:
        self._people = people
        self._field = field
        self._passes = passes
        self._rows: list[Row] = []
        self._filed: dict[int, Row] = {}
        self.changed: set[int] = set(people)

    def rows(self) -> list[Row]:
        """Return the rows in ascending order, brought up to date."""
        if self.changed:
            present = (self._people[each] for each in self.changed if each in self._people)
            come = {person.id: _row(person, self._field) for person in present if self._passes(person)}
            gone = [self._filed.pop(each) for each in self.changed if each in self._filed]
            self._filed |= come
            self._rows = _toggled(self._rows, [*gone, *come.values()])
            self.changed.clear()
        return self._rows


class Views:
    """The latest views of the people. Whoever changes a person must `note` it."""

    def __init__(self, people: Mapping[int, Person]) -> None:
        self._people = people
        self._views: dict[tuple[str, str], View] = {}

    def note(self, person_id: int) -> None:
        """Remember that a person was created, changed or deleted."""
        for view in self._views.values():
            view.changed.add(person_id)

    def rows(self, field: str, wanted: Filter) -> list[Row]:
        """Return the rows of those a filter lets through, in ascending order, as a list of the caller's own."""
        rows = self._view(field, wanted).rows()
        low, high = 0, len(rows)
        for operator, limit in wanted.bounds:
            if operator in _LOWER:
                low = max(low, _LOWER[operator](rows, limit, key=sorted_by))
            else:
                high = min(high, _UPPER[operator](rows, limit, key=sorted_by))
        return rows[low:high]

    def _view(self, field: str, wanted: Filter) -> View:
        key = (field, wanted.rest)
        view = self._views.pop(key, None) or View(self._people, field, wanted.passes_rest)
        self._views[key] = view
        if len(self._views) > VIEWS_KEPT:
            del self._views[next(iter(self._views))]
        return view


def _row(person: Person, field: str) -> Row:
    match field:
        case "createdAt":
            return person.created_at, person.id
        case "modifiedAt":
            return person.modified_at, person.id
    return person.plain.get(field) or "", person.id


def _toggled(rows: list[Row], changes: Iterable[Row]) -> list[Row]:
    """Return sorted rows without those of the changes that are there, and with those that are not.

    A row that is twice in the changes stays as it is. What lies between two changes is copied as a whole: that is
    what makes a few changes cheap, and many no worse than a sort.
    """
    toggled: list[Row] = []
    start = 0
    for row in sorted(changes):
        at = bisect_left(rows, row, start)
        toggled += rows[start:at]
        start = at
        if at < len(rows) and rows[at] == row:
            start += 1
        else:
            toggled.append(row)
    return toggled + rows[start:]
