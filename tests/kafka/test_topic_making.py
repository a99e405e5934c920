"""Topics made on brokers that do not let everybody choose, and topics of ours that somebody else has made."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from schemas.config.kafka import KafkaSettings
from schemas.jobs import AnyJob
from schemas.jobs.import_contacts import ImportContacts
from streams.errors import JobFailed, NotAllowed
from streams.jobs.shelf import wanted_topics
from streams.kafka.topic_making import NotMade, create_missing, make
from streams.kafka.topics import WantedTopic, faults_of, is_small
from tests.making import export_job, send_job

Objects = Callable[[str, int, Mapping[str, str]], str | None]
NO_ACL = KafkaError(KafkaError.TOPIC_AUTHORIZATION_FAILED, "Topic authorization failed.")


@dataclass
class Brokers:
    """Brokers with a policy: `objects` says what is wrong with a topic, or nothing."""

    objects: Objects = lambda *_: None
    error: KafkaError | None = None
    there: dict[str, tuple[int, dict[str, str] | None]] = field(default_factory=dict)
    seldom: dict[str, int] = field(default_factory=dict)
    asked: int = 0
    unseen: set[str] = field(default_factory=set)
    brokers: str = "kafka:9092"

    def hidden(self, names: Any) -> list[str]:
        return [name for name in names if name in self.unseen]

    def partitions(self) -> dict[str, int]:
        return {"memberships": 4} | {name: count for name, (count, _) in self.there.items()}

    def settings(self, names: Any) -> dict[str, dict[str, str] | None]:
        return {name: self.there[name][1] for name in names}

    def create(self, name: str, partitions: int, config: Mapping[str, str], *, validate_only: bool = False) -> bool:
        self.asked += 1
        if self.error is not None:
            raise KafkaException(self.error)
        if (objection := self.objects(name, partitions, config)) is not None:
            raise KafkaException(KafkaError(KafkaError.POLICY_VIOLATION, objection))
        if validate_only:
            return True
        self.there[name] = (partitions, {"cleanup.policy": "delete", **config})
        return True

    def grow(self, name: str, partitions: int, *, validate_only: bool = False) -> None:
        assert not validate_only
        if self.error is not None:
            raise KafkaException(self.error)
        self.there[name] = (partitions, self.there[name][1])


def kafka(**changes: Any) -> KafkaSettings:
    return KafkaSettings.model_validate({"brokers": "localhost:9092", **changes})


def import_job() -> ImportContacts:
    return ImportContacts.model_validate({"name": "contacts", "kind": "import_contacts", "authorization": "main"})


def create(brokers: Any, job: AnyJob | None = None, **changes: Any) -> None:
    made, settings = job or export_job(audiences=["vip"]), kafka(**changes)
    create_missing(made.name, settings, brokers, partial(wanted_topics, made, settings))


def config(brokers: Brokers, name: str) -> dict[str, str]:
    settings = brokers.there[name][1]
    assert settings is not None
    return settings


def confluent(_: str, __: int, asked: Mapping[str, str]) -> str | None:
    limit = asked.get("max.message.bytes", "0")
    return (
        f"Config property 'max.message.bytes' with value '{limit}' exceeded max limit" if int(limit) > 8388608 else None
    )


def serverless(_: str, __: int, asked: Mapping[str, str]) -> str | None:
    return "topic configuration segment.bytes cannot be set" if "segment.bytes" in asked else None


def wordless(_: str, __: int, asked: Mapping[str, str]) -> str | None:
    return "no" if asked.keys() & {"segment.bytes", "max.message.bytes"} else None


def only_one_setting(_: str, __: int, asked: Mapping[str, str]) -> str | None:
    return "too many wishes" if len(asked) > 1 else None


@pytest.mark.parametrize(
    ("objects", "states", "letters"),
    [
        (confluent, {"cleanup.policy": "compact", "segment.bytes": "67108864"}, {"max.message.bytes": "8388608"}),
        (serverless, {"cleanup.policy": "compact"}, {"max.message.bytes": "64000000"}),
        (wordless, {"cleanup.policy": "compact"}, {}),
        (only_one_setting, {"cleanup.policy": "compact"}, {"max.message.bytes": "64000000"}),
    ],
)
def test_what_is_refused_is_left_to_the_brokers(
    objects: Objects, states: Any, letters: Any, caplog: pytest.LogCaptureFixture
) -> None:
    brokers = Brokers(objects)
    create(brokers)
    assert config(brokers, "infobip_job_states") == states
    assert config(brokers, "infobip_dead_letters") == {"cleanup.policy": "delete", **letters}
    assert "topic_setting_refused topic=infobip_" in caplog.text


def test_where_nothing_may_be_compacted_nothing_is_deleted_either() -> None:
    brokers = Brokers(lambda _, __, asked: "no cleanup.policy here" if "cleanup.policy" in asked else None)
    create(brokers)
    assert config(brokers, "infobip_job_states")["retention.ms"] == "-1"


def test_jobs_yaml_has_the_last_word_on_settings() -> None:
    brokers = Brokers()
    theirs = {"max.message.bytes": "8388608", "retention.ms": "-1"}
    settings = {"infobip_dead_letters": theirs, "infobip_job_states": {"segment.bytes": None}}
    create(brokers, topic_prefix="eu.", topics={"settings": settings})
    assert config(brokers, "eu.infobip_dead_letters") == {
        "cleanup.policy": "delete",
        **theirs,
    }
    assert config(brokers, "eu.infobip_job_states") == {"cleanup.policy": "compact"}


def test_topics_that_cannot_be_made_are_named_with_all_they_need() -> None:
    with pytest.raises(JobFailed) as caught:
        create(Brokers(error=NO_ACL))
    assert str(caught.value) == (
        "job 'vip': create by hand the topics that are missing: infobip_flushes with 4 partitions; "
        "infobip_dead_letters with 4 partitions, max.message.bytes=64000000; infobip_job_states with 1 partition, "
        "cleanup.policy=compact, segment.bytes=67108864; infobip_commands with 1 partition, "
        "cleanup.policy=compact, segment.bytes=67108864; the brokers let us not: kafka:9092: no ACL "
        "lets us CREATE it: grant it; `infobip-streams topics --acls` lists all that are needed"
    )


def test_of_topics_that_may_not_be_seen_nobody_says_that_they_are_missing() -> None:
    with pytest.raises(NotAllowed) as caught:
        create(Brokers(error=NO_ACL, unseen={"infobip_flushes", "infobip_job_states"}))
    assert str(caught.value) == (
        "kafka:9092: no ACL lets us WRITE topic infobip_flushes; READ and WRITE topic infobip_job_states: grant it; "
        "`infobip-streams topics --acls` lists all that are needed"
    )


def test_a_policy_on_partitions_is_told_in_the_brokers_words() -> None:
    with pytest.raises(NotMade, match="at most 2 partitions"):
        make(
            Brokers(lambda _, count, __: "at most 2 partitions" if count > 2 else None),  # type: ignore[arg-type]
            WantedTopic("infobip_dead_letters", 4, {"max.message.bytes": "64000000"}, "records"),
        )


def test_nothing_is_made_where_jobs_yaml_says_so() -> None:
    brokers = Brokers()
    with pytest.raises(JobFailed, match=r"infobip_flushes with 4 partitions; .*; kafka.topics.create is false"):
        create(brokers, topics={"create": False})
    assert brokers.asked == 0


def test_brokers_that_are_away_are_asked_again_by_others() -> None:
    with pytest.raises(KafkaException):
        create(Brokers(error=KafkaError(KafkaError._TRANSPORT)))


STAYS = {"cleanup.policy": "delete", "retention.ms": "-1", "retention.bytes": "-1"}


@pytest.mark.parametrize(
    ("job", "topic", "partitions", "settings", "fault"),
    [
        (export_job(), "infobip_flushes", 4, {"cleanup.policy": "compact"}, "must not be compacted"),
        (export_job(), "infobip_dead_letters", 4, {"cleanup.policy": "compact,delete"}, "must not be compacted"),
        (send_job(), "infobip_messages", 4, {"cleanup.policy": "compact"}, "must not be compacted"),
        (import_job(), "infobip_contacts", 1, {"cleanup.policy": "delete"}, "must be compacted"),
        (import_job(), "infobip_contacts", 1, {"cleanup.policy": "compact,delete"}, ""),
        (export_job(), "infobip_job_states", 1, {"cleanup.policy": "delete"}, "must be compacted"),
        (export_job(), "infobip_job_states", 1, {"cleanup.policy": "compact,delete"}, "compacted and nothing else"),
        (export_job(), "infobip_job_states", 1, STAYS, ""),
        (export_job(), "infobip_job_states", 3, {}, "has 3 partitions and must have 1"),
        (export_job(), "infobip_job_states", 1, None, ""),
        (export_job(), "infobip_memberships_vip", 6, {"cleanup.policy": "compact"}, ""),
        (export_job(), "infobip_memberships_vip", 4, {"max.message.bytes": "500000"}, "must take records of 1000000"),
        (send_job(), "infobip_messages", 4, {"max.message.bytes": "1000"}, "must take records of 65536 bytes"),
        (send_job(), "infobip_messages", 9, {"max.message.bytes": "1048588"}, ""),
    ],
)
def test_what_would_lose_records_is_told(
    job: AnyJob, topic: str, partitions: int, settings: dict[str, str] | None, fault: str
) -> None:
    (wanted,) = [one for one in wanted_topics(job, kafka(), {"memberships": 4}) if one.name == topic]
    assert fault in "; ".join(faults_of(wanted, partitions, settings))
    if not fault:
        assert faults_of(wanted, partitions, settings) == []


def test_a_fault_stops_the_job_before_it_reads_and_a_small_limit_is_only_told(
    caplog: pytest.LogCaptureFixture,
) -> None:
    brokers = Brokers()
    create(brokers)
    brokers.there["infobip_dead_letters"] = (4, {"max.message.bytes": "1048588"})
    create(brokers)
    assert "topic_limit_small job=vip topic=infobip_dead_letters max.message.bytes=1048588" in caplog.text
    brokers.there["infobip_dead_letters"] = (4, {"cleanup.policy": "compact"})
    with pytest.raises(JobFailed, match=r"topic infobip_dead_letters has cleanup.policy=compact and must not be"):
        create(brokers)


def test_who_asks_for_less_is_told_of_no_small_limit() -> None:
    letters = {"topics": {"settings": {"infobip_dead_letters": {"max.message.bytes": 500_000}}}}
    wanted = wanted_topics(export_job(), kafka(**letters), {})[1]
    assert not is_small(wanted, {"max.message.bytes": "500000"})
    assert is_small(wanted, {"max.message.bytes": "400000"})


def test_settings_that_may_not_be_seen_are_told_once(caplog: pytest.LogCaptureFixture) -> None:
    brokers = Brokers()
    create(brokers)
    brokers.there = {name: (count, None) for name, (count, _) in brokers.there.items()}
    with caplog.at_level(logging.WARNING):
        create(brokers)
    unseen = [record.getMessage() for record in caplog.records if "topic_settings_unseen" in record.getMessage()]
    assert len(unseen) == 1
    assert "infobip_dead_letters" in unseen[0]


def test_the_state_of_a_job_grows_with_its_input() -> None:
    brokers = Brokers(there={"infobip_memberships_vip": (2, {"cleanup.policy": "compact"})})
    create(brokers, export_job())
    assert brokers.there["infobip_memberships_vip"][0] == 4
    fixed = Brokers(there={name: told for name, told in brokers.there.items() if "member" not in name})
    fixed.there["infobip_memberships_vip"] = (2, {})
    with pytest.raises(JobFailed, match=r"give topic infobip_memberships_vip 4 partitions, .*create is false"):
        create(fixed, export_job(), topics={"create": False})
    refusing = Brokers(there={"infobip_memberships_vip": (2, {})})
    create(refusing)
    refusing.error = NO_ACL
    with pytest.raises(JobFailed, match="give topic infobip_memberships_vip 4 partitions"):
        create(refusing, export_job())
