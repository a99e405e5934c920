"""What is known of members beyond their copy on disk; and both of them, looked up for a window."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from streams.jobs.export_audience.entered import ByAddress, Entered, EnteredBy, address_of
from streams.jobs.export_audience.member_copy import MemberCopy, Written
from streams.profiles.address import Identity


class Overlay:
    """What windows said that were folded, and whose records are not in the copy yet."""

    def __init__(self) -> None:
        #: With the partition and the offset of the event that says so.
        self._profiles: dict[str, tuple[frozenset[EnteredBy], int, int]] = {}
        self.by_address = ByAddress()
        #: Profiles whose records are written, and have not come back to the copy.
        self.written: set[str] = set()

    def __len__(self) -> int:
        """Of how many profiles it tells."""
        return len(self._profiles)

    def get(self, profile: str) -> frozenset[EnteredBy] | None:
        """What a profile is in; None where nothing is known beyond the copy."""
        kept = self._profiles.get(profile)
        return None if kept is None else kept[0]

    def put(self, profile: str, entries: frozenset[EnteredBy], partition: int, offset: int) -> None:
        """Note what a profile is in since an event."""
        self.by_address.change(profile, self.get(profile) or (), entries)
        self._profiles[profile] = entries, partition, offset
        self.written.discard(profile)

    def correct(self, profile: str, entries: frozenset[EnteredBy]) -> None:
        """Note that a profile is in something else than was said of it."""
        _, partition, offset = self._profiles[profile]
        self.put(profile, entries, partition, offset)

    def forget(self, written: Iterable[Written], epochs: Mapping[int, int]) -> None:
        """Let go of what the copy tells of by now: records of ours, who have partitions since these epochs."""
        for profile, position in written:
            if (kept := self._profiles.get(profile)) is None:
                continue
            entries, partition, offset = kept
            ours = position.partition == partition and position.epoch >= epochs.get(partition, 0)
            if ours and position.offset >= offset:
                self.by_address.change(profile, entries, ())
                del self._profiles[profile]
                self.written.discard(profile)

    def clear(self) -> None:
        """Let go of everything: the copy tells of it."""
        self._profiles, self.by_address, self.written = {}, ByAddress(), set()


@dataclass(frozen=True, slots=True)
class Looked(Entered):
    """What was looked up: of the profiles that were asked for, and of those who may share an address with them."""

    copy: MemberCopy = field(kw_only=True)
    overlay: Overlay = field(kw_only=True)

    @classmethod
    def at(cls, profiles: Iterable[str], copy: MemberCopy, overlay: Overlay) -> "Looked":
        """Look up what these profiles are in; blocks as a disk does."""
        looked = cls(copy=copy, overlay=overlay)
        looked.look_up([*dict.fromkeys(profiles)])
        return looked

    def look_up(self, profiles: Sequence[str]) -> None:
        """Look up what these profiles are in."""
        known = {one: entries for one in profiles if (entries := self.overlay.get(one)) is not None}
        found = known | self.copy.entries([one for one in profiles if one not in known])
        self.profiles.update((one, entries) for one, entries in found.items() if entries)

    def expect(self, addresses: Iterable[Identity]) -> None:
        """Look up who is inside by these addresses, and what they are in; blocks as a disk does."""
        asked = [*addresses]
        inside: set[str] = set()
        inside.update(*self.copy.inside_by([address_of(one) for one in asked]).values())
        inside.update(*map(self.overlay.by_address.of, asked))
        self.look_up([one for one in inside if one not in self.profiles])
        for one in inside:
            self.by_address.change(one, (), self.profiles.get(one, ()))
