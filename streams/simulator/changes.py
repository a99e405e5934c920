"""The small steps of a write: merging values, appending contacts, naming what was wrong with an item."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from streams.simulator.answers import Problem

INVALID_ITEM = 400100
_INVALID_ITEM_TEXT = "One or more properties of the person are invalid"


def item_error(index: int, problems: Sequence[Problem]) -> dict[str, Any]:
    """Return the error of one item of an upsert."""
    details = [{"property": problem.path, "message": problem.message} for problem in under(index, problems)]
    return {"code": INVALID_ITEM, "message": _INVALID_ITEM_TEXT, "details": details, "index": index}


def under(index: int, problems: Sequence[Problem]) -> list[Problem]:
    """Return problems with their paths from the top of the request."""
    return [Problem(f"persons[{index}].{p.path}".rstrip("."), p.message, p.code) for p in problems]


def appended(present: tuple[str, ...], given: Sequence[str], key: Callable[[str], str]) -> tuple[str, ...]:
    """Return contacts with those given that are new, told apart by `key`."""
    if not present and len(given) == 1:
        return (given[0],)
    # Most often nothing is new; that must cost little, since a thousand people come in one call.
    for each in given:
        if each not in present:
            break
    else:
        return present
    known = {key(each): each for each in present}
    for each in given:
        known.setdefault(key(each), each)
    return tuple(known.values())


def without_nulls(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is left when nulls are taken out."""
    return {name: value for name, value in values.items() if value is not None}


def merge(present: dict[str, Any], given: Mapping[str, Any]) -> bool:
    """Set what is given, clear what is given as null, and say whether that changed anything."""
    changed = False
    for name, value in given.items():
        if value is None:
            changed |= present.pop(name, None) is not None
        elif present.get(name) != value:
            present[name] = value
            changed = True
    return changed
