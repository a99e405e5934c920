"""What `subscriptions` shows of what Infobip tells jobs, and what it ends."""

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from queue import Queue
from threading import Thread
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from schemas.configuration import Configuration
from schemas.jobs.receive_messages import ReceiveMessages
from schemas.records.states import InboundSubscription, JobState
from streams.cli import subscription_commands, subscriptions
from streams.cli.main import cli
from streams.config import load as config
from streams.errors import ConfigurationError, StreamsError
from streams.kafka.producer import OutgoingRecord
from tests import forked
from tests.infobip.asking import serving
from tests.infobip.configuration_fakes import NUMBER, ROOT, ConfigurationKeeper
from tests.jobs.receive_messages.receiving import FORWARDING, THEIRS, subscription

JOBS = """\
kafka: {{brokers: "127.0.0.1:1", topic_prefix: eu.}}
authorizations: [{{name: main, base_url: "{infobip}", api_key: demo-key}}]
webhooks: {{public_url: https://h.example.com/in, secret: hush}}
jobs:
  - {{name: people, kind: import_contacts, authorization: main}}
  - {{name: orders, kind: receive_messages, authorization: main, channel: sms, number: 447860099299, keyword: ORDER}}
  - {{name: help, kind: receive_messages, authorization: main, channel: sms, number: 447860099299, keyword: HELP}}
  - {{name: all, kind: receive_messages, authorization: main, channel: sms, number: 447860099299}}
  - {{name: chat, kind: receive_messages, authorization: main, channel: whatsapp, number: 447860099299}}
"""
THERE: tuple[dict[str, Any], ...] = (
    {"configurationKey": "K1", "keyword": "order", "forwarding": FORWARDING},
    {"configurationKey": "K2", "keyword": "HELP", "forwarding": {**FORWARDING, "format": "MO_OTT_MSISDN"}},
    {"configurationKey": "K3", "forwarding": THEIRS},
)
NOW = datetime(2026, 1, 1, tzinfo=UTC)


class Kafka:
    """Topics as they are told of, and what is written to them."""

    def __init__(self) -> None:
        self.kept: dict[str, InboundSubscription] = {}
        self.states: list[Any] = []
        self.written: list[OutgoingRecord] = []
        self.client_settings: dict[str, Any] = {}

    def partitions(self) -> dict[str, int]:
        return {"eu.infobip_job_states": 1}

    async def write(self, records: list[OutgoingRecord]) -> None:
        self.written += records

    async def aclose(self) -> None:
        """There is nothing to wait for."""


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> Kafka:
    fake = Kafka()
    monkeypatch.setattr(subscriptions, "TopicAdmin", lambda _: fake)
    monkeypatch.setattr(subscriptions, "Writer", lambda _: fake)
    monkeypatch.setattr(subscriptions, "kept_of", lambda *_: fake.kept)
    monkeypatch.setattr(subscriptions, "read_topic", lambda *_: iter(fake.states))
    return fake


def told(keeper: ConfigurationKeeper, work: Callable[[Configuration], Any]) -> Any:
    """What comes of work with a file and a server that keeps what it is told."""

    async def story() -> Any:
        async with serving({f"{ROOT}{{rest:.*}}": keeper.by_aiohttp}) as url:
            return await work(config.parse(JOBS.format(infobip=url), {}, "jobs.yaml"))

    return asyncio.run(story())


def listed(keeper: ConfigurationKeeper, *names: str) -> list[str]:
    async def work(configuration: Configuration) -> list[str]:
        jobs = subscriptions.receivers_named(configuration, list(names))
        return list(subscriptions.lines(await subscriptions.gather(configuration, jobs)))

    lines: list[str] = told(keeper, work)
    return lines


def removed(keeper: ConfigurationKeeper, *names: str) -> list[str]:
    async def work(configuration: Configuration) -> list[str]:
        jobs, said = subscriptions.receivers_named(configuration, list(names)), list[str]()
        await subscriptions.remove(configuration, await subscriptions.gather(configuration, jobs), said.append)
        return said

    lines: list[str] = told(keeper, work)
    return lines


@pytest.mark.usefixtures("kafka")
def test_each_job_has_a_line_that_says_how_it_stands_and_lets_nobody_in() -> None:
    lines = listed(ConfigurationKeeper(*THERE))
    assert [" ".join(line.split()) for line in lines] == [
        "job key channel number keyword url state",
        f"orders K1 sms {NUMBER} ORDER https://h.example.com/in/t/.../inbound/sms in place",
        f"help K2 sms {NUMBER} HELP https://h.example.com/in/t/.../inbound/sms changed",
        f"all K3 sms {NUMBER} - https://other.example/... somebody else's",
        f"chat - whatsapp {NUMBER} - - missing",
    ]


def test_what_was_the_jobs_and_tells_somebody_else_now_was_changed(kafka: Kafka) -> None:
    kafka.kept["all"] = subscription(job="all", configuration_key="K3")
    assert listed(ConfigurationKeeper(*THERE), "all")[1].endswith("https://other.example/...  changed")


def test_what_is_ours_is_ended_and_let_go_of_and_nobody_elses_is_touched(kafka: Kafka) -> None:
    kafka.kept = {
        "orders": subscription(configuration_key="K1", keyword="ORDER"),
        "all": subscription(job="all", configuration_key="K3"),
    }
    keeper = ConfigurationKeeper(*THERE)
    assert removed(keeper) == [
        "orders: configuration K1 ended",
        "help: configuration K2 ended",
        "all: configuration K3 is somebody else's, and left as it is",
        "chat: there is none",
    ]
    assert list(keeper.kept) == ["K3"]
    assert [(one.topic, one.key, one.value) for one in kafka.written] == [
        ("eu.infobip_subscriptions_orders", b"orders", None),
        ("eu.infobip_subscriptions_all", b"all", None),
    ]


