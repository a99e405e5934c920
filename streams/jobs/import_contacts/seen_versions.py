"""Which version of each person was written last, kept in a compacted topic: so that nobody is written twice."""

import logging
from collections.abc import Callable, Collection, Iterable
from functools import partial
from typing import Any

from schemas.records.contact import Imported
from streams.jobs.import_contacts.contact import NAMELESS, Read
from streams.jobs.import_contacts.plan import moment
from streams.kafka.compacted import read_in_thread, read_topic
from streams.kafka.producer import OutgoingRecord

log = logging.getLogger(__name__)

_DIGEST_BITS = 64
#: Versions may double before those that nobody asks for any more are looked for.
FIRST_LOOK = 10_000


class SeenVersions:
    """The versions that may come again: all of them, or those that are not older than a second.

    One is held as one number, its modifiedAt and its digest, and takes some 200 bytes with its key.
    """

    def __init__(self, topic: str, settings: dict[str, Any]) -> None:
        self._topic, self._settings = topic, settings
        self._known: dict[str, int] = {}
        self._look_at = FIRST_LOOK

    async def restore(self, since: int | None) -> None:
        """Read them back, to the end as it is now; `since` a second, or None for all."""
        self._known = await read_in_thread(partial(self._read, since))
        log.info("versions_restored topic=%s people=%d", self._topic, len(self._known))

    def __len__(self) -> int:
        """How many people are known."""
        return len(self._known)

    def clear(self) -> None:
        """Let go of all."""
        self._known = {}

    def people(self) -> set[str]:
        """Give the ids of all who are known."""
        return {key for key in self._known if not key.startswith(NAMELESS)}

    def is_current(self, one: Read) -> bool:
        """Whether this very version was written last; one with an earlier modifiedAt counts, for clocks are set."""
        known = self._known.get(one.key)
        return known is not None and known == _packed(one.second or known >> _DIGEST_BITS, one.digest)

    def told_apart(self, people: Iterable[Read]) -> tuple[Collection[Read], list[Read]]:
        """Those whose version is a new one, the last of each, and those for whom `is_current` holds."""
        known, fresh, current = self._known, dict[str, Read](), list[Read]()
        for one in people:
            if one.key in known and self.is_current(one):
                current.append(one)
            else:
                fresh[one.key] = one
        return fresh.values(), current

    def remember(self, written: Iterable[Read], at: int) -> None:
        """Note versions that were written; `at` stands in where a person has no modifiedAt."""
        self._known.update([(one.key, _packed(one.second or at, one.digest)) for one in written])

    def forget(self, gone: Iterable[str]) -> None:
        """Note people who are gone."""
        for key in gone:
            self._known.pop(key, None)

    def forget_before(self, since: int) -> None:
        """Let go of versions that were modified before; now and then, for it looks at all of them."""
        if len(self._known) >= self._look_at:
            first = _packed(since, 0)
            self._known = {key: version for key, version in self._known.items() if version >= first}
            self._look_at = max(FIRST_LOOK, 2 * len(self._known))

    def records(self, written: Iterable[Read], at: int) -> list[OutgoingRecord]:
        """Versions as records."""
        topic = self._topic
        return [OutgoingRecord(topic, one.key.encode(), _imported(one, at)) for one in written]

    def tombstones(self, gone: Iterable[str]) -> list[OutgoingRecord]:
        """People who are gone as records."""
        return [OutgoingRecord(self._topic, key.encode(), None) for key in gone]

    def _read(self, since: int | None, still_wanted: Callable[[], bool]) -> dict[str, int]:
        known: dict[str, int] = {}
        for message in read_topic(self._settings, self._topic, [0], still_wanted):
            key, value = (message.key() or b"").decode(), message.value()
            if value is None:
                known.pop(key, None)
                continue
            said = Imported.model_validate_json(value)
            second = int(said.modified_at.timestamp())
            if since is None or second >= since:
                known[key] = _packed(second, int(said.version, 16))
            else:
                known.pop(key, None)
        return known


def _packed(second: int, digest: int) -> int:
    return second << _DIGEST_BITS | digest


def _imported(one: Read, at: int) -> bytes:
    # As `Imported` would be written, for a fifth of the time: there is one for each contact.
    return f'{{"modified_at":"{moment(one.second or at)}Z","version":"{one.digest:016x}"}}'.encode()
