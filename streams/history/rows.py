"""Records of our topics as rows of the history. Quiet: bytes in, rows out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, NamedTuple

from orjson import JSONDecodeError, loads

from streams.history.columns import YEAR_MAX, YEAR_MIN, without_nul
from streams.history.layout import (
    INBOUND_MESSAGES,
    LAYOUTS,
    MESSAGE_OUTCOMES,
    MESSAGES,
    OMNI_REPORTS,
    SMS_DELIVERY_REPORTS,
    UNIFIED_URL_TRACKING,
    Layout,
)
from streams.history.making import RowMaker, Values

#: What a topic holds, whatever its name.
Sort = Literal["messages", "delivery_reports", "clicks", "inbound_messages", "message_outcomes"]
#: How JSON writes the character NUL, which may stand in no other way.
NUL: Final = b"\\u0000"
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Row(NamedTuple):
    """A row of a table."""

    table: str
    values: Values


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A record that is none of ours, and why; nothing of it is in the words."""

    detail: str


#: What names a record, by its sort.
IDS: Mapping[Sort, str] = {
    "messages": "message_id",
    "delivery_reports": "report_id",
    "clicks": "click_id",
    "inbound_messages": "inbound_id",
    "message_outcomes": "message_id",
}
_TABLES: Mapping[Sort, Layout] = {
    "messages": MESSAGES,
    "clicks": UNIFIED_URL_TRACKING,
    "inbound_messages": INBOUND_MESSAGES,
    "message_outcomes": MESSAGE_OUTCOMES,
}
_MAKERS: Mapping[str, RowMaker] = {name: RowMaker(layout) for name, layout in LAYOUTS.items()}
#: Where rows of a table have their key.
_KEYS: Mapping[str, tuple[int, ...]] = {
    name: tuple([column.name for column in layout.columns].index(key) for key in layout.key)
    for name, layout in LAYOUTS.items()
}


def read(sort: Sort, value: bytes, timestamp_ms: int | None) -> Row | Unreadable:
    """The row of one record, given when it was written to its topic (Unix ms; None or less than 0: not known).

    What the record has beyond its columns, or longer than they are, stays in the column `beyond`.
    """
    try:
        said = loads(value)
        if not isinstance(said, dict):
            return Unreadable("value: must be a JSON object")
        if NUL in value:
            said = without_nul(said)
    except JSONDecodeError as error:
        return Unreadable(f"value: Invalid JSON: {error.msg}")
    except RecursionError:
        return Unreadable("value: Invalid JSON: nested too deeply")
    named = said.get(IDS[sort])
    if not isinstance(named, str) or not named:
        return Unreadable(f"{IDS[sort]}: must be a text that is not empty")
    return row(_table(sort, said), said, moment_of(timestamp_ms))


def row(table: str, said: Mapping[str, Any], written_at: datetime) -> Row:
    """A row of a table made of what is said."""
    maker = _MAKERS[table]
    return Row(table, maker.quick(said, written_at) or maker.careful(said, written_at))


def _table(sort: Sort, said: Mapping[str, Any]) -> str:
    """Where a record goes: reports of SMS, and of LMS, which come as those, have a table of their own.

    It has no column for when a message was seen; that is told where there is one.
    """
    if sort != "delivery_reports":
        return _TABLES[sort].table
    of_sms = said.get("channel") in ("sms", "lms") and said.get("event") != "seen"
    return (SMS_DELIVERY_REPORTS if of_sms else OMNI_REPORTS).table


def moment_of(timestamp_ms: int | None) -> datetime:
    """A record's time; 1970 where it has none that can be."""
    try:
        found = datetime.fromtimestamp((timestamp_ms or 0) / 1000, UTC)
    except (ValueError, OverflowError, OSError):
        return EPOCH
    return found if YEAR_MIN <= found.year <= YEAR_MAX else EPOCH


def by_table(rows: Iterable[Row]) -> dict[str, list[Values]]:
    """Rows for each table, each key once: the first or the last of it, as the table has it; in the tables' order."""
    found: dict[str, dict[Values, Values]] = {}
    for one in rows:
        key = tuple([one.values[place] for place in _KEYS[one.table]])
        of_table = found.setdefault(one.table, {})
        if LAYOUTS[one.table].latest:
            of_table[key] = one.values
        else:
            of_table.setdefault(key, one.values)
    return {name: [*found[name].values()] for name in LAYOUTS if name in found}
