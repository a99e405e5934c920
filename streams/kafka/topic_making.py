"""How topics of ours are made: with what the brokers allow, and a clear word on what they do not."""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from confluent_kafka import KafkaError, KafkaException

from schemas.config.kafka import KafkaSettings
from streams.errors import JobFailed
from streams.kafka.admin import TopicAdmin
from streams.kafka.refusals import WHERE, Asked, not_allowed
from streams.kafka.retry import is_retriable
from streams.kafka.topics import (
    ENOUGH_BYTES,
    LIMIT,
    POLICY,
    TopicNames,
    WantedTopic,
    counted,
    faults_of,
    is_small,
)

log = logging.getLogger(__name__)

#: What brokers answer to a topic they could make, had it other settings.
SETTINGS_REFUSED = frozenset({KafkaError.POLICY_VIOLATION, KafkaError.INVALID_CONFIG, KafkaError.INVALID_REQUEST})
#: What is asked for where a setting of ours is refused; where there is no more to ask for, it is left to the brokers.
#: What is never compacted must never be deleted either.
INSTEAD: Mapping[tuple[str, str], Mapping[str, str]] = {(POLICY, "compact"): {"retention.ms": "-1"}}


@dataclass(frozen=True, slots=True)
class RefusedSetting:
    """A setting the brokers did not take, their words for it, and what stands in for it."""

    setting: str
    value: str
    reason: str
    instead: str = "left to the brokers"


class NotMade(Exception):
    """The brokers do not let us make a topic; the message says why."""


class Hidden(NotMade):
    """The brokers let us neither make a topic nor know whether it is there."""


#: Every topic of ours that a job writes, given all topics that exist with their partitions.
Wanted = Callable[[Mapping[str, int]], Sequence[WantedTopic]]


def create_states(job: str, kafka: KafkaSettings, topics: TopicAdmin, wanted: Wanted) -> bool:
    """Create the topic in which jobs tell how they fare, which waits for nothing they need; whether it is there then.

    Raises as `create_missing`, which also looks whether it will do.
    """
    existing, states = topics.partitions(), TopicNames(kafka.topic_prefix).job_states
    if states not in existing and kafka.topics.create:
        _make(job, topics, [one for one in wanted(existing) if one.name == states])
    return states in existing or kafka.topics.create


def create_missing(job: str, kafka: KafkaSettings, topics: TopicAdmin, wanted_topics: Wanted) -> None:
    """Create what the job writes and nobody has created, and look whether what is there will do.

    Raises:
        JobFailed: a topic is missing and cannot be made, or one would lose what it must keep.
        KafkaException: the brokers are away.

    """
    existing = topics.partitions()
    wanted = wanted_topics(existing)
    missing = [one for one in wanted if one.name not in existing]
    if missing and not kafka.topics.create:
        raise JobFailed(f"job '{job}': {_by_hand(missing)}; kafka.topics.create is false")
    _make(job, topics, missing)
    for one in wanted:
        if one.grows and existing.get(one.name, one.partitions) < one.partitions:
            grow(topics, kafka, one.name, one.partitions)
    standing = [one for one in wanted if one.name in existing or (one.keeps != "records" and POLICY not in one.config)]
    settings = topics.settings([one.name for one in standing])
    if unseen := [name for name, said in settings.items() if said is None]:
        log.warning("topic_settings_unseen job=%s topics=%s: not allowed, so not checked", job, ",".join(unseen))
    faults = [
        f"topic {one.name} {fault}"
        for one in standing
        for fault in faults_of(one, existing.get(one.name, one.partitions), settings[one.name])
    ]
    if faults:
        raise JobFailed(f"job '{job}': {'; '.join(faults)}")
    for one in standing:
        said = settings[one.name]
        if is_small(one, said):
            told = (job, one.name, LIMIT, (said or {})[LIMIT])
            log.warning("topic_limit_small job=%s topic=%s %s=%s: larger records will be cut", *told)


def make(
    topics: TopicAdmin, wanted: WantedTopic, *, validate_only: bool = False
) -> tuple[WantedTopic, list[RefusedSetting]]:
    """Make a topic with what the brokers allow, or ask what they would: how it is made, and what was refused.

    Settings are given up one by one: for the next best where there is one, else they are left to the brokers. Where
    somebody else was quicker, nothing was refused.

    Raises:
        NotMade: whatever its settings.
        Hidden: they do not even say whether it is there.
        KafkaException: the brokers are away.

    """
    refused: list[RefusedSetting] = []
    while True:
        try:
            made = topics.create(wanted.name, wanted.partitions, wanted.config, validate_only=validate_only)
        except KafkaException as error:
            refusal = _refusal(topics, wanted, error)
            instead = _instead(refusal)
            left = {name: value for name, value in wanted.config.items() if name != refusal.setting}
            wanted = replace(wanted, config={**instead, **left})
            told = ", ".join(f"{name}={value}" for name, value in instead.items())
            refused.append(replace(refusal, instead=f"{told} instead") if told else refusal)
        else:
            return wanted, refused if made else []


