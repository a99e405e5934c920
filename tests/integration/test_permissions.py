"""What `topics --acls` lists is enough for each kind of job, and nothing of it is too much: on a real authorizer."""

import asyncio
import re
import sqlite3
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from schemas.config.history import History
from schemas.configuration import Configuration
from streams.app.acls import needs
from streams.app.check_online import check_brokers
from streams.history.schema import migrate
from streams.kafka.permissions import Need
from streams.operating import pausing
from streams.operating.dead_letters import Filter, listed, replay_filtered
from streams.operating.replays import Manner
from tests.integration.apache_kafka import PASSWORD
from tests.integration.cohorts import LIMITS
from tests.integration.events import emails, event
from tests.integration.harness import Corridor, SimulatorThread, Worker, make_topic, until
from tests.integration.importing import Crowd
from tests.integration.secured import Allowed, SecuredNode
from tests.integration.test_repair_troubles import command
from tests.integration.tracking import message

FLUSH = {"max_events": 500, "max_seconds": 1}
EXPORT = {"kind": "export_audience", "tag": "VIP", "audiences": ["vip"], "flush": FLUSH}
SHARED = {"kind": "export_audience", "tag": {"vip": "GOLD", "gold": "GOLD"}, "flush": FLUSH}
SEND = {
    "kind": "send_message",
    "existing_members": True,
    "sender": "Acme",
    "content": {"channel": "sms", "text": "Hi"},
    "speed_limit": {"amount": 6000, "per": "minute"},
    "once": "ever",
}
IMPORT = {"kind": "import_contacts", "keep_updated": True, "every_seconds": 1}
FOLLOW = {"kind": "track_messages", "wait": {"hours": 1}}
HISTORY = {"kind": "store_history"}
COHORT = {"kind": "sync_cohort", "audiences": ["vip"], "flush": FLUSH}
RECEIVE = {"kind": "receive_messages", "channel": "sms", "number": "447860099299"}
#: What comes back is asked for, which takes the most.
WEBHOOKS = {"mode": "pull", "every_seconds": 1}
#: Each kind, and a user of its own.
KINDS: dict[str, dict[str, Any]] = {
    "user1": EXPORT,
    "user2": SHARED,
    "user3": SEND,
    "user4": IMPORT,
    "user9": RECEIVE,
    "user10": FOLLOW,
    "user11": HISTORY,
    "user12": COHORT,
}


def follows(made: Corridor, worker: Worker) -> bool:
    """Whether a message is told of that was published once the job read; under a key by which it must be relayed."""
    return published(made, worker) and len(made.read("infobip_message_outcomes")) > 0


def keeps(made: Corridor, worker: Worker) -> bool:
    """Whether a message is stored that was published once the job read."""
    with sqlite3.connect(made.folder / "history.db") as database:
        return published(made, worker) and database.execute("SELECT count(*) FROM messages").fetchone() == (1,)


def published(made: Corridor, worker: Worker) -> bool:
    """Whether a message is there; it is published as soon as the job reads."""
    if worker.said("partitions_assigned") and not made.read("infobip_messages"):
        made.publish([message("m1", status="enqueue_failed")[2]], topic=f"{made.name}.infobip_messages")
    return worker.said("partitions_assigned")


#: What shows that a job does all it is there for.
DONE: dict[str, Callable[[Corridor, Worker], bool]] = {
    "export_audience": lambda made, _: made.status()["outcomes"].get("accepted", 0) > 0,
    "send_message": lambda made, _: len(made.read("infobip_delivery_reports")) > 0,
    "import_contacts": lambda made, _: made.status()["outcomes"].get("imported", 0) > 0,
    "receive_messages": lambda _, worker: worker.said("subscription_owned"),
    "track_messages": follows,
    "store_history": keeps,
    "sync_cohort": lambda made, _: made.status()["outcomes"].get("accepted", 0) > 0,
}


