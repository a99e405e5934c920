"""What the pages say is what there is: nothing is missing, nothing is out of date, and no link points nowhere."""

import html
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml
from pydantic import BaseModel, ValidationError

from schemas.config.topics import OF_A_JOB, REPLAYS, SHARED, SUMMARIES
from schemas.content import CONTENTS
from schemas.records import meanings
from schemas.records.contact import Contact
from schemas.records.examples import EXAMPLES
from schemas.records.exported import MODELS
from schemas.records.message import MessageStatus
from schemas.records.message_outcome import OutcomeName, OutcomeReason
from schemas.records.outcomes import Outcome, Reason
from schemas.records.states import StateKind
from streams.config import load as config
from streams.jobs.kind import Kind
from streams.jobs.shelf import KINDS, lint
from streams.observe.names import LABELS, METRICS
from streams.simulator import faults
from tests.configuring import jobs_schema
from tests.docs.fences import fences
from tests.docs.pages import DOCS, PARTS, ROOT, blocks, links, pages, parts_in, renewed, slug
from tests.docs.tables import cell
from tests.docs.values import UNITS, written

PAGES = {page.relative_to(ROOT).as_posix(): page.read_text() for page in pages()}
#: Named in examples, and nobody's secret.
ENVIRON = {"INFOBIP_API_KEY": "key", "SECOND_API_KEY": "key", "WEBHOOK_SECRET": "secret", "HOSTNAME": "worker-1"}
#: What the options of a page's example are of, where they are not a whole file.
WHOLE = """
kafka: {brokers: "localhost:9092"}
authorizations: [{name: main, base_url: a.example.com, api_key: key}]
jobs: [{name: contacts, kind: import_contacts, authorization: main}]
"""
#: The parts that show a record.
RECORD = r"<!-- made from the code: record (\w+) -->"
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def configurations() -> Iterator[tuple[str, str]]:
    """Each YAML block as a jobs.yaml, with the page it is on: what is missing of a whole one is added.

    Of the chart's values it is what they have as `config`.
    """
    for name, text in PAGES.items():
        for fence in fences(text):
            if fence.language != "yaml":
                continue
            has_values = fence.title == "values.yaml"
            block = yaml.safe_dump(yaml.safe_load(fence.text)["config"]) if has_values else fence.text
            rest = {key: value for key, value in yaml.safe_load(WHOLE).items() if f"\n{key}:" not in f"\n{block}"}
            yield name, f"{block}\n{yaml.safe_dump(rest) if rest else ''}"


@pytest.mark.parametrize("name", PAGES)
def test_what_is_made_from_the_code_is_up_to_date(name: str) -> None:
    assert PAGES[name] == renewed(PAGES[name]), "`make docs` makes it anew"


def test_every_table_that_can_be_made_stands_on_one_page() -> None:
    assert sorted(part for text in PAGES.values() for part in parts_in(text)) == sorted(PARTS)


def test_each_option_of_the_json_schema_has_its_line() -> None:
    schema = jobs_schema()
    models = [schema, *schema["$defs"].values()]
    options = {option for model in models for option in model.get("properties", {})}
    lines = re.findall(r"^\| `([^`]+)` \|", PAGES["docs/configuration.md"] + PAGES["docs/contents.md"], re.MULTILINE)
    said = {line.rpartition(".")[2] for line in lines}
    assert options - said == {"hour", "minute"}, "which are told of as a time of day"


@pytest.mark.parametrize(("name", "text"), list(configurations()))
def test_a_jobs_yaml_that_is_shown_has_no_fault(name: str, text: str) -> None:
    assert config.parse(text, ENVIRON, name, lint).jobs


def test_each_kind_has_a_page_with_a_jobs_yaml_of_it() -> None:
    shown = {
        kind: [
            job.kind
            for block in blocks(PAGES[f"docs/jobs/{kind}.md"], "yaml")
            for job in config.parse(block, ENVIRON, kind, lint).jobs
        ]
        for kind in KINDS
    }
    assert shown == {kind: [kind] for kind in KINDS}
    assert {page.stem for page in (DOCS / "jobs").iterdir()} == set(KINDS)


def test_moving_to_another_account_and_the_tutorial_forget_no_kind() -> None:
    rows = re.findall(r"^ +\| (`[^|]+`) \|", PAGES["docs/how-to/move-account.md"], re.MULTILINE)
    assert sorted(kind for row in rows for kind in re.findall(r"`(\w+)`", row)) == sorted(KINDS)
    assert [kind for kind in KINDS if f"](jobs/{kind}.md)" not in PAGES["docs/tutorial.md"]] == []


def test_a_length_of_time_is_shown_in_the_unit_that_one_would_say_it_in() -> None:
    assert [written(timedelta(**{unit: 2})) for unit in UNITS] == [f"`{{{unit}: 2}}`" for unit in UNITS]
    assert written(timedelta(hours=36)) == "`{hours: 36}`"