def _refusal(topics: TopicAdmin, wanted: WantedTopic, error: KafkaException) -> RefusedSetting:
    """Which setting the brokers did not take; raises as `make` does."""
    reason = error.args[0]
    if is_retriable(error):
        raise error
    if reason.code() == KafkaError.TOPIC_AUTHORIZATION_FAILED:
        if topics.hidden([wanted.name]):
            told = f"no ACL lets us {wanted.operations} topic {wanted.name}: grant it; {WHERE}"
            raise Hidden(told) from error
        raise NotMade(f"{topics.brokers}: no ACL lets us CREATE it: grant it; {WHERE}") from error
    if reason.code() not in SETTINGS_REFUSED or not wanted.config:
        raise NotMade(reason.str()) from error
    # Longer names first: `retention.ms` is part of `delete.retention.ms`.
    for name in sorted(wanted.config, key=len, reverse=True):
        if name in reason.str():
            return RefusedSetting(name, wanted.config[name], reason.str())
    return _asked_for(topics, wanted, reason.str())


def _asked_for(topics: TopicAdmin, wanted: WantedTopic, reason: str) -> RefusedSetting:
    """Find the setting that is refused by asking for each alone, for the refusal names none."""
    if (bare := _objection(topics, wanted, {})) is not None:
        raise NotMade(bare)
    for name, value in wanted.config.items():
        if (objection := _objection(topics, wanted, {name: value})) is not None:
            return RefusedSetting(name, value, objection)
    # None alone, but all together: the one that is missed least goes first.
    name = min(wanted.config, key=lambda name: (name == POLICY, name))
    return RefusedSetting(name, wanted.config[name], reason)


def _objection(topics: TopicAdmin, wanted: WantedTopic, config: Mapping[str, str]) -> str | None:
    """What the brokers would say against a topic with these settings."""
    try:
        topics.create(wanted.name, wanted.partitions, config, validate_only=True)
    except KafkaException as error:
        if is_retriable(error):
            raise
        return str(error.args[0].str())
    return None


def _instead(refusal: RefusedSetting) -> Mapping[str, str]:
    """What to ask for where a setting was refused."""
    if refusal.setting == LIMIT and refusal.value.isdigit() and int(refusal.value) > ENOUGH_BYTES:
        return {LIMIT: str(ENOUGH_BYTES)}
    return INSTEAD.get((refusal.setting, refusal.value), {})


def _make(job: str, topics: TopicAdmin, missing: Iterable[WantedTopic]) -> None:
    not_made: list[WantedTopic] = []
    reasons: dict[str, None] = {}
    hidden: dict[str, WantedTopic] = {}
    for one in missing:
        try:
            _, refused = make(topics, one)
        except Hidden:
            hidden[one.name] = one
            continue
        except NotMade as reason:
            not_made.append(one)
            reasons[str(reason)] = None
            continue
        for each in refused:
            told = (one.name, each.setting, each.value, each.reason, each.instead)
            log.warning("topic_setting_refused topic=%s setting=%s value=%s reason=%s: %s", *told)
    if hidden:
        raise not_allowed(topics.brokers, "; ".join(f"{one.operations} topic {one.name}" for one in hidden.values()))
    if not_made:
        raise JobFailed(f"job '{job}': {_by_hand(not_made)}; the brokers let us not: {'; '.join(reasons)}")


def grow(topics: TopicAdmin, kafka: KafkaSettings, name: str, partitions: int, *, validate_only: bool = False) -> None:
    """Give a topic of ours as many partitions as the input of its job has, or with `validate_only` ask for it.

    Raises:
        JobFailed: the brokers, or jobs.yaml, do not let us.
        KafkaException: the brokers are away.

    """
    reason = "kafka.topics.create is false"
    if kafka.topics.create:
        try:
            topics.grow(name, partitions, validate_only=validate_only)
        except KafkaException as error:
            if is_retriable(error):
                raise
            refusal = Asked(topics.brokers, "ALTER", topic=name).refused(error.args[0])
            reason = f"the brokers let us not: {refusal or error.args[0].str()}"
        else:
            return
    raise JobFailed(f"give topic {name} {counted(partitions)}, as many as its input has; {reason}")


def _by_hand(missing: Iterable[WantedTopic]) -> str:
    listed = "; ".join(f"{one.name} with {one.settings}" for one in missing)
    return f"create by hand the topics that are missing: {listed}"
