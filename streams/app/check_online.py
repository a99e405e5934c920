"""What `check --online` asks: the brokers, the accounts, and for what each job needs there."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from schemas.config.kafka import KafkaSettings
from schemas.configuration import Configuration
from schemas.jobs import AnyJob, authorization_of
from streams.app.accounts import client_of
from streams.app.acls import needs, needs_in
from streams.errors import JobFailed, StreamsError
from streams.infobip import account
from streams.infobip.client import Client
from streams.jobs.kind import Say
from streams.jobs.shelf import inputs_of, kind_of, wanted_topics
from streams.kafka.admin import TopicAdmin
from streams.kafka.permissions import Need, Unasked, denied
from streams.kafka.refusals import WHERE, in_words
from streams.kafka.topic_making import NotMade, grow, make
from streams.kafka.topics import LIMIT, TopicNames, WantedTopic, counted, faults_of, is_small, missing_inputs
from streams.summaries.keeping import wanted_topic

#: What must be allowed; creation is asked for where a topic is missing.
CHECKED = ("run", "commands")
#: What only some commands need, which are named where it is missing.
ASIDE = {"replay": "dead-letters replay", "pause": "pause and resume", "erase": "erase"}


async def check_online(configuration: Configuration, say: Say) -> list[str]:
    """Every fault found, each with its path in the file; what is well, and what a run will create, is said."""
    faults = await check_brokers(configuration, say)
    for number, authorization in enumerate(configuration.authorizations):
        client = client_of(authorization)
        name = authorization.name
        jobs = {index: job for index, job in enumerate(configuration.jobs) if authorization_of(job) == name}
        try:
            faults += await check_account(client, configuration, jobs, say)
        except StreamsError as error:
            faults.append(f"authorizations[{number}]: {error}")
        finally:
            await client.aclose()
    for index, job in enumerate(configuration.jobs):
        faults += [f"jobs[{index}].{fault}" for fault in await kind_of(job).look(job, configuration, say)]
    return faults


async def check_brokers(configuration: Configuration, say: Say) -> list[str]:
    """Every fault of the brokers, of the topics and of what we may do there; nothing is written or made."""
    kafka = configuration.kafka
    try:
        topics = TopicAdmin(kafka)
        with in_words(kafka, topics.client_settings):
            found = await asyncio.to_thread(_look, configuration, topics)
            say(f"brokers {topics.brokers}: they answer")
            faults = await _check_permissions(configuration, say)
            return faults + await asyncio.to_thread(_check_topics, configuration, topics, found, say)
    except StreamsError as error:
        return [str(error)]


@dataclass(frozen=True, slots=True)
class Found:
    """The topics that are there, and of those that are wanted the ones that we may not know of."""

    existing: Mapping[str, int]
    hidden: frozenset[str]


def _look(configuration: Configuration, topics: TopicAdmin) -> Found:
    existing = topics.partitions()
    wanted = {need.name for need in needs(configuration) if need.resource == "topic" and need.when in CHECKED}
    return Found(existing, frozenset(topics.hidden(sorted(wanted - existing.keys()))))


async def _check_permissions(configuration: Configuration, say: Say) -> list[str]:
    """What no ACL allows that a run needs; what only some commands need is said."""
    kafka = configuration.kafka
    asked = [need for need in needs(configuration) if need.when in (*CHECKED, *ASIDE)]
    try:
        missing = await denied(kafka, asked)
    except Unasked as error:
        return [f"kafka.brokers: {','.join(kafka.brokers)}: they do not say what they allow: {error}"]
    faults = []
    for need in missing:
        told = f"no ACL lets us {need.operation} {need.what} ({need.why})"
        if need.when in CHECKED:
            faults.append(f"{_path_of(configuration, need)}: {told}: grant it; {WHERE}")
        else:
            say(f"{ASIDE[need.when]}: {told}")
    return faults


def _path_of(configuration: Configuration, need: Need) -> str:
    """The first job that needs it."""
    whose = (
        index
        for index, job in enumerate(configuration.jobs)
        for one in needs_in(configuration, job)
        if (one.what, one.operation) == (need.what, need.operation)
    )
    return f"jobs[{next(whose)}]"


def _check_topics(configuration: Configuration, topics: TopicAdmin, looked: Found, say: Say) -> list[str]:
    kafka, existing = configuration.kafka, looked.existing
    faults = []
    wanted: dict[str, tuple[str, WantedTopic]] = {}
    for index, job in enumerate(configuration.jobs):
        missing = [topic for topic in missing_inputs(job, existing) if topic not in looked.hidden]
        faults += [f"jobs[{index}].topics: there is no topic {topic}: create it, or correct this" for topic in missing]
        beside = inputs_of(configuration.jobs)
        for one in wanted_topics(job, kafka, existing, configuration.webhooks, beside):
            wanted.setdefault(one.name, (f"jobs[{index}]", one))
    sums = wanted_topic(TopicNames(kafka.topic_prefix))
    wanted.setdefault(sums.name, ("jobs[0]", sums))
    # Whether a hidden topic is there, is told once it may be seen.
    wanted = {name: one for name, one in wanted.items() if name not in looked.hidden}
    settings = topics.settings([name for name in wanted if name in existing])
    for name, (path, one) in wanted.items():
        found = (
            [*_look_at(one, existing[name], settings[name], say), *_grow(topics, kafka, one, existing[name])]
            if name in existing
            else _ask_for(topics, kafka, one, say)
        )
        faults += [f"{path}: topic {name} {fault}" for fault in found]
    return faults


def _look_at(wanted: WantedTopic, partitions: int, settings: dict[str, str] | None, say: Say) -> list[str]:
    """What is wrong with a topic of ours that is there; what may be better is said."""
    if settings is None:
        say(f"topic {wanted.name}: its settings may not be seen, so they were not looked at")
    if is_small(wanted, settings):
        say(f"topic {wanted.name}: takes records of {(settings or {})[LIMIT]} bytes only: larger ones will be cut")
    if wanted.grows and partitions < wanted.partitions:
        say(f"topic {wanted.name}: will be given {counted(wanted.partitions)}")
    return faults_of(wanted, partitions, settings)


def _grow(topics: TopicAdmin, kafka: KafkaSettings, wanted: WantedTopic, partitions: int) -> list[str]:
    """Have the brokers say whether a topic may be given the partitions it needs; it is not."""
    if wanted.grows and partitions < wanted.partitions:
        try:
            grow(topics, kafka, wanted.name, wanted.partitions, validate_only=True)
        except JobFailed as error:
            return [f"has {counted(partitions)}: {error}"]
    return []


def _ask_for(topics: TopicAdmin, kafka: KafkaSettings, wanted: WantedTopic, say: Say) -> list[str]:
    """Have the brokers say what they would make of a topic; nothing is made."""
    if not kafka.topics.create:
        return [f"is missing: create it with {wanted.settings}, for kafka.topics.create is false"]
    try:
        made, refused = make(topics, wanted, validate_only=True)
    except NotMade as reason:
        return [f"cannot be created: {reason}; create it with {wanted.settings}"]
    say(f"topic {wanted.name}: will be created with {made.settings}")
    theirs = kafka.topics.settings.get(wanted.name.removeprefix(kafka.topic_prefix), {})
    faults = []
    for one in refused:
        told = f"{one.setting}={one.value} is refused by the brokers ({one.reason}): {one.instead}"
        if theirs.get(one.setting) == one.value:
            faults.append(f"cannot be created as kafka.topics.settings has it: {told}")
        else:
            say(f"topic {wanted.name}: {told}")
    return faults


async def check_account(
    client: Client, configuration: Configuration, jobs: Mapping[int, AnyJob], say: Say
) -> list[str]:
    """Every fault that an account shows in its jobs of a file, which are given with their places in it.

    Raises:
        StreamsError: the key is no good for them, or Infobip does not answer.

    """
    # One for each way to prove it: the others would be asked the same.
    asking = {(kind_of(job).prove, *kind_of(job).operations(job, configuration.webhooks)): job for job in jobs.values()}
    if not jobs:
        await account.check(client)
    proofs = [await kind_of(job).prove(client, job) for job in asking.values()]
    checked = {index: await kind_of(job).check(client, job, configuration, say) for index, job in jobs.items()}
    if not jobs or any(proofs) or any(found.proves for found in checked.values()):
        say(f"authorization {client.name}: the key works")
    else:
        say(f"authorization {client.name}: nothing but a message would prove the key")
    return [f"jobs[{index}].{fault}" for index, found in checked.items() for fault in found.faults]
