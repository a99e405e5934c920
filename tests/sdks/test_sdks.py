"""Infobip's own clients against the simulator: what it answers must be what they read.

They live in environments of their own, which `make sdks` makes. Without them this is skipped, and in CI it fails.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
PYTHON = ROOT / ".cache" / "sdks" / "bin" / "python"
MODULES = ROOT / ".cache" / "sdks" / "node_modules"
TAKEN = {"groupId": 1, "groupName": "PENDING", "id": 7, "name": "PENDING_ENROUTE"}


@pytest.fixture(name="url")
def _url() -> Iterator[str]:
    """A simulator that reports nothing while a test lasts."""
    yield from _simulator(3600)


@pytest.fixture(name="reporting_url")
def _reporting_url() -> Iterator[str]:
    """A simulator that reports at once."""
    yield from _simulator(0)


def _simulator(report_delay_seconds: int) -> Iterator[str]:
    delay = ["--report-delay", str(report_delay_seconds)]
    command = [sys.executable, "-m", "streams", "simulator", "--port", "0", "--unlimited", *delay]
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
        process.terminate()


def told(command: list[str | Path], installed: Path, **environ: str) -> Any:
    """What a client printed that is installed there."""
    if not installed.exists() or shutil.which(command[0]) is None:
        missing = f"{installed} is not there: make sdks"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    done = subprocess.run(
        command, env={**os.environ, **environ}, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return orjson.loads(done.stdout)


def test_the_python_client_reads_every_answer(url: str) -> None:
    said = told([PYTHON, HERE / "python_client.py", url], PYTHON)
    content = {"text": "Çay", "transliteration": "TURKISH"}
    language = {"languageCode": "TR", "singleShift": False, "lockingShift": False}
    assert said == {
        "sms": {
            "sent": [["41793026727", "PENDING_ACCEPTED", 1], ["41793026728", "PENDING_ACCEPTED", 1]],
            "bulk": ["sms-bulk", 51],
            "found": {
                "by id": 1,  # the other is yet to be sent
                "by bulk": 3,
                "by status": 54,
                "by network": 1,
                "by platform": 2,
                "by campaign": 2,
                "since an hour": 54,
                "until an hour ago": 0,
            },
            "row": [{**content, "language": language}, "entity", "22801", True],
            "pages": [25, 25, 4],
            "refused": {"demo-key": [400, "E400", ["messages[0].content.text"]], "another-key": [401, "E401", []]},
        },
        "viber": {"sent": ["PENDING_ACCEPTED"] * 3, "logs": ["IMAGE", "TEXT", "TEXT"]},
        "email": {"sent": ["email-1"], "logs": [["ann@example.com", "<b>Hello</b>"]]},
    }


def test_the_python_client_reads_all_that_comes_back(reporting_url: str) -> None:
    assert told([PYTHON, HERE / "python_feedback.py", reporting_url], PYTHON) == {
        "sms": {
            "pushed": ["s1", "DELIVERED", 0, "back", "447700900005"],
            "pulled": ["s2", "UNDELIVERABLE", True, True],
            "inbox": [["447700900005", "Hello", None]],
            "order": ["five", "ORDER"],
            "shared": ["447700900005", "six", "Hello"],
        },
        "viber": {
            "pushed": ["v1", 5],
            "seen": ["v1", "447700900005"],
            "pulled": ["v2", "EXPIRED"],
            "reply": ["447700900005", "Yes", "v1"],
        },
        "email": {
            "pushed": ["e1", "DELIVERED_TO_HANDSET", "ann006@example.com"],
            "click": ["CLICKED", "https://example.com/a", "ann006@example.com", "back"],
        },
    }


def test_the_npm_sdk_reads_every_answer(url: str) -> None:
    """It posts the whole message, its own `type` included, and has one error for all that is refused."""
    said = told(["node", HERE / "npm_client.cjs", url], MODULES, NODE_PATH=str(MODULES))
    text, template = said["text"], said["template"]
    assert (text["status"], text["data"]["to"], text["data"]["messageCount"]) == (200, "447123456789", 1)
    assert text["data"]["status"].items() >= TAKEN.items()
    (row,) = template["data"]["messages"]
    assert (template["status"], row["messageId"]) == (200, "template-1")
    (again,) = said["again"]["data"]["messages"]
    assert again["status"]["name"] == "REJECTED_DUPLICATE_MESSAGE_ID"
    assert said["templates"] == {"status": 200, "data": {"templates": []}}
    exception = {"messageId": "UNAUTHORIZED", "text": "Invalid login details"}
    assert said["strange"] == {"status": 401, "data": {"requestError": {"serviceException": exception}}}
