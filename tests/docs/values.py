"""What may stand behind an option, in words, from the hints of its model."""

import types
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le, MaxLen, MinLen
from pydantic import BaseModel, BeforeValidator, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from schemas.config import values, webhooks
from schemas.config.console import PasswordHash
from schemas.config.history import DatabaseUrl
from schemas.config.tagged import Tagged
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
    (PasswordHash, "hash of a password (secret)"),
    (DatabaseUrl, "address of a database (secret)"),
    (webhooks.PublicUrl, "address"),
    (webhooks.Secrets, "text (secret), or a list"),
    (MaxDeletions, "number or percentage"),
    (TimeOfDay, 'time of day such as `"08:30"`'),
)
PLAIN: Mapping[Any, str] = {
    bool: "`true`, `false`",
    SecretStr: "text (secret)",
    timedelta: "time",
    datetime: "time (RFC 3339)",
    Any: "anything",
}
#: What leads from an option to what is inside of it.
INTO: Mapping[Any, str] = {tuple: "[]", list: "[]", Mapping: ".*", dict: ".*"}

#: What a length of time is said in, in seconds: in the largest of which it is so many.
UNITS = {"days": 86_400, "hours": 3_600, "minutes": 60, "seconds": 1}

Notes = list[Any]


def hints_of(model: type[BaseModel]) -> dict[str, Any]:
    """What each field of a model may be; of a generic model, what it is in this one."""
    hints = get_type_hints(model, include_extras=True)
    for name, field in model.model_fields.items():
        is_open = isinstance(hints[name], TypeVar) or bool(getattr(hints[name], "__parameters__", ()))
        hint, notes = _parted(field.annotation if is_open else hints[name])
        # Some bounds stand beside a field's default, and not in its hint.
        more = [one for one in field.metadata if is_open or isinstance(one, MinLen | MaxLen)]
        if _name(hint) is None and (more := [one for one in more if one not in notes]):
            hints[name] = Annotated[hint, *notes, *more]
        elif is_open:
            hints[name] = field.annotation
    return hints


def words(hint: Any) -> str:
    """What may be said, in a few words."""
    hint, notes = _parted(hint)
    if (name := _name(hint)) is not None:
        return name
    if (short := _short_form(notes)) is not None:
        return words(short)
    in_words = WORDS.get(get_origin(hint) or hint)
    return PLAIN.get(hint, "mapping") if in_words is None else in_words(hint, notes)


def models_of(hint: Any) -> Iterator[tuple[str, type[BaseModel]]]:
    """The models that stand within an option, each with what its fields are reached by."""
    hint, notes = _parted(hint)
    if _name(hint) is not None:
        return
    if (short := _short_form(notes)) is not None:
        yield from models_of(short)
    elif isinstance(hint, type) and issubclass(hint, BaseModel):
        yield "", hint
    else:
        into = INTO.get(get_origin(hint), "")
        for part in get_args(hint):
            yield from ((into + path, model) for path, model in models_of(part))


def written(default: Any) -> str:
    """What an option is where nothing is said, as YAML has it."""
    if default is PydanticUndefined:
        return "needed"
    if default in (None, (), "", {}):
        return "none"
    match default:
        case timedelta():
            seconds = default.total_seconds()
            unit = next(unit for unit in UNITS if seconds % UNITS[unit] == 0)
            said = f"{{{unit}: {seconds / UNITS[unit]:g}}}"
        case BaseModel():
            options = {name: value for name in type(default).model_fields if (value := getattr(default, name))}
            said = f"{{{', '.join(f'{name}: {_bare(value)}' for name, value in options.items())}}}"
        case (one,):
            said = str(one)
        case tuple():
            said = f"[{', '.join(map(_bare, default))}]"
        case _:
            said = _bare(default)
    return f"`{said}`"


def _bare(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else f"{value:g}" if isinstance(value, float) else str(value)


def _name(hint: Any) -> str | None:
    return next((name for form, name in NAMED if form == hint), None)


def _parted(hint: Any) -> tuple[Any, Notes]:
    """A hint without its annotations, and those, with what stands inside of fields; what has a name is not parted."""
    notes: Notes = []
    while _name(hint) is None:
        parts = [part for part in get_args(hint) if part is not type(None)]
        if get_origin(hint) is Annotated:
            hint, *more = parts
            for note in more:
                notes += [*note.metadata, note] if isinstance(note, FieldInfo) else [note]
        elif get_origin(hint) in (Union, types.UnionType) and len(parts) == 1:
            (hint,) = parts
        else:
            break
    return hint, notes


def _short_form(notes: Notes) -> Any:
    """What a validator reads besides, where one says so."""
    readers = [one for one in notes if isinstance(one, BeforeValidator | Tagged)]
    forms = [one.json_schema_input_type for one in readers]
    return next((form for form in forms if form is not PydanticUndefined and form is not Any), None)


def _note(notes: Notes, kind: type[Any], name: str) -> Any:
    return next((getattr(one, name) for one in notes if isinstance(one, kind)), None)


def _choices(hint: Any, _: Notes) -> str:
    return ", ".join(f"`{one}`" for one in get_args(hint))


def _either(hint: Any, _: Notes) -> str:
    """The words of several forms; what they have in common is said once."""
    said = list(dict.fromkeys(words(one) for one in get_args(hint) if one is not type(None)))
    return ", ".join(said) if all(one.startswith("`") for one in said) else ", or ".join(said)


def _list(hint: Any, notes: Notes) -> str:
    least, most = _note(notes, MinLen, "min_length"), _note(notes, MaxLen, "max_length")
    counted = "list" if most is None else f"list of {most}" if least == most else f"list of {least or 0} to {most}"
    return f"{counted}: {words(get_args(hint)[0])}"


def _mapping(hint: Any, _: Notes) -> str:
    key, value = get_args(hint)
    return f"mapping: {words(key)} to {words(value)}"


def _number(hint: Any, notes: Notes) -> str:
    least, most, above = _note(notes, Ge, "ge"), _note(notes, Le, "le"), _note(notes, Gt, "gt")
    if least is not None and most is not None:
        return f"{least:,} to {most:,}"
    kind = "number" if hint is float else "whole number"
    if above is not None:
        return f"{kind} above {above}"
    return kind if least is None else f"{kind} from {least:,}"


def _text(_: Any, notes: Notes) -> str:
    length = next((one for one in notes if isinstance(one, Length)), None)
    most = min((one.max_length for one in notes if isinstance(one, MaxLen)), default=None)
    if length is not None:
        least = f"{length.minimum} to " if length.minimum > 1 else "up to "
        return f"text, {least}{length.maximum:,} characters"
    return "text" if most is None else f"text, up to {most:,} characters"


#: How hints are told of, by their type or what it is made of.
WORDS: Mapping[Any, Callable[[Any, Notes], str]] = {
    Literal: _choices,
    Union: _either,
    types.UnionType: _either,
    tuple: _list,
    list: _list,
    Mapping: _mapping,
    dict: _mapping,
    int: _number,
    float: _number,
    str: _text,
}
