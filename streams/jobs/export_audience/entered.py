"""What profiles entered by: who changes their address leaves by the former one, which others may have, too."""

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from streams.jobs.export_audience.fold import TOO_MANY, Memberships, WindowFacts, has_room
from streams.jobs.export_audience.tags import Taggings
from streams.profiles.address import Identity

#: An address and an audience that a profile is in by it, such as `EMAIL ann@example.com vip`.
EnteredBy = str
NOBODY: frozenset[str] = frozenset()
#: Of the kinds of addresses only these may have blanks in them.
WITH_BLANKS = "EXTERNAL_ID"


def address_of(identity: Identity) -> str:
    """An address in one text with one blank in it, such as `EMAIL ann@example.com`."""
    kind, who = identity
    if kind == WITH_BLANKS and (" " in who or "%" in who):
        who = who.replace("%", "%25").replace(" ", "%20")
    return f"{kind} {who}"


def way_of(identity: Identity, audience: str) -> EnteredBy:
    """An address and an audience as they are kept: neither has a blank in it but the audience."""
    return f"{address_of(identity)} {audience}"


def parts_of(entry: EnteredBy) -> tuple[Identity, str]:
    """The address and the audience of an entry."""
    kind, who, audience = entry.split(" ", 2)
    if kind == WITH_BLANKS and "%" in who:
        who = who.replace("%20", " ").replace("%25", "%")
    return (kind, who), audience


def addresses_in(entries: Iterable[EnteredBy]) -> set[str]:
    """The addresses of entries, each in one text as `address_of` has it."""
    # The first two of its words; the second blank ends them.
    return {entry[: entry.index(" ", entry.index(" ") + 1)] for entry in entries}


class ByAddress:
    """Who is in some audience by each address; most have one profile, which is kept without a set around it."""

    def __init__(self) -> None:
        #: By kind and address in one text, which takes a third of what a pair does.
        self._profiles: dict[str, str | set[str]] = {}

    def of(self, identity: Identity) -> AbstractSet[str]:
        """The profiles that entered by an address."""
        known = self._profiles.get(address_of(identity), NOBODY)
        return {known} if isinstance(known, str) else known

    def change(self, profile: str, before: Iterable[EnteredBy], after: Iterable[EnteredBy]) -> None:
        """Note what a profile is in by now, and no longer."""
        old, new = addresses_in(before), addresses_in(after)
        for address in old - new:
            self._remove(address, profile)
        for address in new - old:
            known = self._profiles.get(address)
            if known is None or known == profile:
                self._profiles[address] = profile
            elif isinstance(known, str):
                self._profiles[address] = {known, profile}
            else:
                known.add(profile)

    def _remove(self, address: str, profile: str) -> None:
        known = self._profiles.get(address)
        if isinstance(known, set):
            known.discard(profile)
            if len(known) == 1:
                self._profiles[address] = known.pop()
        elif known == profile:
            del self._profiles[address]


@dataclass(frozen=True, slots=True)
class Entered(Mapping[str, frozenset[EnteredBy]]):
    """By profile, what it is in and by which address; and by address, who is."""

    profiles: MutableMapping[str, frozenset[EnteredBy]] = field(default_factory=dict)
    by_address: ByAddress = field(default_factory=ByAddress)

    def expect(self, addresses: Iterable[Identity]) -> None:
        """Get ready to be asked who is inside by these addresses, and what they are in: all of it is there."""

    def __getitem__(self, profile: str) -> frozenset[EnteredBy]:
        """What a profile is in."""
        return self.profiles[profile]

    def __iter__(self) -> Iterator[str]:
        """Every profile that is in something."""
        return iter(self.profiles)

    def __len__(self) -> int:
        """How many profiles are in something."""
        return len(self.profiles)

    @classmethod
    def of(cls, held: Memberships) -> "Entered":
        """What is kept, so that it can be asked by address."""
        if isinstance(held, Entered):
            return held
        made = cls(dict(held))
        for profile, entries in held.items():
            made.by_address.change(profile, (), entries)
        return made


