"""The filter language of the list of people, compiled to a test of one person."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import orjson

from streams.simulator.answers import Refusal
from streams.simulator.model import Person
from streams.simulator.values import PLAIN, is_date, is_date_time

Test = Callable[[Person], bool]
Values = Callable[[Person], Sequence[Any]]

_CUSTOM_PREFIXES = ("customAttributes.", "data\u0001")
_TIMES = frozenset({"createdAt", "modifiedAt"})
_FOLDED = frozenset({"tags", "contactInformation.email.address", "destinations\u0001email"})


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter taken apart: the bounds that it sets to a time, each an operator and UTC text, and the test of the rest.

    `rest` is the text of the rest: filters that differ in their bounds only have the same.
    """

    bounds: tuple[tuple[str, str], ...]
    rest: str
    passes_rest: Test


EVERYBODY = Filter((), "", lambda _: True)


def read_filter(text: str, bounded: str) -> Filter:
    """Return a filter with the bounds that it sets to one field, if that is a time, apart; or refuse it."""
    try:
        clause = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Refusal(40019, "Filter is not valid JSON") from error
    try:
        return _taken_apart(clause, bounded)
    except RecursionError as error:
        raise Refusal(40019, "Filter is nested too deeply") from error


def _taken_apart(clause: Any, bounded: str) -> Filter:
    # Whole, before it is taken apart: what is refused must not depend on the order asked for.
    _compile(clause)
    bounds: list[tuple[str, str]] = []
    rest: list[dict[str, Any]] = []
    for name, operand in _conjuncts(clause):
        limit = _limit(name, operand, bounded)
        if limit is None:
            rest.append({name: operand})
        else:
            bounds.append((name, limit))
    if not rest:
        return Filter(tuple(bounds), EVERYBODY.rest, EVERYBODY.passes_rest)
    return Filter(tuple(bounds), repr(rest), _compile({"#and": rest}))


def _conjuncts(clause: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield what must all be true, the lists of `#and` opened."""
    for name, operand in clause.items():
        if name == "#and":
            for each in operand:
                yield from _conjuncts(each)
        else:
            yield name, operand


def _limit(name: str, operand: Any, bounded: str) -> str | None:
    if name not in _ORDERED or bounded not in _TIMES:
        return None
    limit = operand.get(bounded)
    return comparable_time(limit) if type(limit) is str else None


def _compile(clause: Any) -> Test:
    if type(clause) is not dict or not clause:
        raise Refusal(40019, "A filter clause must be an object that is not empty")
    tests = [_compile_one(name, operand) for name, operand in clause.items()]
    return tests[0] if len(tests) == 1 else lambda person: all(test(person) for test in tests)


def _compile_one(name: str, operand: Any) -> Test:
    if name in {"#and", "#or"}:
        if type(operand) is not list or not operand:
            raise Refusal(40019, f"{name} needs a list of clauses")
        tests = [_compile(clause) for clause in operand]
        if name == "#and":
            return lambda person: all(test(person) for test in tests)
        return lambda person: any(test(person) for test in tests)
    if not name.startswith("#"):
        return _comparison("#eq", name, operand)
    if name not in _OPERATORS or type(operand) is not dict or len(operand) != 1:
        raise Refusal(40019, f"{name} is not an operator with one field")
    ((field, value),) = operand.items()
    return _comparison(name, field, value)


def _comparison(operator: str, field: str, operand: Any) -> Test:
    values = _values_of(field)
    if operator not in _NEGATIONS:
        return _positive(operator, field, values, operand)
    opposite = _positive(_NEGATIONS[operator], field, values, operand)
    return lambda person: not opposite(person)


def _positive(operator: str, field: str, values: Values, operand: Any) -> Test:
    compare = _OPERATORS[operator]
    if operator in _ORDERED or (field in _TIMES and operator == "#eq"):
        return _ordered(compare, field, values, operand)
    if type(operand) not in {str, int, float, bool}:
        raise Refusal(40019, f"{operator} cannot compare {field} with this value")
    if operator in _TEXTUAL and type(operand) is not str:
        raise Refusal(40019, f"{operator} needs a text")
    if field == "tags" and type(operand) is str and operator in {"#eq", "#contains"}:
        key = operand.casefold()
        return lambda person: key in person.tags
    if field in _FOLDED:
        folded = operand.casefold() if type(operand) is str else operand
        return lambda person: any(compare(value.casefold(), folded) for value in values(person))
    return lambda person: any(type(value) is not list and compare(value, operand) for value in values(person))


def _ordered(compare: Callable[[Any, Any], bool], field: str, values: Values, operand: Any) -> Test:
    if type(operand) in {int, float}:
        return lambda person: any(type(value) in {int, float} and compare(value, operand) for value in values(person))
    if type(operand) is not str:
        raise Refusal(40019, f"{field} can be compared with a number or a date")
    limit = comparable_time(operand)
    if limit is None:
        raise Refusal(40407, f"{field} is compared with a date that cannot be read")

    def test(person: Person) -> bool:
        moments = (comparable_time(value) for value in values(person) if type(value) is str)
        return any(moment is not None and compare(moment, limit) for moment in moments)

    return test


@lru_cache(maxsize=65536)
def comparable_time(text: str) -> str | None:
    """Return a date or time as UTC text that sorts as time does; None when it is neither."""
    if is_date(text):
        return f"{text}T00:00:00"
    if not is_date_time(text):
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return moment.isoformat()


def _values_of(field: str) -> Values:
    if field in _ONE:
        return _ONE[field]
    for prefix in _CUSTOM_PREFIXES:
        if field.startswith(prefix):
            name = field.removeprefix(prefix)
            return lambda person: [person.custom[name]] if name in person.custom else []
    if field in PLAIN:
        return lambda person: [person.plain[field]] if field in person.plain else []
    raise Refusal(40019, "The filter names a field that cannot be filtered by")


def _equal(value: Any, operand: Any) -> bool:
    return bool(value == operand) and (type(value) is bool) == (type(operand) is bool)


def _emails(person: Person) -> Sequence[Any]:
    return person.emails


def _phones(person: Person) -> Sequence[Any]:
    return person.phones


_ONE: Mapping[str, Values] = {
    "id": lambda person: [person.id],
    "externalId": lambda person: [] if person.external_id is None else [person.external_id],
    "createdAt": lambda person: [person.created_at],
    "modifiedAt": lambda person: [person.modified_at],
    "tags": lambda person: [tag.name for tag in person.tags.values()],
    "origin": lambda _: ["API"],
    "modifiedFrom": lambda _: ["API"],
    "contactInformation.email.address": _emails,
    "contactInformation.phone.number": _phones,
    "destinations\u0001email": _emails,
    "destinations\u0001msisdn": _phones,
}
_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "#eq": _equal,
    "#ne": _equal,
    "#contains": lambda value, operand: type(value) is str and operand in value,
    "#notContain": lambda value, operand: type(value) is str and operand in value,
    "#startsWith": lambda value, operand: type(value) is str and value.startswith(operand),
    "#endsWith": lambda value, operand: type(value) is str and value.endswith(operand),
    "#gt": lambda value, operand: value > operand,
    "#gte": lambda value, operand: value >= operand,
    "#lt": lambda value, operand: value < operand,
    "#lte": lambda value, operand: value <= operand,
}
_NEGATIONS = {"#ne": "#eq", "#notContain": "#contains"}
_ORDERED = frozenset({"#gt", "#gte", "#lt", "#lte"})
_TEXTUAL = frozenset({"#contains", "#notContain", "#startsWith", "#endsWith"})
