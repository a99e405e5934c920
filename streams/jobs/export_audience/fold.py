"""What the events of a window say: the last words, and who gets or loses which tag by them."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from orjson import dumps as to_json

from schemas.jobs.export_audience import ExportAudience
from schemas.records.membership import NAME_MAX
from schemas.records.outcomes import Outcome
from streams.jobs.export_audience.person import Person
from streams.jobs.export_audience.tags import Taggings
from streams.pipeline.decode import Entry
from streams.profiles.address import Address, Identity
from streams.profiles.emails import EMAIL_MAX

Memberships = Mapping[str, frozenset[str]]

#: So many audiences are kept of one profile in a job whose audiences share a tag, and so many bytes of their names:
#: they are one record, which brokers take by default up to a megabyte.
AUDIENCES_MAX, AUDIENCES_BYTES_MAX = 1000, 900_000
#: Of so few, each as long as it may be and written in escapes, the weight need not be known.
SURELY_FEW = AUDIENCES_BYTES_MAX // (6 * NAME_MAX) - 1
#: The same with an address before each.
FEW = AUDIENCES_BYTES_MAX // (6 * (NAME_MAX + EMAIL_MAX)) - 1
TOO_MANY = (
    f"the profile is in so many audiences that share a tag already ({AUDIENCES_MAX} at most, {AUDIENCES_BYTES_MAX} "
    "bytes of their names): name the job's `audiences`, or give audiences tags of their own"
)


@dataclass(slots=True)
class WindowFacts:
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
    #: By event, addresses besides its own that it is about, where it is remembered what profiles entered by.
    names: dict[int, set[str]] = field(default_factory=dict)

    @property
    def keys(self) -> set[str]:
        """The profiles that the events are about, and all addresses of theirs: any may be another's identity."""
        keys: set[Any] = set()
        addresses = [address for address in self.addresses if address is not None]
        keys.update(*addresses, *self.latest.values())
        keys.discard(None)
        emails = [address.email for address in addresses]
        keys.update([email.lower() for email in emails if email is not None and not email.islower()])
        keys.update(*self.names.values())
        return keys

    @property
    def known_by(self) -> list[Sequence[str | None] | None]:
        """By event, all addresses that it is about."""
        if not self.names:
            return list(self.addresses)
        return [(*(address or ()), *self.names.get(index, ())) for index, address in enumerate(self.addresses)]


def names_of(address: Sequence[str | None] | None) -> Iterator[str]:
    """All that an address is known by, as keys."""
    for part in address or ():
        if part is not None:
            yield part
            if "@" in part and not part.islower():
                yield part.lower()


def memberships_after(said: WindowFacts, held: Memberships) -> tuple[dict[str, frozenset[str]], set[str]]:
    """The audiences that each profile of the window is in at its end, and the profiles that changed theirs meanwhile.

    Notes in `said` the events that would put a profile into more audiences than are kept of one.
    """
    new: dict[str, set[str]] = {}
    changed: set[str] = set()
    weights: dict[str, int] = {}
    for index, (entry, outcome) in enumerate(zip(said.entries, said.outcomes, strict=True)):
        if outcome != "accepted":
            continue
        who, audience = entry.profile_id, entry.audience
        audiences = new.get(who)
        if audiences is None:
            audiences = new[who] = set(held.get(who, ()))
        if entry.action == "exit":
            if audience in audiences:
                audiences.remove(audience)
                weights.pop(who, None)
                changed.add(who)
        elif audience not in audiences:
            if len(audiences) >= SURELY_FEW and not _has_room(audiences, audience, weights, who):
                said.outcomes[index], said.details[index] = "rejected", TOO_MANY
                continue
            audiences.add(audience)
            changed.add(who)
    return {who: frozenset(audiences) for who, audiences in new.items()}, changed


def has_room(audiences: Collection[str], audience: str) -> bool:
    """Whether one more audience of a profile can be kept."""
    return len(audiences) < FEW or _has_room(set(audiences), audience, {}, "")


def _has_room(audiences: set[str], audience: str, weights: dict[str, int], who: str) -> bool:
    """Whether one more audience of a profile can be kept; `weights` remembers what those before it take."""
    if len(audiences) >= AUDIENCES_MAX:
        return False
    if who not in weights:
        weights[who] = sum(len(to_json(one)) for one in audiences)
    weight = len(to_json(audience))
    if weights[who] + weight > AUDIENCES_BYTES_MAX:
        return False
    weights[who] += weight
    return True


def taggings(job: ExportAudience, said: WindowFacts, memberships: Memberships) -> tuple[Taggings, Taggings]:
    """Tags to give and to take: the last word on each tag and person. Notes in `said` which events it leaves out."""
    additions: dict[str, dict[Identity, tuple[int, ...]]] = {}
    removals: dict[str, dict[Identity, tuple[int, ...]]] = {}
    tag_of: Callable[[str], str | None] = cache(job.tag_of)
    # The tags that a profile keeps by its other audiences, looked up once however many it leaves.
    keeps = cache(lambda profile: {tag_of(audience) for audience in memberships.get(profile, ())})
    outcomes = said.outcomes
    for index, ((_, action, audience, profile_id, _, _, _), identity) in enumerate(
        zip(said.entries, said.identities, strict=True)
    ):
        if outcomes[index] != "accepted" or identity is None:
            continue
        tag = tag_of(audience)
        if tag is None:  # a window holds wanted audiences only, and each of those has a tag
            continue
        wanted, unwanted = additions, removals
        if action == "exit":
            if tag in keeps(profile_id):
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


def moved(taggings: Taggings, moves: Mapping[int, Identity]) -> Taggings:
    """The same tags for people who go by another identity, by the entries that ask for them."""
    if not moves:
        return taggings
    found: dict[str, dict[Identity, tuple[int, ...]]] = {}
    for tag, people in taggings.items():
        for identity, entries in people.items():
            for entry in entries:
                who = moves.get(entry, identity)
                found.setdefault(tag, {})[who] = (*found.get(tag, {}).get(who, ()), entry)
    return found
