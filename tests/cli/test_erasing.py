"""What `erase` shows, asks, does in which order, and says that it cannot reach."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from schemas.config.history import History
from schemas.configuration import Configuration
from schemas.records.topics import TOPICS
from streams.cli import history_commands, subscriptions
from streams.cli.erasing import erasure, infobip, inputs
from streams.cli.erasing import unreached as left
from streams.cli.erasing.person import Person
from streams.cli.erasing.topics import full
from streams.cli.erasing.unreached import holding, of_no_job, unreached
from streams.cli.main import cli
from streams.config.load import parse
from streams.history import erasure as rows
from streams.history.schema import migrate
from streams.infobip.client import Client
from streams.kafka.producer import OutgoingRecord
from tests.cli.erased import told
from tests.fakes.infobip import KEY, NOW, URL, Infobip
from tests.making import export_job

JOBS = """\
kafka: {{brokers: "127.0.0.1:1", topic_prefix: eu.}}
authorizations: [{{name: main, base_url: "infobip.test", api_key: k}}]
history: {{url: "sqlite:///{folder}/history.db"}}
jobs:
  - {{name: vip, kind: export_audience, authorization: main, topics: [memberships], audiences: [a, b], tag: VIP}}
  - {{name: sms, kind: send_message, authorization: main, topics: [memberships], audiences: [a], sender: Acme,
     once: ever, content: {{channel: sms, text: Hi}}}}
  - {{name: people, kind: import_contacts, authorization: main}}
  - {{name: followed, kind: track_messages, authorization: main}}
  - {{name: kept, kind: store_history, topics: [memberships]}}
