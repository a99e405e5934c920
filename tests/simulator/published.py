"""The schemas of messaging that Infobip publishes, in a form that can be checked against.

A published schema tells the forms of an object apart by a discriminator, which JSON Schema does not know: here it is
a keyword that asks for the form whose value is there.
"""

import copy
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

import jsonschema
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator

from streams.simulator.messages.endpoints import MESSAGE_ENDPOINTS
from streams.simulator.operations import OPERATIONS
from tests.openapi import ELSEWHERE, read_published

SCHEMAS = "#/components/schemas/"
ALONE = " alone"
PUBLISHED = {name: ours for name, ours in OPERATIONS.items() if not ours.path.startswith(("/people", ELSEWHERE))}
MESSAGING = {name: ours for name, ours in PUBLISHED.items() if name in MESSAGE_ENDPOINTS}
FEEDBACK = {name: ours for name, ours in PUBLISHED.items() if name not in MESSAGE_ENDPOINTS}
SENDS = sorted(name for name in MESSAGING if name.startswith("send_"))


#: Those whose file is not called as their paths begin.
PRODUCTS = {
    "kakao-alim": "kakao",
    "kakao-chingu": "kakao",
    "resource-management": "resources",
    "subscriptions": "subscriptions-api",
}


@cache
def published(product: str) -> dict[str, Any]:
    document: dict[str, Any] = read_published(product)
    document["components"]["schemas"] = _with_forms(document["components"]["schemas"])
    return document


def _with_forms(schemas: dict[str, Any]) -> dict[str, Any]:
    """Return schemas in which a form refers to what it extends without the discriminator."""
    bases = {name for name, schema in schemas.items() if schema.get("discriminator", {}).get("mapping")}
    found = copy.deepcopy(schemas)
    for name in bases:
        found[name + ALONE] = {word: said for word, said in found[name].items() if word != "discriminator"}
    for schema in found.values():
        for part in schema.get("allOf", ()):
            if part.get("$ref", "").removeprefix(SCHEMAS) in bases:
                part["$ref"] += ALONE
    return found


def operation(name: str) -> dict[str, Any]:
    ours = PUBLISHED[name]
    place = ours.path.split("/")[1]
    product = PRODUCTS.get(place, place)
    found: dict[str, Any] = published(product)["paths"][ours.path][ours.method.lower()]
    return {**found, "components": published(product)["components"]}


def _its_form(validator: Any, discriminator: Mapping[str, Any], said: Any, _: Any) -> Iterator[ValidationError]:
    """Ask for the form that an object says it has."""
    value = said.get(discriminator["propertyName"]) if isinstance(said, dict) else None
    form = discriminator.get("mapping", {}).get(value) if isinstance(value, str) else None
    if form is not None:
        yield from validator.descend(said, {"$ref": form})


def checker(schema: dict[str, Any], components: Mapping[str, Any]) -> Validator:
    """What checks against a schema of a document, whose references are all to schemas of it."""

    def referred(validator: Any, reference: str, said: Any, _: Any) -> Iterator[ValidationError]:
        yield from validator.descend(said, components["schemas"][reference.removeprefix(SCHEMAS)])

    words = {"discriminator": _its_form, "$ref": referred}
    extend: Any = jsonschema.validators.extend  # whose types are not told
    made: Validator = extend(jsonschema.Draft202012Validator, words)(schema)
    return made


@cache
def request_form(name: str) -> Validator:
    whole = operation(name)
    return checker(whole["requestBody"]["content"]["application/json"]["schema"], whole["components"])


@cache
def answer_form(name: str, status: int) -> Validator:
    whole = operation(name)
    response = whole["responses"][str(status)]
    if "$ref" in response:
        response = whole["components"]["responses"][response["$ref"].rpartition("/")[2]]
    return checker(response["content"]["application/json"]["schema"], whole["components"])


@cache
def webhook_form(product: str, name: str) -> jsonschema.Draft202012Validator:
    """What a body must be that is posted to a receiver."""
    whole = published(product)
    schema = whole["webhooks"][name]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return jsonschema.Draft202012Validator({"components": whole["components"], "allOf": [schema]})


def examples(name: str) -> dict[str, Any]:
    content = operation(name)["requestBody"]["content"]["application/json"]
    return {title: example["value"] for title, example in content["examples"].items()}


def answers(name: str, status: int) -> dict[str, Any]:
    content = operation(name)["responses"][str(status)]["content"]["application/json"]
    return {title: example["value"] for title, example in content["examples"].items()}


Place = tuple[str | int, ...]


def places(said: Any, place: Place = ()) -> Iterator[Place]:
    """Yield where each value of a request is."""
    below = said.items() if isinstance(said, dict) else enumerate(said) if isinstance(said, list) else ()
    for key, value in below:
        yield (*place, key)
        yield from places(value, (*place, key))


def at(said: Any, place: Place) -> Any:
    for key in place:
        said = said[key]
    return said


def changed(said: Any, place: Place, *values: Any) -> Any:
    """Return a request with another value there, or with none."""
    other = copy.deepcopy(said)
    parent = at(other, place[:-1])
    if values:
        parent[place[-1]] = values[0]
    else:
        del parent[place[-1]]
    return other