def job(name: str, said: dict[str, Any], topic: str) -> dict[str, Any]:
    reads = {"export_audience", "send_message", "sync_cohort"}
    topics = {"topics": [topic]} if said["kind"] in reads else {}
    account = {} if said["kind"] == "store_history" else {"authorization": "main"}
    return {"name": name, **account, **topics, **said}


def login(user: str) -> dict[str, str]:
    return {"protocol": "SASL_PLAINTEXT", "mechanism": "PLAIN", "username": user, "password": PASSWORD}


def allowed(found: list[Need], *when: str) -> list[Allowed]:
    return [as_rule(need) for need in found if need.when in when]


def as_rule(need: Need) -> Allowed:
    return need.resource, f"{need.name}{'*' if need.begins else ''}", need.operation


@pytest.fixture
def corridor(secured: SecuredNode, tmp_path: Path, unique: str) -> Iterator[Corridor]:
    with SimulatorThread() as infobip:
        made = Corridor(secured.address("PLAINTEXT"), infobip.url, tmp_path, unique, 2)
        made.create_topic()
        person = {"contactInformation": {"email": [{"address": "ann@example.com"}]}}
        infobip.do(lambda: infobip.simulator.account.create(person, datetime.now(UTC)))
        yield made
        made.close()


def configured(corridor: Corridor, secured: SecuredNode, user: str, *jobs: dict[str, Any]) -> Configuration:
    corridor.configuration["kafka"].update(brokers=secured.address("SASL"), security=login(user))
    corridor.configuration["jobs"] = list(jobs)
    corridor.configuration["webhooks"] = WEBHOOKS
    corridor.configuration["authorizations"][0]["limits"] = LIMITS
    if any(one["kind"] == "store_history" for one in jobs):
        corridor.configuration["history"] = {"url": f"sqlite:///{corridor.folder}/history.db"}
        migrate(History.model_validate(corridor.configuration["history"]))
    return Configuration.model_validate(corridor.configuration)


@pytest.mark.parametrize("user", KINDS)
def test_what_is_listed_is_enough(secured: SecuredNode, corridor: Corridor, user: str) -> None:
    configuration = configured(corridor, secured, user, job(corridor.name, KINDS[user], corridor.topic))
    found = needs(configuration)
    secured.allow(user, allowed(found, "run", "commands", "missing"))
    corridor.publish(
        {"action": "enter", "audience": "vip", "profile_id": f"u-{n}", "profile": {"email": email, "phone": phone}}
        for n, (email, phone) in enumerate([("a@example.com", "+41793026727"), ("nobody", "none")])
    )
    assert asyncio.run(check_brokers(configuration, print)) == []
    worker = corridor.start()
    until(partial(DONE[KINDS[user]["kind"]], corridor, worker), "it works")
    assert worker.stop() == 0
    assert not worker.said("ERROR")
    if KINDS[user] is EXPORT:
        assert listed(configuration, Filter(), 10)[0].count == 1
        secured.allow(user, allowed(found, "pause", "replay"))
        said = asyncio.run(pausing.say(configuration, configuration.jobs, "resume", "ann@ops-1"))
        assert said == [f"{corridor.name}: is not paused"]
        assert "paused" in asyncio.run(pausing.say(configuration, configuration.jobs, "pause", "ann@ops-1"))[0]
        assert list(replay_filtered(configuration, Filter(), Manner(), again=False, dry_run=False)) == ["1 published"]


@pytest.fixture(scope="session")
def everything(secured: SecuredNode) -> Configuration:
    """Jobs of every kind, whose user may do all that is listed; their topics are not there."""
    make_topic(secured.admin, "lacking.members", 2)
    kafka = {**_KAFKA, "brokers": secured.address("SASL")}
    configuration = Configuration.model_validate({**_EVERYTHING, "kafka": kafka})
    secured.allow("user5", allowed(needs(configuration), "run", "commands", "missing", "pause", "replay", "erase"))
    return configuration


