"""Faults on demand: which there are, how one is written in a line, and when an armed one strikes."""

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, get_args

from streams.errors import ConfigurationError
from streams.simulator.operations import OPERATIONS

Kind = Literal[
    "status", "lose_answer", "hang", "outage", "truncate", "not_json", "wrong_json", "latency", "twice", "disorder"
]
FaultFamily = Literal["classic", "new", "native", "v3"]

KINDS: tuple[str, ...] = get_args(Kind)
EVERYTHING = "*"
#: What the simulator itself calls, where it posts reports; `posts` stands for all of them, and `*` for none.
POSTS = ("post_delivery", "post_seen", "post_events", "post_inbound")
EVERY_POST = "posts"
_ON_POSTS = frozenset({*POSTS, EVERY_POST})
_KINDS_OF_POSTS = frozenset({"lose_answer", "outage", "latency", "twice", "disorder"})
_ONLY_OF_POSTS = frozenset({"twice", "disorder"})
_WITH_VALUE = {
    "status": "status",
    "hang": "seconds",
    "latency": "seconds",
    "outage": "for_seconds",
    "disorder": "seconds",
}
_LOWEST_STATUS, _HIGHEST_STATUS = 200, 599


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong.

    `on` is an operation, the beginning of a path, or `*`. It strikes `count` times, or for `for_seconds` after it was
    armed, or for ever; each time with `probability`; and only where the body contains `containing`, if given.
    Faults before the work: status, hang, outage. After it: lose_answer, truncate, not_json, wrong_json. Latency only
    delays. Of reports that are posted, `on` is one of `POSTS`: twice posts them twice, disorder later than others and
    the last one first.
    """

    kind: Kind
    on: str = EVERYTHING
    status: int = 503
    seconds: float = 0.0
    count: int | None = None
    for_seconds: float | None = None
    probability: float = 1.0
    seed: int = 0
    containing: str = ""
    retry_after: str = ""
    family: FaultFamily | None = None
    html: bool = False

    def __post_init__(self) -> None:
        """Refuse what could never strike or could not be answered."""
        wrong = [message for message, true in self._faults() if true]
        if wrong:
            raise ConfigurationError([f"fault: {'; '.join(wrong)}"])

    def _faults(self) -> list[tuple[str, bool]]:
        families = get_args(FaultFamily)
        return [
            (f"unknown kind {self.kind!r}, use one of {', '.join(KINDS)}", self.kind not in KINDS),
            (
                f"{self.on!r} is no operation, path or {EVERYTHING} (there are: {', '.join((*OPERATIONS, *POSTS))})",
                not (self.on == EVERYTHING or self.on.startswith("/") or self.on in OPERATIONS.keys() | _ON_POSTS),
            ),
            (
                f"posts can only have {', '.join(sorted(_KINDS_OF_POSTS))}",
                self.on in _ON_POSTS and self.kind not in _KINDS_OF_POSTS,
            ),
            (f"{self.kind} is of posts alone", self.kind in _ONLY_OF_POSTS and self.on not in _ON_POSTS),
            ("status must be from 200 to 599", not _LOWEST_STATUS <= self.status <= _HIGHEST_STATUS),
            ("seconds must not be negative", self.seconds < 0),
            ("count must be positive", self.count is not None and self.count < 1),
            ("for_seconds must be positive", self.for_seconds is not None and self.for_seconds <= 0),
            ("probability must be above 0 and at most 1", not 0 < self.probability <= 1),
            (f"family must be one of {', '.join(families)}", self.family is not None and self.family not in families),
        ]

    @property
    def line(self) -> str:
        """The fault as it is written on a command line."""
        own = _WITH_VALUE.get(self.kind, "")
        value = getattr(self, own) if own else None
        head = self.kind if value is None else f"{self.kind}={value}"
        rest = [
            f"{each.name}={getattr(self, each.name)}"
            for each in fields(self)
            if each.name not in {"kind", "on", own} and getattr(self, each.name) != each.default
        ]
        return f"{self.on}:{','.join([head, *rest])}"


def parse_fault(text: str) -> Fault:
    """Read a fault from a line such as `upsert_persons:status=503,count=3` or `*:outage,for_seconds=10`."""
    on, colon, rest = text.partition(":")
    if not colon or not rest:
        raise ConfigurationError([f"fault {text!r}: write OPERATION:KIND[=VALUE][,NAME=VALUE...]"])
    head, *others = (part.strip() for part in rest.split(","))
    kind, _, value = head.partition("=")
    settings: dict[str, Any] = {"kind": kind, "on": on.strip()}
    if value:
        if kind not in _WITH_VALUE:
            raise ConfigurationError([f"fault {text!r}: {kind} takes no value"])
        others.insert(0, f"{_WITH_VALUE[kind]}={value}")
    for other in others:
        name, _, value = other.partition("=")
        settings[name] = value
    return read_fault(settings)


def read_fault(settings: Mapping[str, Any]) -> Fault:
    """Read a fault from names and values, the values as text or as JSON gives them."""
    if "kind" not in settings:
        raise ConfigurationError([f"fault: kind is missing, use one of {', '.join(KINDS)}"])
    read: dict[str, Any] = {}
    for name, value in settings.items():
        if name not in _READERS:
            raise ConfigurationError([f"fault: unknown setting {name!r}, use one of {', '.join(_READERS)}"])
        try:
            read[name] = None if value is None else _READERS[name](value)
        except (TypeError, ValueError) as error:
            raise ConfigurationError([f"fault: {name} cannot be {value!r}"]) from error
    return Fault(**{name: value for name, value in read.items() if value is not None})


_FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


def read_flag(value: Any) -> bool:
    """Read a yes or no as text or as JSON gives it; raise ValueError where it is neither."""
    flag = _FLAGS.get(str(value).lower())
    if flag is None:
        raise ValueError(value)
    return flag


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "kind": str,
    "on": str,
    "status": int,
    "seconds": float,
    "count": int,
    "for_seconds": float,
    "probability": float,
    "seed": int,
    "containing": str,
    "retry_after": str,
    "family": str,
    "html": read_flag,
}


@dataclass(slots=True)
class _Armed:
    fault: Fault
    armed_at: float
    left: int | None
    chance: random.Random = field(repr=False)

    def is_over(self, now: float) -> bool:
        lifetime = self.fault.for_seconds
        return self.left == 0 or (lifetime is not None and now >= self.armed_at + lifetime)

    def meets(self, operation: str, path: str, body: bytes) -> bool:
        fault = self.fault
        every = EVERY_POST if operation in POSTS else EVERYTHING
        is_path = operation not in POSTS and fault.on.startswith("/") and path.startswith(fault.on)
        if not (fault.on in {every, operation} or is_path):
            return False
        if fault.containing and fault.containing.encode() not in body:
            return False
        return fault.probability >= 1 or self.chance.random() < fault.probability


class Faults:
    """The armed faults; the oldest that fits strikes, and every latency that fits adds to it."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._armed: list[_Armed] = []

    @property
    def armed(self) -> list[Fault]:
        """The faults that may still strike."""
        self._bury()
        return [each.fault for each in self._armed]

    def add(self, *faults: Fault | str) -> None:
        """Arm faults, given as values or as lines."""
        for each in faults:
            fault = parse_fault(each) if isinstance(each, str) else each
            # A reproducible coin: the same seed fails the same calls.
            chance = random.Random(fault.seed)  # noqa: S311
            self._armed.append(_Armed(fault, self._clock(), fault.count, chance))

    def clear(self) -> None:
        """Disarm every fault."""
        self._armed.clear()

    def strike(self, operation: str, path: str, body: bytes) -> tuple[float, Fault | None]:
        """Return the seconds of delay and the fault, if any, that befall this request."""
        if not self._armed:
            return 0.0, None
        self._bury()
        delay = 0.0
        struck: Fault | None = None
        for each in self._armed:
            is_delay = each.fault.kind == "latency"
            if (struck is not None and not is_delay) or not each.meets(operation, path, body):
                continue
            if each.left is not None:
                each.left -= 1
            if is_delay:
                delay += each.fault.seconds
            else:
                struck = each.fault
        return delay, struck

    def _bury(self) -> None:
        now = self._clock()
        self._armed = [each for each in self._armed if not each.is_over(now)]
