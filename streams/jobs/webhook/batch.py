"""A window made ready: which of its events ask for a call, where it goes, and what has failed before."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import TypeVar

from schemas.records.outcomes import Outcome, Reason
from streams.jobs.webhook.targets import Request
from streams.pipeline.message_ids import Named
from streams.pipeline.trace_context import Headers, context_of
from streams.pipeline.window import Window

T = TypeVar("T")

#: Why an event cannot be used, and in words.
Fault = tuple[Reason, str]


@dataclass(frozen=True, slots=True)
class Asked:
    """An event that asks for a call: its place in the window, its names, what its template is given as JSON."""

    place: int
    profile_id: str
    name: Named
    event: bytes
    request: Request


@dataclass(frozen=True, slots=True)
class WebhookBatch:
    """A window's calls; windows that share one of its `keys` must not fly at once.

    `outcomes` are of its events as far as they are known; `faults` say what is wrong, by place. `alone` and `since` are
    as those of a send: whether Infobip chokes on each of them, and since when they wait for such.
    """

    window: Window
    keys: AbstractSet[str]
    asked: tuple[Asked, ...]
    outcomes: tuple[Outcome, ...]
    faults: Mapping[int, Fault]
    alone: bool = False
    since: float | None = None

    def contexts(self) -> dict[str, Headers]:
        """The traces of the events that ask for calls, by their ids."""
        entries = self.window.entries
        found = {one.name.event_id: context_of(entries[one.place].record.headers) for one in self.asked}
        return {event_id: context for event_id, context in found.items() if context}

    def parted(self, places: AbstractSet[int]) -> tuple["WebhookBatch", "WebhookBatch"]:
        """Two windows of one: without the events of these places, and with nothing but them."""
        window, rest = self.window.parted(places)
        others = frozenset(range(len(self.outcomes))) - places
        taken, left = self._of(rest, places), self._of(window, others)
        # What Infobip choked on may have gone out all the same.
        return left, replace(taken, window=replace(rest, may_repeat=True))

    def _of(self, window: Window, places: AbstractSet[int]) -> "WebhookBatch":
        numbers = {place: number for number, place in enumerate(sorted(places))}
        asked = tuple(replace(one, place=numbers[one.place]) for one in self.asked if one.place in numbers)
        return replace(
            self,
            window=window,
            keys={entry.profile_id for entry in window.entries} | {one.name.message_id for one in asked},
            asked=asked,
            outcomes=tuple(self.outcomes[place] for place in numbers),
            faults=renumbered(self.faults, numbers),
        )


def renumbered(by_place: Mapping[int, T], numbers: Mapping[int, int]) -> dict[int, T]:
    """What is known of places, under their new numbers; of others nothing."""
    return {numbers[place]: known for place, known in by_place.items() if place in numbers}
