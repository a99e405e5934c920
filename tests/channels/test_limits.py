"""What Infobip publishes of the values of contents, held against what our models take for them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import jsonschema
import orjson
import pytest
from pydantic import TypeAdapter, ValidationError

from schemas.content import Content
from schemas.content.base import RENDERED, MessageContent
from streams.calls.call import Call
from streams.channels import CHANNELS
from streams.simulator.messages import kakao_alim, kakao_chingu, rcs
from streams.simulator.messages.reading import read
from tests.channels.golden import NOW, cases, content_of, filled, play
from tests.channels.published import published
from tests.simulator.published import at, changed, request_form

SENDINGS = {"rcs": rcs.SENDING, "kakao_alim": kakao_alim.SENDING, "kakao_chingu": kakao_chingu.SENDING}
SENT = tuple(SENDINGS)

Place = tuple[str | int, ...]
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Form:
    """The published form of an object: its name, and the schemas of its properties."""

    name: str
    properties: Schema
    required: frozenset[str]


class Document:
    """The published schemas that requests of a channel are made of."""

    def __init__(self, channel: str) -> None:
        document = published(channel)
        self._schemas: Schema = document["components"]["schemas"]
        request = document["paths"][CHANNELS[channel].operation.path]["post"]["requestBody"]["content"][
            "application/json"
        ]["schema"]
        message = self.form(self.form(request).properties["messages"]["items"])
        self.content: Schema = message.properties["content"]

    def resolved(self, schema: Schema) -> tuple[str, Schema]:
        """Follow references; an object is named after the last."""
        name = ""
        while "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            schema = self._schemas[name]
        return name.rpartition(".")[2], schema

    def form(self, schema: Schema, said: Mapping[str, Any] | None = None) -> Form:
        """Take an object's form together; where it has several, that which `said` names."""
        name, found = self.resolved(schema)
        if said is not None and (forms := found.get("discriminator")) is not None:
            return self.form({"$ref": forms["mapping"][said[forms["propertyName"]]]})
        parts = [self.form(part) for part in found.get("allOf", ())]
        properties = {key: one for part in parts for key, one in part.properties.items()} | found.get("properties", {})
        required = frozenset(found.get("required", ())).union(*(part.required for part in parts))
        return Form(name, properties, required)

    def all_properties(self) -> set[tuple[str, str]]:
        """Every property that some content can have, with its object's name."""
        todo, known = [self.content], dict[str, Form]()
        while todo:
            name, found = self.resolved(todo.pop())
            forms = [{"$ref": one} for one in found.get("discriminator", {}).get("mapping", {}).values()]
            if name and not forms and name not in known and "enum" not in found:
                known[name] = self.form(found)
                forms = list(known[name].properties.values())
            todo += [*forms, *([found["items"]] if "items" in found else [])]
        return {(name, key) for name, form in known.items() for key in form.properties}

    def walk(self, schema: Schema, said: Any, place: Place = ()) -> Iterator[tuple[Place, Form | Schema, Any]]:
        """Yield each value of a content with its place and its published form."""
        _, found = self.resolved(schema)
        match said:
            case dict() if "additionalProperties" in found:
                return
            case dict():
                form = self.form(schema, said)
                yield place, form, said
                for key, value in said.items():
                    yield from self.walk(form.properties[key], value, (*place, key))
            case list():
                yield place, found, said
                for number, value in enumerate(said):
                    yield from self.walk(found["items"], value, (*place, number))
            case _:
                yield place, found, said


@dataclass(frozen=True, slots=True)
class Said:
    """A content of a golden case: what reads it, the content in our words, and as it is sent."""

    model: type[MessageContent]
    ours: dict[str, Any]
    sent: dict[str, Any]

    def place(self, theirs: Place) -> Place:
        """Say a place in our words."""
        here: Any = self.ours
        steps: list[str | int] = []
        for step in theirs:
            found = step if isinstance(step, int) else next(key for key in here if _same(key, step))
            steps.append(found)
            here = here[found]
        return tuple(steps)

    def faults(self, place: Place, *instead: Any) -> dict[Place, str]:
        """What the model finds wrong with another value at a place of ours, or with none, by the faults' places."""
        try:
            self.model.model_validate(changed(self.ours, place, *instead), context=RENDERED)
        except ValidationError as error:
            return {tuple(fault["loc"]): fault["type"] for fault in error.errors()}
        return {}


