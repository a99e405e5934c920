"""What the environment fills in: defaults, what is empty, and what anchors carry to other places."""

import pytest

from schemas.jobs import authorization_of
from streams.config import yaml_file
from tests.configuring import CONTRACT, ENVIRON, changed, faults_of, first_export, jobs_schema, read


@pytest.mark.parametrize(
    ("expected", "written", "variables"),
    [
        ("wide", "${WORD:-narrow}", {"WORD": "wide"}),
        ("narrow", "${WORD:-narrow}", {}),
        ("narrow", "${WORD:-narrow}", {"WORD": ""}),
        ("a narrow world", "a ${WORD:-narrow} world", {}),
        ("", "${WORD:-}", {}),
        ("a:-b, [c] #d {e}", "${WORD:-a:-b, [c] #d {e}}", {}),
        ("http://localhost:8080/x?y#z", "${WORD:-http://localhost:8080/x?y#z}", {}),
        ("Hi {{first_name|there}}!", "${WORD:-Hi {{first_name|there}}}!", {}),
        ("other", "${WORD:-${SECOND}}", {"SECOND": "other"}),
        ("last", "${WORD:-${SECOND:-last}}", {"SECOND": ""}),
        ("${WORD:-narrow}", "$${WORD:-narrow}", {}),
        ("it's", '"${WORD:-it\'s}"', {}),
    ],
)
def test_a_default_stands_in_for_what_is_not_set_or_empty(
    expected: str, written: str, variables: dict[str, str]
) -> None:
    """As shells and Compose have it, in plain and in quoted texts, in blocks and between brackets."""
    text = changed("label: VIP customers to Infobip", f"label: {written}")
    assert read(text, **variables).jobs[0].label == expected
    assert yaml_file.read(f"a: {{b: [{written}]}}", variables).data == {"a": {"b": [expected]}}


def test_a_default_is_read_as_a_number_or_a_flag_where_one_is_wanted() -> None:
    text = changed("max_events: 1000", "max_events: ${MANY:-500}")
    text = changed("existing_members: true", "existing_members: ${OLD:-false}", text)
    job = first_export(read(text))
    assert (job.flush.max_events, job.existing_members) == (500, False)


def test_what_a_default_needs_is_missed_only_where_it_is_used() -> None:
    text = changed("VIP customers to Infobip", "${WORD:-${SECOND}}")
    assert faults_of(text) == ["jobs[0].label: the environment variable SECOND is not set"]
    assert read(text, WORD="wide").jobs[0].label == "wide"


def test_a_schema_takes_variables_with_defaults() -> None:
    pattern = jobs_schema()["$defs"]["Flush"]["properties"]["max_events"]["anyOf"][1]["pattern"]
    assert pattern == r"^\$\{[A-Za-z_][A-Za-z0-9_]*(:-.*)?\}$"


@pytest.mark.parametrize(
    ("expected", "old", "new"),
    [
        ("authorizations[0].api_key", "${INFOBIP_API_KEY}", "${EMPTY}"),
        ("authorizations[0].base_url", "xyz123.api.infobip.com", "${EMPTY}"),
        ("kafka.security.password", "${KAFKA_PASSWORD}", "${EMPTY}"),
        ("kafka.security.username", "username: u", "username: ${EMPTY}"),
        ("kafka.security.mechanism", "SCRAM-SHA-512", "${EMPTY}"),
        ("kafka.brokers", "brokers: localhost:9092 ", "brokers: ${EMPTY} "),
        ("webhooks.secret", "${WEBHOOK_SECRET}", "${EMPTY}"),
        ("webhooks.port", "port: 6066", "port: ${EMPTY}"),
        ("jobs[0].flush.max_seconds", "max_seconds: 60", "max_seconds: ${EMPTY}"),
        ("jobs[0].existing_members", "existing_members: true", "existing_members: ${EMPTY}"),
        ("jobs[0].topics[0]", "[audience_memberships]", "['${EMPTY}']"),
    ],
)
def test_what_is_empty_is_told_by_the_name_of_its_variable(expected: str, old: str, new: str) -> None:
    environ = {**ENVIRON, "EMPTY": ""}
    assert faults_of(changed(old, new), environ) == [f"{expected}: the environment variable EMPTY is empty"]


def test_what_is_blank_or_empty_in_part_is_told_by_its_variable_too() -> None:
    blank = changed("xyz123.api.infobip.com", "${BLANK}")
    assert faults_of(blank, {**ENVIRON, "BLANK": " \n"}) == [
        "authorizations[0].base_url: the environment variable BLANK is blank"
    ]
    (fault,) = faults_of(changed("xyz123.api.infobip.com", "https://${HOST}"), {**ENVIRON, "HOST": ""})
    assert fault.endswith("(filled in from ${HOST}, and HOST is empty)")
    assert faults_of(changed("${INFOBIP_API_KEY}", '""')) == ["authorizations[0].api_key: must not be empty"]


ASIDE = (
    "x-common: &common\n  authorization: ${ACCOUNT}\n  topics: [audience_memberships]\n  flush: {max_events: ${MANY}}\n"
)


def aside(*, used: bool) -> str:
    text = ASIDE + "x-words: [anything, {at: all}]\n" + CONTRACT
    without = text.replace("    authorization: main\n    topics: [audience_memberships]\n", "    <<: *common\n")
    return changed("    flush: {max_events: 1000, max_seconds: 60}\n", "", without) if used else text


def test_keys_of_the_file_itself_hold_what_anchors_stand_at() -> None:
    job = first_export(read(aside(used=True), ACCOUNT="main", MANY="7"))
    assert (job.authorization, job.topics, job.flush.max_events) == ("main", ("audience_memberships",), 7)


def test_what_is_wrong_with_them_is_told_where_it_is_used() -> None:
    assert authorization_of(read(aside(used=False)).jobs[0]) == "main"
    assert faults_of(aside(used=True), {**ENVIRON, "MANY": ""}) == [
        "jobs[0].authorization: the environment variable ACCOUNT is not set",
        "jobs[0].flush.max_events: the environment variable MANY is empty",
    ]
    twice = aside(used=True) + "  - {<<: *common, name: two, kind: import_contacts}\n"
    assert "jobs[0].authorization: the environment variable ACCOUNT is not set" in faults_of(twice, ENVIRON)


def test_what_a_job_says_itself_is_not_laid_to_what_it_takes_over() -> None:
    text = aside(used=True) + "    flush: {max_events: many}\n"
    assert faults_of(text, {**ENVIRON, "ACCOUNT": "main", "MANY": ""}) == [
        "jobs[0].flush.max_events: must be a whole number, not 'many'"
    ]


def test_only_keys_of_the_whole_file_are_its_own_business() -> None:
    assert faults_of(changed("tag: VIP", "x-tag: VIP\n    tag: VIP")) == ["jobs[0].x-tag: unknown key"]
    assert faults_of(changed("kafka:", "x-kafka:")) == ["kafka: is missing"]
    assert faults_of("x-all: 1\n") == ["kafka: is missing", "jobs: is missing"]
    assert jobs_schema()["patternProperties"] == {"^x-": True}
