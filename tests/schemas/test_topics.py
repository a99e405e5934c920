"""What is said of topics is what jobs do with them, and each record has an example that is one."""

from collections.abc import Iterable

import orjson
import pytest

from schemas.config import topics as configured
from schemas.config.kafka import KafkaSettings
from schemas.jobs.store_history import StoreHistory
from schemas.records.contact import Contact
from schemas.records.examples import EXAMPLES
from schemas.records.exported import MODELS
from schemas.records.topic import EVERY_JOB, JOB, MARK, RECEIVER, Topic
from schemas.records.topics import INPUT, SHARED, TOPICS
from streams.app.acls import needs_of
from streams.jobs.shelf import KINDS, inputs_of, kind_of, wanted_topics
from streams.kafka.topics import OwnTopics
from tests.docs.records import INPUT as PARTITIONS
from tests.docs.records import WEBHOOKS, examples
from tests.jobs.webhook.calling import webhook_job

KAFKA = KafkaSettings.model_validate({"brokers": "a"})
HISTORY = StoreHistory.model_validate({"name": "job", "kind": "store_history", "topics": ["memberships"]})
JOBS = [*examples().values(), HISTORY, webhook_job(name="job", path="/sms/3/messages", template="sms.jsonnet")]
#: Those that other kinds write, too, where Infobip has something to tell.
TOLD = {one.name for one in SHARED if one.written_by == (RECEIVER,)}


def general(name: str) -> str:
    """A topic's name with `<job>` in the place of the job that is called job."""
    return name.removesuffix("job") + JOB if name.endswith("_job") else name


def kinds(who: Iterable[str]) -> set[str]:
    """The kinds of jobs that are meant."""
    return {kind for one in who for kind in (KINDS if one == EVERY_JOB else (one,)) if kind in KINDS}


@pytest.mark.parametrize("name", MODELS)
def test_each_record_has_an_example_that_says_all_of_its_fields(name: str) -> None:
    read = MODELS[name].model_validate_json(orjson.dumps(EXAMPLES[name]))
    missing = MODELS[name].model_fields.keys() - read.model_fields_set
    assert not missing or MODELS[name] is Contact, "what a contact has not is left out"
    assert read.model_validate_json(read.model_dump_json(by_alias=True)) == read


def test_nothing_else_has_an_example() -> None:
    assert EXAMPLES.keys() == MODELS.keys()


def test_each_record_belongs_to_a_topic() -> None:
    forms = [form for topic in TOPICS for form in topic.forms]
    named = {form.record for form in forms if not form.own} | {form.key_record for form in forms if form.key_record}
    assert named == MODELS.keys()


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_the_example_of_a_key_is_made_of_what_it_is_said_to_be(topic: Topic) -> None:
    for form in topic.forms:
        example, record = form.key_example, EXAMPLES.get(form.record, {})
        if form.parts:
            said = orjson.loads(example)
            assert [part is None or part == one for part, one in zip(form.parts, said, strict=True)] == [True] * len(
                said
            )
        elif form.key_record:
            assert orjson.loads(example) == EXAMPLES[form.key_record]
        elif not form.own and form.key in record:
            assert example == record[form.key]
        else:
            assert example.startswith((MARK, *(f"{job}/" for job in ("order-sms", "vip")))) or form.key not in record


def test_the_topics_of_ours_are_those_that_jobs_yaml_may_name() -> None:
    shared = [topic.name for topic in TOPICS if topic is not INPUT and not topic.is_of_a_job]
    assert sorted(shared) == sorted([*configured.SHARED, configured.REPLAYS, configured.SUMMARIES])
    assert sorted(topic.name for topic in TOPICS if topic.is_of_a_job) == sorted(
        f"{begins}{JOB}" for begins in configured.OF_A_JOB
    )


def test_each_topic_is_written_by_the_kinds_that_make_it_and_keeps_what_they_ask_for() -> None:
    inputs = dict.fromkeys(inputs_of(JOBS), PARTITIONS)
    writers: dict[str, set[str]] = {}
    keeps: dict[str, str] = {}
    for job in JOBS:
        for wanted in wanted_topics(job, KAFKA, inputs, WEBHOOKS, inputs):
            keeps[general(wanted.name)] = wanted.keeps
            writers.setdefault(general(wanted.name), set()).update({job.kind} if wanted.is_written else ())
    said = {topic.name: topic for topic in TOPICS}
    assert keeps == {name: said[name].keeps for name in keeps}
    wanted_later = [kind_of(job).on_demand(job, OwnTopics(job, KAFKA, inputs)) for job in JOBS]
    later = {general(one.name): one.keeps for each in wanted_later for one in each}
    assert later == {name: said[name].keeps for name in later}
    assert said.keys() - keeps.keys() - later.keys() == {INPUT.name, configured.REPLAYS, configured.SUMMARIES}
    # What is joined is made by those who read it, too; they write none of it.
    own = writers.keys() - {"infobip_messages", *TOLD}
    assert {name: kinds(said[name].written_by) for name in own} == {name: writers[name] for name in own}


def test_each_topic_is_read_by_the_kinds_that_may_read_it() -> None:
    readers: dict[str, set[str]] = {topic.name: set() for topic in TOPICS}
    for job in JOBS:
        for need in needs_of(job, KAFKA, WEBHOOKS, "account"):
            if (need.resource, need.operation) == ("topic", "READ") and need.when in ("run", "repair"):
                name = INPUT.name if need.name in job.inputs else general(need.name)
                readers[name].add(job.kind)
    # What a job looks back at where its offsets are lost is asked of the commands' permissions.
    readers["infobip_flushes"] = {*KINDS}
    assert readers == {topic.name: kinds(topic.read_by) for topic in TOPICS}
