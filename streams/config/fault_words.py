"""Faults of jobs.yaml in words, by pydantic's name for them."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

from schemas.config.values import ATTRIBUTE_PATTERN, NAME_PATTERN, PREFIX_PATTERN, TOPIC_PATTERN
from streams.config.paths import Loc
from streams.config.yaml_file import Document

_TOPIC_WORDS = "must consist of letters, digits, '.', '_' and '-'"
#: What a pattern means, in words.
PATTERNS = {
    NAME_PATTERN: "must consist of a-z, 0-9 and '-'",
    TOPIC_PATTERN: _TOPIC_WORDS,
    PREFIX_PATTERN: _TOPIC_WORDS,
    ATTRIBUTE_PATTERN: "must not be empty or hold { } [ ]",
}
#: Faults in words, by pydantic's name for them. Those of texts show no value, for a text may be a secret; those of
#: numbers, flags and choices do, for no secret is one.
WORDS = {
    "missing": "is missing",
    "extra_forbidden": "unknown key",
    "string_type": "must be a text, not {sort}{quoting}",
    "string_too_short": "must not be empty",
    "string_too_long": "must be at most {max_length} characters",
    "string_pattern_mismatch": "{pattern}, not {given}",
    "int_type": "must be a whole number, not {given}",
    "int_parsing": "must be a whole number, not {given}",
    "int_parsing_size": "must be a whole number, and not so long",
    "int_from_float": "must be a whole number, not {given}",
    "float_type": "must be a number, not {given}",
    "float_parsing": "must be a number, not {given}",
    "finite_number": "must be a number, not {given}",
    "bool_type": "must be true or false, not {given}",
    "greater_than": "must be more than {gt:g}, not {given}",
    "greater_than_equal": "must be at least {ge:g}, not {given}",
    "less_than_equal": "must be at most {le:.15g}, not {given}",
    "literal_error": "must be {expected}, not {given}",
    "too_short": "must have at least {min_length} {entries}",
    "too_long": "must have at most {max_length} entries",
    "tuple_type": "must be a list, not {sort}",
    "dict_type": "must be a mapping, not {sort}",
    "mapping_type": "must be a mapping, not {sort}",
    "model_type": "must be a mapping, not {sort}",
    "unknown_choice": "no {what} is called {given} (there are: {choices})",
    "unknown_token": "unknown token {token} (message_fields has: {fields})",
    "foreign_token": "{said} is another template language's; {instead}",
    "open_token": "'{{{{' begins no {{{{token}}}}",
    "no_sender": "the sender profile {given} has none for {kinds}",
    "bad_sender": "{fault}",
    "unknown_name": "no authorization is called {given} (there are: {names})",
    "repeated_name": "must be unique: {first} is called {given}, too",
    "shared_tag": "{given} is a tag of {first}, too, and each would take it from the other's members: export these"
    " audiences in one job, or give them another tag",
    "label_tag": "is made from the label, and {given} is a tag of {first}, too: each would take it from the other's"
    " members; export these audiences in one job, or give them another tag",
    "shared_messages": "{first} asks for the same messages, on {channel} to {given} with {whole}: give one of them"
    " another keyword",
    "no_webhooks": "{given} needs webhooks, by which Infobip tells what was written",
    "not_pulled": "what is written on {given} cannot be asked for: it needs webhooks.mode push, with public_url and"
    " secret",
    "no_history": "{given} needs history, the database that it fills",
    "no_authorizations": "is missing",
    "own_topic": "{given} is a topic that this service writes, and holds no membership events",
}
SORTS: Mapping[type, str] = {
    str: "a text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a mapping",
    type(None): "empty",
}
#: What YAML takes for something else than a text, unless it is quoted.
UNQUOTED = (bool, int, float)
GIVEN_MAX = 60


def place_of(loc: Loc, data: Any) -> Loc:
    """Follow a place of a model as far as the file goes: a short form has no inside, and a key is where it stands."""
    place: list[str | int] = []
    for step in loc:
        if step == "[key]" and not (isinstance(data, dict) and step in data):
            break
        if isinstance(data, dict) and isinstance(step, str):
            data = data.get(step)
        elif isinstance(data, list) and isinstance(step, int):
            data = data[step]
        else:
            break
        place.append(step)
    return tuple(place)


def words_of(details: ErrorDetails, document: Document) -> str:
    """One fault in words, with what is there; what a variable holds is named by the variable."""
    ctx, given = details.get("ctx", {}), details["input"]
    names = document.variables.get(place_of(details["loc"], document.data), ())
    if names and isinstance(given, str) and not given.strip():
        return f"the environment variable {' and '.join(names)} is {'blank' if given else 'empty'}"
    variables = ", ".join(f"${{{name}}}" for name in names)
    if details["type"] == "value_error":
        text = str(ctx["error"])
    elif details["type"] == "too_short" and isinstance(given, str):
        text = WORDS["string_too_short"]
    else:
        entries = "entry" if ctx.get("min_length") == 1 else "entries"
        words = {
            **ctx,
            "entries": entries,
            "pattern": PATTERNS.get(ctx.get("pattern", "")),
            "sort": SORTS.get(type(given), "that"),
            "quoting": " (quote it)" if isinstance(given, UNQUOTED) else "",
        }
        text = WORDS.get(details["type"], "is wrong").format(
            **words, given=f"what {variables} holds" if variables else _shown(given)
        )
    if not variables or variables in text:
        return text
    hollow = "".join(f", and {name} is empty" for name in names if name in document.empty)
    return f"{text} (filled in from {variables}{hollow})"


def _shown(given: Any) -> str:
    match given:
        case None:
            return "empty"
        case bool():
            return str(given).lower()
        case str():
            return repr(given if len(given) <= GIVEN_MAX else f"{given[:GIVEN_MAX]}...")
        case int() | float():
            return f"{given:g}" if isinstance(given, float) or abs(given) > 10**GIVEN_MAX else str(given)
    return SORTS.get(type(given), "that")
