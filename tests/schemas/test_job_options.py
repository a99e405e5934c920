from typing import Any

import pytest
from pydantic import ValidationError

from schemas.jobs.export_audience import ExportAudience
from schemas.operations import OPERATIONS
from tests.configuring import CONTRACT, changed, faults_of, read
from tests.making import export_job, send_job


def test_what_is_left_out_has_its_default() -> None:
    job = ExportAudience.model_validate(
        {"name": "vip", "kind": "export_audience", "authorization": "main", "topics": ["t"], "audiences": ["vip"]}
    )
    assert (job.email_field, job.phone_field, job.person_type, job.default_region) == (
        "email",
        "phone",
        "CUSTOMER",
        None,
    )
    assert (job.flush.max_events, job.flush.max_seconds) == (1000, 60)
    assert job.existing_members
    assert not job.create_attributes


@pytest.mark.parametrize(
    ("expected", "target"),
    [
        (
            "jobs[0].map_fields.x: 'externalId' is not mapped: the job's option `external_id_field` fills it",
            "externalId",
        ),
        ("jobs[0].map_fields.x: 'email' is not mapped: the job's option `email_field` fills it", "email"),
        ("jobs[0].map_fields.x: 'phone' is not mapped: the job's option `phone_field` fills it", "phone"),
        ("jobs[0].map_fields.x: 'type' is not mapped: the job's option `person_type` fills it", "type"),
        ("jobs[0].map_fields.x.to: 'tags' is not mapped: the job's option `tag` fills it", "{to: tags}"),
        ("jobs[0].map_fields.x.to: is missing", "{type: STRING}"),
        ("jobs[0].map_fields.x: must not be empty or hold { } [ ], not 'a[b]'", "'a[b]'"),
        (
            "jobs[0].map_fields.x.type: 'birthDate' is a standard field of type DATE: leave `type` out",
            "{to: birthDate, type: STRING}",
        ),
        (
            (
                "jobs[0].map_fields.x.type: must be 'STRING', 'INTEGER', 'DECIMAL', 'BOOLEAN', 'DATE', 'DATE_TIME' or "
                "'LIST_OF_OBJECTS', not 'NUMBER'"
            ),
            "{to: ltv, type: NUMBER}",
        ),
        ("jobs[0].map_fields: 'first_name' and 'x' both go to 'firstName': one field can fill it", "firstName"),
        ("jobs[0].map_fields: 'lifetime_value' and 'x' both go to 'LTV': one field can fill it", "LTV"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused(expected: str, target: str) -> None:
    assert faults_of(changed("lifetime_value: ltv}", f"lifetime_value: ltv, x: {target}}}")) == [expected]


def test_both_forms_of_a_mapping_are_read() -> None:
    job = export_job(map_fields={"born": {"to": "birthDate", "type": "DATE"}, "shop.city": "City", "town": "city"})
    assert {path: (target.to, target.type) for path, target in job.map_fields.items()} == {
        "born": ("birthDate", "DATE"),
        "shop.city": ("City", None),
        "town": ("city", None),
    }


@pytest.mark.parametrize(
    ("expected", "written"),
    [
        (("a:9092",), "a:9092"),
        (("a:9092", "b:9093"), '"a:9092, b:9093"'),
        (("a:9092", "b"), "[a:9092, b]"),
        (("[::1]:9092",), '"[::1]:9092"'),
    ],
)
def test_brokers_are_one_or_several(expected: tuple[str, ...], written: str) -> None:
    assert read(changed("localhost:9092", written)).kafka.brokers == expected


@pytest.mark.parametrize(
    "written", ["kafka://a:9092", "'a:'", "a:0", "a:99999", "':9092'", "a b:1", "''", "[]", "[a, '']"]
)
def test_a_broker_that_is_no_address_is_refused(written: str) -> None:
    assert all(fault.startswith("kafka.brokers") for fault in faults_of(changed("localhost:9092", written)))


def test_clients_call_themselves_as_they_are_told() -> None:
    assert read(CONTRACT).kafka.client_id == "infobip-streams"
    assert read(changed("kafka:", "kafka:\n  client_id: pod-7")).kafka.client_id == "pod-7"


@pytest.mark.parametrize(
    ("expected", "security"),
    [
        (["kafka.security.password: is needed with SASL_SSL"], "{protocol: SASL_SSL, mechanism: PLAIN, username: u}"),
        (
            [f"kafka.security.{name}: is needed with SASL_PLAINTEXT" for name in ("mechanism", "username", "password")],
            "{protocol: SASL_PLAINTEXT}",
        ),
        (
            ["kafka.security.username: has no use with SSL; did you mean SASL_SSL?"],
            "{protocol: SSL, username: u}",
        ),
        (
            ["kafka.security.ca_file: has no use with PLAINTEXT, which is not encrypted"],
            "{protocol: PLAINTEXT, ca_file: ca.pem}",
        ),
        (
            ["kafka.security.key_file: goes together with certificate_file: give both or neither"],
            "{protocol: SSL, certificate_file: c.pem}",
        ),
        (["kafka.security.protocol: is missing"], "{username: u}"),
        (
            ["kafka.security.token_provider: is needed with OAUTHBEARER"],
            "{protocol: SASL_SSL, mechanism: OAUTHBEARER}",
        ),
        (
            [
                f"kafka.security.{name}: has no use with OAUTHBEARER, which signs in with a token"
                for name in ("password", "username")
            ],
            "{protocol: SASL_SSL, mechanism: OAUTHBEARER, username: u, password: p, token_provider: 'a.b:c'}",
        ),
        (
            ["kafka.security.token_provider: has no use but with the mechanism OAUTHBEARER"],
            "{protocol: SASL_SSL, mechanism: PLAIN, username: u, password: p, token_provider: 'a:b'}",
        ),
        (
            ["kafka.security.token_provider: must be package.module:function"],
            "{protocol: SASL_SSL, mechanism: OAUTHBEARER, token_provider: a.b.c}",
        ),
        (
            ["kafka.security.key_password: has no use without key_file"],
            "{protocol: SSL, key_password: p}",
        ),
        (
            ["kafka.security.key_password: has no use with SASL_PLAINTEXT, which is not encrypted"],
            "{protocol: SASL_PLAINTEXT, mechanism: PLAIN, username: u, password: p, key_password: k}",
        ),
        (
            ["kafka.security.protocol: must be 'PLAINTEXT', 'SSL', 'SASL_PLAINTEXT' or 'SASL_SSL', not 'TLS'"],
            "{protocol: TLS}",
        ),
    ],
)
def test_security_must_be_whole(expected: list[str], security: str) -> None:
    """A key that is missing stands nowhere in the file, so these have no order of their own."""
    kafka = f"kafka: {{brokers: a, security: {security}}}\n"
    assert sorted(faults_of(kafka + CONTRACT[CONTRACT.index("authorizations:") :])) == sorted(expected)


@pytest.mark.parametrize(
    ("expected", "written"),
    [
        ("https://xyz123.api.infobip.com", "xyz123.api.infobip.com"),
        ("https://xyz123.api.infobip.com", "https://XYZ123.api.infobip.com/"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://localhost:8080", "localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080/"),
        ("https://gateway.example.com/infobip", "gateway.example.com/infobip//"),
    ],
)
def test_a_base_url_has_one_form(expected: str, written: str) -> None:
    assert read(changed("xyz123.api.infobip.com ", f"'{written}' ")).authorizations[0].base_url == expected


@pytest.mark.parametrize(
    "written",
    [
        *[
            "",
            " ",
            "https://",
            "ftp://x.example.com",
            "https://u:hush@x.example.com",
            "x.example.com?a=b",
            "x.example.com#",
        ],
        *[
            "x example.com",
            "x.example.com:0",
            "x.example.com:99999",
            "x.example.com:port",
            "https://[::1",
            "///",
            "ümlaut.de",
        ],
    ],
)
def test_a_base_url_that_is_none_is_refused(written: str) -> None:
    (fault,) = faults_of(changed("xyz123.api.infobip.com ", f"'{written}' "))
    assert fault.startswith("authorizations[0].base_url: must ") or "the port must be" in fault
    assert "hush" not in fault


def test_limits_are_read_by_operation() -> None:
    limits = "limits: {add_tag: 10, upsert_persons: 2.5, list_tags: 0, add_tags: 1, remove_tag: true}"
    assert faults_of(changed("    api_key:", f"    {limits}\n    api_key:")) == [
        "authorizations[0].limits.list_tags: must be more than 0, not 0",
        f"authorizations[0].limits.add_tags: unknown operation (there are: {', '.join(OPERATIONS)})",
        "authorizations[0].limits.remove_tag: must be a number, not true",
    ]
    good = changed("    api_key:", "    limits: {add_tag: 10, upsert_persons: 2.5}\n    api_key:")
    assert read(good).authorizations[0].limits == {"add_tag": 10, "upsert_persons": 2.5}


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        ("VIP", {"tag": "VIP"}),
        ("A label", {"tag": None, "label": "A label"}),
        ("Two lines", {"tag": None, "label": "Two\n  lines\n"}),
        ("x" * 256, {"tag": None, "label": "x" * 300}),
        ("vip", {"tag": None}),
        ("vip", {"tag": None, "label": " "}),
        ("New", {"tag": {"vip": "VIP", "new": "New"}}),
        ("New", {"tag": {"vip": "VIP", "new": "New"}, "audiences": ["new"]}),
        (None, {"tag": {"vip": "VIP"}}),
        (None, {"tag": "VIP", "audiences": ["vip"]}),
    ],
)
def test_the_tag_is_given_or_made(expected: str | None, changes: dict[str, Any]) -> None:
    assert export_job(**changes).tag_of("new") == expected


def test_the_tags_of_a_job_are_those_of_its_audiences() -> None:
    assert export_job(tag={"a": "A", "b": "B", "c": "A"}).tags == ("A", "B")
    assert export_job(tag={"a": "A", "b": "B"}, audiences=["b"]).tags == ("B",)
    assert export_job(tag="VIP").tags == ("VIP",)


def test_a_mapping_of_tags_names_the_audiences() -> None:
    assert export_job(tag={"vip": "VIP", "new": "New"}).audiences == ("vip", "new")
    assert export_job(tag={"vip": "VIP", "new": "New"}, audiences=["vip"]).audiences == ("vip",)


def test_a_job_wants_its_audiences_and_without_any_all() -> None:
    assert export_job().wants("whichever")
    assert export_job(audiences=["vip"]).wants("vip")
    assert not export_job(audiences=["vip"]).wants("new")
    assert not export_job(tag={"vip": "VIP"}).wants("new")


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        (True, {}),
        (True, {"audiences": ["vip", "new"]}),
        (True, {"tag": {"vip": "A", "new": "A"}}),
        (False, {"audiences": ["vip"]}),
        (False, {"tag": {"vip": "A", "new": "B"}}),
        (False, {"tag": {"vip": "A", "new": "A"}, "audiences": ["vip"]}),
    ],
)
def test_shared_tags_need_one_topic(*, expected: bool, changes: dict[str, Any]) -> None:
    assert export_job(**changes).shares_tags is expected
    if expected:
        with pytest.raises(ValidationError, match="exactly one topic, not 2"):
            export_job(topics=["a", "b"], **changes)
    else:
        assert export_job(topics=["a", "b"], **changes).topics == ("a", "b")


