"""Tables of the topics of ours, and of the fields of their records."""

import json
from collections.abc import Iterator, Mapping, Sequence
from operator import attrgetter
from typing import Any, get_args

from pydantic import BaseModel

from schemas.config.kafka import KafkaSettings
from schemas.config.topics import COMMANDS, REPLAYS, SUMMARIES, TOLD
from schemas.config.webhooks import Webhooks
from schemas.configuration import Configuration
from schemas.jobs import AnyJob
from schemas.records.examples import EXAMPLES
from schemas.records.exported import MODELS
from schemas.records.topic import Topic
from schemas.records.topics import INPUT as READ
from schemas.records.topics import TOPICS
from schemas.repair import RepairDone
from schemas.verification import Verification
from streams.jobs.shelf import KINDS, inputs_of, kind_of, wanted_topics
from streams.kafka.topics import COMPACTED, OwnTopics, WantedTopic
from streams.summaries.keeping import CONFIG
from tests.docs.tables import cell, table
from tests.docs.values import hints_of, models_of, words
from tests.jobs.receive_messages.receiving import receive_job
from tests.jobs.sync_cohort.cohorts import cohort_job
from tests.jobs.track_messages.tracking import track_job
from tests.jobs.webhook.calling import webhook_job
from tests.making import export_job, send_job

WRITTEN = ("topic", "written by", "partitions", "settings asked for", "must keep")
FIELDS = ("field", "value", "what it means")
INPUT = 4
WIDTH = 116
ERASED = {
    "tombstones": "`erase` writes tombstones",
    "by age": "by age, as its `retention.ms` says; where it is compacted, by a tombstone of whoever writes it",
    "nobody": "nobody is in it",
}
ORDERING = "`repair`; `export_audience` with `verify: {repair: true}`, or with `on_change: apply`"
KEEPS = {"records": "every record", "latest": "the last record of each key", "state": "the last record of each key"}


def examples() -> Mapping[str, AnyJob]:
    """A job for each set of topics, with what it is called in the table."""
    whole = {
        "kafka": {"brokers": "a"},
        "authorizations": [{"name": "main", "base_url": "a", "api_key": "k"}],
        "jobs": [{"name": "job", "kind": "import_contacts", "authorization": "main"}],
    }
    return {
        "`export_audience`": export_job(name="job", audiences=["vip"]),
        "`export_audience` with a shared tag": export_job(name="job", tag={"vip": "VIP", "gold": "VIP"}),
        "`export_audience` with `remember_address`": export_job(name="job", audiences=["vip"], remember_address=True),
        "`export_audience` with `keep_members`": export_job(name="job", audiences=["vip"], keep_members=True),
        "`import_contacts`": Configuration.model_validate(whole).jobs[0],
        "`receive_messages`": receive_job(name="job"),
        "`send_message`": send_job(name="job"),
        "`sync_cohort`": cohort_job(name="job"),
        "`send_message` with `speed_limit`": send_job(name="job", speed_limit={"amount": 1, "per": "hour"}),
        "`send_message` with `once`": send_job(name="job", once="ever"),
        "`track_messages`": track_job(name="job"),
        "`webhook`": webhook_job(name="job"),
        "`webhook` with `repeat: never`": webhook_job(name="job", repeat="never"),
        "`webhook` that sends": webhook_job(name="job", path="/sms/3/messages", template="sms.js"),
    }


#: What is written here.
OURS = [topic for topic in TOPICS if topic is not READ]
#: With it there is something that comes back.
WEBHOOKS = Webhooks.model_validate({"public_url": "https://hooks.example.com", "secret": "a"})


def topics() -> str:
    """Every topic of ours, by whom it is written, and what is asked for where it is made."""
    kafka = KafkaSettings.model_validate({"brokers": "a"})
    writers: dict[str, list[str]] = {}
    wanted: dict[str, WantedTopic] = {}
    inputs = dict.fromkeys(inputs_of(examples().values()), INPUT)
    for writer, job in examples().items():
        for topic in wanted_topics(job, kafka, inputs, WEBHOOKS, inputs):
            writers.setdefault(topic.name, []).extend([writer] if topic.is_written else [])
            wanted[topic.name] = max(wanted.get(topic.name, topic), topic, key=attrgetter("partitions"))
    rows = [
        (
            f"`{_general(name)}`",
            _writer(name, writers[name]),
            "1" if topic.partitions == 1 else "as the input" + (", and grows with it" if topic.grows else ""),
            _settings(topic.config),
            KEEPS[topic.keeps],
        )
        for name, topic in wanted.items()
    ]
    compacted = _settings(COMPACTED)
    replays = (f"`{REPLAYS}`", "`dead-letters replay`", "1", compacted, KEEPS["state"])
    sums = (f"`{SUMMARIES}`", "one process of all", "1", _settings(CONFIG), KEEPS["state"])
    return table(WRITTEN, [*rows, sums, replays, *_made_later(kafka, inputs)])


