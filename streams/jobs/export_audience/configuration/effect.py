"""What of a job decides what it does to people, and nothing else of it. Quiet."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

import orjson

from schemas.jobs.export_audience import STANDARD_FIELDS, ExportAudience
from schemas.records.states import ExportedConfiguration, FormerConfiguration

#: Stands for all audiences there are.
ALL = "*"
#: The options that say who a profile is at Infobip.
IDENTITY = ("email_field", "phone_field", "external_id_field", "default_region")
DIGEST_BYTES = 12


@dataclass(frozen=True, slots=True)
class Effect:
    """What decides what a job does; None: that was not noted."""

    #: Tag by audience.
    tags: Mapping[str, str]
    #: By field of a profile, the field or attribute of a person that it goes to.
    fields: Mapping[str, str] | None = None
    person_type: str | None = None
    identity: Mapping[str, str | None] | None = None

    def tag_of(self, audience: str) -> str | None:
        """The tag of an audience; None where it is not exported."""
        return self.tags.get(audience, self.tags.get(ALL))

    @property
    def tag_names(self) -> frozenset[str]:
        """The tags, as Infobip tells them apart."""
        return frozenset(tag.casefold() for tag in self.tags.values())

    @property
    def digest(self) -> str:
        """The same for whatever has the same effect, however it is written."""
        fields = None if self.fields is None else {path: field_key(to) for path, to in self.fields.items()}
        tags = {audience: tag.casefold() for audience, tag in self.tags.items()}
        identity = None if self.identity is None else dict(self.identity)
        said = orjson.dumps([tags, fields, self.person_type, identity], option=orjson.OPT_SORT_KEYS)
        return sha256(said).hexdigest()[: 2 * DIGEST_BYTES]

    def record(
        self, job: str, since: datetime, former_digest: str = "", applying: Iterable[FormerConfiguration] = ()
    ) -> ExportedConfiguration:
        """As it is remembered."""
        return ExportedConfiguration(
            job=job,
            tags=dict(self.tags),
            since=since,
            fields=None if self.fields is None else dict(self.fields),
            person_type=self.person_type,
            identity=None if self.identity is None else dict(self.identity),
            digest=self.digest,
            former_digest=former_digest,
            applying=tuple(applying),
        )

    def former(self) -> FormerConfiguration:
        """As it is remembered while existing members are brought to what came after it."""
        return FormerConfiguration(
            digest=self.digest,
            tags=dict(self.tags),
            fields=None if self.fields is None else dict(self.fields),
            person_type=self.person_type,
            identity=None if self.identity is None else dict(self.identity),
        )


def effect_of(job: ExportAudience) -> Effect:
    """What decides what a job does."""
    return Effect(
        tags={audience: job.tag_of(audience) or "" for audience in job.audiences} or {ALL: job.tags[0]},
        fields={path: target.to for path, target in job.map_fields.items()},
        person_type=job.person_type,
        identity={option: getattr(job, option) for option in IDENTITY},
    )


def remembered(record: ExportedConfiguration | FormerConfiguration) -> Effect:
    """What is remembered."""
    return Effect(record.tags, record.fields, record.person_type, record.identity)


def as_job(job: ExportAudience, effect: Effect) -> ExportAudience:
    """The job as it was with another effect; what was not noted is as it is now. To be asked, and not to be run."""
    every = effect.tags.get(ALL) if len(effect.tags) == 1 else None
    return changed(
        job,
        tag=dict(effect.tags) if every is None else every,
        audiences=tuple(effect.tags) if every is None else (),
        **(effect.identity or {}),
    )


def changed(job: ExportAudience, **options: object) -> ExportAudience:
    """The job with other options, which are taken as they are."""
    return ExportAudience.model_construct(None, **{**dict(job), **options})


def following(said: ExportedConfiguration, now: Effect, at: datetime, *, keeps: bool) -> ExportedConfiguration:
    """What is remembered once a configuration has followed another, and from what members are to be brought to it.

    That is what they had before, and whatever they were still to be brought from, but not what is so again; nothing
    where the job `keeps` them as they are.
    """
    before = remembered(said).former()
    former = before.model_copy(update={"digest": said.digest or before.digest})
    pending = {one.digest: one for one in (*said.applying, former) if one.digest != now.digest}
    return now.record(said.job, at, former.digest, () if keeps else pending.values())


def union(job: ExportAudience, formers: Iterable[ExportAudience | Effect]) -> ExportAudience:
    """What reads the events of the audiences of all of them."""
    names: dict[str, None] = dict.fromkeys(job.audiences or (ALL,))
    for one in formers:
        names |= dict.fromkeys(effect_of(one).tags if isinstance(one, ExportAudience) else one.tags)
    return changed(job, audiences=() if ALL in names else tuple(names), tag=ALL)


def field_key(to: str) -> str:
    """A field of a person, as Infobip tells it apart: custom attributes whatever their case."""
    return to if to in STANDARD_FIELDS else to.casefold()
