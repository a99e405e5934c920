"""Who is erased is gone from Infobip, from topics that remember people and from the history; and kills undo nothing."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from schemas.config.history import History
from schemas.records.topics import TOPICS
from streams.cli.erasing.topics import ORIGINS
from streams.history.schema import migrate
from streams.history.tables import TABLES
from streams.simulator import SimulatorOptions
from tests.contents import send_job
from tests.forked import Forked
from tests.integration.brokers import Broker
from tests.integration.commands import call
from tests.integration.harness import ROOT, Corridor, SimulatorThread, Worker, corridor, until

pytestmark = [pytest.mark.broker, pytest.mark.kafka]

#: The profile that is erased, and the other; no name of the one is a part of what is said of the other.
ANN, BO = "ann-7731", "bo-4402"
PROFILES = {
    ANN: {"email": "ann7731@example.com", "phone": "+447700907731", "name": "Ann"},
    BO: {"email": "bo4402@example.com", "phone": "+447700904402", "name": "Bo"},
}
ADDRESSES = ("ann7731@example.com", "447700907731")
READER = "reader-key"
KEYS = {**SimulatorOptions().api_keys, READER: frozenset({"people:read"})}
KILLED = -signal.SIGKILL
JOBS = ("vip", "shared", "sms", "people", "lists", "followed", "kept")
LIMITS = {"create_list": 1000.0, "add_to_list": 1000.0, "remove_from_list": 1000.0, "list_persons": 1000.0}


def enter(profile: str, number: int, audience: str = "vip", action: str = "enter") -> dict[str, Any]:
    said = {"event_id": f"e-{number}", "action": action, "audience": audience, "profile_id": profile}
    return {**said, "profile": PROFILES[profile]}


class Erasing:
    """Jobs of every kind that remembers people, their Infobip, and a database."""

    def __init__(self, made: Corridor, infobip: SimulatorThread, folder: Path) -> None:
        self.made, self.infobip = made, infobip
        url = f"sqlite:///{folder}/history.db"
        migrate(History.model_validate({"url": url}))
        self._engine = create_engine(url)
        short = {"flush": {"max_events": 100, "max_seconds": 0.3}}
        audiences = {"topics": [made.topic], "audiences": ["vip"], **short}
        made.configuration["history"] = {"url": url}
        made.configuration["kafka"]["state_dir"] = "state"
        made.configuration["authorizations"][0]["limits"] = LIMITS
        made.configuration["jobs"] = [
            made.job(self.named("vip"), remember_address=True, **short),
            made.job(
                self.named("shared"), audiences=["vip", "new"], tag="SHARED", external_id_field="profile_id", **short
            ),
            send_job("sms", made.topic, "vip", name=self.named("sms"), once="ever"),
            {"name": self.named("people"), "kind": "import_contacts", "authorization": "main", "keep_updated": True},
            {"name": self.named("lists"), "kind": "sync_cohort", "authorization": "main", **audiences},
            {"name": self.named("followed"), "kind": "track_messages", "authorization": "main", "wait": {"hours": 1}},
            {"name": self.named("kept"), "kind": "store_history", "topics": [made.topic]},
        ]

    def named(self, short: str) -> str:
        """What a job is called: consumer groups bear its name, and others share the brokers."""
        return f"{self.made.name}-{short}"

    def start(self, *jobs: str) -> Worker:
        return self.made.start(*map(self.named, jobs))

    def drain(self, *jobs: str) -> None:
        for job in jobs:
            until(lambda one=job: self.made.lag(self.named(one)) == 0, f"{job} has done all")  # type: ignore[misc]

    def fill(self) -> None:
        """Have both people in all that remembers people, and stop."""
        worker = self.start("vip", "shared", "sms", "lists", "followed", "kept")
        self.made.publish([enter(ANN, 1), enter(BO, 2)])
        self.drain("vip", "shared", "sms", "lists")
        until(lambda: self.remaining(f"infobip_tracked_{self.named('followed')}") == {ANN, BO}, "messages are followed")
        until(lambda: self.rows()["messages"] == self.rows()["memberships"] == len(PROFILES), "all is stored")
        assert worker.stop() == 0
        worker = self.start("people")
        until(lambda: self.remaining("infobip_contacts") == {ANN, BO}, "contacts are imported")
        until(lambda: worker.said("import_finished"), "the import ends")
        assert worker.stop() == 0

    def remaining(self, topic: str) -> set[str]:
        """Whose last records a topic has."""
        last: dict[tuple[int, bytes], bytes | None] = {}
        for record in self.made.read(topic):
            last[record.partition(), record.key()] = record.value()
        there = [key + b" " + value for (_, key), value in last.items() if value is not None]
        return {
            who
            for who, profile in PROFILES.items()
            for one in there
            if any(name.lstrip("+").encode() in one for name in (who, profile["email"], profile["phone"]))
        }

    def everywhere(self) -> dict[str, set[str]]:
        """The same of all topics that are to be written tombstones, by their names without the prefix."""
        short = {topic.short: topic.is_of_a_job for topic in TOPICS if topic.erased == "tombstones"}
        found = {
            f"{name} {job}": self.remaining(f"{name}_{self.named(job)}" if of_a_job else name)
            for name, of_a_job in short.items()
            for job in (JOBS if of_a_job else ("people",))
        }
        return {name: who for name, who in found.items() if who}

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        with self._engine.connect() as connection:
            return {one: int(connection.execute(text(f"SELECT count(*) FROM {one}")).scalar_one()) for one in TABLES}  # noqa: S608

    def people(self) -> set[str]:
        return set(self.infobip.people())

    def versions(self) -> int:
        """Of how many people the import remembers versions."""
        last = {record.key(): record.value() for record in self.made.read(f"infobip_imported_{self.named('people')}")}
        return sum(value is not None for value in last.values())

    def erase(self, *words: str, code: int = 0) -> str:
        return call(self.made, "erase", *words, "--yes", code=code)

    def killed(self, point: str, profile: str) -> int:
        """Say it in a process that kills itself at a named point; its exit code."""
        path, log = self.made.write_configuration(), self.made.folder / "erase.log"
        words = [point, "erase", "-c", str(path), "--profile", profile, "--in-infobip", "--yes"]
        environ = {**os.environ, "INFOBIP_API_KEY": "demo-key"}
        return Forked(["tests.faults.subject", *words], cwd=ROOT, environ=environ, out=log).wait(120)

    def close(self) -> None:
        self._engine.dispose()


@contextmanager
def erasing(broker: Broker, folder: Path, unique: str) -> Iterator[Erasing]:
    with (
        SimulatorThread(SimulatorOptions(limits=None, api_keys=KEYS)) as infobip,
        corridor(broker.bootstrap, infobip.url, folder, unique) as made,
    ):
        one = Erasing(made, infobip, folder)
        try:
            yield one
        finally:
            one.close()


#: Where people are remembered by what is their own.
BOTH = {
    "infobip_contacts people": {ANN, BO},
    "infobip_addresses vip": {ANN, BO},
    "infobip_memberships shared": {ANN, BO},
    "infobip_once sms": {ANN, BO},
    "infobip_tracked followed": {ANN, BO},
    "infobip_cohort_members lists": {ANN, BO},
    "infobip_cohorts lists": {ANN, BO},
}
ONLY_BO = {name: {BO} for name in BOTH}


def test_who_is_erased_is_gone_from_all_that_is_ours_and_from_infobip(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with erasing(broker, tmp_path, unique) as one:
        one.fill()
        assert one.everywhere() == BOTH
        assert one.people() == {"ann7731@example.com", "bo4402@example.com"}
        said = one.erase("--profile", ANN, "--in-infobip").splitlines()
        prefix = f"topic {unique}.infobip"
        for line in (
            "history messages: 1 row",
            "history memberships: 1 row",
            f"{prefix}_addresses_{unique}-vip: 1 record",
            f"{prefix}_memberships_{unique}-shared: 1 record",
            f"{prefix}_once_{unique}-sms: 1 record",
            f"{prefix}_contacts: 1 record",
            f"{prefix}_imported_{unique}-people: 1 record",
            f"{prefix}_tracked_{unique}-followed: 2 records",
            f"{prefix}_cohort_members_{unique}-lists: 1 record",
            f"{prefix}_cohorts_{unique}-lists: 1 record",
            "Infobip, account main: 1 person, known by EXTERNAL_ID a•••, EMAIL a•••@•••, PHONE 44•••",
            "Infobip, account main: 1 person deleted",
            "erased; not reached, and left as it is:",
        ):
            assert line in said
        assert any(line.startswith(f"  topic {one.made.topic}: what is in it goes by itself after ") for line in said)
        assert any(f"{unique}.infobip_messages: what is in it goes by itself" in line for line in said)
        assert not any(trace in line for trace in ADDRESSES for line in said)
        assert one.everywhere() == ONLY_BO
        assert (one.people(), one.versions()) == ({"bo4402@example.com"}, 1)
        assert {name: count for name, count in one.rows().items() if count} == {"messages": 1, "memberships": 1}
        # Again there is nobody; and whoever runs again, does not bring the person back.
        assert "Infobip, account main: nobody" in one.erase("--profile", ANN, "--in-infobip")
        one.made.start()
        one.made.publish([enter(BO, 3, "new")])
        one.drain("vip", "shared", "sms", "lists")
        assert one.everywhere() == ONLY_BO
        assert one.people() == {"bo4402@example.com"}
        # An event of the profile that comes again makes the person anew.
        one.made.publish([enter(ANN, 4)])
        one.drain("vip")
        assert one.people() == {"ann7731@example.com", "bo4402@example.com"}


def test_without_infobip_the_person_stays_there_and_leaves_the_list_by_its_job(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with erasing(broker, tmp_path, unique) as one:
        one.fill()
        said = one.erase("--profile", ANN)
        assert f"  topic {unique}.infobip_cohorts_{unique}-lists: its job lets go once it runs again" in said
        assert "  the person in Infobip, and contacts imported from there later: say --in-infobip" in said
        assert one.everywhere() == {**ONLY_BO, "infobip_cohorts lists": {ANN, BO}}
        assert one.people() == {"ann7731@example.com", "bo4402@example.com"}
        one.start("lists")
        until(
            lambda: one.remaining(f"infobip_cohorts_{unique}-lists") == {BO},
            "the job has taken the address from the list",
        )


def test_a_kill_anywhere_in_it_leaves_the_rest_to_the_next(broker: Broker, tmp_path: Path, unique: str) -> None:
    with erasing(broker, tmp_path, unique) as one:
        one.fill()
        assert one.killed("erase_killed_before_writing:1", ANN) == KILLED
        assert (one.everywhere(), len(one.people())) == (BOTH, 2)
        # Each run comes one topic further: also those behind the deletion, by which the profile is found.
        runs = 0
        while one.killed("erase_killed_before_writing:2", ANN) == KILLED:
            runs += 1
        assert runs > len(ORIGINS) - 1
        assert (one.everywhere(), one.people()) == (ONLY_BO, {"bo4402@example.com"})
        assert (one.versions(), one.rows()["messages"]) == (1, 1)
        for point in ("erase_killed_before_deleting:1", "erase_killed_after_deleting:1"):
            assert one.killed(point, BO) == KILLED
            assert one.rows()["messages"] == 1
        assert "Infobip, account main: nobody" in one.erase("--profile", BO, "--in-infobip")
        assert (one.everywhere(), one.people(), one.versions()) == ({}, set(), 0)
        assert not any(one.rows().values())


def test_a_key_that_may_not_delete_ends_it_before_anybody_is_forgotten(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with erasing(broker, tmp_path, unique) as one:
        worker = one.start("vip")
        one.made.publish([enter(ANN, 1)])
        one.drain("vip")
        assert "stop first what would write it again: " in one.erase("--profile", ANN, "--in-infobip", code=1)
        assert worker.stop() == 0
        account = one.made.configuration["authorizations"][0]
        account["api_key"] = READER
        told = one.erase("--profile", ANN, "--in-infobip", code=1)
        assert told == "infobip-streams: the API key of authorization 'main' lacks the scope people:manage\n"
        assert one.everywhere() == {"infobip_addresses vip": {ANN}}
        account["api_key"] = "${INFOBIP_API_KEY}"
        one.infobip.do(lambda: one.infobip.simulator.faults.add("delete_person:status=429,count=2"))
        assert "Infobip, account main: 1 person deleted" in one.erase("--profile", ANN, "--in-infobip")
        assert (one.everywhere(), one.people()) == ({}, set())
