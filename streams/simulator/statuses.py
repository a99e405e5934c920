"""The statuses that Infobip gives messages, and the lines that say which destinations get which."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from fnmatch import translate
from typing import Any

from streams.errors import ConfigurationError

GROUPS = ("ACCEPTED", "PENDING", "UNDELIVERABLE", "DELIVERED", "EXPIRED", "REJECTED")
ERROR_GROUPS = ("OK", "HANDSET_ERRORS", "USER_ERRORS", "OPERATOR_ERRORS")
PENDING, REJECTED = 1, 5

# By group, then by id. 87 is in group 4 as well, where it is charged; nothing is charged here.
_NAMES: Mapping[int, Mapping[int, str]] = {
    1: {3: "PENDING_WAITING_DELIVERY", 7: "PENDING_ENROUTE", 26: "PENDING_ACCEPTED"},
    2: {
        4: "UNDELIVERABLE_REJECTED_OPERATOR",
        9: "UNDELIVERABLE_NOT_DELIVERED",
        31: "UNDELIVERABLE_NOT_SENT",
        96: "NO_ANSWER",
        97: "BUSY",
        98: "CANCELLED",
    },
    3: {2: "DELIVERED_TO_OPERATOR", 5: "DELIVERED_TO_HANDSET"},
    4: {15: "EXPIRED_EXPIRED", 29: "EXPIRED_DLR_UNKNOWN"},
    5: {
        6: "REJECTED_NETWORK",
        8: "REJECTED_PREFIX_MISSING",
        10: "REJECTED_DND",
        11: "REJECTED_SOURCE",
        12: "REJECTED_NOT_ENOUGH_CREDITS",
        13: "REJECTED_SENDER",
        14: "REJECTED_DESTINATION_BLOCKLISTED",
        17: "REJECTED_PREPAID_PACKAGE_EXPIRED",
        18: "REJECTED_DESTINATION_NOT_REGISTERED",
        19: "REJECTED_ROUTE_NOT_AVAILABLE",
        20: "REJECTED_FLOODING_FILTER",
        21: "REJECTED_SYSTEM_ERROR",
        23: "REJECTED_DUPLICATE_MESSAGE_ID",
        24: "REJECTED_INVALID_UDH",
        25: "REJECTED_MESSAGE_TOO_LONG",
        51: "MISSING_TO",
        52: "REJECTED_DESTINATION",
        56: "REJECTED_INVALID_NOTIFY_URL",
        75: "REJECTED_FREE_TRIAL_EXCEEDED",
        77: "REJECTED_MESSAGE_TEXT_TOO_LONG",
        87: "SIGNALS_BLOCKED",
        88: "REJECTED_DATA_TRANSFORMATION_FAILED",
        89: "REJECTED_INTERNAL_ERROR",
        90: "REJECTED_VALIDATION_FAILED",
        99: "REJECTED",
        100: "UNDELIVERABLE_REJECTED_PLATFORM",
    },
}
# Those that Infobip publishes; the others are read off the name.
_DESCRIPTIONS: Mapping[int, str] = {
    4: "Message rejected by operator",
    5: "Message delivered to handset",
    7: "Message sent to next instance",
    9: "Message sent not delivered",
    26: "Message sent to next instance",
}


@dataclass(frozen=True, slots=True)
class MessageError:
    """Why a message did not arrive; `permanent` is: do not try again."""

    id: int = 0
    name: str = "NO_ERROR"
    group_id: int = 0
    permanent: bool = False

    @property
    def shown(self) -> dict[str, Any]:
        """The error as the API shows it."""
        return {
            "groupId": self.group_id,
            "groupName": ERROR_GROUPS[self.group_id],
            "id": self.id,
            "name": self.name,
            "description": _words(self.name.removeprefix("EC_")).title(),
            "permanent": self.permanent,
        }


@dataclass(frozen=True, slots=True)
class Status:
    """What became of a message so far."""

    id: int
    name: str
    group_id: int
    description: str
    error: MessageError = MessageError()

    @property
    def group_name(self) -> str:
        """The name of the group."""
        return GROUPS[self.group_id]

    @property
    def is_rejected(self) -> bool:
        """Whether the message will not be sent."""
        return self.group_id == REJECTED

    @property
    def is_final(self) -> bool:
        """Whether nothing more will become of the message."""
        return self.group_id > PENDING

    @property
    def shown(self) -> dict[str, Any]:
        """The status as the API shows it."""
        return {
            "groupId": self.group_id,
            "groupName": self.group_name,
            "id": self.id,
            "name": self.name,
            "description": self.description,
        }


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


_ERRORS: Mapping[int, MessageError] = {
    4: MessageError(9, "EC_ILLEGAL_SUBSCRIBER", 1, permanent=True),
    15: MessageError(4101, "EC_VALIDITY_EXPIRED", 2, permanent=True),
    20: MessageError(4104, "EC_DESTINATION_TXT_FLOODING", 2, permanent=True),
}
STATUSES: Mapping[int, Status] = {
    number: Status(number, name, group, _DESCRIPTIONS.get(number, _words(name)), _ERRORS.get(number, MessageError()))
    for group, names in _NAMES.items()
    for number, name in names.items()
}

ENROUTE, ACCEPTED = STATUSES[7], STATUSES[26]
BAD_SENDER, DUPLICATE, TOO_LONG, BAD_DESTINATION = STATUSES[11], STATUSES[23], STATUSES[25], STATUSES[52]
BAD_NOTIFY_URL, TEXT_TOO_LONG = STATUSES[56], STATUSES[77]
SAME_TEXT_FLOODING = STATUSES[20]
FLOODING = replace(SAME_TEXT_FLOODING, error=MessageError(4103, "EC_DESTINATION_FLOODING", 2, permanent=True))

Rule = tuple[Callable[[str], object], Status]


def parse_statuses(lines: Iterable[str]) -> list[Rule]:
    """Read lines such as `4477*=52` or `*@example.com=90`; the rule of the last line comes first."""
    return [_parse(line) for line in lines][::-1]


def _parse(line: str) -> Rule:
    pattern, _, number = (part.strip() for part in line.rpartition("="))
    status = STATUSES.get(int(number)) if number.isascii() and number.isdecimal() else None
    if not pattern or status is None:
        raise ConfigurationError([f"status {line!r}: write PATTERN=ID, such as 4477*=52, with an id of Infobip's"])
    return re.compile(translate(pattern), re.IGNORECASE).match, status
