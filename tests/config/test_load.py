from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from schemas.configuration import Configuration
from schemas.jobs import KINDS
from streams.config import load as config
from streams.errors import ConfigurationError
from tests.configuring import CONTRACT, ENVIRON, JOB, changed, faults_of, first_export, jobs_checker, jobs_schema


def test_the_contracts_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "jobs.yaml"
    path.write_text(CONTRACT)
    loaded = config.load(path, ENVIRON)
    (authorization,), job, security = loaded.authorizations, first_export(loaded), loaded.kafka.security
    assert loaded.kafka.brokers == ("localhost:9092",)
    assert loaded.kafka.replication_factor == 3
    assert security is not None
    assert security.password is not None
    assert security.password.get_secret_value() == "hush-kafka"
    assert authorization.base_url == "https://xyz123.api.infobip.com"
    assert authorization.key == "hush-infobip"
    assert loaded.webhooks is not None
    assert loaded.webhooks.secrets == ("hush-webhook",)
    assert job.group_id == "infobip-streams.vip"
    assert job.topics == ("audience_memberships",)
    assert {path: target.to for path, target in job.map_fields.items()} == {
        "first_name": "firstName",
        "last_name": "lastName",
        "lifetime_value": "ltv",
    }
    assert job.tags == ("VIP",)
    assert (job.flush.max_events, job.flush.max_seconds) == (1000, 60)
    assert "hush" not in repr(loaded)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("kafka: is missing", changed("kafka:", "x-kafka:")),
        ("kafka_: unknown key", changed("kafka:", "kafka_:")),
        ("jobs[0].colour: unknown key", changed("tag: VIP", "tag: VIP\n    colour: red")),
        ("jobs[0]['a b']: unknown key", changed("tag: VIP", "tag: VIP\n    a b: red")),
        ("jobs[0].topics: is missing", changed("    topics: [audience_memberships]\n", "")),
        ("jobs[0].topics: must be a list, not a text", changed("[audience_memberships]", "audience_memberships")),
        ("jobs[0].topics: must have at least 1 entry", changed("[audience_memberships]", "[]")),
        (
            "jobs[0].topics[0]: must consist of letters, digits, '.', '_' and '-', not 'a b'",
            changed("[audience_memberships]", "[a b]"),
        ),
        ("jobs[0].topics: names 'a' more than once", changed("[audience_memberships]", "[a, a]")),
        ("jobs[0].name: must consist of a-z, 0-9 and '-', not 'V I P'", changed("name: vip", "name: V I P")),
        (
            "jobs[0].label: must be a text, not a number (quote it)",
            changed("label: VIP customers to Infobip", "label: 7"),
        ),
        (
            "jobs[0].authorization: no authorization is called 'mian' (there are: main)",
            changed("authorization: main", "authorization: mian"),
        ),
        ("jobs[1].name: must be unique: jobs[0] is called 'vip', too", CONTRACT + JOB),
        (
            "authorizations[1].name: must be unique: authorizations[0] is called 'main', too",
            changed("webhooks:", "  - {name: main, base_url: x.example.com, api_key: k}\nwebhooks:"),
        ),
        (
            (f"jobs[0].kind: no kind of job is called 'nobodys' (there are: {', '.join(KINDS)})"),
            changed("kind: export_audience", "kind: nobodys"),
        ),
        ("jobs[0].kind: is missing", changed("    kind: export_audience\n", "")),
        ("jobs[0]: must be a mapping, not a text", changed(JOB, "  - vip")),
        ("jobs[0].flush.max_events: must be at most 1000, not 5000", changed("max_events: 1000", "max_events: 5000")),
        ("jobs[0].flush.max_events: must be at least 1, not 0", changed("max_events: 1000", "max_events: 0")),
        ("jobs[0].flush.max_events: must be a number, not true", changed("max_events: 1000", "max_events: true")),
        ("jobs[0].flush.max_events: must be a whole number, not 'ten'", changed("max_events: 1000", "max_events: ten")),
        ("jobs[0].flush.max_seconds: must be more than 0, not 0", changed("max_seconds: 60", "max_seconds: 0")),
        ("jobs[0].flush.max_seconds: must be a number, not inf", changed("max_seconds: 60", "max_seconds: .inf")),
        ("jobs[0].existing_members: must be true or false, not 'yes'", changed("members: true", "members: yes")),
        ("jobs[0].existing_members: must be true or false, not 1", changed("members: true", "members: 1")),
        ("jobs[0].person_type: must be 'CUSTOMER' or 'LEAD', not 'AGENT'", changed("CUSTOMER", "AGENT")),
        (
            "jobs[0].default_region: must be a country of ISO 3166, two capitals such as DE or US (Britain is GB)",
            changed("tag: VIP", "tag: VIP\n    default_region: UK"),
        ),
        (
            "jobs[0].email_field: must name a field of the profile; dots reach into nested ones, such as address.city",
            changed("email_field: email", "email_field: contact..email"),
        ),
    ],
)
def test_a_fault_names_its_place_and_what_to_do(expected: str, text: str) -> None:
    assert expected in faults_of(text)


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    text = changed("port: 6066", "port: 0")
    text = changed("replication_factor: 3", "replication_factor: ${FACTOR}", text)
    text = changed("authorization: main", "authorization: mian", text)
    text = changed("tag: VIP", "colour: red\n    colour: blue\n    tag: VIP", text)
    text = changed("max_seconds: 60", "max_seconds: -1", text)
    assert faults_of(text + JOB, {"KAFKA_PASSWORD": "x", "WEBHOOK_SECRET": "x"}) == [
        "kafka.replication_factor: the environment variable FACTOR is not set",
        "authorizations[0].api_key: the environment variable INFOBIP_API_KEY is not set",
        "webhooks.port: must be at least 1, not 0",
        "jobs[0].authorization: no authorization is called 'mian' (there are: main)",
        "jobs[0].colour: is there twice, again in line 25",
        "jobs[0].colour: unknown key",
        "jobs[0].flush.max_seconds: must be more than 0, not -1",
        "jobs[1].name: must be unique: jobs[0] is called 'vip', too",
    ]


