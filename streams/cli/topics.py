"""What `topics` shows: the topics jobs read and write, how each should be, and what is missing or wrong."""

from collections.abc import Iterator

from schemas.configuration import Configuration
from streams.jobs.shelf import inputs_of, wanted_topics
from streams.kafka.admin import TopicAdmin
from streams.kafka.refusals import WHERE, in_words
from streams.kafka.topic_making import NotMade, make
from streams.kafka.topics import (
    LIMIT,
    TopicNames,
    WantedTopic,
    counted,
    faults_of,
    is_small,
    missing_inputs,
)
from streams.summaries.keeping import wanted_topic


def topic_lines(configuration: Configuration, *, create: bool) -> Iterator[str]:
    """A line for each topic, in order; with `create` those of ours that are missing are made."""
    door, kafka = TopicAdmin(configuration.kafka), configuration.kafka
    with in_words(kafka, door.client_settings):
        lines = _lines(configuration, door, create=create)
    return (f"{name}: {line}" for name, line in sorted(lines.items()))


def _lines(configuration: Configuration, door: TopicAdmin, *, create: bool) -> dict[str, str]:
    kafka, existing = configuration.kafka, door.partitions()
    webhooks, beside = configuration.webhooks, inputs_of(configuration.jobs)
    sums = wanted_topic(TopicNames(kafka.topic_prefix))
    ours = {sums.name} | {
        one.name for job in configuration.jobs for one in wanted_topics(job, kafka, existing, webhooks, beside)
    }
    hidden = door.hidden(
        sorted({*ours, *(name for job in configuration.jobs for name in job.inputs)} - existing.keys())
    )
    lines: dict[str, str] = {}
    wanted: dict[str, WantedTopic] = {sums.name: sums}
    for job in configuration.jobs:
        lines |= dict.fromkeys(missing_inputs(job, existing), "missing (yours to create)")
        lines |= {name: f"{counted(existing[name])}, read" for name in job.inputs if name in existing}
        for one in wanted_topics(job, kafka, existing, webhooks, beside):
            wanted.setdefault(one.name, one)
    settings = door.settings([name for name in wanted if name in existing])
    lines |= dict.fromkeys(hidden, f"no ACL lets us know whether it is there; {WHERE}")
    for name, one in wanted.items():
        if name in hidden:
            continue
        if name in existing:
            lines[name] = _standing(one, existing[name], settings[name])
        elif create and not kafka.topics.create:
            lines[name] = f"missing; create it with {one.settings}, for kafka.topics.create is false"
        elif create:
            lines[name] = _created(door, one)
        else:
            lines[name] = f"missing (would get {one.settings})"
    return lines


def _created(door: TopicAdmin, wanted: WantedTopic) -> str:
    try:
        made, refused = make(door, wanted)
    except NotMade as reason:
        return f"missing; create it with {wanted.settings}; the brokers let us not: {reason}"
    told = "".join(f"; {one.setting}={one.value} was refused ({one.reason}): {one.instead}" for one in refused)
    return f"created with {made.settings}{told}"


def _standing(wanted: WantedTopic, partitions: int, settings: dict[str, str] | None) -> str:
    """What a topic is like, what is wrong with it, and how it should be."""
    wrong = faults_of(wanted, partitions, settings)
    if wanted.grows and partitions < wanted.partitions:
        wrong.append(f"will be given {counted(wanted.partitions)}")
    if is_small(wanted, settings):
        wrong.append(f"takes records of {(settings or {})[LIMIT]} bytes only: larger ones will be cut")
    if settings is None:
        wrong.append("its settings may not be seen")
    told = "".join(f"; {one}" for one in wrong)
    asked = "".join(f", {name}={value}" for name, value in wanted.config.items())
    return f"{counted(partitions)}{told}{' (wanted: ' + asked[2:] + ')' if asked else ''}"
