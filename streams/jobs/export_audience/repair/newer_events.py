"""Whom events speak of that came after a comparison: they have the last word, and not what was ordered by it."""

from collections.abc import Callable, Iterable

from schemas.jobs.export_audience import ExportAudience
from schemas.records.repairs import RepairPerson
from streams.jobs.export_audience.membership_records import Read
from streams.jobs.export_audience.verification.tagged import name_of
from streams.pipeline.decode import Undecodable, decode
from streams.profiles.address import Address, resolver

#: So many names are held, in some 60 bytes each; where events speak of more, whatever was ordered is out of date.
NAMES_MAX = 1_000_000
KINDS = ("EMAIL", "PHONE", "EXTERNAL_ID")


class NewerEvents:
    """The people that events of one partition speak of, from the offset `as_of` to before `end`. Quiet."""

    def __init__(self, job: ExportAudience, as_of: int) -> None:
        self._wants = job.wants
        self._resolve: Callable[..., Address | None] = resolver(
            job.email_field, job.phone_field, job.external_id_field, job.default_region
        )
        self.as_of = self.end = as_of
        #: Whether nothing can be said of who is not spoken of.
        self.void = False
        self._spoken_of: set[int] = set()

    def read(self, records: Iterable[Read]) -> None:
        """Take in records, in their order."""
        for record in records:
            self.end = record.offset + 1
            entry = None if record.value is None else decode(record, record.value)
            if entry is None or isinstance(entry, Undecodable) or not self._wants(entry.audience):
                continue
            self._spoken_of.add(_of_profile(entry.profile_id))
            address = self._resolve(entry.profile_id, entry.profile)
            for kind, who in zip(KINDS, address or (), strict=False):
                if who is not None:
                    self._spoken_of.add(hash(name_of(kind, who)))
        if len(self._spoken_of) > NAMES_MAX:
            self.void = True
            self._spoken_of.clear()

    def speak_of(self, person: RepairPerson) -> bool:
        """Whether they speak of somebody; somebody else may be taken for them, which is harmless, and rare."""
        if self.void or (person.profile_id is not None and _of_profile(person.profile_id) in self._spoken_of):
            return True
        return any(hash(name) in self._spoken_of for name in person.names)


def _of_profile(profile_id: str) -> int:
    return hash(("profile", profile_id))
