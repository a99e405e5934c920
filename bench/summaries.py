"""How long `status` and the console take where much was told: without the sum of it, with it, and in a browser."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.request import urlopen
from uuid import uuid4

import orjson
import yaml
from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic
from selenium.webdriver import Chrome

from bench.running import ROOT
from bench.table import Column, Figures, Result, Row
from schemas.config.kafka import KafkaSettings
from streams.config.load import load
from streams.kafka.admin import TopicAdmin
from streams.kafka.clients import client_settings
from streams.kafka.topics import TopicNames
from streams.operating.status import gather
from streams.summaries import keeping
from streams.summaries.reading import Reading, recalled
from streams.summaries.sums import Sums
from tests.integration.browser import chromium

FLUSHES, PARTITIONS, JOBS, EVENTS = 1_000_000, 4, 4, 100
BEGAN = 1_780_000_000
COLUMNS = (
    Column("flush records", "flushes"),
    Column("seconds", "seconds", ",.2f"),
    Column("answered after ms", "answer_ms"),
    Column("first paint ms", "paint_ms"),
)


def summaries(broker: str, scale: float) -> Result:
    """Write flush records, add them up once, and look how long those wait who look."""
    flushes, prefix = int(FLUSHES * scale), f"bench-{uuid4().hex[:8]}."
    names = TopicNames(prefix)
    _publish(broker, names, flushes)
    rows: list[Row] = []

    def note(who: str, figures: Figures) -> None:
        rows.append(Row(who, "", {"flushes": flushes, **figures}))
        print(f"  {who}: {figures}", flush=True)

    with TemporaryDirectory() as folder:
        path = _configuration(Path(folder), broker, prefix)
        note("status, nothing added up", {"seconds": _seconds(path)})
        note("adding all up, once", {"seconds": asyncio.run(_add_up(broker, names))})
        note("status, with Python's start", {"seconds": min(_seconds(path) for _ in range(3))})
        note("status", {"seconds": min(_gathered(path) for _ in range(5))})
        with _console(path) as (url, seconds), chromium() as browser:
            note("console, from its start to the whole page", {"seconds": seconds})
            # What the browser takes by itself, on this machine as busy as it is.
            note("a word, from no server", _paint(browser, "data:text/html,<p>word"))
            for page in ("/", "/jobs/job-0", "/failures", "/quota"):
                note(f"console {page}", {**_answer(url + page), **_paint(browser, url + page)})
    return Result("summaries", "Looking at jobs that told much", COLUMNS, rows)


def _publish(broker: str, names: TopicNames, flushes: int) -> None:
    admin = AdminClient({"bootstrap.servers": broker})
    wanted = {names.flushes: PARTITIONS, names.dead_letters: PARTITIONS, names.job_states: 1}
    for future in admin.create_topics([NewTopic(name, number, 1) for name, number in wanted.items()]).values():
        future.result(30)
    producer = Producer({"bootstrap.servers": broker, "linger.ms": 50, "compression.type": "lz4"})
    for number in range(flushes):
        job, window = number % JOBS, number // JOBS
        said = {
            "job": f"job-{job}",
            "partitions": [
                {
                    "topic": "memberships",
                    "partition": window % PARTITIONS,
                    "first_offset": window // PARTITIONS * EVENTS,
                    "last_offset": (window // PARTITIONS + 1) * EVENTS - 1,
                    "topic_id": "08DBYShSSw-CT56gkSbinQ",
                }
            ],
            "events": EVENTS,
            "outcomes": {"accepted": EVENTS - 1, "superseded": 1},
            "calls": {"upsert_persons": 1, "add_tag": 1},
            "answers": {"upsert_persons": {"207": 1}, "add_tag": {"200": 1}},
            "retries": 0,
            "left_out_fields": {},
            "seconds": 0.2,
            "flushed_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(BEGAN + number // 4)),
        }
        while True:
            with suppress(BufferError):
                producer.produce(names.flushes, key=f"job-{job}", value=orjson.dumps(said))
                break
            producer.poll(0.2)
    assert producer.flush(120) == 0


def _configuration(folder: Path, broker: str, prefix: str) -> Path:
    job = {"kind": "export_audience", "authorization": "main", "audiences": ["vip"]}
    said = {
        "kafka": {"brokers": broker, "topic_prefix": prefix},
        "authorizations": [{"name": "main", "base_url": "http://127.0.0.1:9", "api_key": "key"}],
        "jobs": [
            {**job, "name": f"job-{number}", "topics": [f"{prefix}memberships"], "tag": f"T{number}"}
            for number in range(JOBS)
        ],
    }
    path = folder / "jobs.yaml"
    path.write_text(yaml.safe_dump(said))
    return path


def _seconds(path: Path) -> float:
    """How long `status` takes, from its start to its end, as somebody at a terminal waits for it."""
    began = time.monotonic()
    command = [sys.executable, "-m", "streams", "status", "--json", "-c", str(path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    seconds = time.monotonic() - began
    assert all(one["events"] > 0 for one in orjson.loads(done.stdout))
    return seconds


def _gathered(path: Path) -> float:
    """How long it takes in a process that has begun."""
    configuration, began = load(path, {}), time.monotonic()
    assert all(one.did.events > 0 for one in gather(configuration))
    return time.monotonic() - began


async def _add_up(broker: str, names: TopicNames) -> float:
    """How long adding up takes, with all that is written for it."""
    kafka = KafkaSettings.model_validate({"brokers": broker})
    settings = client_settings(kafka)
    admin, began = TopicAdmin(kafka, settings), time.monotonic()
    keeper = asyncio.create_task(keeping.keep_sums(settings, names, admin, may_create=True))
    try:
        while not await asyncio.to_thread(_is_kept, admin, settings, names):  # noqa: ASYNC110 - another process keeps it
            await asyncio.sleep(1)
    finally:
        keeper.cancel()
        await asyncio.gather(keeper, return_exceptions=True)
    return time.monotonic() - began


def _is_kept(admin: TopicAdmin, settings: dict[str, Any], names: TopicNames) -> bool:
    """Whether the sum that is kept counts all there is."""
    if names.summaries not in admin.partitions():
        return False
    sums: Sums = recalled(settings, names.summaries, 1, parts=False)
    before = sum(one.counts.windows for one in sums.jobs.values())
    reading = Reading(settings, names, (names.flushes,), sums, stays=False)
    try:
        reading.begin(admin)
        return reading.go_on(2.0) == 0 and reading.caught_up and before > 0
    finally:
        reading.close()


@contextmanager
def _console(path: Path) -> Iterator[tuple[str, float]]:
    """A console, and how long it took until it showed all."""
    began = time.monotonic()
    command = [sys.executable, "-m", "streams", "console", "--port", "0", "-c", str(path)]
    environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, env=environ) as process:
        assert process.stdout is not None
        try:
            url = process.stdout.readline().split()[-1].rstrip("/")
            while "caught up" not in (page := _page(url)) and ("Reading" in page or "Still adding up" in page):
                time.sleep(0.02)
            yield url, time.monotonic() - began
        finally:
            process.terminate()


def _page(url: str) -> str:
    with urlopen(url) as answer:  # noqa: S310 - the console's own address
        return str(answer.read().decode())


def _answer(url: str) -> Figures:
    """The median time until all of a page is sent."""
    found = []
    for _ in range(9):
        began = time.monotonic()
        _page(url)
        found.append(1000 * (time.monotonic() - began))
    return {"answer_ms": sorted(found)[len(found) // 2]}


def _paint(browser: Chrome, url: str) -> Figures:
    """The median time from asking for a page until the browser paints what is on it."""
    found = []
    for _ in range(9):
        browser.get("about:blank")
        browser.get(url)
        script = "return performance.getEntriesByName('first-contentful-paint').map((one) => one.startTime)"
        deadline = time.monotonic() + 10
        while not (times := browser.execute_script(script)) and time.monotonic() < deadline:
            time.sleep(0.02)
        found.append(float(times[0]))
    return {"paint_ms": sorted(found)[len(found) // 2]}
