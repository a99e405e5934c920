"""What the pages say is what there is: nothing is missing, nothing is out of date, and no link points nowhere."""

import html
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from schemas.config.topics import OF_A_JOB, REPLAYS, SHARED, SUMMARIES
from schemas.content import CONTENTS
from schemas.records.contact import Contact
from schemas.records.membership import MembershipEvent
from schemas.records.message import MessageStatus
from schemas.records.outcomes import Outcome
from schemas.records.states import StateKind
from streams.config import load as config
from streams.jobs.kind import Kind
from streams.jobs.shelf import KINDS, lint
from streams.simulator import faults
from tests.configuring import jobs_schema
from tests.docs.pages import DOCS, PARTS, ROOT, blocks, pages, parts_in, renewed

PAGES = {page.relative_to(ROOT).as_posix(): page.read_text() for page in pages()}
#: Named in examples, and nobody's secret.
ENVIRON = {"INFOBIP_API_KEY": "key", "WEBHOOK_SECRET": "secret"}
_LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)|!\[[^\]]*\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def configurations() -> Iterator[tuple[str, str]]:
    """Each YAML block that is a jobs.yaml, with the page it is on."""
    for name, text in PAGES.items():
        yield from ((name, block) for block in blocks(text, "yaml") if "\njobs:" in block)


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


def test_each_outcome_and_each_state_has_its_line() -> None:
    assert [one for one in get_args(Outcome) if f"| `{one}` |" not in PAGES["docs/topics.md"]] == []
    states = [*get_args(StateKind), "never run"]
    assert [one for one in states if f"| `{one}` |" not in PAGES["docs/operations.md"]] == []


def test_each_status_of_a_message_is_named() -> None:
    assert [one for one in get_args(MessageStatus) if f"`{one}`" not in PAGES["docs/topics.md"]] == []


def test_examples_of_records_are_records() -> None:
    (contact,) = blocks(PAGES["docs/jobs/import_contacts.md"], "json")
    assert Contact.model_validate_json(contact).model_fields_set >= set(Contact.model_fields)
    (event,) = blocks(PAGES["docs/topics.md"], "json")
    assert MembershipEvent.model_validate_json(event).model_fields_set == set(MembershipEvent.model_fields)


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


def links(text: str) -> list[str]:
    """The links of a page, but for those of the web."""
    found = [link or picture for link, picture in _LINK.findall(text)]
    return [link for link in found if not link.startswith(("http://", "https://"))]


def is_there(page: Path, link: str) -> bool:
    """Whether a link's file is there, and has the heading it names."""
    path, _, anchor = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists():
        return False
    return not anchor or anchor in {slug(heading) for heading in _HEADING.findall(target.read_text())}


def slug(heading: str) -> str:
    """How a heading is named in links."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", html.unescape(heading)).lower()
    return re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
