"""Which fields of a person are not what the profile said last. Quiet."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from streams.jobs.export_audience.person import CUSTOM


def merged(before: Mapping[str, Any], later: Mapping[str, Any]) -> dict[str, Any]:
    """What an enter says over what those before it said: upserts leave alone what they do not name."""
    attributes = {**before.get(CUSTOM, {}), **later.get(CUSTOM, {})}
    return {**before, **later, **({CUSTOM: attributes} if attributes else {})}


def changed(expected: Mapping[str, Any], said: Mapping[str, Any]) -> list[str]:
    """The names of Infobip's fields that hold another value than was sent, or none."""
    return sorted(_changed(expected, said))


def _changed(expected: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[str]:
    for name, value in expected.items():
        if name != CUSTOM and not _same(value, said.get(name)):
            yield name
    held = said.get(CUSTOM)
    attributes = {name.casefold(): value for name, value in held.items()} if isinstance(held, dict) else {}
    for name, value in expected.get(CUSTOM, {}).items():
        if not _same(value, attributes.get(name.casefold())):
            yield f"{CUSTOM}.{name}"


def _same(sent: Any, found: Any) -> bool:
    """Whether a value is the one that was sent, however Infobip writes it."""
    if sent == found:
        return isinstance(sent, bool) == isinstance(found, bool)
    if isinstance(sent, list) and isinstance(found, list):
        return len(sent) == len(found) and all(map(_same, sent, found))
    if isinstance(sent, dict) and isinstance(found, dict):
        return all(_same(value, found.get(name)) for name, value in sent.items())
    if sent is None or found is None or isinstance(sent, bool | list | dict) or isinstance(found, bool | list | dict):
        return False
    return _same_number(str(sent), str(found)) or _same_moment(str(sent), str(found))


def _same_number(sent: str, found: str) -> bool:
    try:
        return float(sent) == float(found)
    except ValueError:
        return False


def _same_moment(sent: str, found: str) -> bool:
    try:
        one, other = datetime.fromisoformat(sent), datetime.fromisoformat(found)
    except ValueError:
        return False
    return _in_utc(one) == _in_utc(other)


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
