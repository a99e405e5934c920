"""Every message that was handed over, what became of it, and which ids are taken."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, NamedTuple
from uuid import uuid4

from streams.simulator.feedback.fates import UNTOLD, Fate, Fates
from streams.simulator.flooding import FloodingFilter
from streams.simulator.messages.templates import Templates
from streams.simulator.options import SimulatorOptions
from streams.simulator.statuses import DUPLICATE, Status, parse_statuses

LOGGED_SECONDS = 48 * 3600.0


_NOT_ASKED_FOR: Mapping[str, Any] = {}
_NOT_SHOWN = frozenset({"webhooks", "fate"})


class Sent(NamedTuple):
    """A message and what becomes of it; a tuple, because hundreds are made for one call.

    `options` are those of the message and of its request, as they were asked for. Until the outbox takes it, `status`
    is the verdict on it alone, and its `fate` is not known; `duplicates` is how many later ones were refused for having
    its id. `send_at` is when it is to be sent, where that was asked for; `webhooks` is how it asked for reports.
    """

    channel: str
    message_id: str
    bulk_id: str | None
    to: str
    sender: str | None
    content: Mapping[str, Any]
    callback_data: str | None
    notify_url: str | None
    tracking_url: str | None
    options: Mapping[str, Any]
    accepted_at: float
    status: Status
    duplicates: int = 0
    send_at: float | None = None
    webhooks: Mapping[str, Any] = _NOT_ASKED_FOR
    fate: Fate = UNTOLD

    @property
    def sent_at(self) -> float:
        """When it is sent: a time that has passed is no reason to wait."""
        return self.accepted_at if self.send_at is None else max(self.send_at, self.accepted_at)

    @property
    def shown(self) -> dict[str, Any]:
        """What was taken, with the status that was answered, as Infobip shows it."""
        shown = self._asdict() | {"status": self.status.shown}
        hidden = _NOT_SHOWN if self.send_at is not None else _NOT_SHOWN | {"send_at"}
        return {name: shown[name] for name in shown if name not in hidden}


@dataclass(frozen=True, slots=True)
class Upload:
    """Content that was uploaded to be referred to."""

    content_id: str
    media_type: str
    size: int


class Outbox:
    """The messages in order, by id and by channel, and what else belongs to sending."""

    def __init__(self, options: SimulatorOptions | None = None) -> None:
        self.options = options or SimulatorOptions()
        self.messages: list[Sent] = []
        self.uploads: dict[str, Upload] = {}
        self.templates = Templates(self.options.whatsapp_templates)
        self.counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._places: dict[str, list[int]] = {}
        self._flooding = FloodingFilter() if self.options.flooding_filter else None
        self._origin = uuid4().hex[:16]
        self._numbers = count(1)
        self.set_statuses(self.options.statuses)
        self.set_fates(self.options.fates)

    def set_fates(self, given: Iterable[str | Mapping[str, Any]]) -> None:
        """Give messages from now on these fates, and no others."""
        self.fates = Fates(given, self.options.report_delay_seconds)

    def set_statuses(self, lines: Iterable[str]) -> None:
        """Give destinations these statuses from now on, instead of those set before."""
        self._rules = parse_statuses(lines)

    def made_up_id(self) -> str:
        """Return an id that nobody else makes up."""
        return f"{self._origin}-{next(self._numbers):016x}"

    def take(self, message: Sent) -> Sent:
        """Return a message with the status that it has for good, and keep it unless its id is taken."""
        place = self._holder(message)
        if place is not None:
            earlier = self.messages[place]
            self.messages[place] = earlier._replace(duplicates=earlier.duplicates + 1)
            self.counts[message.channel]["duplicates"] += 1
            return message._replace(status=DUPLICATE)
        status, fate = self._outcome(message)
        sent = message._replace(status=status, fate=fate)
        self.counts[sent.channel]["rejected" if status.is_rejected else "accepted"] += 1
        self._places.setdefault(sent.message_id, []).append(len(self.messages))
        self.messages.append(sent)
        return sent

    def logged(self, channel: str, now: float, ids: Collection[str] | None = None) -> Iterator[tuple[int, Sent]]:
        """Yield the messages of a channel that the logs tell of, newest first, with their places.

        With `ids` only those are; what is yet to be sent is in no log.
        """
        places: Iterable[int] = range(len(self.messages) - 1, -1, -1)
        if ids is not None:
            places = sorted((place for each in set(ids) for place in self._places.get(each, ())), reverse=True)
        newest, oldest = now - self.options.logs_lag_seconds, now - LOGGED_SECONDS
        candidates = ((place, self.messages[place]) for place in places)
        return (each for each in candidates if each[1].channel == channel and oldest <= each[1].sent_at <= newest)

    def _holder(self, message: Sent) -> int | None:
        """Return the place of the message that has taken the id of another, if there is one."""
        options = self.options
        for place in self._places.get(message.message_id, ()):
            earlier = self.messages[place]
            if options.duplicate_scope == "channel" and earlier.channel != message.channel:
                continue
            if options.rejected_ids_taken or not earlier.status.is_rejected:
                return place
        return None

    def _outcome(self, message: Sent) -> tuple[Status, Fate]:
        """Return the status that a message is answered with, and its fate.

        A status that a line gives is for good. What is rejected at once was told of in the answer; whether a report
        tells of it again is not published.
        """
        status = next((status for matches, status in self._rules if matches(message.to)), None)
        if status is not None and not status.is_final:
            return status, UNTOLD
        status = status or self._judged(message)
        if status.is_rejected and not self.options.rejected_are_reported:
            return status, UNTOLD
        return status, self.fates.of(message.to)

    def _judged(self, message: Sent) -> Status:
        if self._flooding is None or message.status.is_rejected:
            return message.status
        flooding = self._flooding.check(message.channel, message.to, message.content, message.accepted_at)
        return flooding or message.status

    def places_of(self, message_id: str) -> Sequence[int]:
        """Return the places of the messages with an id, the oldest first."""
        return self._places.get(message_id, ())
