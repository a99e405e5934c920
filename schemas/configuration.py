"""The whole of jobs.yaml: brokers, authorizations, and jobs of each kind."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from schemas.clashes import clash_faults, homeless_faults, unheard_faults
from schemas.config.authorization import Authorization
from schemas.config.console import Console
from schemas.config.history import History
from schemas.config.kafka import KafkaSettings
from schemas.config.operations import OperationsAddress
from schemas.config.settings import Settings
from schemas.config.values import Text
from schemas.config.webhooks import Webhooks
from schemas.content import CHANNEL_NAMES, CONTENTS
from schemas.jobs import AnyJob, Job, authorization_of
from schemas.jobs.send_message import SendMessage
from schemas.jobs.store_history import StoreHistory


def _sender_kind(name: str) -> str:
    known = {*CHANNEL_NAMES, *(channel.partition("_")[0] for channel in CHANNEL_NAMES)}
    if name not in known:
        raise ValueError(f"no channel is called so (there are: {', '.join(sorted(known))})")
    return name


#: What a sender profile may name: a channel, or all channels of one kind.
SenderKind = Annotated[str, AfterValidator(_sender_kind)]


class Configuration(Settings):
    """The whole of jobs.yaml."""

    kafka: KafkaSettings = Field(
        description="The brokers, and the topics of ours on them. Example: {brokers: localhost:9092}"
    )
    authorizations: tuple[Authorization, ...] = Field(
        (), description="The Infobip accounts and their keys, at least 1 where a job works with one. Default: none."
    )
    webhooks: Webhooks | None = Field(
        None,
        description="How reports, clicks and inbound messages come from Infobip. Default: not at all. Example: "
        '{public_url: https://hooks.example.com, secret: "${WEBHOOK_SECRET}"}',
    )
    history: History | None = Field(
        None,
        description="The database that jobs of kind store_history keep messages in, and that trace asks. Default: "
        'none. Example: {url: "sqlite:///history.db"}',
    )
    operations: OperationsAddress | None = Field(
        None,
        description="Where each process of run and receive tells whether it lives, whether it is ready, and its "
        "metrics. Default: nowhere. Example: {host: 127.0.0.1, port: 9464}",
    )
    console: Console | None = Field(
        None,
        description="Who may look at the console, and what they see. Default: this machine, without personal data. "
        "Example: {user_header: X-Forwarded-User}",
    )
    senders: Mapping[Text, Mapping[SenderKind, Text]] = Field(
        {},
        description="Sender profiles: by name, the sender on each channel, or on all of one kind. Default: none. "
        'Example: {acme: {sms: Acme, whatsapp: "447860099299"}}',
    )
    jobs: tuple[Job, ...] = Field(
        min_length=1, description="The pieces of work that this service does until it is stopped, at least 1."
    )

    @model_validator(mode="after")
    def _names(self) -> Self:
        faults = name_faults(
            [authorization.name for authorization in self.authorizations],
            [(job.name, authorization_of(job)) for job in self.jobs],
        )
        faults += clash_faults(self.jobs, self.kafka.topic_prefix)
        faults += homeless_faults(self.jobs, is_kept=self.history is not None)
        faults += unheard_faults(self.jobs, None if self.webhooks is None else self.webhooks.mode)
        if faults:
            raise ValidationError.from_exception_data("Configuration", faults)
        return self

    @model_validator(mode="after")
    def _senders(self) -> Self:
        """Give each job the sender that its profile has for its channel."""
        sends = [(job.sender, job.content.channel) if isinstance(job, SendMessage) else None for job in self.jobs]
        if faults := sender_faults(self.senders, sends):
            raise ValidationError.from_exception_data("Configuration", faults)
        jobs = [
            job.model_copy(update={"sender": _sender_of(self.senders, job.sender, job.content.channel)[0]})
            if isinstance(job, SendMessage) and job.sender is not None
            else job
            for job in self.jobs
        ]
        return self.model_copy(update={"jobs": beside_each_other(jobs)})


def beside_each_other(jobs: Sequence[AnyJob]) -> tuple[AnyJob, ...]:
    """Have jobs that keep a history keep what the others send for, where they do not say it."""
    sends = [job for job in jobs if isinstance(job, SendMessage)]
    topics = dict.fromkeys(topic for job in sends for topic in job.topics)
    every = any(not job.audiences for job in sends)
    audiences = () if every else dict.fromkeys(audience for job in sends for audience in job.audiences)
    return tuple(job.beside([*topics], [*audiences]) if isinstance(job, StoreHistory) else job for job in jobs)


def name_faults(
    authorizations: Sequence[str | None], jobs: Sequence[tuple[str | None, str | None]]
) -> list[InitErrorDetails]:
    """Find names that are given twice, and authorizations of jobs that there are not; None is a name not known."""
    faults = []
    for section, names in (("authorizations", authorizations), ("jobs", [name for name, _ in jobs])):
        for number, name in enumerate(names):
            first = names.index(name)
            if name is not None and first != number:
                faults.append(_fault("repeated_name", (section, number, "name"), name, first=f"{section}[{first}]"))
    if not authorizations and any(wanted is not None for _, wanted in jobs):
        faults.append(_fault("no_authorizations", ("authorizations",), None))
    elif None not in authorizations:
        known = ", ".join(str(name) for name in authorizations) or "none"
        faults += [
            _fault("unknown_name", ("jobs", number, "authorization"), wanted, names=known)
            for number, (_, wanted) in enumerate(jobs)
            if wanted is not None and wanted not in authorizations
        ]
    return faults


def sender_faults(senders: Any, sends: Sequence[tuple[Any, Any] | None]) -> list[InitErrorDetails]:
    """Find senders that have nothing for their job's channel, or too much; `sends` are senders and channels of jobs.

    What is no sender, no channel or no profile of senders is passed over: that is told elsewhere.
    """
    faults = [] if not isinstance(senders, Mapping) else [*_profile_faults(senders)]
    told = {fault["loc"] for fault in faults}
    for number, (sender, channel) in enumerate(send or (None, None) for send in sends):
        if not isinstance(sender, str) or not isinstance(channel, str) or channel not in CONTENTS:
            continue
        said, loc = _sender_of(senders, sender, channel)
        content = CONTENTS[channel]
        if said is None:
            kinds = " or ".join(dict.fromkeys(content.sender_kinds(channel)))
            faults.append(_fault("no_sender", ("jobs", number, "sender"), sender, kinds=kinds))
        elif loc in told:
            continue
        elif isinstance(said, str) and said.strip() and (fault := content.sender_fault(said)) is not None:
            faults.append(_fault("bad_sender", loc or ("jobs", number, "sender"), said, fault=fault))
    return faults


def _profile_faults(senders: Mapping[Any, Any]) -> Iterator[InitErrorDetails]:
    """Find those in profiles who never can be senders, also where no job takes them yet."""
    contents = {kind: one for name, one in CONTENTS.items() for kind in one.sender_kinds(name)}
    for profile, entries in senders.items():
        for kind, said in entries.items() if isinstance(entries, Mapping) else ():
            content = contents.get(kind) if isinstance(kind, str) else None
            if content is not None and isinstance(said, str) and said.strip() and (fault := content.sender_fault(said)):
                yield _fault("bad_sender", ("senders", profile, kind), said, fault=fault)


def _sender_of(senders: Any, sender: str, channel: str) -> tuple[Any, tuple[str, ...]]:
    """Who sends on a channel, and where a profile says so; None where the profile says nothing of it."""
    profile = senders.get(sender) if isinstance(senders, Mapping) else None
    if not isinstance(profile, Mapping):
        return sender, ()
    kinds = CONTENTS[channel].sender_kinds(channel)
    return next(((profile[kind], ("senders", sender, kind)) for kind in kinds if kind in profile), (None, ()))


def _fault(kind: str, loc: tuple[str | int, ...], given: Any, **context: str) -> InitErrorDetails:
    words = kind.replace("_", " ")
    return InitErrorDetails(type=PydanticCustomError(kind, words, dict(context)), loc=loc, input=given)
