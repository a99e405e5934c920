"""Configurations that fight themselves: one tag in two jobs, and topics of ours as an input."""

import pytest

from tests.configuring import faults_of, read

HEAD = """\
kafka: {{brokers: "localhost:9092", topic_prefix: "{prefix}"}}
authorizations:
  - {{name: main, base_url: xyz.api.infobip.com, api_key: "k"}}
  - {{name: other, base_url: abc.api.infobip.com, api_key: "k"}}
jobs:
"""


def jobs(*said: str, prefix: str = "") -> str:
    whole = [f"  - {{name: job-{number}, {one}}}\n" for number, one in enumerate(said)]
    return HEAD.format(prefix=prefix) + "".join(whole)


def export(rest: str, authorization: str = "main", topic: str = "members") -> str:
    return f"kind: export_audience, authorization: {authorization}, topics: [{topic}], {rest}"


EACH = "and each would take it from the other's members: export these audiences in one job, or give them another tag"


@pytest.mark.parametrize(
    ("place", "first", "second"),
    [
        ("tag: 'VIP' is a tag", "audiences: [vip], tag: VIP", "audiences: [new], tag: VIP"),
        ("tag: 'vip' is a tag", "audiences: [vip], tag: VIP", "audiences: [vip], tag: vip"),
        ("tag: 'straße' is a tag", "audiences: [vip], tag: STRASSE", "audiences: [vip], tag: straße"),
        ("tag.new: 'vip' is a tag", "audiences: [vip], tag: VIP", "tag: {old: A, new: vip}"),
        ("tag: 'B' is a tag", "tag: {old: A, new: b}", "audiences: [vip], tag: B"),
    ],
)
def test_one_tag_in_two_jobs_is_a_fault(place: str, first: str, second: str) -> None:
    assert faults_of(jobs(export(first), export(second))) == [f"jobs[1].{place} of jobs[0], too, {EACH}"]


def test_a_tag_made_from_a_label_is_a_tag() -> None:
    made = "is made from the label, and 'Our vip' is a tag of jobs[0], too: each would take it from the other's members"
    (fault,) = faults_of(jobs(export("tag: OUR VIP"), export('label: "Our  vip"')))
    assert fault.startswith(f"jobs[1].tag: {made}")


def test_tags_that_a_job_shares_with_nobody_are_none() -> None:
    configuration = read(
        jobs(
            export("audiences: [vip], tag: VIP"),
            export("audiences: [vip], tag: VIP", "other"),
            export("audiences: [old], tag: {old: A, new: vip}"),
            "kind: import_contacts, authorization: main, tags: [VIP]",
        )
    )
    assert len(configuration.jobs) == 4


@pytest.mark.parametrize(
    "topic",
    [
        "infobip_dead_letters",
        "infobip_flushes",
        "infobip_messages",
        "infobip_contacts",
        "infobip_job_states",
        "infobip_memberships_vip",
        "infobip_speed_job-0",
        "infobip_cursor_x",
        "infobip_imported_x",
        "infobip_replays",
    ],
)
def test_a_topic_of_ours_is_no_input(topic: str) -> None:
    def fault(name: str) -> str:
        return f"jobs[0].topics[0]: '{name}' is a topic that this service writes, and holds no membership events"

    assert faults_of(jobs(export("tag: A", topic=topic))) == [fault(topic)]
    assert faults_of(jobs(export("tag: A", topic=f"eu.{topic}"), prefix="eu.")) == [fault(f"eu.{topic}")]
    assert faults_of(jobs(export("tag: A", topic=topic), prefix="eu.")) == [fault(topic)]


def test_topics_that_are_only_called_alike_are_inputs() -> None:
    topics = ["infobip_memberships", "crm.infobip_contacts_v2"]
    configuration = read(jobs(*(export(f"tag: {tag}", topic=topic) for tag, topic in zip("AB", topics, strict=True))))
    assert len(configuration.jobs) == 2


def test_a_topic_listed_twice_is_a_fault() -> None:
    assert faults_of(jobs("kind: export_audience, authorization: main, tag: A, audiences: [a], topics: [m, n, m]")) == [
        "jobs[0].topics: names 'm' more than once"
    ]


def test_clashes_are_told_along_with_all_else() -> None:
    send = "kind: send_message, authorization: main, topics: [m, infobip_flushes], content: {channel: sms, text: Hi}"
    assert faults_of(
        jobs(export("tag: A"), export("tag: ${NONE}"), export("tag: a"), export("tag: 5"), f"{send}, sender: Acme")
    ) == [
        "jobs[1].tag: the environment variable NONE is not set",
        f"jobs[2].tag: 'a' is a tag of jobs[0], too, {EACH}",
        "jobs[3].tag: must be a text, not a number (quote it)",
        "jobs[4].topics[1]: 'infobip_flushes' is a topic that this service writes, and holds no membership events",
    ]