_KAFKA: dict[str, Any] = {"brokers": "localhost:9092", "topic_prefix": "lacking.", "security": login("user5")}
_EVERYTHING: dict[str, Any] = {
    "kafka": _KAFKA,
    "authorizations": [{"name": "main", "base_url": "http://127.0.0.1:1", "api_key": "demo-key"}],
    "webhooks": WEBHOOKS,
    "history": {"url": "sqlite:///history.db"},
    "jobs": [job(f"job-{user}", said, "lacking.members") for user, said in KINDS.items()],
}
CHECKED = ("run", "commands", "missing")
LISTED = [need for need in needs(Configuration.model_validate(_EVERYTHING)) if need.when in CHECKED]


@pytest.mark.parametrize("need", LISTED, ids=lambda need: f"{need.operation} {need.what}")
def test_nothing_that_is_listed_is_too_much(secured: SecuredNode, everything: Configuration, need: Need) -> None:
    """Without it, `check --online` says so in one line."""
    lacking = [as_rule(need)]
    secured.forbid("user5", lacking)
    try:
        until(lambda: any(need.name in fault for fault in _faults(everything)), "told")
        (fault,) = _faults(everything)
    finally:
        secured.allow("user5", lacking)
    what = "it" if need.operation == "CREATE" else re.escape(need.what)
    told = rf"no ACL lets us {need.operation} {what}(?!\w).*: grant it; `infobip-streams topics --acls` lists all"
    assert re.match(rf"jobs\[\d\]: .*{told}", fault)
    assert need.name in fault


def _faults(configuration: Configuration) -> list[str]:
    return asyncio.run(check_brokers(configuration, print))


def test_what_only_a_replay_needs_is_no_fault(secured: SecuredNode, everything: Configuration) -> None:
    lacking = [("topic", "lacking.members", "WRITE")]
    secured.forbid("user5", lacking)
    try:
        until(lambda: any("replay" in line for line in _said(everything)), "told")
        said = _said(everything)
    finally:
        secured.allow("user5", lacking)
    assert [line for line in said if "no ACL" in line] == [
        "dead-letters replay: no ACL lets us WRITE topic lacking.members (events are published back)"
    ]


def _said(configuration: Configuration) -> list[str]:
    said: list[str] = []
    assert asyncio.run(check_brokers(configuration, said.append)) == []
    return said


def test_each_job_says_what_it_lacks_and_the_others_work(secured: SecuredNode, corridor: Corridor) -> None:
    name, user = corridor.name, "user6"
    corridor.create_topic(name=f"{name}.hidden")
    jobs = [
        job(f"{name}-fine", EXPORT, corridor.topic),
        job(f"{name}-group", {**EXPORT, "tag": "a"}, corridor.topic),
        job(f"{name}-input", {**EXPORT, "tag": "b"}, f"{name}.hidden"),
        job(f"{name}-written", {**SHARED, "tag": {"vip": "c", "gold": "c"}}, corridor.topic),
        job(f"{name}-read", {**SEND}, corridor.topic),
        job(f"{name}-cursor", IMPORT, ""),
        job(f"{name}-id", IMPORT, ""),
    ]
    configuration = configured(corridor, secured, user, *jobs)
    lacking = {
        f"{name}-group": ("group", f"infobip-streams.{name}-group", "READ"),
        f"{name}-input": ("topic", f"{name}.hidden", "READ"),
        f"{name}-written": ("topic", f"{name}.infobip_memberships_{name}-written", "WRITE"),
        f"{name}-read": ("topic", f"{name}.infobip_once_{name}-read", "READ"),
        f"{name}-cursor": ("topic", f"{name}.infobip_cursor_{name}-cursor", "WRITE"),
        f"{name}-id": ("transactional id", f"{name}.infobip_cursor_{name}-id", "WRITE"),
    }
    listed = allowed(needs(configuration), "run", "commands", "missing")
    secured.allow(user, [one for one in listed if one not in lacking.values()])
    worker = corridor.start()
    brokers = secured.address("SASL")
    told = [
        f"job_failed job={lacks} error={brokers}: no ACL lets us {operation} {resource} {what}: grant it"
        for lacks, (resource, what, operation) in lacking.items()
    ]
    until(lambda: all(map(worker.said, told)), "each is told")
    until(lambda: corridor.status(f"{name}-fine")["state"] == "running", "who lacks nothing works")
    assert corridor.status(f"{name}-id")["state"] == "failed"
    assert worker.stop() == 1
    assert not worker.said("Traceback")


