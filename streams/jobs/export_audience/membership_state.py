"""Who is in which audiences, as a process knows it, and who by which address."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from streams.jobs.export_audience.entered import ByAddress, Entered
from streams.jobs.export_audience.membership_records import Shared


@dataclass(slots=True)
class State:
    """Who is in which audiences; once profiles may have moved, also in which partition the record of each stands."""

    audiences: dict[str, frozenset[str]] = field(default_factory=dict)
    homes: dict[str, int] = field(default_factory=dict)
    shared: Shared = field(default_factory=Shared)
    most: int = 0
    #: Who is inside by each address, in jobs that remember what was entered by.
    by_address: ByAddress | None = None

    def put(self, profile: str, audiences: frozenset[str]) -> None:
        """Note the audiences of a profile; of one that is in none, nothing is left."""
        before = self.audiences.get(profile)
        if self.by_address is not None:
            self.by_address.change(profile, before or (), audiences)
        if audiences:
            # Nobody is in the same audiences by the same address.
            own = self.by_address is not None
            self.audiences[profile] = audiences if own else self.shared.take(audiences)
            self.most = max(self.most, len(self.audiences))
        else:
            self.audiences.pop(profile, None)
        if before is not None and self.by_address is None:
            self.shared.let_go(before)

    @property
    def known(self) -> Mapping[str, frozenset[str]]:
        """The audiences, so that they can also be asked for by address where addresses are remembered."""
        return self.audiences if self.by_address is None else Entered(self.audiences, self.by_address)

    def shrink(self) -> None:
        """Give back the room of those who left: a dict keeps it."""
        if len(self.audiences) * 4 < self.most:
            self.audiences, self.most = dict(self.audiences), len(self.audiences)