def test_what_stands_in_angle_brackets_is_shown_in_code_and_beside_it() -> None:
    assert cell("a <b> of `c_<job>`, or `d|e`") == "a &lt;b> of `c_<job>`, or `d\\|e`"


def test_a_topic_is_said_to_be_written_by_all_who_write_it() -> None:
    rows = dict(re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", PARTS["topics"](), re.MULTILINE))
    assert rows["infobip_messages"] == "`send_message`, `webhook` that sends"
    assert rows["infobip_addresses_<job>"] == (
        "`export_audience` with `remember_address`, `export_audience` with `keep_members`"
    )
    assert rows["infobip_calls"] == "`webhook`"


def test_each_channel_has_a_line_of_each_table() -> None:
    channels = PAGES["docs/channels.md"]
    missing = [name for name in CONTENTS if f"| [`{name}`]" not in channels or f"| `{name}` |" not in channels]
    assert missing == []


def test_each_topic_has_its_line_and_its_section() -> None:
    topics = PAGES["docs/topics.md"]
    names = [*SHARED, REPLAYS, SUMMARIES, *(f"{begins}<job>" for begins in OF_A_JOB)]
    assert [name for name in names if f"| [`{name}`](#" not in topics] == []
    assert [name for name in names if f"### {html.escape(name)}\n" not in topics] == []
    assert [name for name in names if f"| `{name}` |" not in PARTS["topics"]()] == []


@pytest.mark.parametrize(
    ("words", "known"),
    [
        (meanings.REASONS, Reason),
        (meanings.OUTCOMES, Outcome),
        (meanings.STATES, StateKind),
        (meanings.MESSAGE_STATUSES, MessageStatus),
        (meanings.MESSAGE_OUTCOMES, OutcomeName),
        (meanings.OUTCOME_REASONS, OutcomeReason),
    ],
)
def test_each_reason_outcome_state_and_status_is_told_of_with_what_to_do(
    words: Mapping[str, meanings.Meaning], known: Any
) -> None:
    assert words.keys() == set(get_args(known))
    shown = PAGES["docs/reasons.md"] + PAGES["docs/operations.md"]
    assert [word for word, said in words.items() if f"| `{word}` | {cell(said.means)} |" not in shown] == []
    assert [word for word, said in words.items() if not (said.means and said.to_do)] == []


def test_each_json_that_is_shown_is_a_record() -> None:
    shown = [(name, line) for name, text in PAGES.items() for block in blocks(text, "json") for line in _values(block)]
    assert len(shown) > len(EXAMPLES)
    strangers = [(name, value) for name, value in shown if not any(_is_a(model, value) for model in MODELS.values())]
    assert strangers == []


def _values(block: str) -> Iterator[str]:
    """The values of a block: one, or one on each line."""
    try:
        json.loads(block)
    except json.JSONDecodeError:
        yield from block.splitlines()
    else:
        yield block


def _is_a(model: type[BaseModel], value: str) -> bool:
    try:
        model.model_validate_json(value)
    except ValidationError:
        return False
    return True


def test_each_metric_and_each_label_has_its_line() -> None:
    page = PAGES["docs/metrics.md"]
    assert [metric.name for metric in METRICS if f"| `{metric.name}` |" not in page] == []
    assert [label for label in LABELS if f"| `{label}` |" not in page] == []


def test_examples_of_records_are_records() -> None:
    (contact,) = blocks(PAGES["docs/jobs/import_contacts.md"], "json")
    assert Contact.model_validate_json(contact).model_fields_set >= set(Contact.model_fields)
    shown = blocks(PAGES["docs/topics.md"], "json")
    assert [json.loads(one) for one in shown] == [
        EXAMPLES[name] for name in re.findall(RECORD, PAGES["docs/topics.md"])
    ]


def test_all_that_a_kind_says_is_explained() -> None:
    text = PAGES["docs/architecture.md"]
    assert [field.name for field in fields(Kind) if f"| `{field.name}` |" not in text] == []


def test_each_fault_of_the_simulator_has_its_line() -> None:
    text = PAGES["docs/simulator.md"]
    assert [kind for kind in faults.KINDS if not re.search(rf"\| `{kind}[=`]", text)] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_link_points_to_something(name: str) -> None:
    assert [link for link in links(PAGES[name]) if not is_there(ROOT / name, link)] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_file_of_ours_that_is_named_is_there(name: str) -> None:
    named = re.findall(r"`((?:streams|schemas|tests|bench)/[\w./-]*)`", PAGES[name])
    assert [path for path in named if not (ROOT / path).exists()] == []


def is_there(page: Path, link: str) -> bool:
    """Whether a link's file is there, and has the heading it names."""
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return False
    return not anchor or anchor in {slug(heading) for heading in _HEADING.findall(target.read_text())}