def _same(ours: str, theirs: str) -> bool:
    return ours.replace("_", "") == theirs.replace("_", "").lower()


def contents(channel: str) -> Iterator[tuple[str, Said]]:
    """Yield the contents of a channel's golden cases, with their names."""
    for name, case in cases():
        if name == channel and "sent" in case:
            (call,), _ = play(case)
            content = content_of(case)
            ours = orjson.loads(orjson.dumps(content.model_dump(exclude_none=True)))
            yield case["name"], Said(type(content), ours, call.body["messages"][0]["content"])


def requests(channel: str) -> list[Call]:
    return [call for name, case in cases() if name == channel for call in play(case)[0]]


def _at_the_limits(schema: Schema, value: Any) -> tuple[list[Any], list[Any]]:
    """Values that are just allowed, and those that are just not."""
    match schema, value:
        case {"enum": _}, _:
            return [], ["NONE"]
        case {"maxLength": int(most)}, str():
            longest = (value if value.startswith("http") else "").ljust(most, "a")
            shortest = [] if value.startswith("http") else ["a"]
            return [longest, *shortest], [longest + "a", *([""] if schema.get("minLength") else [])]
        case {"maxItems": int(most), "minItems": int(least)}, list():
            return [], [(value * most + value)[: most + 1], *([value[: least - 1]] if least else [])]
        case {"minimum": least, "maximum": most}, int() | float():
            return [least, most], [least - 1, most + 1, True]
    return [], []


CASES = [pytest.param(channel, said, id=f"{channel}: {name}") for channel in SENT for name, said in contents(channel)]


@pytest.mark.parametrize(("channel", "said"), CASES)
def test_what_is_just_allowed_is_taken_and_what_is_just_not_is_refused_where_it_stands(
    channel: str, said: Said
) -> None:
    document = Document(channel)
    for theirs, schema, _ in document.walk(document.content, said.sent):
        if isinstance(schema, Form):
            continue
        place = said.place(theirs)
        allowed, refused = _at_the_limits(schema, at(said.ours, place))
        for other in allowed:
            assert not said.faults(place, other), (place, other)
        for other in refused:
            assert place in said.faults(place, other), (place, other)


@pytest.mark.parametrize(("channel", "said"), CASES)
def test_what_is_required_is_missed_and_nothing_else_but_types(channel: str, said: Said) -> None:
    document = Document(channel)
    for theirs, form, value in document.walk(document.content, said.sent):
        if not isinstance(form, Form):
            continue
        for key in value.keys() - {"type"}:
            place = said.place((*theirs, key))
            required = key in form.required
            assert (said.faults(place).get(place) == "missing") is required, place
            may_be_empty = form.properties[key].get("minLength") == 0 and not value[key].startswith("http")
            assert required or not may_be_empty or not said.faults(place, ""), place


@pytest.mark.parametrize("channel", SENT)
def test_the_logs_are_where_infobip_has_them(channel: str) -> None:
    logs = CHANNELS[channel].logs
    assert logs is not None
    assert logs.path in published(channel)["paths"]


@pytest.mark.parametrize("channel", SENT)
def test_every_property_that_a_content_can_have_is_in_some_golden_case(channel: str) -> None:
    document = Document(channel)
    walked = [found for _, said in contents(channel) for found in document.walk(document.content, said.sent)]
    covered = {(form.name, key) for _, form, value in walked if isinstance(form, Form) for key in value}
    assert document.all_properties() - covered == set()


@pytest.mark.parametrize("channel", SENT)
def test_every_request_has_the_published_form_of_its_type(channel: str) -> None:
    for call in requests(channel):
        assert [error.message for error in request_form(call.operation.name).iter_errors(call.body)] == []


@pytest.mark.parametrize("channel", SENT)
def test_every_request_is_one_that_the_simulator_takes(channel: str) -> None:
    for call in requests(channel):
        assert read(SENDINGS[channel].form, orjson.dumps(call.body), NOW, "refuse") == call.body


@pytest.mark.parametrize("channel", SENT)
def test_editors_take_every_content_and_no_unknown_key(channel: str) -> None:
    checker = jsonschema.Draft202012Validator(TypeAdapter(Content).json_schema())
    for _, case in (found for found in cases() if found[0] == channel):
        content = filled(case["job"])["content"]
        checker.validate(content)
        assert not checker.is_valid({**content, "stray": 1})