@pytest.mark.parametrize(
    ("expected", "changes"),
    [
        ("email_field and phone_field must not both be null", {"email_field": None, "phone_field": None}),
        ("must not be '.' or '..'", {"tag": ".."}),
        ("must not be empty", {"tag": " "}),
        ("must be at most 256 characters, not 257", {"tag": "x" * 257}),
        ("must not begin or end with a space", {"tag": "VIP "}),
        ("must be one line of printable characters", {"tag": "V\nP"}),
        ("is made from the label, which must not be '.' or '..'.*; give `tag`", {"tag": None, "label": "."}),
        ("at least 1 item", {"tag": {}}),
        ("'new': no tag in `tag` \\(it has: 'vip'\\)", {"tag": {"vip": "VIP"}, "audiences": ["vip", "new"]}),
        ("'VIP' and 'vip' are the same tag to Infobip: write them alike", {"tag": {"a": "VIP", "b": "vip"}}),
        ("'vip' more than once", {"audiences": ["vip", "vip"]}),
        ("is no name that Kafka allows", {"topics": [".."]}),
    ],
)
def test_what_cannot_work_is_refused(expected: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=expected):
        export_job(**changes)


@pytest.mark.parametrize("changes", [{"email_field": None}, {"phone_field": None}, {"external_id_field": "profile_id"}])
def test_one_of_email_and_phone_is_enough(changes: dict[str, Any]) -> None:
    assert export_job(**changes).model_dump(include=set(changes)) == changes


