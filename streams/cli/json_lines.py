"""Log lines for machines: one JSON object a line, with the word as the event and what stands behind it as fields.

A line is taken apart as it was written down, by its template and its arguments, and not as it was put together: what
is in a value cannot look like another field.
"""

import json
import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

#: Names that every object has; no line's own field is called so.
RESERVED = ("time", "level", "logger", "event", "text", "message", "exception")
#: What a line of a library's is called, and one that begins with no word.
LIBRARY, UNNAMED = "library", "log"
_word = re.compile(r"([a-z_]+(?:%s)?)(?: |$)").match
_CONVERSION = re.compile(r"%(?P<flags>[-#0 +]*)\d*(?:\.(?P<places>\d+))?(?P<kind>[sdrf])")
_FIELD = re.compile(r"(?:^|(?<=\s))(\w+)=")
#: A value ends where its own words do; what follows is for people.
_VALUE = re.compile(r"(?:%[^a-z\s]*[a-z])(?:[^\s%,;]*%[^a-z\s]*[a-z])*|.+", re.DOTALL)
_is_pair = re.compile(r"\w+=\S+").fullmatch
_is_number = re.compile(r"-?[0-9]+").fullmatch


class JsonLines(logging.Formatter):
    """Writes a record as one JSON object; `ours` is what the names of our own loggers begin with."""

    def __init__(self, ours: str) -> None:
        super().__init__()
        self._ours = ours

    def format(self, record: logging.LogRecord) -> str:
        """The object, on one line."""
        message = record.getMessage()
        said: dict[str, Any] = {
            "time": f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%S.%f}"[:-3] + "Z",
            "level": record.levelname,
            "logger": record.name,
            "event": LIBRARY,
        }
        if record.name.startswith(self._ours):
            said |= taken_apart(str(record.msg), record.args if isinstance(record.args, tuple) else ())
        said["message"] = " ".join(message.split())
        if record.exc_info is not None:
            said["exception"] = self.formatException(record.exc_info)
        # In ASCII: half of a character, which Infobip's words may end with, fits no other form.
        return json.dumps(said, default=str)


def taken_apart(template: str, arguments: tuple[Any, ...]) -> dict[str, Any]:
    """The event of a line, its fields, and as `text` what else it says."""
    word = _word(template)
    if word is None:
        return {"event": UNNAMED}
    left, words = list(arguments), list[str]()
    said: dict[str, Any] = {"event": _put_together(word[1], left)}
    for name, piece in _pieces(template[word.end() :]):
        value = _VALUE.match(piece) if name else None
        if name and value is not None:
            said[name] = _taken(value[0].rstrip(), left)
        rest = _put_together(piece[value.end() :] if value is not None else piece, left).strip(" :;,")
        pairs = [one.partition("=") for one in rest.split()]
        if all(_is_pair("".join(pair)) for pair in pairs):
            said |= {key: int(one) if _is_number(one) else one for key, _, one in pairs}
        else:
            words.append(rest)
    return {**said, "text": " ".join(words)} if words else said


def _pieces(template: str) -> Iterator[tuple[str, str]]:
    """What stands before the first field, under no name; then each field's name, and all up to the next."""
    starts = [*_FIELD.finditer(template)]
    yield "", template[: starts[0].start()] if starts else template
    for number, start in enumerate(starts):
        end = starts[number + 1].start() if number + 1 < len(starts) else len(template)
        yield start[1], template[start.end() : end]


def _taken(piece: str, left: list[Any]) -> Any:
    """A field's value, as what it is where it is one argument; takes its arguments from those that are left."""
    conversion = _CONVERSION.fullmatch(piece)
    if conversion is None or not left:
        return _put_together(piece, left)
    value = left.pop(0)
    if conversion["kind"] == "f":
        return round(float(value), int(conversion["places"] or 6))
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def _put_together(piece: str, left: list[Any]) -> str:
    count = len(_CONVERSION.findall(piece))
    arguments = tuple(left[:count])
    del left[:count]
    return piece % arguments if arguments else piece
