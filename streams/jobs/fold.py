"""What the events of a window say: the last words, and who gets or loses which tag by them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from schemas.jobs import ExportAudience
from schemas.outcomes import Outcome
from streams.flow.address import Address, Identity
from streams.flow.decode import Entry
from streams.jobs.people import Person
from streams.jobs.tags import Taggings

Memberships = Mapping[str, frozenset[str]]


@dataclass(slots=True)
class Said:
    """What the events of a window say, told by their place in it.

    An event whose outcome is still `accepted` is the last word on its profile and audience.
    """

    entries: Sequence[Entry]
    outcomes: list[Outcome]
    identities: list[Identity | None]
    addresses: list[Address | None]
    details: dict[int, str] = field(default_factory=dict)
    #: By audience and profile, the latest event.
    latest: defaultdict[str, dict[str, int]] = field(default_factory=lambda: defaultdict(dict))
    people: list[Person] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def keys(self) -> set[str]:
        """The profiles that the events are about, and all addresses of theirs: any may be another's identity."""
        keys: set[Any] = set()
        addresses = [address for address in self.addresses if address is not None]
        keys.update(*addresses, *self.latest.values())
        keys.discard(None)
        emails = [address.email for address in addresses]
        keys.update([email.lower() for email in emails if email is not None and not email.islower()])
        return keys


def names_of(address: Address | None) -> Iterator[str]:
    """All that an address is known by, as keys."""
    for part in address or ():
        if part is not None:
            yield part
            if "@" in part and not part.islower():
                yield part.lower()


def memberships_after(said: Said, held: Memberships) -> dict[str, frozenset[str]]:
    """The audiences that each profile of the window is in at its end."""
    new: dict[str, frozenset[str]] = {}
    for entry, outcome in zip(said.entries, said.outcomes, strict=True):
        if outcome != "accepted":
            continue
        before = new.get(entry.profile_id)
        if before is None:
            before = held.get(entry.profile_id, frozenset())
        audience = {entry.audience}
        new[entry.profile_id] = before | audience if entry.action == "enter" else before - audience
    return new


def taggings(job: ExportAudience, said: Said, memberships: Memberships) -> tuple[Taggings, Taggings]:
    """Tags to give and to take: the last word on each tag and person. Notes in `said` which events it leaves out."""
    additions: dict[str, dict[Identity, tuple[int, ...]]] = {}
    removals: dict[str, dict[Identity, tuple[int, ...]]] = {}
    tag_of: Callable[[str], str | None] = lru_cache(job.tag_of)
    outcomes = said.outcomes
    for index, ((_, action, audience, profile_id, _, _), identity) in enumerate(
        zip(said.entries, said.identities, strict=True)
    ):
        if outcomes[index] != "accepted" or identity is None:
            continue
        tag = tag_of(audience)
        if tag is None:  # a window holds wanted audiences only, and each of those has a tag
            continue
        wanted, unwanted = additions, removals
        if action == "exit":
            if any(tag_of(other) == tag for other in memberships.get(profile_id, ())):
                outcomes[index] = "unchanged"
                continue
            wanted, unwanted = removals, additions
        if tag in unwanted:
            # Two profiles with one address: the later word on the person wins.
            for earlier in unwanted[tag].pop(identity, ()):
                outcomes[earlier] = "superseded"
        people = wanted.get(tag)
        if people is None:
            people = wanted[tag] = {}
        alone = (index,)
        known = people.setdefault(identity, alone)
        if known is not alone:
            people[identity] = (*known, index)
    return additions, removals
