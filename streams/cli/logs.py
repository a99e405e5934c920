"""Log lines for a person: ours as they come, those of libraries seldom enough to be read."""

import logging
import sys
from collections.abc import Iterable, Mapping
from typing import Literal, TextIO

from streams.cli.json_lines import JsonLines
from streams.errors import ConfigurationError

#: How lines are written: for a person, or each as a JSON object.
Form = Literal["text", "json"]
LEVELS: Mapping[str, int] = {
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARNING": logging.WARNING,
    "ERROR": logging.ERROR,
    "CRITICAL": logging.CRITICAL,
}
EXAMPLE = "streams.infobip=DEBUG"
REPEAT_SECONDS = 30.0
#: Some libraries put what changes into the text itself: no more texts than this are remembered.
KINDS = 1000
OURS = "streams"
#: A class of ours there is one of Faust's services, which tell under its module's name when they start and stop.
FAUST_SERVICE = "streams.kafka.consumer_thread"


class RateLimitedFilter(logging.Filter):
    """Lets a library repeat itself only so often: clients complain many times a second while a broker is away."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is shown; one that is tells how many like it were not."""
        if record.name.startswith(OURS):
            return True
        kind = (record.name, str(record.msg))
        shown_at, held_back = self._said.get(kind, (-REPEAT_SECONDS, 0))
        if record.created - shown_at < REPEAT_SECONDS:
            self._said[kind] = (shown_at, held_back + 1)
            return False
        if len(self._said) >= KINDS:
            self._said.clear()
        self._said[kind] = (record.created, 0)
        if held_back:
            record.msg = f"{record.msg} (and {held_back} more like it)"
        return True


class OneLine(logging.Formatter):
    """Writes what libraries say in one line, with the library's name; their tracebacks tell a person nothing."""

    def format(self, record: logging.LogRecord) -> str:
        """The line; ours may have a traceback below it, which is of a bug."""
        if record.name.startswith(OURS):
            return super().format(record)
        told = record.getMessage()
        if record.exc_info is not None and (error := record.exc_info[1]) is not None:
            told = f"{told}: {type(error).__name__} {error}"
        line = logging.makeLogRecord({**vars(record), "args": None, "exc_info": None, "exc_text": None})
        line.msg = f"library={record.name} {' '.join(told.split())}"
        return super().format(line)


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at the time: a progress bar replaces it, to keep below the lines."""

    @property
    def stream(self) -> TextIO:
        """Where it writes."""
        return sys.stderr

    @stream.setter
    def stream(self, _: TextIO) -> None:
        """Leave it so."""


def set_up(*, verbose: bool, form: Form = "text", levels: Mapping[str, int] | None = None) -> None:
    """Log to standard error, in place of how it was before; `levels` are those of single loggers.

    Only our own lines may say more when asked to: what libraries write at lower levels can hold the records they
    carry.
    """
    handler = _StandardError()
    for_people = (logging.Formatter if verbose else OneLine)("%(asctime)s %(levelname)s %(message)s")
    handler.setFormatter(JsonLines(OURS) if form == "json" else for_people)
    handler.addFilter(RateLimitedFilter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    own = {OURS: logging.DEBUG if verbose else logging.INFO, FAUST_SERVICE: logging.WARNING}
    for name, level in {**own, **(levels or {})}.items():
        logging.getLogger(name).setLevel(level)


def levels_of(given: Iterable[str]) -> dict[str, int]:
    """The levels by logger, of words such as `streams.infobip=DEBUG`.

    Raises:
        ConfigurationError: one of them is none, or has a library say what records hold.

    """
    levels, faults = {}, []
    for said in given:
        name, _, word = said.partition("=")
        level = LEVELS.get(word.upper())
        if not name or level is None:
            faults.append(f"--log-level {said}: must be a logger and a level, such as {EXAMPLE}: {', '.join(LEVELS)}")
        elif level < logging.WARNING and name.partition(".")[0] != OURS:
            faults.append(f"--log-level {said}: below WARNING libraries may write what is in records; {OURS}.… may not")
        else:
            levels[name] = level
    if faults:
        raise ConfigurationError(faults)
    return levels
