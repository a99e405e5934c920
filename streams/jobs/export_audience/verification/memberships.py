"""The topic in which a job keeps who is in which audience, read into a ledger.

What counts of its records is what `membership_records.py` says of them; here no more of them is held at once than is
looked up, because a partition of them need not fit memory.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson

from schemas.jobs.export_audience import ExportAudience
from schemas.records.states import Coverage, Takeover
from streams.jobs.export_audience.entered import parts_of
from streams.jobs.export_audience.membership_records import COVERS, EPOCH, Position, Read, is_older, read_membership
from streams.jobs.export_audience.verification.ledger import AT_ONCE, Ledger, batched
from streams.jobs.export_audience.verification.rows import KEPT
from streams.jobs.export_audience.verification.tagged import Name, name_of
from streams.pipeline.join_entries import entry, state_of
from streams.profiles.address import external_id

#: What is kept of a profile, by partition: when it was written, the event that says so, and the audiences.
Kept = dict[str, Any]


class Memberships:
    """Takes in records of the topic; blocks as the ledger does."""

    def __init__(self, job: ExportAudience, ledger: Ledger) -> None:
        self._job, self._ledger = job, ledger
        self._epochs: dict[int, int] = {}
        self.coverage: dict[int, Coverage] = {}

    def take(self, records: Iterable[Read]) -> None:
        """Read records, those of one partition in their order."""
        for some in batched(records, AT_ONCE):
            keys = [key for record in some if (key := record.key) is not None and key not in (COVERS, EPOCH)]
            found = self._ledger.found(KEPT, keys)
            known = {key: {} if kept is None else orjson.loads(state_of(kept)) for key, kept in found.items()}
            for record in some:
                try:
                    self._take(record, known)
                except (ValueError, TypeError, KeyError, AttributeError):
                    continue  # the job passes over what it cannot read, too, and says so
            self._ledger.note(KEPT, {key: entry(orjson.dumps(kept), None) for key, kept in known.items()})

    def latest(self) -> Iterator[tuple[str, str, Name, int]]:
        """Each profile, audience, name and partition, by what was written last of the profile."""
        for key, state in self._ledger.store.starting_with(KEPT):
            kept: Kept = orjson.loads(state_of(state))
            if not kept:
                continue
            profile = key[1:].decode()
            number, (_, _, audiences) = max(kept.items(), key=lambda each: (each[1][0], Position(*each[1][1]).offset))
            for one in audiences:
                if self._job.remember_address:
                    identity, audience = parts_of(one)
                    yield profile, audience, name_of(*identity), int(number)
                elif external_id(profile) is not None:
                    yield profile, one, name_of("EXTERNAL_ID", profile), int(number)

    def _take(self, record: Read, known: Mapping[bytes, Kept]) -> None:
        partition = record.partition
        if record.key is None:
            return
        if record.key == EPOCH:
            epoch = Takeover.model_validate_json(record.value or b"").epoch
            self._epochs[partition] = max(self._epochs.get(partition, 0), epoch)
            return
        if record.key == COVERS:
            said = Coverage.model_validate_json(record.value or b"")
            if said.epoch >= self._epochs.get(partition, 0):
                self.coverage[partition] = said
            return
        _, audiences, position = read_membership(record)
        kept = known[record.key]
        if position.epoch < self._epochs.get(partition, 0):
            return  # written late, by an earlier owner
        if record.value is None and position.partition not in (-1, partition):
            kept.pop(str(partition), None)  # its record stands in the partition that its events come from now
            return
        self._epochs[partition] = position.epoch
        before = kept.get(str(partition))
        if before is None or not is_older(position, Position(*before[1])):
            kept[str(partition)] = [record.timestamp, list(position), sorted(audiences)]
