from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from schemas.jobs import Configuration, ExportAudience
from streams import config
from streams.errors import ConfigurationError
from tests.making import export_job

GOOD = """
kafka:
  brokers: localhost:9092
  security: {protocol: SASL_SSL, mechanism: SCRAM-SHA-512, username: u, password: "${KAFKA_PASSWORD}", ca_file: ca.pem}
authorizations:
  - name: main
    label: Infobip production
    base_url: xyz123.api.infobip.com
    api_key: ${INFOBIP_API_KEY}
webhooks: {host: 0.0.0.0, port: "${PORT}", public_url: https://hooks.example.com, secret: s}
jobs:
  - name: vip
    kind: export_audience
    label: VIP customers to Infobip
    authorization: main
    topics: [audience_memberships]
    audiences: [vip]
    email_field: email
    phone_field: phone
    person_type: CUSTOMER
    map_fields: {first_name: firstName, last_name: lastName, lifetime_value: {to: ltv, type: DECIMAL}}
    tag: VIP
    existing_members: true
    flush: {max_events: 1000, max_seconds: 60}
"""
ENVIRON = {"INFOBIP_API_KEY": "secret-key", "KAFKA_PASSWORD": "secret-password", "PORT": "7000"}


def parse(text: str, environ: dict[str, str] | None = None) -> Configuration:
    with TemporaryDirectory() as folder:
        path = Path(folder, "jobs.yaml")
        path.write_text(text, encoding="utf-8")
        return config.load(path, ENVIRON if environ is None else environ)


def faults_of(text: str, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        parse(text, environ)
    return caught.value.faults


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def test_a_good_file_is_read() -> None:
    loaded = parse(GOOD)
    (authorization,), (job,) = loaded.authorizations, loaded.jobs
    assert authorization.base_url == "https://xyz123.api.infobip.com"
    assert authorization.api_key.get_secret_value() == "secret-key"
    assert loaded.webhooks is not None
    assert loaded.webhooks.port == 7000
    assert loaded.kafka.brokers == ("localhost:9092",)
    assert job.group_id == "infobip-streams.vip"
    assert job.map_fields["lifetime_value"].type == "DECIMAL"
    assert "secret-" not in repr(loaded)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("jobs[0].colour: unknown key", changed("tag: VIP", "tag: VIP\n    colour: red")),
        ("kafka: is missing", changed("kafka:", "x-kafka:")),
        (
            "jobs[0].authorization: no authorization is called 'mian' (there are: main)",
            changed("authorization: main", "authorization: mian"),
        ),
        (
            "jobs[0].kind: no kind of job is called 'export' (there are: export_audience)",
            changed("export_audience", "export"),
        ),
        (
            "jobs[0].flush.max_events: must be at most 1000, not 5000",
            changed("max_events: 1000", "max_events: 5000"),
        ),
        (
            "jobs[0].label: must be a text, not a number (quote it)",
            changed("label: VIP customers to Infobip", "label: 7"),
        ),
        ("jobs[0].existing_members: must be true or false, not 'sure'", changed("members: true", "members: sure")),
        (
            "jobs[0].map_fields.first_name: 'email' is not mapped: the job's option `email_field` fills it",
            changed("first_name: firstName", "first_name: email"),
        ),
        (
            "jobs[0].map_fields: 'first_name' and 'last_name' both go to 'firstName': one field can fill it",
            changed("last_name: lastName", "last_name: firstName"),
        ),
        ("jobs[0].name: must consist of a-z, 0-9 and '-', not 'V I P'", changed("name: vip", "name: V I P")),
        (
            "authorizations[0].base_url: must begin with https:// or http://",
            changed("base_url: xyz123.api.infobip.com", "base_url: ftp://x"),
        ),
        ("kafka.security.username: is needed with SASL_SSL", changed("username: u, ", "")),
        (
            "authorizations[0].label: is there twice, again in line 8",
            changed("label: Infobip production", "label: a\n    label: b"),
        ),
    ],
)
def test_each_fault_names_its_place_and_what_to_do(expected: str, text: str) -> None:
    assert expected in faults_of(text)


def test_all_faults_are_told_at_once() -> None:
    text = changed("tag: VIP", "tag: VIP\n    colour: red").replace("max_seconds: 60", "max_seconds: 0")
    faults = faults_of(text, {"KAFKA_PASSWORD": "x", "PORT": "7000"})
    assert "authorizations[0].api_key: the environment variable INFOBIP_API_KEY is not set" in faults
    assert any(fault.startswith("jobs[0].flush.max_seconds") for fault in faults)
    assert "jobs[0].colour: unknown key" in faults
    assert len(faults) == 3


def test_no_fault_shows_a_secret() -> None:
    text = changed("api_key: ${INFOBIP_API_KEY}", "api_key: {secret-key: 1}").replace("port: ", "prot: ")
    assert not any("secret-key" in fault for fault in faults_of(text))


def test_a_file_that_is_not_there_or_not_yaml_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="there is no such file"):
        config.load(tmp_path / "none.yaml", {})
    assert len(faults_of("a: [")) == 1
    (fault,) = faults_of("just text")
    assert fault.endswith("jobs.yaml: must be a mapping, not a text")


def test_a_dollar_can_be_written() -> None:
    loaded = parse(changed("label: VIP customers to Infobip", "label: $${NOT}"))
    assert loaded.jobs[0].label == "${NOT}"


documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters(codec="ascii")),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["kafka", "authorizations", "jobs", "name", "kind", "brokers", "tag"]), inner)
    ),
    max_leaves=10,
)


@given(documents)
def test_whatever_the_file_says_only_faults_are_told(document: object) -> None:
    try:
        parse(yaml.safe_dump(document), {})
    except ConfigurationError as error:
        told = error.faults
    else:
        told = ["none"]
    assert told
    assert all("\n" not in fault for fault in told)


@pytest.mark.parametrize(
    ("expected", "job"),
    [
        ("VIP", export_job(tag="VIP")),
        ("A label", export_job(tag=None, label="A label")),
        ("x" * 256, export_job(tag=None, label="x" * 300)),
        ("vip", export_job(tag=None)),
        ("New", export_job(tag={"vip": "VIP", "new": "New"})),
    ],
)
def test_the_tag_is_given_or_made(expected: str, job: ExportAudience) -> None:
    assert job.tag_of("new") == expected


def test_only_shared_tags_need_state() -> None:
    assert export_job(audiences=[]).shares_tags
    assert export_job(audiences=["vip", "new"]).shares_tags
    assert export_job(tag={"vip": "A", "new": "A"}).shares_tags
    assert not export_job(audiences=["vip"]).shares_tags
    assert not export_job(tag={"vip": "A", "new": "B"}).shares_tags


@pytest.mark.parametrize(
    "changes",
    [
        {"email_field": None, "phone_field": None},
        {"tag": ".."},
        {"tag": " "},
        {"tag": "x" * 257},
        {"tag": {"vip": "VIP"}, "audiences": ["vip", "new"]},
        {"topics": ["a", "b"], "audiences": []},
        {"topics": []},
        {"topics": ["no topic"]},
        {"default_region": "de"},
    ],
)
def test_what_cannot_work_is_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        export_job(**changes)
