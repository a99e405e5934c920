"""What a person at a terminal sees."""

import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from schemas.records import exported
from tests import forked

ROOT = Path(__file__).parents[2]
JOBS = """
kafka: {brokers: "127.0.0.1:1"}
authorizations: [{name: main, base_url: "http://127.0.0.1:1", api_key: "${INFOBIP_API_KEY}"}]
jobs:
  - {name: vip, kind: export_audience, label: VIP customers, authorization: main, topics: [m], audiences: [vip]}
  - {name: people, kind: import_contacts, authorization: main}
"""
EVENTS = b"""\
{"action": "enter", "audience": "vip", "profile_id": "u-1", "profile": {"email": "ann@example.com"}}
{"action": "exit", "audience": "vip", "profile_id": "u-2", "profile": {"email": "bob@example.com"}}
not json
"""


def call(*arguments: str, folder: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    return forked.call(["streams", *arguments], cwd=folder, environ={**os.environ, "INFOBIP_API_KEY": "k"})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "jobs.yaml").write_text(JOBS)
    (tmp_path / "events.jsonl").write_bytes(EVENTS)
    return tmp_path


def test_a_good_file_is_checked(folder: Path) -> None:
    """By a process that begins from nothing."""
    environ = {**os.environ, "INFOBIP_API_KEY": "k", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "streams", "check", "-c", "jobs.yaml"]
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("expected", "arguments"),
    [
        ("no-such.yaml: there is no such file", ["check", "-c", "no-such.yaml"]),
        ("no job is called 'nobody' (there are: vip, people)", ["run", "-c", "jobs.yaml", "nobody"]),
        ("No such command 'frob'.", ["frob"]),
        ("No such option: --frob", ["check", "--frob"]),
        (
            "'people' is a job of kind import_contacts, which reads no events",
            ["preview", "-c", "jobs.yaml", "people", "events.jsonl"],
        ),
        ("none.jsonl: No such file or directory", ["preview", "-c", "jobs.yaml", "vip", "none.jsonl"]),
        (
            "Invalid value for '--port': Input should be less than or equal to 65535",
            ["simulator", "--port", "99999"],
        ),
        ("Invalid value for '--latency': Input should be greater than or equal to 0", ["simulator", "--latency", "-1"]),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_2(expected: str, arguments: list[str], folder: Path) -> None:
    done = call(*arguments, folder=folder)
    assert done.stderr == f"infobip-streams: {expected}\n"
    assert done.returncode == 2


def test_what_does_not_answer_is_told_with_its_address(folder: Path) -> None:
    done = call("check", "-c", "jobs.yaml", "--online", folder=folder)
    assert done.returncode == 1
    assert "authorizations[0]: Infobip at http://127.0.0.1:1" in done.stderr
    assert "kafka.brokers: 127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr


def test_preview_prints_the_calls_in_their_order(folder: Path) -> None:
    done = call("preview", "-c", "jobs.yaml", "vip", "events.jsonl", folder=folder)
    assert done.returncode == 0
    lines = [line for line in done.stdout.splitlines() if line.startswith(("PATCH", "DELETE", "#"))]
    assert lines[:3] == [
        "PATCH /people/3/persons/upsert",
        "PATCH /people/2/tags/VIP%20customers/persons",
        "DELETE /people/2/tags/VIP%20customers/persons",
    ]
    assert lines[3] == '# outcomes: {"accepted": 2, "undecodable": 1}'


def test_schemas_are_written(tmp_path: Path) -> None:
    assert call("schema", "--out", str(tmp_path)).returncode == 0
    written = {path.name for path in tmp_path.iterdir()}
    assert written == {*exported.records(), "jobs.schema.json", "asyncapi.yaml"}
    schema = orjson.loads((tmp_path / "infobip_flushes.schema.json").read_bytes())
    assert "outcomes" in schema["properties"]


def test_without_a_command_it_tells_what_it_can() -> None:
    assert "dead-letters" in call("--help").stdout
