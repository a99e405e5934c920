import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.jobs.export_audience import ExportAudience
from streams.config import load as config
from streams.errors import ConfigurationError
from tests.configuring import CONTRACT, ENVIRON, changed, faults_of, first_export, read


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("jobs.yaml: is empty", "# nothing"),
        ("jobs.yaml: must be a mapping, not a text", "just text"),
        ("jobs.yaml: must be a mapping, not a list", "[1]"),
        (
            (
                "jobs.yaml: line 2, column 1: expected ',' or ']', but got '<stream end>'; the [ in line 1, column 4 is"
                " not closed before"
            ),
            "a: [1\n",
        ),
        (
            "jobs.yaml: line 2, column 1: found character '\\t' that cannot start any token; indent with spaces",
            "a:\n\tb: 1",
        ),
        ("jobs.yaml: line 2: a character that YAML does not allow (#x0007)", "a: 1\nb: \x07"),
        ("jobs.yaml: is nested too deeply", "[" * 5000),
        ("jobs.yaml: line 1, column 4: this number is too long", "a: " + "9" * 5000),
        (
            "jobs.yaml: line 1, column 9: expected a mapping or list of mappings for merging, but found scalar",
            "a: {<<: 5}",
        ),
        ("jobs.yaml: a key must be a text, not a list or a mapping", "? [a]\n: b"),
        ("a: is there twice, again in line 3", "a: 1\nb: 2\na: 3"),
        ("kafka.a: is there twice, again in line 1", "kafka: {a: 1, 'a': 2}"),
        ("a[0]: is an alias (*) of what it stands in", "a: &a [*a]"),
        ("a: begins with a tag (!), which is not used here; quote a text that begins with !", "a: !!int x"),
        ("a: holds half of a character (a lone surrogate)", 'a: "\\ude00\\ud83d \\ud83d\\ude00"'),
    ],
)
def test_what_is_no_yaml_of_ours_is_refused_with_its_line(expected: str, text: str) -> None:
    assert expected in faults_of(text)


@pytest.mark.parametrize(
    ("expected", "written"),
    [
        ("wide", "${WORD}"),
        ("a wide world", "a ${WORD} world"),
        ("wide-wide", '"${WORD}-${WORD}"'),
        ("${WORD}", "$${WORD}"),
        ("${WORD} wide", "$${WORD} ${WORD}"),
        ("12", "${DIGITS}"),
        ("[x]: {y}", "${YAML}"),
        ("${WORD}", "${NESTED}"),
        ("costs ${{price}}", '"costs ${{price}}"'),
        ("5 $", "5 $"),
    ],
)
def test_variables_are_filled_in_inside_of_texts(expected: str, written: str) -> None:
    variables = {"WORD": "wide", "DIGITS": "12", "YAML": "[x]: {y}", "NESTED": "${WORD}"}
    assert read(changed("VIP customers to Infobip", written), **variables).jobs[0].label == expected


def test_variables_fill_numbers_flags_and_keys() -> None:
    text = changed("max_events: 1000", "max_events: ${MANY}")
    text = changed("existing_members: true", "existing_members: ${OLD}", text)
    text = changed("tag: VIP ", "tag: {${WHO}: VIP} ", text)
    job = first_export(read(text, MANY="500", OLD="False", WHO="vip"))
    assert (job.flush.max_events, job.existing_members, job.tag) == (500, False, {"vip": "VIP"})


def test_what_a_variable_holds_is_not_shown() -> None:
    assert faults_of(changed("port: 6066", "port: ${PORT}"), {**ENVIRON, "PORT": "hush"}) == [
        "webhooks.port: must be a whole number, not what ${PORT} holds"
    ]
    assert faults_of(CONTRACT, {**ENVIRON, "INFOBIP_API_KEY": "hush\n"}) == [
        (
            "authorizations[0].api_key: must be plain characters without spaces or line breaks (is there one at its "
            "end?) (filled in from ${INFOBIP_API_KEY})"
        )
    ]


@pytest.mark.parametrize("written", ["${}", "${1A}", "${A", "${A-b}", "${A:?b}", "${A:-{}", "a ${ b"])
def test_what_only_looks_like_a_variable_is_refused(written: str) -> None:
    assert faults_of(changed("VIP customers to Infobip", f"'{written}'")) == [
        "jobs[0].label: '${' begins no ${NAME} or ${NAME:-default}; write $${ for the characters themselves"
    ]


def test_a_character_may_be_written_as_its_halves_as_json_does() -> None:
    halves = changed("VIP customers to Infobip", '"VIP \\ud83c\\udf55 \\ufffd"')
    assert read(halves).jobs[0].label == "VIP \U0001f355 \ufffd"


def test_no_is_norway() -> None:
    text = changed("tag: VIP", "default_region: NO\n    tag: VIP")
    assert first_export(read(text)).default_region == "NO"


def test_an_anchor_spares_a_repetition() -> None:
    text = (
        changed("  - name: vip ", "  - &vip\n    name: vip ")
        + "  - {<<: *vip, name: vip-two, tag: {2024: Old}, audiences: []}\n"
    )
    first, second = (job for job in read(text).jobs if isinstance(job, ExportAudience))
    assert (first.tags, second.tags, second.audiences) == (("VIP",), ("Old",), ("2024",))
    assert second.topics == first.topics


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
keys = st.sampled_from(
    [
        *["kafka", "authorizations", "jobs", "webhooks", "name", "kind", "brokers", "tag", "label", "topics", "flush"],
        *[
            "base_url",
            "api_key",
            "limits",
            "map_fields",
            "to",
            "type",
            "security",
            "protocol",
            "audiences",
            "max_events",
        ],
    ]
)
words = st.sampled_from(
    ["main", "export_audience", "SASL_SSL", "${A}", "${B}", "$${", "email", "firstName", "a.b", "."]
)
documents = st.recursive(
    scalars | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys | st.text(max_size=3), inner, max_size=5),
    max_leaves=20,
)
shaped = st.fixed_dictionaries(
    {
        "kafka": st.fixed_dictionaries({"brokers": documents}, optional={"security": st.dictionaries(keys, documents)}),
        "authorizations": st.lists(st.dictionaries(keys, documents, max_size=4), max_size=2),
        "jobs": st.lists(
            st.fixed_dictionaries(
                {"kind": st.just("export_audience")},
                optional=dict.fromkeys(
                    ("name", "topics", "tag", "audiences", "map_fields", "flush", "label", "authorization"), documents
                ),
            ),
            max_size=2,
        ),
    }
)


def faults_or_none(text: str) -> list[str] | None:
    try:
        config.parse(text, {"A": "value"}, "jobs.yaml")
    except ConfigurationError as error:
        return error.faults
    return None


def are_lines(faults: list[str]) -> bool:
    return bool(faults) and all("\n" not in fault and fault.encode() for fault in faults)


@given(documents | shaped)
@example({"jobs": [{"kind": ["x"]}], "authorizations": {"name": "x"}})
def test_whatever_a_document_says_only_faults_are_told(document: object) -> None:
    faults = faults_or_none(yaml.safe_dump(document, allow_unicode=True))
    assert faults is None or are_lines(faults)


@given(st.text(st.sampled_from("ab:-[]{}*&!|>'\"#%@`,?<$\\\n\t ~0.=_\ud800\ue000é"), max_size=30))
def test_whatever_a_text_holds_only_faults_are_told(text: str) -> None:
    faults = faults_or_none(text)
    assert faults is None or are_lines(faults)