"""
ENTER = {"action": "enter", "audience": "a", "profile_id": "u-ann", "profile": {"email": "Ann@example.com"}}
ANN = {"contactInformation": [{"type": "EMAIL", "identifier": "ann@example.com"}]}
AT = datetime(2026, 11, 29, tzinfo=UTC)
GOES = "what is in it goes by itself after"
STAYS = "the last record of each key stays (cleanup.policy=compact): have whoever writes it write a tombstone"
AGAIN = "comes again, is replayed, or is read by a new job makes the person anew: have whoever publishes it stop"
WEEK, DAY = str(7 * 86_400_000), str(86_400_000)


class Kafka:
    """Topics with their records; tombstones that are written, and what is set."""

    def __init__(self, **records: Sequence[Any]) -> None:
        self.topics = {name.replace("eu_", "eu."): [*some] for name, some in records.items()}
        self.policies: dict[str, Mapping[str, str] | None] = {}
        self.written: list[OutgoingRecord] = []
        self.steps: list[str] = []
        self.client_settings: dict[str, Any] = {}

    def partitions(self) -> dict[str, int]:
        return dict.fromkeys(self.topics, 1)

    def settings(self, names: Sequence[str]) -> dict[str, Mapping[str, str] | None]:
        return {name: self.policies.get(name, {"cleanup.policy": "delete", "retention.ms": WEEK}) for name in names}

    def read(self, _: object, topic: str, __: object) -> Iterator[Any]:
        return iter(self.topics[topic])

    async def write(self, records: Sequence[OutgoingRecord]) -> None:
        for one in records:
            self.steps.append(f"topic {one.topic}")
            self.topics[one.topic] += told((one.key or b"", one.value))

    async def aclose(self) -> None:
        """There is nothing to wait for."""


@pytest.fixture
def kafka(monkeypatch: pytest.MonkeyPatch) -> Kafka:
    fake = Kafka(
        memberships=told(("u-ann", ENTER), ("u-bo", {**ENTER, "profile_id": "u-bo"})),
        eu_infobip_memberships_vip=told(("u-ann", {"profile_id": "u-ann", "audiences": ["a"]})),
        eu_infobip_once_sms=told(("u-ann", {"message_id": "m1"})),
        eu_infobip_contacts=told(("1", {"infobip_person_id": "1", "email": "ann@example.com"})),
        eu_infobip_imported_people=told(("1", {"version": "0"}), ("2", {"version": "0"})),
        eu_infobip_messages=told(),
    )
    for module in (erasure, left, subscriptions):
        monkeypatch.setattr(module, "TopicAdmin", lambda _: fake)
    for read in (erasure, inputs):
        monkeypatch.setattr(read, "read_topic", fake.read)
    monkeypatch.setattr(erasure, "Writer", lambda _: fake)
    return fake


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, kafka: Kafka) -> Infobip:
    made = Infobip.simulated()
    made.account.upsert([ANN], NOW)

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            kafka.steps.append("Infobip")
        return await made(request)

    monkeypatch.setattr(
        infobip, "client_of", lambda one: Client(one.name, URL, KEY, transport=httpx.MockTransport(answer))
    )
    return made


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kafka: Kafka) -> Path:
    (tmp_path / "jobs.yaml").write_text(JOBS.format(folder=tmp_path))
    migrate(History.model_validate({"url": f"sqlite:///{tmp_path}/history.db"}))
    erase = rows.erase

    def noted(*arguments: Any) -> Any:
        kafka.steps.append("history")
        return erase(*arguments)

    monkeypatch.setattr(rows, "erase", noted)
    return tmp_path


def run(folder: Path, *words: str, answer: str | None = None) -> Result:
    return CliRunner().invoke(cli, ["erase", "-c", str(folder / "jobs.yaml"), *words], input=answer)


@pytest.mark.usefixtures("asked")
def test_what_the_profile_is_found_by_goes_last(folder: Path, kafka: Kafka, asked: Infobip) -> None:
    done = run(folder, "--profile", "u-ann", "--in-infobip", "--yes")
    assert done.exit_code == 0, done.output
    assert done.output.splitlines()[:7] == [
        "topic eu.infobip_memberships_vip: 1 record",
        "topic eu.infobip_once_sms: 1 record",
        "topic eu.infobip_imported_people: 1 record",
        "topic eu.infobip_contacts: 1 record",
        "Infobip, account main: 1 person, known by EMAIL a•••@•••",
        "Infobip, account main: 1 person deleted",
        "erased; not reached, and left as it is:",
    ]
    assert kafka.steps == [
        "topic eu.infobip_once_sms",
        "topic eu.infobip_imported_people",
        "topic eu.infobip_contacts",
        "Infobip",
        "history",
        "topic eu.infobip_memberships_vip",
    ]
    assert asked.account.people == {}
    again = run(folder, "--profile", "u-ann", "--in-infobip", "--yes")
    assert again.output.splitlines()[:2] == [
        "Infobip, account main: nobody",
        "there is nothing to erase; not reached, and left as it is:",
    ]


def test_nothing_is_changed_before_somebody_confirms(
    folder: Path, kafka: Kafka, asked: Infobip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_commands, "sys", SimpleNamespace(stdin=SimpleNamespace(isatty=lambda: True)))
    refused = run(folder, "--profile", "u-ann", "--in-infobip", answer="n\n")
    assert "Infobip, account main: 1 person, known by EMAIL a•••@•••" in refused.output
    assert "Erase all of it? [y/N]: n" in refused.output
    assert (refused.exit_code, kafka.steps, len(asked.account.people)) == (1, [], 1)
    assert run(folder, "--profile", "u-ann", answer="y\n").exit_code == 0
    assert (len(kafka.steps), len(asked.account.people)) == (5, 1)


def test_where_nobody_can_be_asked_yes_must_be_said(folder: Path, kafka: Kafka) -> None:
    done = run(folder, "--profile", "u-ann")
    assert (done.exit_code, str(done.exception)) == (1, "erase: nobody can be asked here: say --yes")
    assert kafka.steps == []


@pytest.mark.usefixtures("asked")
def test_of_whom_nothing_is_known_no_account_is_asked(folder: Path, asked: Infobip) -> None:
    done = run(folder, "--profile", "u-cy", "--in-infobip", "--yes")
    assert done.output.splitlines()[:2] == [
        "Infobip, account main: nobody",
        "Infobip: nothing is known that the person could be found by: say --address",
    ]
    assert asked.calls == []


def test_by_an_address_the_person_is_deleted_and_what_has_no_address_stays(
    folder: Path, kafka: Kafka, asked: Infobip
) -> None:
    done = run(folder, "--address", " Ann@Example.com ", "--in-infobip", "--yes")
    assert "Infobip, account main: 1 person deleted" in done.output
    assert kafka.steps == ["topic eu.infobip_imported_people", "topic eu.infobip_contacts", "Infobip", "history"]
    assert asked.account.people == {}


# --- what it learns -------------------------------------------------------------------------------------------------


def learnt(person: Person, *events: tuple[str, Any], **job: Any) -> Person:
    inputs.learn_from("memberships", told(*events), [export_job(name="vip", audiences=["a"], **job)], person)
    return person


def test_events_tell_what_exports_took_from_them() -> None:
    phone = {**ENTER, "profile": {"phone": "+44 7700 900123", "crm": 7}}
    other = {**ENTER, "profile_id": "u-bo", "profile": {"email": "bo@example.com"}}
    person = learnt(
        Person("u-ann"),
        ("u-ann", ENTER),
        ("elsewhere", phone),
        ("u-ann", {**ENTER, "audience": "z", "profile": {"email": "z@example.com"}}),
        ("u-ann", other),
        ("u-ann", b"no event"),
        ("u-ann", None),
        external_id_field="crm",
    )
    assert person.addresses == {"ann@example.com", "447700900123"}
    assert person.external_ids == {"main": {"7"}}


def test_an_id_is_found_however_its_event_writes_it() -> None:
    written = b'{"action":"enter","audience":"a","profile_id":"u-\\u00e9","profile":{"email":"e@example.com"}}'
    assert learnt(Person("u-é"), ("x", written)).addresses == {"e@example.com"}
    number = b'{"action":"enter","audience":"a","profile_id":42,"profile":{"email":"e@example.com"}}'
    assert learnt(Person("42"), ("x", number)).addresses == {"e@example.com"}


# --- what it does not reach -----------------------------------------------------------------------------------------


def configuration(folder: Path) -> Configuration:
    return parse(JOBS.format(folder=folder), {}, "jobs.yaml")


def test_it_is_told_when_what_is_not_reached_goes(kafka: Kafka, tmp_path: Path) -> None:
    policies: dict[str, Mapping[str, str] | None] = {
        "memberships": {"cleanup.policy": "compact"},
        "eu.infobip_messages": {"cleanup.policy": "delete", "retention.ms": WEEK},
        "eu.infobip_dead_letters": {"cleanup.policy": "delete", "retention.ms": "-1"},
        "eu.infobip_clicks": {"cleanup.policy": "compact,delete", "retention.ms": DAY},
        "eu.infobip_consents": None,
        "eu.infobip_calls": {"cleanup.policy": "delete", "retention.ms": "9223372036854"},
        "eu.infobip_flushes": {"cleanup.policy": "delete", "retention.ms": WEEK},
        "eu.infobip_once_former": {"cleanup.policy": "compact"},
    }
    kafka.topics, kafka.policies = {name: [] for name in policies}, policies
    assert list(unreached(configuration(tmp_path), AT, ["eu.infobip_cohorts_x"], in_infobip=False)) == [
        f"topic eu.infobip_calls: {GOES} 106751 days, 23:47:16.854000 (retention.ms), about 2319-03-10",
        f"topic eu.infobip_clicks: {GOES} 1 day, 0:00:00 (retention.ms), about 2026-11-30",
        "topic eu.infobip_consents: the brokers do not tell how long it keeps what is in it",
        "topic eu.infobip_dead_letters: what is in it stays for ever (retention.ms=-1)",
        f"topic eu.infobip_messages: {GOES} 7 days, 0:00:00 (retention.ms), about 2026-12-06",
        f"topic memberships: {STAYS}",
        "topic eu.infobip_once_former: the file names no such job; if there is none any more, delete the topic",
        "what tombstones replace stays on the brokers' disks until they compact the topics (max.compaction.lag.ms)",
        "topic eu.infobip_cohorts_x: its job lets go once it runs again, and has taken the address from Infobip's list",
        "the disks of job 'followed': the copy of its topic follows when it starts there again",
        "job 'kept': what it has not stored yet comes to the history, as long as topics have it",
        "the person in Infobip, and contacts imported from there later: say --in-infobip, or delete them there",
        "Infobip's own logs and reports of messages, which it keeps as long as it says",
        "systems of others: who reads topics of ours, and who is called by webhooks",
        f"an event of the profile that {AGAIN}",
    ]
    deleted = list(unreached(configuration(tmp_path), AT, [], in_infobip=True))
    assert not any("--in-infobip" in line for line in deleted)


def test_the_disks_of_exports_that_keep_members_are_told_of(kafka: Kafka, tmp_path: Path) -> None:
    kafka.topics, kafka.policies = {}, {}
    keeping = JOBS.replace("tag: VIP}}", "tag: VIP, keep_members: true}}")
    told = [*unreached(parse(keeping.format(folder=tmp_path), {}, "jobs.yaml"), AT, [], in_infobip=False)]
    assert "the disks of job 'vip': the copy of its topic follows when it starts there again" in told


def test_every_topic_that_holds_people_by_age_is_told_and_no_other(tmp_path: Path) -> None:
    made = configuration(tmp_path)
    by_age = {full(one.short, "eu.", job.name) for one in TOPICS for job in made.jobs if one.erased == "by age"}
    assert {*holding(made)} == by_age - {"eu.audience_memberships"} | {"memberships"}


def test_a_topic_of_a_job_of_the_file_is_no_strangers(tmp_path: Path) -> None:
    existing = {"eu.infobip_once_sms", "eu.infobip_once_old", "eu.infobip_speed_old", "us.infobip_once_old", "eu.other"}
    assert of_no_job(configuration(tmp_path), existing) == ["eu.infobip_once_old"]
