"""Golden cases of each kind of job: events and their requests, people and their contacts, numbers and what is asked."""

import ast
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from pydantic import TypeAdapter

from schemas.config.webhooks import Webhooks
from schemas.jobs import KINDS as MODELS
from schemas.jobs import Job
from streams.cli.preview import preview_lines
from streams.history.layout import LAYOUTS
from streams.history.rows import Unreadable, read
from streams.jobs.import_contacts.contact import read_person
from streams.jobs.shelf import KINDS, kind_of
from tests.fakes.clock import play
from tests.jobs.receive_messages.receiving import watched
from tests.jobs.track_messages.tracking import World

ROOT = Path(__file__).parents[2]
GOLDEN, ROOMS, PAGES = ROOT / "tests/golden", ROOT / "streams/jobs", ROOT / "docs/jobs"
STAGES = ("__init__.py", "kind.py", "plan.py", "topics.py", "start.py", "check.py")
READING = sorted(name for name, kind in KINDS.items() if kind.dry_run is not None)


def cases(kind: str) -> list[Any]:
    return [pytest.param(path, id=f"{kind}/{path.stem}") for path in sorted((GOLDEN / kind).glob("*.yaml"))]


def test_every_kind_is_one_place_with_its_stages_its_options_its_golden_cases_and_its_page() -> None:
    rooms = {path.name for path in ROOMS.iterdir() if (path / "__init__.py").is_file()}
    assert rooms == KINDS.keys() == MODELS.keys()
    for name, kind in KINDS.items():
        assert kind.name == name
        assert [stage for stage in STAGES if not (ROOMS / name / stage).is_file()] == []
        assert cases(name)
        assert (PAGES / f"{name}.md").is_file()


@pytest.mark.parametrize("kind", KINDS)
def test_kinds_know_nothing_of_each_other(kind: str) -> None:
    """What two of them share is below them: in the pipeline, in agents, or in a door."""
    others = [f"streams.jobs.{other}" for other in KINDS if other != kind]
    for path in (ROOMS / kind).glob("*.py"):
        imported = [
            node.module or "" for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)
        ]
        assert [module for module in imported for other in others if module.startswith(other)] == []


@pytest.mark.parametrize("path", [case for kind in READING for case in cases(kind)])
def test_events_lead_to_these_requests(path: Path) -> None:
    case = yaml.safe_load(path.read_text())
    said = {"name": "golden", "kind": path.parent.name, "authorization": "main", "topics": ["memberships"]}
    beside = {name: str(path.parent / file) for name, file in case["job"].items() if name == "template"}
    job = TypeAdapter[Any](Job).validate_python({**said, **case["job"], **beside})
    dry_run = kind_of(job).dry_run
    assert dry_run is not None
    events = [orjson.dumps(event) for event in case["events"]]
    assert list(preview_lines(dry_run(job, None, 0.0), "events", events)) == case["lines"]


@pytest.mark.parametrize("path", cases("receive_messages"))
def test_jobs_ask_this_of_infobip_for_what_is_there(path: Path) -> None:
    case = yaml.safe_load(path.read_text())

    async def story() -> list[Any]:
        one = watched(*case["there"], webhooks=Webhooks.model_validate(case["webhooks"]), **case["job"])
        await one.upkeep.look()
        return [list(asked) for asked in one.keeper.asked]

    assert play(story()) == case["asked"]


@pytest.mark.parametrize("path", cases("store_history"))
def test_records_become_these_rows(path: Path) -> None:
    case = yaml.safe_load(path.read_text())
    value = orjson.dumps(case["record"])
    found = read(case["sort"], value, 1_763_632_800_000)
    if isinstance(found, Unreadable):
        assert found.detail == case["unreadable"]
        return
    columns = [column.name for column in LAYOUTS[found.table].columns]
    row = dict(zip(columns, found.values, strict=True))
    assert found.table == case["table"]
    wanted = {name: value for name, value in case["row"].items() if value != "absent"}
    assert {name: row[name] for name in wanted} == wanted
    assert not {name for name, value in case["row"].items() if value == "absent"} & row.keys()


@pytest.mark.parametrize("path", cases("import_contacts"))
def test_people_become_these_contacts(path: Path) -> None:
    case = yaml.safe_load(path.read_text())
    contacts = [read_person(person) for person in case["persons"]]
    assert {one.key: orjson.loads(one.value) for one in contacts} == case["contacts"]


@pytest.mark.parametrize("path", cases("track_messages"))
def test_what_comes_back_leads_to_these_outcomes(path: Path) -> None:
    case = yaml.safe_load(path.read_text())
    world = World(**{"jobs": [], **case["job"]})
    for at, topic, key, record in case["read"]:
        world.wait_until(datetime.fromisoformat(at))
        world.arrive(topic, key, record)
    world.wait_until(datetime.fromisoformat(case["until"]))
    assert world.outcomes() == case["outcomes"]
    assert world.events() == case["events"]
    assert world.states == {}
