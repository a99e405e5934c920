"""What editors show of each option of jobs.yaml: its meaning, limits and default, and an example."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

import jsonschema
from pydantic.fields import FieldInfo

from schemas.config.settings import Settings
from schemas.content.base import Length
from tests.configuring import jobs_schema

FEWEST_CHARACTERS, FEWEST_WORDS = 20, 4
#: So many choices can be told one by one.
FEW_CHOICES = 5

Schema = dict[str, Any]


def described() -> dict[str, Schema]:
    """Every model, by its name."""
    return {"jobs.yaml": jobs_schema(), **jobs_schema()["$defs"]}


@cache
def options() -> dict[str, Schema]:
    """Every option, by the names of its model and its own."""
    return {
        f"{model}.{name}": option
        for model, found in described().items()
        for name, option in found.get("properties", {}).items()
    }


def required() -> set[str]:
    """Those that cannot be left out."""
    return {f"{model}.{name}" for model, found in described().items() for name in found.get("required", ())}


def said(option: Schema) -> str:
    text: str = option.get("description", "")
    return text


def forms(option: Schema) -> list[Schema]:
    """The forms that a value can have by itself, apart from `${NAME}`, null, lists and other models."""
    return [
        form
        for one in option.get("anyOf", [option])
        for form in one.get("anyOf", [one])
        if form.get("type") not in ("null", "array") and "$ref" not in form and r"\$\{" not in form.get("pattern", "")
    ]


def names(text: str, value: Any) -> bool:
    """Whether a text names a value, as a word of its own."""
    ways = (
        {str(value).lower()} if isinstance(value, bool) else {f"{value:,}", str(value)} if is_number(value) else {value}
    )
    return any(re.search(rf"(?<![\w.,]){re.escape(way)}(?![\w%]|[.,]\d)", text) for way in ways)


def is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def test_there_are_options() -> None:
    assert {"jobs.yaml.kafka", "SendMessage.max_age", "SmsContent.text"} <= options().keys()
    assert {"jobs.yaml.kafka", "SmsContent.text"} <= required()


def test_every_description_says_more_than_a_word() -> None:
    short = {
        name: said(option)
        for name, option in options().items()
        if len(said(option)) < FEWEST_CHARACTERS or len(said(option).split()) < FEWEST_WORDS
    }
    assert short == {}


def test_what_holds_without_an_option_is_told_of_those_that_can_be_left_out_and_of_no_others() -> None:
    telling = {name for name, option in options().items() if "Default: " in said(option)}
    assert telling == options().keys() - required()


def test_defaults_are_told_as_they_are() -> None:
    other = {}
    for name, option in options().items():
        default, (*_, after) = option.get("default"), said(option).partition("Default: ")
        if isinstance(default, bool | int | float | str) and default != "" and not names(after, default):
            other[name] = (default, after)
    assert other == {}


def test_few_choices_are_told_one_by_one() -> None:
    untold = {}
    for name, option in options().items():
        for form in forms(option):
            choices = form.get("enum", [form["const"]] if "const" in form else [])
            missing = [choice for choice in choices if not names(said(option), choice)]
            if missing and len(choices) <= FEW_CHOICES:
                untold[name] = missing
    assert untold == {}


def test_limits_are_told() -> None:
    untold = {}
    for name, option in options().items():
        for form in [option, *option.get("anyOf", ()), *forms(option)]:
            kinds = ["maxLength", "maxItems", *(["minimum", "maximum"] if "maximum" in form else [])]
            limits = [form[kind] for kind in kinds if kind in form]
            if missing := [limit for limit in limits if not names(said(option), limit)]:
                untold[name] = missing
    assert untold == {}


def test_what_can_be_anything_has_an_example_or_limits() -> None:
    plain = {
        name: said(option)
        for name, option in options().items()
        if any(not {"enum", "const"} & form.keys() and form.get("type") != "boolean" for form in forms(option))
        and option.get("default") in (None, "", [], {})
        and not re.search(r"Example: |\d", said(option))
    }
    assert plain == {}


def models(base: type[Settings]) -> Iterator[type[Settings]]:
    yield base
    for one in base.__subclasses__():
        yield from models(one)


def lengths(option: FieldInfo) -> Iterator[Length]:
    """Yield the limits of an option's texts, also of those in lists."""
    todo: list[Any] = [option.annotation, *option.metadata]
    while todo:
        found = todo.pop()
        if isinstance(found, Length):
            yield found
        todo += [*get_args(found), *getattr(found, "__metadata__", ())]


def test_lengths_of_texts_are_told_which_editors_know_nothing_of() -> None:
    untold = {
        f"{model.__name__}.{name}": length
        for model in models(Settings)
        for name, option in model.model_fields.items()
        for length in lengths(option)
        if not names(option.description or "", length.maximum)
    }
    assert untold == {}


def test_editors_complete_no_default_that_they_would_refuse() -> None:
    refused = {
        name: option["default"]
        for name, option in options().items()
        if "default" in option
        and not jsonschema.Draft202012Validator({**option, "$defs": jobs_schema()["$defs"]}).is_valid(option["default"])
    }
    assert refused == {}
