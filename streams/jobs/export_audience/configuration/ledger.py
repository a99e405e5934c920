"""Who is to have which tag by a configuration, and who may still have one by a former: the ledger of both."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache

import orjson
from pydantic import Field

from schemas.jobs.export_audience import ExportAudience
from streams.jobs.export_audience.configuration.effect import Effect, effect_of
from streams.jobs.export_audience.verification.ledger import AT_ONCE, Convert, Ledger, batched
from streams.jobs.export_audience.verification.rows import ROW, TO_REMOVE, name_key, parts_of
from streams.jobs.export_audience.verification.tagged import Name, name_of
from streams.kafka.local_store import LocalStore
from streams.pipeline.decode import Entry
from streams.pipeline.join_entries import state_of


class WithFormerTags(ExportAudience):
    """A job as Infobip is asked about it: with the tags that members may have of before. Not to be run."""

    former_tags: tuple[str, ...] = Field((), description="Tags of before.")

    @property
    def tags(self) -> tuple[str, ...]:
        """The job's own come first."""
        own = super().tags
        known = {tag.casefold() for tag in own}
        return (*own, *(tag for tag in self.former_tags if tag.casefold() not in known))


class ChangedLedger(Ledger):
    """The ledger of a job; whoever an event or a membership tells of has a row for each tag of before, too.

    Tags in `taken` are other jobs' now, and nobody loses them.
    """

    def __init__(
        self,
        job: ExportAudience,
        formers: Sequence[Effect],
        taken: Collection[str],
        store: LocalStore,
        convert: Convert | None,
    ) -> None:
        now = effect_of(job)
        lost = {tag.casefold(): tag for one in formers for tag in _lost(one, now) if tag.casefold() not in taken}
        asked = WithFormerTags.model_construct(None, **dict(job), former_tags=tuple(lost.values()))
        super().__init__(asked, store, convert)
        self._lost = {self.numbers[tag]: tag for tag in lost}
        #: Whether nobody is to get a tag that others are to lose: then no order about one person undoes another.
        self.parts_tags = lost.keys().isdisjoint(tag.casefold() for tag in job.tags)
        self._numbers_of = cache(lambda audience: frozenset(self._before(audience, formers)))

    def fold(self, entries: Iterable[Entry], place: int, done: int) -> None:
        """Take in events of one partition."""
        each = list(entries)
        super().fold(each, place, done)
        self.meet(each, place)

    def enter(self, memberships: Iterable[tuple[str, str, Name, int]]) -> None:
        """Take in what is kept of members."""
        for some in batched(memberships, AT_ONCE):
            super().enter(some)
            self._meet(
                (number, name, profile, place)
                for profile, audience, name, place in some
                for number in self._numbers_of(audience)
            )

    def meet(self, entries: Iterable[Entry], place: int) -> None:
        """Note whom events of one partition speak of, and nothing else of them."""
        for some in batched(self._met(entries, place), AT_ONCE):
            self._meet(some)

    def spare(self, to_remove: Counter[str]) -> Counter[str]:
        """Leave a tag to whoever Kafka does not tell of, or who has not lost it by the change.

        What was to be done is taken back; by tag of before, how many Kafka does not tell of.
        """
        strangers: Counter[str] = Counter()
        in_vain = ((key[1:], orjson.loads(state_of(kept))) for key, kept in self.store.starting_with(TO_REMOVE))
        for some in batched(in_vain, AT_ONCE):
            rows = self.rows(name_key(parts_of(key)[0], name) for key, names in some for name in names)
            spared: dict[bytes, bytes | None] = {}
            for key, names in some:
                number, _ = parts_of(key)
                known = any(rows[name_key(number, name)].number for name in names)
                if known and number in self._lost:
                    continue
                spared[TO_REMOVE + key] = None
                to_remove[self.job.tags[number]] -= 1
                if number in self._lost:
                    strangers[self.job.tags[number]] += 1
            self.store.apply(spared, self.store.offset + 1)
        return strangers

    def _before(self, audience: str, formers: Sequence[Effect]) -> Iterator[int]:
        """The numbers of the tags that members of an audience may have of before."""
        for one in formers:
            number = self.numbers.get((one.tag_of(audience) or "").casefold())
            if number is not None and number in self._lost:
                yield number

    def _met(self, entries: Iterable[Entry], place: int) -> Iterator[tuple[int, Name, str, int]]:
        for one in entries:
            numbers = self._numbers_of(one.audience)
            address = self._resolve(one.profile_id, one.profile) if numbers else None
            if address is None:
                continue
            names = {name_of(*address.identity)}
            if address.phone is not None and address.external_id is None:
                names.add(name_of("PHONE", address.phone))  # whose email Infobip refuses goes by it
            yield from ((number, name, one.profile_id, place) for number in numbers for name in names)

    def _meet(self, met: Iterable[tuple[int, Name, str, int]]) -> None:
        each = {name_key(number, name): (profile, place) for number, name, profile, place in met}
        rows = self.rows(each)
        for key, row in rows.items():
            if not row.number:
                self._rows += 1
                row.number = self._rows
            row.profile, row.place = each[key]
        self.note(ROW, {key: row.kept() for key, row in rows.items()})


def _lost(before: Effect, now: Effect) -> Iterator[str]:
    """The tags that members of some audience had by it, and are not to have by it any more."""
    for audience in {**before.tags, **now.tags}:
        old, new = before.tag_of(audience), now.tag_of(audience)
        if old is not None and old.casefold() != (new or "").casefold():
            yield old