def test_a_fault_has_no_echo() -> None:
    """A name that cannot be read is not also missed by those who say it."""
    assert faults_of(changed("- name: main", "- name: ${NONE}")) == [
        "authorizations[0].name: the environment variable NONE is not set"
    ]
    assert faults_of(changed("- name: main", "- name: 5")) == [
        "authorizations[0].name: must be a text, not a number (quote it)"
    ]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"a: 1\nb: \xe9")
    for path, reason in [
        (tmp_path / "none.yaml", "there is no such file"),
        (tmp_path, "Is a directory"),
        (latin, "line 2: is not UTF-8"),
    ]:
        with pytest.raises(ConfigurationError) as caught:
            config.load(path, {})
        assert caught.value.faults == [f"{path}: {reason}"]


@pytest.mark.parametrize(
    "written",
    [
        *["{hush: hush}", "[hush]", "*hush", "!hush x", "!hush!x y", "'hush hush'", "'hush${'", '"hush\\x"'],
        *["{value: hush, hush", "&hush", "|hush", "%hush", "'hush", "hush: hush"],
    ],
)
def test_a_secret_is_not_shown_however_it_is_mistaken(written: str) -> None:
    faults = faults_of(changed("api_key: ${INFOBIP_API_KEY}", f"api_key: {written}"))
    assert faults
    assert not any("hush" in fault for fault in faults)


def test_a_numeric_secret_is_not_shown() -> None:
    assert faults_of(changed("${INFOBIP_API_KEY}", "13579")) == [
        "authorizations[0].api_key: must be a text, not a number (quote it)"
    ]


def test_the_models_own_errors_hold_no_secret() -> None:
    with pytest.raises(ValidationError) as caught:
        Configuration.model_validate({"authorizations": [{"name": "main", "api_key": "hush hush"}]})
    assert "hush" not in str(caught.value)


def test_the_schema_takes_the_contracts_file_and_refuses_unknown_keys() -> None:
    checker = jobs_checker()
    checker.check_schema(jobs_schema())
    document = yaml.safe_load(
        CONTRACT.replace("password: ${KAFKA_PASSWORD}", "password: p").replace("${WEBHOOK_SECRET}", "s")
    )
    checker.validate(document)
    document["jobs"][0] |= {"tag": {"vip": "VIP"}, "map_fields": {"a": {"to": "b"}}, "existing_members": "${OLD}"}
    document["jobs"][0]["flush"] = {"max_events": "${MANY}"}
    document["kafka"]["brokers"] = ["a:1", "b:1"]
    checker.validate(document)
    for wrong in ({"colour": "red"}, {"flush": {"max_events": 1001}}, {"flush": {"max_seconds": 0}}, {"tag": ""}):
        broken = {**document, "jobs": [{**document["jobs"][0], **wrong}]}
        assert not checker.is_valid(broken), wrong


def test_the_schema_describes_every_option() -> None:
    schema = jobs_schema()
    for model in (schema, *schema["$defs"].values()):
        for name, option in model["properties"].items():
            assert option.get("description"), name
