"""JSON written however deeply it is nested, without a call for each level."""

import json
from collections.abc import Iterator
from typing import Any


class _Text(str):
    """What is written as it stands."""

    __slots__ = ()


def written(value: Any, plain: tuple[type[str], ...] = ()) -> str:
    """JSON of a value; texts of the types that are `plain` are written as they stand, such as the digits of a number.

    The same as `json.dumps(value, sort_keys=True)`, which fails where Python's own limit of recursion is passed.

    Halves of characters are escaped, so the text can be encoded.
    """
    out: list[str] = []
    left: list[Any] = [value]
    while left:
        one = left.pop()
        match one:
            case str() if isinstance(one, (_Text, *plain)):
                out.append(one)
            case dict():
                left.extend(reversed([*_members(one)]))
            case list():
                left.extend(reversed([*_entries(one)]))
            case _:
                out.append(json.dumps(one))
    return "".join(out)


def _members(given: dict[str, Any]) -> Iterator[Any]:
    yield _Text("{")
    for number, (name, value) in enumerate(sorted(given.items(), key=lambda member: member[0])):
        yield _Text(f"{', ' if number else ''}{json.dumps(name)}: ")
        yield value
    yield _Text("}")


def _entries(given: list[Any]) -> Iterator[Any]:
    yield _Text("[")
    for number, value in enumerate(given):
        if number:
            yield _Text(", ")
        yield value
    yield _Text("]")