def test_what_was_of_another_number_is_named_where_it_is_let_go_of(kafka: Kafka) -> None:
    kafka.kept["orders"] = subscription(configuration_key="OLD", number="4915112345678")
    assert removed(ConfigurationKeeper(*THERE), "orders") == [
        "orders: configuration K1 ended",
        "orders: OLD, of another number or keyword, is left at Infobip",
    ]
    assert [one.value for one in kafka.written] == [None]


@pytest.mark.usefixtures("kafka")
def test_a_configuration_that_is_gone_meanwhile_is_no_trouble() -> None:
    keeper = ConfigurationKeeper(*THERE)
    keeper.status = 404
    assert removed(keeper, "orders") == ["orders: configuration K1 was gone already"]


@pytest.mark.parametrize(
    ("names", "faults"),
    [
        (["people"], ["'people' is a job of kind import_contacts, which receives none"]),
        (["nobody"], ["no job is called 'nobody' (there are: people, orders, help, all, chat)"]),
    ],
)
def test_only_jobs_that_receive_have_any(names: list[str], faults: list[str]) -> None:
    configuration = config.parse(JOBS.format(infobip="a"), {}, "jobs.yaml")
    with pytest.raises(ConfigurationError) as caught:
        subscriptions.receivers_named(configuration, names)
    assert caught.value.faults == faults


def state(kind: str, seconds_ago: float, job: str = "orders") -> Any:
    at = NOW - timedelta(seconds=seconds_ago)
    said = {"job": job, "instance": "worker-1", "state": kind, "detail": "", "partitions": 1}
    record = JobState.model_validate({**said, "since": at, "updated_at": at})
    return SimpleNamespace(key=f"{job}/worker-1".encode, value=record.model_dump_json().encode)


def chosen(configuration: Configuration) -> Iterator[ReceiveMessages]:
    return (job for job in configuration.jobs if job.name == "orders" and isinstance(job, ReceiveMessages))


@pytest.mark.parametrize(
    ("lives", "states"),
    [
        (True, [state("running", 10)]),
        (True, [state("failed", 10)]),
        (False, [state("running", 61)]),
        (False, [state("running", 10), state("stopped", 5)]),
        (False, [state("running", 10, job="help")]),
        (False, [SimpleNamespace(key=lambda: b"orders/start/a-0", value=lambda: b"{}")]),
        (False, []),
    ],
)
def test_a_job_that_lives_would_subscribe_again(kafka: Kafka, states: list[Any], *, lives: bool) -> None:
    kafka.states = states
    configuration = config.parse(JOBS.format(infobip="a"), {}, "jobs.yaml")
    refused = ""
    try:
        subscriptions.see_that_none_lives(configuration, list(chosen(configuration)), NOW, "subscribe again")
    except StreamsError as error:
        refused = str(error)
    told = "stop first what would subscribe again: 'orders' in worker-1"
    assert refused == (f"{told} (a process that was killed is taken for dead after 60 s)" if lives else "")


def test_where_nobody_can_be_asked_it_must_be_said_that_nobody_need_be(tmp_path: Path) -> None:
    (tmp_path / "jobs.yaml").write_text(JOBS.format(infobip="http://127.0.0.1:1"))
    done = forked.call(["streams", "subscriptions", "remove", "-c", "jobs.yaml"], cwd=tmp_path, environ=os.environ)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "infobip-streams: subscriptions remove: nobody can be asked here: say --yes\n"


@contextmanager
def served(keeper: ConfigurationKeeper) -> Iterator[str]:
    """A server that runs beside whoever asks it."""
    begun, over = Queue[str](), asyncio.Event()
    loop = asyncio.new_event_loop()

    async def story() -> None:
        async with serving({f"{ROOT}{{rest:.*}}": keeper.by_aiohttp}) as url:
            begun.put(url)
            await over.wait()

    thread = Thread(target=loop.run_until_complete, args=(story(),))
    thread.start()
    try:
        yield begun.get(timeout=60)
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()


@pytest.mark.parametrize(("said", "code", "left"), [("y\n", 0, ["K2", "K3"]), ("n\n", 1, ["K1", "K2", "K3"])])
@pytest.mark.usefixtures("kafka")
def test_a_person_is_asked_first(
    said: str, code: int, left: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subscription_commands, "sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True)))
    keeper, path = ConfigurationKeeper(*THERE), tmp_path / "jobs.yaml"
    with served(keeper) as url:
        path.write_text(JOBS.format(infobip=url))
        done = CliRunner().invoke(cli, ["subscriptions", "remove", "-c", str(path), "orders"], input=said)
    assert (done.exit_code, list(keeper.kept)) == (code, left)
    assert "End those that are ours? [y/N]" in done.output


@pytest.mark.usefixtures("kafka")
def test_at_a_terminal_they_are_listed(tmp_path: Path) -> None:
    path = tmp_path / "jobs.yaml"
    with served(ConfigurationKeeper(*THERE)) as url:
        path.write_text(JOBS.format(infobip=url))
        done = CliRunner().invoke(cli, ["subscriptions", "list", "-c", str(path), "orders"])
    assert (done.exit_code, done.output.split()[:2]) == (0, ["job", "key"])
    assert "in place" in done.output
    assert "hush" not in done.output
