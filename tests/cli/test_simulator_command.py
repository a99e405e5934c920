"""The simulated Infobip as a command: what it is told on the command line is how it answers."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest
import yaml

from tests import forked
from tests.integration.harness import until

ROOT = Path(__file__).parents[2]


@contextmanager
def simulator(*arguments: str) -> Iterator[httpx.Client]:
    """A client of the command on a free port."""
    headers = {"Authorization": "App demo-key"}
    with running(*arguments) as (told,), httpx.Client(base_url=told.split()[-1], headers=headers, timeout=10) as client:
        yield client


@contextmanager
def running(*arguments: str, lines: int = 1) -> Iterator[list[str]]:
    """Run the command on a free port; the last word of its first line is where it listens, of all so many it says."""
    with TemporaryDirectory() as folder:
        out = Path(folder, "out")
        program = ["streams", "simulator", "--port", "0", *arguments]
        process = forked.Forked(program, cwd=ROOT, environ=os.environ, out=out)
        try:
            until(lambda: out.read_text().count("\n") >= lines or process.poll() is not None, "the simulator listens")
            told = out.read_text().splitlines()
            assert told[0].startswith("the simulated Infobip listens on http")
            yield told
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(10)


def statuses(client: httpx.Client, *texts: str, to: str = "41793026727") -> list[str]:
    """Send texts one after the other, and return what became of them."""
    return [_send(client, text, to)["messages"][0]["status"]["name"] for text in texts]


def _send(client: httpx.Client, text: str, to: str) -> Any:
    body = {"messages": [{"sender": "Acme", "destinations": [{"to": to}], "content": {"text": text}}]}
    return client.post("/sms/3/messages", json=body).raise_for_status().json()


def test_messages_that_repeat_themselves_are_rejected_where_it_filters_floods() -> None:
    with simulator("--flooding-filter") as client:
        *taken, last = statuses(client, *["Hello"] * 7)
        assert taken == ["PENDING_ACCEPTED"] * 6
        assert last == "REJECTED_FLOODING_FILTER"
        assert statuses(client, "Something else") == ["PENDING_ACCEPTED"]
    with simulator() as client:
        assert statuses(client, *["Hello"] * 7) == ["PENDING_ACCEPTED"] * 7


def test_it_fails_on_demand_and_is_slow_on_demand() -> None:
    with simulator("--fault", "send_sms:status=503,count=1", "--latency", "0.3") as client:
        began = time.monotonic()
        assert client.post("/sms/3/messages", json={"messages": []}).status_code == 503
        assert statuses(client, "Hello") == ["PENDING_ACCEPTED"]
        assert time.monotonic() - began >= 0.6


def test_what_becomes_of_messages_is_told_by_their_numbers() -> None:
    with simulator("--status", "4477*=52") as client:
        assert statuses(client, "Hello") == ["PENDING_ACCEPTED"]
        assert statuses(client, "Hello", to="447712345678") != ["PENDING_ACCEPTED"]


def test_unpublished_keys_are_refused_where_that_is_wanted() -> None:
    body = {"messages": [{"destinations": [{"to": "41793026727"}], "content": {"text": "Hello"}, "colour": "red"}]}
    with simulator() as client:
        assert client.post("/sms/3/messages", json=body).status_code == 200
    with simulator("--strict") as client:
        assert client.post("/sms/3/messages", json=body).json()["violations"] == [
            {"property": "messages[0].colour", "violation": "is not a known property"}
        ]


@pytest.mark.parametrize("chosen", [True, False])
def test_it_speaks_tls_and_says_what_to_trust_it_by(chosen: bool, tmp_path: Path) -> None:  # noqa: FBT001 - as parametrized
    arguments = ["--ca-file", str(tmp_path / "ca.pem")] if chosen else []
    with running("--tls", *arguments, lines=2) as (listens, trusted):
        url = listens.split()[-1]
        ca_file = trusted.removeprefix("its certificate is trusted by ").split()[0]
        assert url.startswith("https://127.0.0.1:")
        assert not chosen or ca_file == str(tmp_path / "ca.pem")
        jobs: dict[str, Any] = {
            "kafka": {"brokers": "127.0.0.1:1"},
            "authorizations": [{"name": "main", "base_url": url, "api_key": "demo-key", "ca_file": ca_file}],
            "jobs": [{"name": "people", "kind": "import_contacts", "authorization": "main"}],
        }
        (tmp_path / "jobs.yaml").write_text(yaml.safe_dump(jobs))
        said = check_online(tmp_path)
        assert "authorization main: the key works" in said.stdout
        del jobs["authorizations"][0]["ca_file"]
        (tmp_path / "jobs.yaml").write_text(yaml.safe_dump(jobs))
        assert f"Infobip at {url}: its TLS certificate is not trusted" in check_online(tmp_path).stderr


def check_online(folder: Path) -> "subprocess.CompletedProcess[str]":
    return forked.call(["streams", "check", "-c", "jobs.yaml", "--online"], cwd=folder, environ=os.environ)


def test_what_becomes_of_messages_later_is_told_by_their_numbers_too() -> None:
    with simulator("--report-delay", "0", "--fate", "*=expired", "--fate", "4477*=delivered,seen=true") as client:
        for to in ("41793026727", "447700900001"):
            statuses(client, "Hello", to=to)
        rows = client.get("/sms/3/logs").raise_for_status().json()["results"]
        assert [row["status"]["groupName"] for row in rows] == ["DELIVERED", "EXPIRED"]
        pulled = client.get("/sms/3/reports").raise_for_status().json()["results"]
        assert [row["status"]["groupName"] for row in pulled] == ["EXPIRED", "DELIVERED"]
