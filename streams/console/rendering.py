"""Pages made of templates: values are escaped, and written as people read them."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

FOLDER = Path(__file__).parent
#: What stands where there is no value.
NOTHING = "\N{EN DASH}"
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def number(value: float | None) -> str:
    """A number with separators; of less than ten one digit behind the point where there is any."""
    if value is None:
        return NOTHING
    if isinstance(value, int) or value == int(value):
        return f"{int(value):,}"
    return f"{value:,.1f}" if abs(value) < 10 else f"{value:,.0f}"  # noqa: PLR2004


def moment(value: datetime | None) -> str:
    """A time in UTC; as it is where UTC has no such year."""
    try:
        return NOTHING if value is None else f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S}Z"
    except OverflowError:
        return str(value)


def duration(seconds: float | None) -> str:
    """A duration in its two largest units."""
    if seconds is None:
        return NOTHING
    whole = max(0, round(seconds))
    for unit, smaller, name, small in ((_DAY, _HOUR, "d", "h"), (_HOUR, _MINUTE, "h", "min"), (_MINUTE, 1, "min", "s")):
        if whole >= unit:
            rest = whole % unit // smaller
            return f"{whole // unit} {name} {rest} {small}" if rest else f"{whole // unit} {name}"
    return f"{whole} s"


def ago(value: datetime | None, now: datetime) -> str:
    """How long ago a time was."""
    if value is None:
        return "never"
    seconds = (now - value).total_seconds()
    return "just now" if seconds < 1 else f"{duration(seconds)} ago"


def percent(part: float, whole: float) -> str:
    """A part of a whole."""
    return NOTHING if whole == 0 else f"{100 * part / whole:.1f} %"


def until(seconds: float | None) -> str:
    """When a job will have caught up."""
    if seconds is None:
        return "not catching up"
    return "caught up" if seconds == 0 else f"caught up in {duration(seconds)}"


FILTERS: Mapping[str, Callable[..., str]] = {
    "number": number,
    "moment": moment,
    "duration": duration,
    "ago": ago,
    "percent": percent,
    "until": until,
}


class Pages:
    """All templates, read once."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.filters.update(FILTERS)

    def page(self, name: str, values: Mapping[str, Any]) -> str:
        """A page of a template."""
        return self._environment.get_template(name).render(values)