def _made_later(kafka: KafkaSettings, inputs: Mapping[str, int]) -> Iterator[tuple[str, ...]]:
    """Those that commands make, which jobs read where they are there."""
    job = examples()["`export_audience`"]
    for topic in kind_of(job).on_demand(job, OwnTopics(job, kafka, inputs)):
        yield f"`{_general(topic.name)}`", ORDERING, "as the input", _settings(topic.config), KEEPS[topic.keeps]


def _writer(name: str, jobs: list[str]) -> str:
    if name == COMMANDS:
        return "`pause` and `resume`"
    if name in TOLD:
        return "the receiver, with `webhooks`"
    if len(jobs) == len(examples()):
        return "every job"
    # A kind that always writes it is not told of once more with its options.
    return ", ".join(job for job in jobs if job == job.partition(" ")[0] or job.partition(" ")[0] not in jobs)


def _settings(config: Mapping[str, str]) -> str:
    return ", ".join(f"`{setting}={value}`" for setting, value in config.items()) or "none"


def _general(name: str) -> str:
    return name.removesuffix("_job") + "_<job>" if name.endswith("_job") else name


def written() -> str:
    """Every topic of ours: its key, what its records are, and who reads it."""
    rows = [(_linked(topic.name), _keys(topic), topic.about, ", ".join(map(_reader, topic.read_by))) for topic in OURS]
    return table(("topic", "key", "one record is", "read by"), rows)


def erased() -> str:
    """Every topic, and how a person goes from it."""
    return table(("topic", "how a person goes from it"), [(f"`{one.name}`", ERASED[one.erased]) for one in TOPICS])


def _linked(name: str) -> str:
    return f"[`{name}`](#{name.replace('<', '').replace('>', '')})"


def _keys(topic: Topic) -> str:
    keys = (form.key if " " in form.key and not form.parts else f"`{form.key}`" for form in topic.forms)
    return ", ".join(dict.fromkeys(keys))


def _reader(who: str) -> str:
    return f"`{who}`" if who in KINDS else who


def fields(name: str) -> str:
    """The fields of a record, by the name of its schema, and an example."""
    key = next((form.key_example for topic in TOPICS for form in topic.forms if form.record == name), None)
    under = "" if key is None else f", under the key `{key}`"
    example = wrapped(EXAMPLES[name])
    return f"{table(FIELDS, _fields(MODELS[name]))}\n\nAn example{under}:\n\n```json\n{example}\n```"


def verification() -> str:
    """The fields of what `verify --json` prints."""
    return table(FIELDS, _fields(Verification))


def repair() -> str:
    """The fields of what `repair --json` prints, without those that `verify` prints as well."""
    found = [row for row in _fields(RepairDone) if not row[0].startswith("`verification.")]
    return table(FIELDS, found)


def wrapped(record: Mapping[str, Any]) -> str:
    """A record as JSON, with as many fields on a line as there is room for."""
    lines = [""]
    for number, (name, value) in enumerate(record.items(), 1):
        said = f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}{'},'[number < len(record)]}"
        if lines[-1] and len(lines[-1]) + len(said) > WIDTH:
            lines.append("")
        lines[-1] += f"{' ' if lines[-1] or len(lines) > 1 else '{'}{said}"
    return "\n".join(lines)


def _fields(model: type[BaseModel], path: str = "") -> Iterator[Sequence[str]]:
    hints = hints_of(model)
    for name, field in model.model_fields.items():
        said = words(hints[name]) + (", or null" if type(None) in get_args(hints[name]) else "")
        yield (f"`{path}{field.alias or name}`", said, cell(field.description or ""))
        for into, inner in models_of(hints[name]):
            yield from _fields(inner, f"{path}{name}{into}.")
