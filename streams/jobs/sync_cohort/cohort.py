"""One audience and its list: who is to be in it, who is, and what is left to say to Infobip."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

#: Amplitude sends so many ids with a call to this API, and people.json takes so many people.
IDS_MAX = 1000


@dataclass(slots=True)
class Cohort:
    """One audience as it is wanted, and its list as Infobip has answered.

    `wanted` is what each profile goes by, `holders` how many profiles go by an id. `inside` are the ids in the list,
    `refused` those that Infobip did not take, and why; of those that are `unsure` it is not known, because whoever made
    the last call about them has not lived to hear the answer. `adds` and `removes` wait for a call, each with the time
    since when, the one that waits longest first; `flying` are ids of calls that are under way.
    """

    audience: str
    name: str
    list_id: str | None = None
    list_refused: str | None = None
    wanted: dict[str, str] = field(default_factory=dict)
    holders: Counter[str] = field(default_factory=Counter)
    inside: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)
    adds: dict[str, float] = field(default_factory=dict)
    removes: dict[str, float] = field(default_factory=dict)
    flying: set[str] = field(default_factory=set)
    #: When an id last came to those that wait.
    added_at: float = 0.0
    removed_at: float = 0.0

    def take(self, profile_id: str, new: str | None, at: float, *, again: bool = True) -> tuple[str, ...]:
        """Have a profile go by an id, or be out of the audience (None); the ids that this is about.

        With `again`, an id that was refused is tried once more.
        """
        old = self.wanted.pop(profile_id, None)
        if old is not None:
            self.holders[old] -= 1
            if not self.holders[old]:
                del self.holders[old]
        if new is not None:
            self.wanted[profile_id] = new
            self.holders[new] += 1
            if again:
                self.refused.pop(new, None)
        touched = tuple(dict.fromkeys(one for one in (old, new) if one is not None))
        for one in touched:
            self.weigh(one, at)
        return touched

    def weigh(self, one: str, at: float) -> None:
        """Note whether an id is to be added or removed; one that is under way is weighed once that is answered."""
        if one in self.flying:
            return
        wanted, inside, unsure = one in self.holders, one in self.inside, one in self.unsure
        if wanted and (unsure or not inside) and one not in self.refused:
            self.removes.pop(one, None)
            if one not in self.adds:
                self.adds[one] = self.added_at = at
        elif not wanted and (unsure or inside):
            self.adds.pop(one, None)
            if one not in self.removes:
                self.removes[one] = self.removed_at = at
        else:
            self.adds.pop(one, None)
            self.removes.pop(one, None)

    def weigh_all(self, at: float) -> None:
        """Weigh all ids: of those that left while nobody looked, only the list tells."""
        for one in (*self.inside, *self.unsure, *self.holders):
            self.weigh(one, at)

    def waits(self, one: str) -> bool:
        """Whether something is left to say of an id."""
        return one in self.flying or one in self.adds or one in self.removes

    def begin(self, ids: Iterable[str]) -> None:
        """Note that a call with these ids is under way."""
        for one in ids:
            self.adds.pop(one, None)
            self.removes.pop(one, None)
            self.flying.add(one)

    def added(self, ids: Sequence[str], failed: Mapping[str, str], at: float) -> None:
        """Take the word on ids that were to be added: in the list, but for those that failed, and why."""
        self.unsure.difference_update(ids)
        for one in ids:
            if one in failed:
                self.inside.discard(one)
                self.refused[one] = failed[one]
            else:
                self.inside.add(one)
                self.refused.pop(one, None)
            self.landed((one,), at)

    def removed(self, ids: Sequence[str], at: float) -> None:
        """Take the word that ids have left the list."""
        self.unsure.difference_update(ids)
        for one in ids:
            self.inside.discard(one)
            self.landed((one,), at)

    def landed(self, ids: Iterable[str], at: float) -> None:
        """Note that the call of these ids is over, and see what is left to say of them."""
        for one in ids:
            self.flying.discard(one)
            self.weigh(one, at)

    def vanished(self, at: float) -> None:
        """Note that there is no list: whoever is wanted is to be added to a new one."""
        self.list_id = None
        self.inside.clear()
        self.unsure.clear()
        self.removes.clear()
        for one in self.holders:
            self.weigh(one, at)

    def first_to_add(self) -> list[str]:
        """The ids of the next add, those first that wait longest."""
        return list(islice(self.adds, IDS_MAX))

    def first_to_remove(self) -> list[str]:
        """The ids of the next remove, likewise."""
        return list(islice(self.removes, IDS_MAX))

    def left_over(self) -> Iterator[str]:
        """Refused ids that nobody goes by any more."""
        return (one for one in self.refused if one not in self.holders and one not in self.flying)
