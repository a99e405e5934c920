"""What becomes of messages that were accepted: fates, and the lines that say which destinations meet which."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from fnmatch import translate
from typing import Any, Literal, get_args

from streams.errors import ConfigurationError
from streams.simulator.faults import read_flag
from streams.simulator.statuses import STATUSES, MessageError, Status

FateName = Literal["delivered", "undeliverable", "rejected", "expired", "never"]
_NAMES: tuple[str, ...] = get_args(FateName)
CLICKS_MAX = 1000
_HOW = "write PATTERN=FATE[,NAME=VALUE...], such as *001=undeliverable or 4477*=delivered,seen=true,clicks=2"


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of one message, and what its recipient does.

    `delay_seconds` is how long after it was sent its report is made, and how long each thing that the recipient does
    comes after the one before; None stands for the simulator's own delay. A `reply` of no characters is none.
    `failover` is what becomes of the message that stands in where this one cannot be delivered, if one may.
    """

    fate: FateName = "delivered"
    delay_seconds: float | None = None
    seen: bool = False
    clicks: int = 0
    reply: str = ""
    failover: FateName = "delivered"

    def __post_init__(self) -> None:
        """Refuse what could never be."""
        names = ", ".join(_NAMES)
        faults = [
            (f"the fate must be one of {names}", self.fate not in _NAMES),
            (f"failover must be one of {names}", self.failover not in _NAMES),
            ("delay_seconds must not be negative", self.delay_seconds is not None and self.delay_seconds < 0),
            (f"clicks must be from 0 to {CLICKS_MAX}", not 0 <= self.clicks <= CLICKS_MAX),
        ]
        if wrong := [message for message, is_true in faults if is_true]:
            raise ConfigurationError([f"fate: {'; '.join(wrong)}"])


UNTOLD = Fate("never", 0.0)
"""The fate of what nothing is told of: it stays as it was taken."""

DEFAULT_FATES = (
    "*001=undeliverable",
    "*002=rejected",
    "*003=expired",
    "*004=never",
    "*005=delivered,seen=true",
    "*006=delivered,seen=true,clicks=1",
    "*007=delivered,seen=true,reply=YES",
)


@dataclass(frozen=True, slots=True)
class FateRule:
    """Which destinations meet a fate; `*` and `?` stand for any characters.

    A pattern without an @ is held against what stands before the @ of an email address.
    """

    pattern: str
    fate: Fate
    _matches: Callable[[str], object]

    def fits(self, to: str) -> bool:
        """Say whether a destination meets this fate."""
        return bool(self._matches(to if "@" in self.pattern else to.partition("@")[0]))

    @property
    def shown(self) -> dict[str, Any]:
        """The rule as it is told: all of its settings."""
        return {"pattern": self.pattern} | {each.name: getattr(self.fate, each.name) for each in fields(Fate)}


class Fates:
    """The rules in force; of those that fit, the last one counts, and without one a message is delivered."""

    def __init__(self, given: Iterable[str | Mapping[str, Any]], delay_seconds: float | None) -> None:
        self._delay_seconds = delay_seconds
        self.rules = read_fates(given)
        self._ready = [(rule, self._resolved(rule.fate)) for rule in reversed(self.rules)]
        self._usual = self._resolved(Fate())

    def of(self, to: str) -> Fate:
        """Return the fate of a message to this destination, its delay told."""
        return next((fate for rule, fate in self._ready if rule.fits(to)), self._usual)

    def _resolved(self, fate: Fate) -> Fate:
        if self._delay_seconds is None:
            return UNTOLD
        return fate if fate.delay_seconds is not None else replace(fate, delay_seconds=self._delay_seconds)


def read_fates(given: Iterable[str | Mapping[str, Any]]) -> list[FateRule]:
    """Read rules from lines, or from objects of their settings.

    Raises:
        ConfigurationError: one of them is none.

    """
    return [_rule(_settings(each) if isinstance(each, str) else each) for each in given]


def _settings(line: str) -> dict[str, str]:
    """Return the settings of a line; its first value is the fate."""
    head, *others = line.split(",")
    pattern, _, name = head.partition("=")
    settings = {"pattern": pattern.strip(), "fate": name.strip()}
    for other in others:
        key, _, value = other.partition("=")
        settings[key.strip()] = value.strip()
    return settings


def _rule(settings: Mapping[str, Any]) -> FateRule:
    pattern = settings.get("pattern")
    if not isinstance(pattern, str) or not pattern:
        raise ConfigurationError([f"fate {settings!r}: {_HOW}"])
    read: dict[str, Any] = {}
    for name, value in settings.items():
        if name == "pattern" or value is None:
            continue
        if name not in _READERS:
            raise ConfigurationError([f"fate of {pattern}: unknown setting {name!r}, use one of {', '.join(_READERS)}"])
        try:
            read[name] = _READERS[name](value)
        except (TypeError, ValueError) as error:
            raise ConfigurationError([f"fate of {pattern}: {name} cannot be {value!r}"]) from error
    return FateRule(pattern, Fate(**read), re.compile(translate(pattern), re.IGNORECASE).match)


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "fate": str,
    "delay_seconds": float,
    "seen": read_flag,
    "clicks": int,
    "reply": str,
    "failover": str,
}

_UNKNOWN_SUBSCRIBER = MessageError(1, "EC_UNKNOWN_SUBSCRIBER", 1, permanent=True)
_UNKNOWN_USER = MessageError(7002, "EC_UNKNOWN_USER", 1, permanent=True)
_HARD_BOUNCE = MessageError(6012, "EC_HARD_BOUNCE", 2, permanent=True)
_BLOCKLISTED = MessageError(2052, "EC_BLACKLISTED_DESTINATIONADDRESS", 2, permanent=True)

# Which error goes with which status is published for a few only; these follow what the codes mean.
_UNDELIVERABLE: Mapping[str, Status] = {
    "sms": replace(STATUSES[9], error=_UNKNOWN_SUBSCRIBER),
    "mms": replace(STATUSES[9], error=_UNKNOWN_SUBSCRIBER),
    "email": replace(STATUSES[9], error=_HARD_BOUNCE),
}
_UNDELIVERABLE_CHAT = replace(STATUSES[4], error=_UNKNOWN_USER)
_REJECTED = replace(STATUSES[14], error=_BLOCKLISTED)


def status_of(fate: FateName, channel: str) -> Status:
    """Return the status that a message ends with; `never` has none, and must not be asked for."""
    match fate:
        case "delivered":
            return STATUSES[5]
        case "undeliverable":
            return _UNDELIVERABLE.get(channel, _UNDELIVERABLE_CHAT)
        case "rejected":
            return _REJECTED
        case "expired":
            return STATUSES[15]
    raise ValueError(fate)
