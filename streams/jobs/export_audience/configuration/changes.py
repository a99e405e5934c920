"""What has changed between two configurations of a job, in words. Quiet."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from streams.jobs.export_audience.configuration.effect import ALL, Effect, field_key

NAMED_MAX = 10
#: What may be done about a change.
APPLY = "`on_change: apply` does that"
NO_APPLY = (
    "`on_change: apply` cannot do that, because who a profile is at Infobip has changed: rename the job, or publish "
    "their enters anew"
)
OTHERWISE = (
    "`on_change: keep` leaves them as they are and goes on with new events only; or put the configuration back; "
    "`on_change: stop`, the default, stops the job as long as nothing else is said"
)


@dataclass(frozen=True, slots=True)
class Counts:
    """What a change means for existing members, by tag: people who are to get it, and members who are to lose it."""

    members: int = 0
    to_tag: Mapping[str, int] = field(default_factory=dict)
    to_untag: Mapping[str, int] = field(default_factory=dict)
    #: Of tags that members are to lose, how many people have them by Infobip's count; None where it gives none.
    tagged: Mapping[str, int | None] = field(default_factory=dict)
    #: What keeps Kafka from telling of everybody, in words.
    notes: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """What is another one now; nothing of what was not noted."""

    before: Effect
    now: Effect

    def __bool__(self) -> bool:
        """Whether anything is."""
        return next(self._each(), None) is not None

    @property
    def in_words(self) -> str:
        """All of it, in one line."""
        return "; ".join(self._each())

    @property
    def of_people(self) -> bool:
        """Whether the fields or the type of people are others."""
        return next(self._of_people(), None) is not None

    @property
    def of_audiences(self) -> bool:
        """Whether there may be members of whom Infobip has never heard."""
        return not self.now.tags.keys() <= self.before.tags.keys()

    @property
    def of_identity(self) -> bool:
        """Whether profiles may be other people now."""
        return next(self._of_identity(), None) is not None

    @property
    def choices(self) -> str:
        """What may be done about it."""
        return f"{NO_APPLY if self.of_identity else APPLY}; {OTHERWISE}"

    def _each(self) -> Iterator[str]:
        yield from self._of_tags()
        yield from self._of_people()
        yield from self._of_identity()

    def _of_tags(self) -> Iterator[str]:
        before, now = self.before, self.now
        renamed: dict[tuple[str, str], list[str]] = {}
        for audience in {**before.tags, **now.tags}:
            old, new = before.tag_of(audience), now.tag_of(audience)
            if old is not None and new is not None and old.casefold() != new.casefold():
                renamed.setdefault((old, new), []).append(audience)
        for (old, new), audiences in sorted(renamed.items()):
            yield f"tag '{old}' -> '{new}' of {_audiences(audiences)}"
        if before.tags.keys() == now.tags.keys():
            return
        if ALL in {*before.tags, *now.tags}:
            yield f"audiences {_audiences(before.tags)} -> {_audiences(now.tags)}"
            return
        if added := now.tags.keys() - before.tags.keys():
            yield f"audiences added: {_audiences(added)}"
        if gone := before.tags.keys() - now.tags.keys():
            yield f"audiences gone: {_audiences(gone)}"

    def _of_people(self) -> Iterator[str]:
        before, now = self.before, self.now
        if before.fields is not None and now.fields is not None:
            yield from _of_fields(before.fields, now.fields)
        if before.person_type is not None and before.person_type != now.person_type:
            yield f"person_type {before.person_type} -> {now.person_type}"

    def _of_identity(self) -> Iterator[str]:
        known, now = self.before.identity, self.now.identity or {}
        for option, value in (known or {}).items():
            if option in now and now[option] != value:
                yield f"{option} {_option(value)} -> {_option(now[option])}"


def meaning(changes: Changes, counts: Counts, taken: Mapping[str, str]) -> str:
    """What a change means for existing members; `taken` are the jobs that have former tags now, by tag."""
    return "; ".join(_meanings(changes, counts, taken))


def _meanings(changes: Changes, counts: Counts, taken: Mapping[str, str]) -> Iterator[str]:
    yield f"there are {counts.members:,} members by Kafka"
    yield from (f"{count:,} are to get tag '{tag}'" for tag, count in _largest(counts.to_tag))
    for tag, count in _largest(counts.to_untag):
        total = counts.tagged.get(tag)
        has = "" if total is None else f", which {total:,} people have at Infobip"
        if (other := taken.get(tag.casefold())) is not None:
            yield f"{count:,} keep tag '{tag}', which job '{other}' gives now"
        else:
            yield f"{count:,} are to lose tag '{tag}'{has}"
    if changes.of_people:
        yield f"{counts.members:,} are to be written anew with their fields"
    yield from counts.notes


def _largest(counted: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(((tag, count) for tag, count in counted.items() if count), key=lambda one: (-one[1], one[0]))[
        :NAMED_MAX
    ]


def _of_fields(before: Mapping[str, str], now: Mapping[str, str]) -> Iterator[str]:
    if added := [f"{path} -> {to}" for path, to in now.items() if path not in before]:
        yield f"map_fields added: {_named(added)}"
    if gone := [f"{path} -> {to}" for path, to in before.items() if path not in now]:
        yield f"map_fields gone: {_named(gone)}"
    both = ((path, before[path], now[path]) for path in before.keys() & now.keys())
    if moved := [f"{path} -> {new} instead of {old}" for path, old, new in both if field_key(old) != field_key(new)]:
        yield f"map_fields changed: {_named(moved)}"


def _option(value: str | None) -> str:
    return "none" if value is None else value


def _audiences(audiences: Iterable[str]) -> str:
    return _named("all audiences" if name == ALL else name for name in audiences)


def _named(names: Iterable[str]) -> str:
    each = sorted(names)
    return ", ".join(each[:NAMED_MAX]) + (f" and {len(each) - NAMED_MAX} more" if len(each) > NAMED_MAX else "")
