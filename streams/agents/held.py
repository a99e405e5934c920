"""Which audiences each profile is in, kept in a compacted topic: for jobs whose audiences share a tag.

The topic has the partitions of the input, so the state of a partition travels with it: it is read back on assignment,
changed when a window is folded, and acknowledged before that window's offsets are committed. Replaying events over a
state that has already seen them gives the same state, because it holds sets.
"""

import logging
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

import orjson

from schemas.states import Membership
from streams.agents.cursor import Partition
from streams.agents.reading import aside, read_topic
from streams.agents.write import Outgoing
from streams.flow.decode import Record

log = logging.getLogger(__name__)


class Held:
    """The state of the partitions this process owns."""

    def __init__(self, topic: str, settings: dict[str, Any]) -> None:
        self.topic = topic
        self.audiences: dict[str, frozenset[str]] = {}
        self._settings = settings
        self._shared: dict[frozenset[str], frozenset[str]] = {}

    async def restore(self, partitions: Iterable[Partition]) -> None:
        """Read the state of these partitions back, to the end as it is now, however long the brokers are away."""
        wanted = sorted(number for _, number in partitions)
        self.audiences = {}
        if wanted:
            self.audiences = await aside(partial(self._read, wanted))
            log.info("membership_restored topic=%s partitions=%d profiles=%d", self.topic, len(wanted), self.profiles)

    @property
    def profiles(self) -> int:
        """How many profiles are in some audience."""
        return len(self.audiences)

    def learn(self, changes: Mapping[str, frozenset[str]]) -> None:
        """Take over what a folded window says."""
        self._apply(self.audiences, changes)

    def _apply(self, state: dict[str, frozenset[str]], changes: Mapping[str, frozenset[str]]) -> None:
        for profile, audiences in changes.items():
            if audiences:
                # Equal sets are one object: a million profiles in one audience cost one set.
                state[profile] = self._shared.setdefault(audiences, audiences)
            else:
                state.pop(profile, None)

    def records(self, changes: Mapping[str, frozenset[str]], last: Mapping[str, Record]) -> list[Outgoing]:
        """The changes as records; `last` is each profile's last event. One in no audience becomes a tombstone."""
        return [
            Outgoing(
                self.topic,
                profile.encode(),
                Membership(profile_id=profile, audiences=tuple(sorted(audiences))).model_dump_json().encode()
                if audiences
                else None,
                last[profile].partition,
            )
            for profile, audiences in changes.items()
        ]

    def _read(self, partitions: list[int], still_wanted: Callable[[], bool]) -> dict[str, frozenset[str]]:
        state: dict[str, frozenset[str]] = {}
        for message in read_topic(self._settings, self.topic, partitions, still_wanted):
            key, value = message.key(), message.value()
            if key is not None:
                audiences = frozenset(orjson.loads(value)["audiences"]) if value is not None else frozenset()
                self._apply(state, {key.decode(): audiences})
        return state
