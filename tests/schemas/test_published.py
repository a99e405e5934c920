"""Our limits of contents against those of the OpenAPI that Infobip publishes, at the schemas that each model names."""

from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

import annotated_types
import pytest
from pydantic.fields import FieldInfo

from schemas import content
from schemas.content.base import Length, Part
from schemas.operations import OPERATIONS
from tests.schemas.openapi import document

#: Limits of ours that differ, and why.
ON_PURPOSE = {
    ("mms.json", "MmsOutboundTextSegment", "text"): "what is over 1,600 characters is rejected all the same",
    (
        "whatsapp.json",
        "Failover",
        "from",
    ): "no sender of an SMS has more than 15 characters, which is checked by itself",
}
UPPER, LOWER = ("maxLength", "maximum", "maxItems"), ("minLength", "minimum", "minItems")

Schema = dict[str, Any]


def parts(base: type[Part] = Part) -> Iterator[type[Part]]:
    """Yield every model that a content is made of; of a generic one, those whose parameters are filled in."""
    for one in base.__subclasses__():
        if not one.__pydantic_generic_metadata__["parameters"]:
            yield one
        yield from parts(one)


MODELS = [model for model in dict.fromkeys(parts()) if model.__module__.startswith(content.__name__)]


def limits(option: FieldInfo) -> tuple[set[float], set[float]]:
    """Return the lower and the upper limits of a field of ours and of its entries."""
    lower, upper = set[float](), set[float]()
    todo: list[Any] = [option.annotation, *option.metadata]
    while todo:
        match found := todo.pop():
            case Length(minimum=least, maximum=most):
                lower, upper = lower | {least}, upper | {most}
            case annotated_types.Ge(ge=int() | float() as least) | annotated_types.MinLen(min_length=least):
                lower = lower | {least}
            case annotated_types.Le(le=int() | float() as most) | annotated_types.MaxLen(max_length=most):
                upper = upper | {most}
            case FieldInfo(metadata=more):
                todo += more
        todo += [*get_args(found), *getattr(found, "__metadata__", ())]
    return lower, upper


@cache
def published(file: str) -> dict[str, list[Schema]]:
    """Return the properties of the schemas that our requests are made of, by the schemas' names."""
    paths, schemas = document(file)["paths"], document(file)["components"]["schemas"]
    todo = [
        paths[one.path]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"]
        for one in OPERATIONS.values()
        if one.purpose == "send" and one.path in paths
    ]
    known: dict[str, Schema] = {}
    while todo:
        name = todo.pop().rpartition("/")[2]
        if name not in known:
            found = schemas[name]
            known[name] = found.get("properties", {})
            for part in found.get("allOf", ()):
                known[name] = known[name] | part.get("properties", {})
            todo += references(found)
    by_name: dict[str, list[Schema]] = {}
    for name, properties in known.items():
        by_name.setdefault(name.rpartition(".")[2], []).append(properties)
    return by_name


def references(found: Any) -> Iterator[str]:
    if isinstance(found, dict):
        for key, value in found.items():
            if key == "$ref":
                yield value
            elif key == "mapping":
                yield from value.values()
            else:
                yield from references(value)
    elif isinstance(found, list):
        for value in found:
            yield from references(value)


def told(properties: Schema, name: str, kinds: tuple[str, ...]) -> set[float]:
    """Return the limits that are published of a property and of its entries."""
    found = properties.get(name, {})
    return {form[kind] for form in (found, found.get("items", {})) for kind in kinds if kind in form}


def fields(model: type[Part]) -> Iterator[tuple[str, FieldInfo, str, list[tuple[str, Schema]]]]:
    """Yield the name of each field as it is sent, the field, and the named schemas that have it."""
    file, _, named = model.published.partition(": ")
    schemas = [(name, one) for name in named.split(", ") if name for one in published(file)[name]]
    for option in model.model_fields.values():
        alias = option.serialization_alias or ""
        yield file, option, alias, [(name, one) for name, one in schemas if alias in one]


def at_least(ours: set[float], theirs: list[set[float]]) -> bool:
    """Whether nothing is taken that is less than every schema takes."""
    return not theirs or not all(theirs) or min(ours, default=0) >= min(set[float]().union(*theirs))


def at_most(ours: set[float], theirs: list[set[float]]) -> bool:
    """Whether our limits are those of the schemas; where a schema has none, we need none."""
    return ours <= set[float]().union(*theirs) if ours and any(theirs) else not theirs or not all(theirs)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{model.__module__}.{model.__name__}")
def test_every_model_with_limits_says_where_they_are_published(model: type[Part]) -> None:
    assert model.published or not any(any(limits(option)) for option in model.model_fields.values())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: f"{model.__module__}.{model.__name__}")
def test_limits_are_those_that_infobip_publishes(model: type[Part]) -> None:
    for file, option, alias, schemas in fields(model):
        if any((file, name, alias) in ON_PURPOSE for name, _ in schemas):
            continue
        for ours, kinds, is_within in zip(limits(option), (LOWER, UPPER), (at_least, at_most), strict=True):
            theirs = [told(one, alias, kinds) for _, one in schemas]
            assert is_within(ours, theirs), (alias, ours, theirs)


def test_what_differs_on_purpose_differs() -> None:
    named = {(file, name, alias) for model in MODELS for file, _, alias, found in fields(model) for name, _ in found}
    assert ON_PURPOSE.keys() <= named