@dataclass(slots=True)
class Remembering:
    """The last words of a window, over what is remembered of the profiles before."""

    tag_of: Callable[[str], str | None]
    said: WindowFacts
    held: Entered
    #: Of each profile of the window, the address of each audience that it is in at its end.
    now: dict[str, dict[str, Identity]] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    #: By entry, the addresses that the profile may have the tag by from before.
    former: dict[int, set[Identity]] = field(default_factory=dict)

    def memberships(self) -> dict[str, frozenset[EnteredBy]]:
        """Who is in what by which address at the end of the window, of the profiles for whom that changed."""
        self._learn()
        ways = {who: _ways(self.now[who]) for who in self.changed}
        return {who: found for who, found in ways.items() if found != self.held.get(who, NOBODY)}

    def taggings(self) -> tuple[Taggings, Taggings]:
        """Tags to give and to take: an address has the tag as long as some profile is inside by it."""
        additions: dict[str, dict[Identity, tuple[int, ...]]] = {}
        removals: dict[str, dict[Identity, tuple[int, ...]]] = {}
        inside = self._inside()
        self.held.expect({one for former in self.former.values() for one in former})
        for index in self._last_words():
            entry, identity = self.said.entries[index], self.said.identities[index]
            if (tag := self.tag_of(entry.audience)) is None:
                continue
            if entry.action == "enter" and identity is not None:
                _ask(additions, tag, identity, index)
            gone = [one for one in self.former[index] if not self._has(one, tag, inside)]
            for one in gone:
                _ask(removals, tag, one, index)
            if entry.action == "exit" and not gone:
                self.said.outcomes[index] = "unchanged"
        return additions, removals

    def _learn(self) -> None:
        """Note the addresses that events of the window name, and what the last words leave."""
        said = self.said
        for index, (entry, outcome) in enumerate(zip(said.entries, said.outcomes, strict=True)):
            if outcome == "superseded" and entry.action == "enter" and (identity := said.identities[index]) is not None:
                # A process that was killed may have given it the tag.
                last = said.latest[entry.audience][entry.profile_id]
                self.former.setdefault(last, set()).add(identity)
        for index in self._last_words():
            entry = said.entries[index]
            if (who := entry.profile_id) not in self.now:
                self.now[who] = {audience: one for one, audience in map(parts_of, self.held.get(who, NOBODY))}
            former = self.former.setdefault(index, set())
            if (before := self.now[who].get(entry.audience)) is not None:
                former.add(before)
            if self._learn_one(index, self.now[who], former):
                said.names.setdefault(index, set()).update(name for _, name in former)
                self.changed.add(who)

    def _learn_one(self, index: int, now: dict[str, Identity], former: set[Identity]) -> bool:
        """Note where the last word on an audience leaves a profile; whether that could be kept."""
        said, identity = self.said, self.said.identities[index]
        _, action, audience, *_ = said.entries[index]
        if action == "exit":
            now.pop(audience, None)
            if not former and identity is not None:
                former.add(identity)  # it entered before anybody remembered
        elif identity is not None:
            if audience not in now and not has_room(_ways(now), way_of(identity, audience)):
                said.outcomes[index], said.details[index] = "rejected", TOO_MANY
                return False
            former.discard(identity)
            now[audience] = identity
        return True

    def _last_words(self) -> list[int]:
        return [index for index, outcome in enumerate(self.said.outcomes) if outcome == "accepted"]

    def _inside(self) -> dict[Identity, set[str]]:
        """The profiles of the window that are inside by each address at its end."""
        inside: dict[Identity, set[str]] = {}
        for who, audiences in self.now.items():
            for identity in audiences.values():
                inside.setdefault(identity, set()).add(who)
        return inside

    def _has(self, identity: Identity, tag: str, inside: Mapping[Identity, set[str]]) -> bool:
        """Whether some profile is inside by this address, of an audience with this tag."""
        here = (self.now[who] for who in inside.get(identity, ()))
        if any(one == identity and self.tag_of(name) == tag for audiences in here for name, one in audiences.items()):
            return True
        elsewhere = self.held.by_address.of(identity) - self.now.keys()
        ways = (parts_of(way) for who in elsewhere for way in self.held.get(who, NOBODY))
        return any(one == identity and self.tag_of(name) == tag for one, name in ways)


def _ways(audiences: Mapping[str, Identity]) -> frozenset[EnteredBy]:
    return frozenset(way_of(identity, audience) for audience, identity in audiences.items())


def _ask(chosen: dict[str, dict[Identity, tuple[int, ...]]], tag: str, identity: Identity, index: int) -> None:
    people = chosen.setdefault(tag, {})
    people[identity] = (*people.get(identity, ()), index)