def test_the_faults_of_tags_stand_at_the_tag() -> None:
    assert faults_of(changed("tag: VIP ", "tag: {vip: 5, new: ' '} ")) == [
        "jobs[0].tag.vip: must be a text, not a number (quote it)",
        "jobs[0].tag.new: must not be empty",
    ]
    assert faults_of(changed("tag: VIP ", "tag: [VIP] ")) == ["jobs[0].tag: must be a text, not a list"]


@pytest.mark.parametrize("share", ["0%", "5%", "99%", "100%"])
def test_a_share_of_the_first_records_may_be_no_events(share: str) -> None:
    assert export_job().most_undecodable_percent == send_job().most_undecodable_percent == 99
    assert export_job(max_undecodable=share).most_undecodable_percent == int(share[:-1])


@pytest.mark.parametrize("share", [5, 0.5, "5", "101%", "-1%", "05%", "many", None, "5.5%", "\u0665%"])
def test_what_is_no_share_is_refused(share: Any) -> None:
    with pytest.raises(ValidationError, match="must be a percentage, such as 20%"):
        send_job(max_undecodable=share)


def test_jobs_that_share_limits_may_go_first() -> None:
    for job in (export_job, send_job):
        assert not job().goes_first
        assert job(priority="high").goes_first
        with pytest.raises(ValidationError, match="Input should be 'normal' or 'high'"):
            job(priority="urgent")
