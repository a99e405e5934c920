"""What jobs of one file must not have in common: a tag, a keyword of a number, or with this service itself a topic."""

from collections.abc import Iterator, Mapping, Sequence

from pydantic_core import InitErrorDetails, PydanticCustomError

from schemas.config.topics import is_ours, reads_records
from schemas.jobs import AnyJob
from schemas.jobs.export_audience import ExportAudience
from schemas.jobs.receive_messages import ReceiveMessages
from schemas.jobs.store_history import StoreHistory
from schemas.jobs.webhook import Webhook

Loc = tuple[str | int, ...]


def clash_faults(jobs: Sequence[AnyJob | None], prefix: str) -> list[InitErrorDetails]:
    """Find tags and inbound messages of two jobs, and topics that are read and ours; None is a job not to be read."""
    return [*_shared_tags(jobs), *_shared_messages(jobs), *_own_topics(jobs, prefix)]


def unheard_faults(jobs: Sequence[AnyJob | None], mode: str | None) -> list[InitErrorDetails]:
    """Find jobs that Infobip cannot tell of what they ask for; `mode` is that of webhooks, None without any."""
    asking = [(number, job) for number, job in enumerate(jobs) if isinstance(job, ReceiveMessages)]
    if mode is None:
        return [_fault("no_webhooks", ("jobs", number, "kind"), job.kind) for number, job in asking]
    # No operation that is published hands out what was written on WhatsApp.
    silent = [(number, job) for number, job in asking if mode == "pull" and job.channel == "whatsapp"]
    return [_fault("not_pulled", ("jobs", number, "channel"), job.channel) for number, job in silent]


def homeless_faults(jobs: Sequence[AnyJob | None], *, is_kept: bool) -> list[InitErrorDetails]:
    """Find jobs that keep a history where the file names no database for it."""
    keeping = [(number, job) for number, job in enumerate(jobs) if isinstance(job, StoreHistory)]
    return [] if is_kept else [_fault("no_history", ("jobs", number, "kind"), job.kind) for number, job in keeping]


def _shared_tags(jobs: Sequence[AnyJob | None]) -> Iterator[InitErrorDetails]:
    """Tags that two jobs of one account give and take: who leaves the one's audiences loses the other's tag."""
    owners: dict[tuple[str, str], int] = {}
    for number, job in enumerate(jobs):
        if not isinstance(job, ExportAudience):
            continue
        for tag, loc in _tags(job):
            # Infobip tells tags apart whatever their case.
            owner = owners.setdefault((job.authorization, tag.casefold()), number)
            if owner != number:
                kind = "label_tag" if job.tag is None else "shared_tag"
                yield _fault(kind, ("jobs", number, *loc), tag, first=f"jobs[{owner}]")


def _tags(job: ExportAudience) -> Iterator[tuple[str, Loc]]:
    """Each tag of a job once, and where the job says it."""
    if not isinstance(job.tag, Mapping):
        yield job.tags[0], ("tag",)
        return
    places: dict[str, str] = {}
    for audience in job.audiences:
        places.setdefault(job.tag[audience], audience)
    yield from ((tag, ("tag", audience)) for tag, audience in places.items())


def _shared_messages(jobs: Sequence[AnyJob | None]) -> Iterator[InitErrorDetails]:
    """Messages that two jobs ask for, whatever their accounts: nobody could say whose one is."""
    owners: dict[tuple[str, str, str | None], int] = {}
    for number, job in enumerate(jobs):
        if isinstance(job, ReceiveMessages) and (owner := owners.setdefault(job.asked_for, number)) != number:
            whole = f"keyword {job.keyword}" if job.keyword is not None else "no keyword"
            loc = ("jobs", number, "number" if job.keyword is None else "keyword")
            yield _fault("shared_messages", loc, job.number, first=f"jobs[{owner}]", channel=job.channel, whole=whole)


def _own_topics(jobs: Sequence[AnyJob | None], prefix: str) -> Iterator[InitErrorDetails]:
    """Inputs that this service writes, with the prefix or where it was forgotten."""
    for number, job in enumerate(jobs):
        for place, topic in enumerate(() if job is None else job.inputs):
            if isinstance(job, Webhook) and reads_records(topic):
                continue
            if is_ours(topic) or is_ours(topic.removeprefix(prefix)):
                yield _fault("own_topic", ("jobs", number, "topics", place), topic)


def _fault(kind: str, loc: Loc, given: str, **context: str) -> InitErrorDetails:
    return InitErrorDetails(type=PydanticCustomError(kind, "clashes", dict(context)), loc=loc, input=given)