def test_where_nothing_is_allowed_one_line_says_so(secured: SecuredNode, corridor: Corridor) -> None:
    configured(corridor, secured, "user7", job(corridor.name, EXPORT, corridor.topic))
    worker = corridor.start()
    assert worker.process.wait(60) == 1
    states = f"{corridor.name}.infobip_job_states"
    assert worker.said(f"error={secured.address('SASL')}: no ACL lets us READ and WRITE topic {states}: grant it")
    assert not worker.said("Traceback")
    assert not worker.said("FATAL")


@pytest.mark.parametrize("lost", [("group", "infobip-streams.{0}", "READ"), ("topic", "{0}.infobip_flushes", "WRITE")])
def test_what_is_taken_away_while_a_job_works_is_told(secured: SecuredNode, corridor: Corridor, lost: Allowed) -> None:
    name, user = corridor.name, "user8"
    configuration = configured(corridor, secured, user, job(name, EXPORT, corridor.topic))
    secured.allow(user, allowed(needs(configuration), "run", "commands", "missing"))
    worker = corridor.start()
    until(lambda: worker.said("partitions_assigned"), "it reads")
    kind, what, operation = lost[0], lost[1].format(name), lost[2]
    secured.forbid(user, [(kind, what, operation)])
    corridor.publish([{"action": "enter", "audience": "vip", "profile_id": "u", "profile": {"email": "a@example.com"}}])
    assert worker.process.wait(90) == 1
    told = f"{secured.address('SASL')}: no ACL lets us {operation} {kind} {what}"
    assert worker.said(f"job_failed job={name} error={told}")
    assert not worker.said("Traceback")


def test_a_job_that_may_not_read_orders_does_its_events(secured: SecuredNode, tmp_path: Path, unique: str) -> None:
    user = "user13"
    with Crowd() as infobip:
        made = Corridor(secured.address("PLAINTEXT"), infobip.url, tmp_path, unique, 2)
        made.create_topic()
        try:
            configuration = configured(made, secured, user, job(unique, EXPORT, made.topic))
            del made.configuration["webhooks"]
            found = needs(configuration)
            secured.allow(user, allowed(found, "run", "commands", "missing"))
            made.start()
            made.publish(event(number) for number in range(100))
            until(lambda: len(infobip.tagged("VIP")) == 100, "all are exported")
            infobip.untag("VIP", *range(10))
            theirs: dict[str, Any] = dict(made.configuration["kafka"])
            # Whoever orders may do anything.
            made.configuration["kafka"] = {
                "brokers": secured.address("PLAINTEXT"),
                "topic_prefix": theirs["topic_prefix"],
            }
            doing = command(made, "--force")
            until(lambda: "be allowed to READ" in doing.log.read_text(), "it says what may be missing")
            made.publish(event(number) for number in range(100, 120))
            until(lambda: len(infobip.tagged("VIP")) == 110, "events go on")
            secured.allow(user, [("topic", f"{unique}.infobip_repairs_{unique}", "READ")])
            assert doing.process.wait(120) == 0, doing.log.read_text()
            assert infobip.tagged("VIP") == emails(range(120))
        finally:
            made.close()
            secured.forbid_all(user)
