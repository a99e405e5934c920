"""What may stand behind an option, in words, from the hints of its model."""

import types
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, MaxLen, MinLen
from pydantic import BaseModel, BeforeValidator, SecretStr, WrapValidator
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from schemas.config import values
from schemas.content.base import Length, TimeOfDay
from schemas.jobs.import_contacts import MaxDeletions

#: Forms of values that say more than their type does.
NAMED: tuple[tuple[Any, str], ...] = (
    (values.Brokers, "`host:port`, or a list"),
    (values.Duration, "a time such as `{minutes: 15}`"),
    (values.FileName, "file"),
    (values.Operation, "operation"),
    (values.Provider, "`package.module:function`"),
    (values.Region, "country such as `DE`"),
    (values.Share, "percentage"),
    (values.Tag, "tag, up to 256 characters"),
    (values.Topic, "topic"),
    (values.TopicSetting, "setting"),
    (values.WebAddress, "address"),
    (values.Domain, "domain"),
    (values.ProfilePath, "profile field"),
    (MaxDeletions, "number or percentage"),
    (TimeOfDay, 'time of day such as `"08:30"`'),
)
PLAIN = {str: "text", bool: "`true`, `false`", SecretStr: "text (secret)", datetime: "time (RFC 3339)", Any: "anything"}


def words(hint: Any) -> str:
    """What may be said, in a few words."""
    if (name := next((name for form, name in NAMED if form == hint), None)) is not None:
        return name
    hint, notes = _parted(hint)
    if (short := _short_form(notes)) is not None:
        return words(short)
    origin = get_origin(hint)
    if origin is Literal:
        return ", ".join(f"`{one}`" for one in get_args(hint))
    if origin in (Union, types.UnionType):
        return _either([one for one in get_args(hint) if one is not type(None)])
    if origin in (tuple, list):
        return _counted("list", notes) + f": {words(get_args(hint)[0])}"
    if isinstance(origin, type) and issubclass(origin, Mapping):
        key, value = get_args(hint)
        return f"mapping: {words(key)} to {words(value)}"
    if hint in (int, float):
        return _number(hint, notes)
    if hint is str:
        return _text(notes)
    return PLAIN.get(hint, "mapping")


def models_of(hint: Any) -> Iterator[tuple[str, type[BaseModel]]]:
    """The models that stand within an option, each with what its fields are reached by: `[]` in lists."""
    if any(form == hint for form, _ in NAMED):
        return
    hint, notes = _parted(hint)
    if (short := _short_form(notes)) is not None:
        yield from models_of(short)
    elif isinstance(hint, type) and issubclass(hint, BaseModel):
        yield "", hint
    else:
        origin = get_origin(hint)
        into = "[]" if origin in (tuple, list) else ".*" if isinstance(origin, type) and issubclass(origin, Mapping) else ""
        for part in get_args(hint):
            yield from ((into + path, model) for path, model in models_of(part))


def written(default: Any) -> str:
    """What an option is where nothing is said, as YAML has it."""
    match default:
        case value if value is PydanticUndefined:
            return "needed"
        case bool():
            return f"`{str(default).lower()}`"
        case None | () | "" | {}:
            return "none"
        case timedelta():
            return f"`{{minutes: {default.total_seconds() / 60:g}}}`"
        case BaseModel():
            said = {name: value for name in type(default).model_fields if (value := getattr(default, name))}
            return f"`{{{', '.join(f'{name}: {_bare(value)}' for name, value in said.items())}}}`"
        case (one,):
            return f"`{one}`"
    return f"`{_bare(default)}`"


def _bare(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def _parted(hint: Any) -> tuple[Any, list[Any]]:
    """A hint without its annotations, and those, with what stands inside of fields."""
    notes: list[Any] = []
    while get_origin(hint) is Annotated:
        hint, *more = get_args(hint)
        for note in more:
            notes += [*note.metadata, note] if isinstance(note, FieldInfo) else [note]
    return hint, notes


def _short_form(notes: list[Any]) -> Any:
    """What a validator reads besides, where one says so."""
    readers = [one for one in notes if isinstance(one, BeforeValidator | WrapValidator)]
    forms = [one.json_schema_input_type for one in readers]
    return next((form for form in forms if form is not PydanticUndefined and form is not Any), None)


def _either(hints: list[Any]) -> str:
    """The words of several forms; what they have in common is said once."""
    said = list(dict.fromkeys(map(words, hints)))
    return ", ".join(said) if all(one.startswith("`") for one in said) else ", or ".join(said)


def _note(notes: list[Any], kind: type[Any], name: str) -> Any:
    return next((getattr(one, name) for one in notes if isinstance(one, kind)), None)


def _number(hint: Any, notes: list[Any]) -> str:
    least, most = _note(notes, Ge, "ge"), _note(notes, Le, "le")
    above = _note(notes, Gt, "gt")
    if least is not None and most is not None:
        return f"{least:,} to {most:,}"
    kind = "number" if hint is float else "whole number"
    if above is not None:
        return f"{kind} above {above}"
    return kind if least is None else f"{kind} from {least:,}"


def _text(notes: list[Any]) -> str:
    length = next((one for one in notes if isinstance(one, Length)), None)
    most = min((one.max_length for one in notes if isinstance(one, MaxLen)), default=None)
    if length is not None:
        least = f"{length.minimum} to " if length.minimum > 1 else "up to "
        return f"text, {least}{length.maximum:,} characters"
    return "text" if most is None else f"text, up to {most:,} characters"


def _counted(what: str, notes: list[Any]) -> str:
    least, most = _note(notes, MinLen, "min_length"), _note(notes, MaxLen, "max_length")
    if most is not None:
        return f"{what} of {least or 0} to {most}"
    return what
