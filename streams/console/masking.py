"""Personal data hidden from whoever may not see it: what is left says of what form a value is. Quiet."""

import re
from collections.abc import Mapping
from typing import Any

import orjson

#: Emails, and runs of digits as long as phone numbers are, within the words of others.
#: Before the @ an apostrophe is a part of a name, such as O'Brien's; and what is in quotation marks is one, too.
_EMAIL = re.compile(
    r"(?:\"[^\"\n]{0,64}\"|[^\s\"'<>(),;:@][^\s\"<>(),;:@]*|'+)@[^\s\"'<>(),;:@]+",
)
_NUMBER = re.compile(r"\+?\d(?:[\s().-]{0,2}\d){5,}")
#: What stands in for hidden characters, always as many: also its length is nobody's business.
HIDDEN = "•••"
#: Words of ours and Infobip's, which are about no person; in records of what became of messages.
PLAIN = frozenset(
    {
        "job",
        "channel",
        "audience",
        "action",
        "status",
        "message_status",
        "status_name",
        "status_group_name",
        "status_description",
        "error_name",
        "error_group_name",
        "error_description",
        "event",
        "source",
        "outcome",
        "reason",
        "seen",
        "type",
        "notification_type",
        "campaign",
        "message_id",
        "event_id",
        "report_id",
        "click_id",
        "inbound_id",
        "bulk_id",
        "topic",
        "device_type",
        "parts",
        "status_group_id",
        "status_id",
        "occurred_at",
        "sent_at",
        "done_at",
        "seen_at",
        "received_at",
        "clicked_at",
        "decided_at",
        "final",
        "repeated",
        "price_per_message",
        "partition",
        "offset",
        "price_currency",
        "encoding",
    }
)


def words(text: str) -> str:
    """The words of somebody, without the addresses that they may quote."""
    return _NUMBER.sub(HIDDEN, _EMAIL.sub(HIDDEN, text))


def text(value: str) -> str:
    """A value of which only its form is left: what it begins with, and whether it is an address."""
    if "@" in value:
        return f"{value[:1]}{HIDDEN}@{HIDDEN}"
    digits = value.lstrip("+")
    if len(digits) > 4 and digits.isdigit():  # noqa: PLR2004 - shorter ones are told by nothing
        return f"{value[: len(value) - len(digits) + 2]}{HIDDEN}"
    return f"{value[:1]}{HIDDEN}" if value else ""


def record(said: Mapping[str, Any]) -> dict[str, Any]:
    """A record with all hidden but what is about no person; whatever is nested is hidden, by whatever name."""
    return {name: _plain(value, name) if name in PLAIN else hidden(value) for name, value in said.items()}


def hidden(value: Any) -> Any:
    """Data with all its texts and numbers hidden."""
    match value:
        case dict():
            return {key: hidden(one) for key, one in value.items()}
        case list():
            return [hidden(one) for one in value]
        case str():
            return text(value)
        case bool() | None:
            return value
        case _:
            return HIDDEN


def _plain(value: Any, name: str) -> Any:
    if isinstance(value, str):
        return value if name.endswith("_at") else words(value)
    return value if isinstance(value, int | float | bool | None) else hidden(value)


def content(value: str | None) -> str:
    """A record's content: as JSON with its values hidden, or hidden whole."""
    if value is None:
        return ""
    try:
        said = orjson.loads(value)
    except orjson.JSONDecodeError:
        return HIDDEN
    shown = record(said) if isinstance(said, dict) else hidden(said)
    return orjson.dumps(shown, option=orjson.OPT_INDENT_2).decode()


def indented(value: str) -> str:
    """A record's content as it is; as JSON in lines where it is JSON."""
    try:
        return orjson.dumps(orjson.loads(value), option=orjson.OPT_INDENT_2).decode()
    except orjson.JSONDecodeError:
        return value
