"""What commands load before they do anything: a person waits for it. Time is measured in bench/starting.py."""

import os
import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

import pytest

from streams.demo.jobs import JOBS
from streams.jobs.kind import Kind
from streams.jobs.shelf import KINDS
from tests.docs.pages import ROOT

#: Says of which packages modules were loaded when the command has ended.
PROGRAM = """
import atexit, sys
from streams.__main__ import main
atexit.register(lambda: print("loaded:", *{name.partition(".")[0] for name in sys.modules}))
main()
"""
BROKERS = {"aiokafka", "confluent_kafka", "faust", "mode", "rocksdict"}
ACCOUNTS = {"aiohttp", "httpx", "httpx_aiohttp", "phonenumbers"}
DATABASE = {"alembic", "psycopg", "sqlalchemy", "sqlite3"}
OPERATORS = {"argon2", "jinja2", "opentelemetry", "prometheus_client", "rich", "uvloop"}
WORK = BROKERS | ACCOUNTS | DATABASE | OPERATORS
EVENT = '{"event_id": "e-1", "action": "enter", "audience": "vip", "profile_id": "u-1", "profile": {"email": "a@b.ch"}}'


def loaded(*words: str, cwd: Path) -> set[str]:
    """The packages that a command has loaded, which must end well."""
    secrets = {"INFOBIP_API_KEY": "demo-key", "WEBHOOK_SECRET": "a-secret-of-thirty-two-characters"}
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        cwd=cwd,
        env={**os.environ, **secrets, "PYTHONPATH": str(ROOT)},
        check=True,
        capture_output=True,
        text=True,
    )
    return set(done.stdout.rpartition("loaded: ")[2].split())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    said = JOBS.format(broker="localhost:9092", infobip="http://localhost:8080", port=8090, number="447860099299")
    (tmp_path / "jobs.yaml").write_text(said)
    (tmp_path / "events.jsonl").write_text(EVENT)
    return tmp_path


@pytest.mark.parametrize("words", [["--help"], ["--version"]], ids=" ".join)
def test_help_loads_nothing_that_work_takes(words: list[str], tmp_path: Path) -> None:
    assert loaded(*words, cwd=tmp_path) & {*WORK, "asyncio", "pydantic", "schemas", "yaml"} == set()


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        (["run", "--help"], set()),
        (["dead-letters", "--help"], set()),
        (["check"], set()),
        (["preview", "vip", "events.jsonl"], {"phonenumbers"}),
    ],
    ids=["run --help", "dead-letters --help", "check", "preview"],
)
def test_commands_load_what_they_need_alone(words: list[str], needed: Collection[str], folder: Path) -> None:
    assert (loaded(*words, cwd=folder) & WORK) - {*needed} == set()


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_what_a_kind_points_at_is_there(kind: Kind[object]) -> None:
    kind.load()
