"""The simulated Infobip as a command: what it is told on the command line is how it answers."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[1]


@contextmanager
def simulator(*arguments: str) -> Iterator[httpx.Client]:
    """Run the command on a free port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "streams", "simulator", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        assert process.stdout is not None
        told = process.stdout.readline()
        assert told.startswith("the simulated Infobip listens on http://127.0.0.1:")
        headers = {"Authorization": "App demo-key"}
        with httpx.Client(base_url=told.split()[-1], headers=headers, timeout=10) as client:
            yield client
    finally:
        process.terminate()
        process.communicate(timeout=10)


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
