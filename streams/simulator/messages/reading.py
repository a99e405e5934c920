"""From the body of a request to what is wrong with it, in the words and with the paths that Infobip uses."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from streams.simulator.answers import Problem, Refusal
from streams.simulator.options import UnknownKeys

BAD_REQUEST = 40001
VIOLATIONS = "violations"
_OF_MESSAGE = re.compile(r"^messages\[\d+\]\.")


#: What checks requests of a form, by what becomes of keys that are not published.
Form = Mapping[UnknownKeys, TypeAdapter[Any]]


def form_of(of: Any) -> Form:
    """Return what checks requests of a form; a list of them, because a form alone takes no configuration.

    Forms are typed dictionaries, which have the configuration of what they are in: nothing is converted.
    """
    take, refuse = (
        TypeAdapter(list[of], config=ConfigDict(extra=extra, strict=True, defer_build=True))
        for extra in ("ignore", "forbid")
    )
    return {"take": take, "refuse": refuse}


def wrong(*violations: str, at: str = "") -> PydanticCustomError:
    """Return the error that a check raises; `at` is the property, where it is not the one that is checked."""
    return several((at, violation) for violation in violations)


def several(violations: Iterable[tuple[str, str]]) -> PydanticCustomError:
    """Return the error that a check of an object raises, with the property of each violation."""
    return PydanticCustomError("violation", "is not as it must be", {VIOLATIONS: list(violations)})


def read(form: Form, body: bytes, now: datetime, unknown: UnknownKeys, *, from_message: bool = False) -> Any:
    """Return the body as it was sent, or refuse it with all that is wrong with it.

    Paths start at the request or, with `from_message`, at the message, which then is not told.
    """
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refusal(BAD_REQUEST, "Malformed JSON body") from error
    try:
        form[unknown].validate_python([said], context=now)
    except ValidationError as error:
        problems = [problem for details in error.errors(include_url=False) for problem in _problems(said, details)]
        if from_message:
            problems = [problem._replace(path=_OF_MESSAGE.sub("", problem.path)) for problem in problems]
        raise Refusal(BAD_REQUEST, "Bad request", problems) from error
    return said


def _problems(said: Any, error: ErrorDetails) -> Iterator[Problem]:
    context = error.get("ctx", {})
    path = _path(said, error["loc"][1:], error["type"])
    if error["type"] == "violation":
        for at, violation in context[VIOLATIONS]:
            yield Problem(_joined(path, at), violation)
        return
    # Nothing says which form an object has: that is wrong with the property which would.
    if error["type"] in {"union_tag_invalid", "union_tag_not_found"} and isinstance(error["input"], dict):
        path = _joined(path, context["discriminator"].strip("'"))
    yield Problem(path, _violation(error, context))


def _violation(error: ErrorDetails, context: Mapping[str, Any]) -> str:
    if error["input"] is None:
        return "must not be null"
    if error["type"] == "union_tag_not_found" and not isinstance(error["input"], dict):
        return "must be an object"
    text = _VIOLATIONS.get(error["type"])
    return error["msg"] if text is None else text(context)


_VIOLATIONS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "must not be null",
    "union_tag_not_found": lambda _: "must not be null",
    "union_tag_invalid": lambda context: _one_of(context["expected_tags"]),
    "literal_error": lambda context: _one_of(context["expected"]),
    "extra_forbidden": lambda _: "is not a known property",
    "string_too_long": lambda context: f"size must be between 0 and {context['max_length']}",
    "string_type": lambda _: "must be a string",
    "string_pattern_mismatch": lambda context: f'must match "{context["pattern"]}"',
    "int_type": lambda _: "must be an integer",
    "float_type": lambda _: "must be a number",
    "bool_type": lambda _: "must be a boolean",
    "list_type": lambda _: "must be an array",
    "model_attributes_type": lambda _: "must be an object",
    "dict_type": lambda _: "must be an object",
    "greater_than_equal": lambda context: f"must be greater than or equal to {context['ge']}",
    "less_than_equal": lambda context: f"must be less than or equal to {context['le']}",
}


def _path(said: Any, places: Sequence[int | str], kind: str) -> str:
    """Return where an error is, without the names of forms that pydantic puts between properties."""
    path = ""
    for place in places:
        if isinstance(place, int):
            path += f"[{place}]"
            said = said[place]
        elif isinstance(said, dict) and place in said:
            path = _joined(path, place)
            said = said[place]
        elif kind == "missing" and place == places[-1]:
            path = _joined(path, place)
    return path


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name and not name.startswith("[") else path + name


def _one_of(words: str) -> str:
    return f"must be one of {words.replace(' or ', ', ').replace(chr(39), '')}"
