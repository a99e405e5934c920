"""The brokers stand still, as a machine out of memory does, while jobs of five kinds start, work and end."""

import threading
from collections import Counter
from functools import partial
from random import Random
from typing import Any

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, NewTopic

from tests.contents import send_job
from tests.faults.arena import Arena, Row, let_pass
from tests.integration.cohorts import LIMITS, cohort_job, lists
from tests.integration.harness import Corridor, SimulatorThread, until
from tests.integration.sends import sent

PEOPLE, COPIES = 20, 4
#: Shorter and longer than a question is asked, than a session, and than brokers wait for one of theirs.
SECONDS = (4.0, 16.0)
ANSWER_SECONDS = 5.0
#: After this long it is clear that something hangs: whoever does nothing is started anew before.
PATIENCE_SECONDS = 240.0


def brokers_stand_still(arena: Arena) -> Row:
    """In each round they stand still three times: while a process of many jobs starts, works, and is told to end."""
    chance, rounds, anew = arena.chance("standstill"), arena.size(1, 6), 0
    for _ in range(rounds):
        with arena.scene() as (infobip, made):
            made.configuration["authorizations"][0]["limits"] = dict.fromkeys(LIMITS, 1000.0)
            made.configuration["jobs"] = [job for number in range(COPIES) for job in _jobs(made, number)]
            worker = made.start()
            made.publish(_said(number, "enter") for number in range(PEOPLE))
            _stand_still(arena, chance, before=10.0)
            until(partial(_all_done, made), "all is done after the start", PATIENCE_SECONDS)
            made.publish(_said(number, "exit") for number in range(0, PEOPLE, 2))
            _stand_still(arena, chance, before=3.0)
            until(partial(_all_done, made), "all is done", PATIENCE_SECONDS)
            _check(made, infobip)
            ending = threading.Thread(target=_stand_still, args=(arena, chance), kwargs={"before": 1.0})
            ending.start()
            try:
                assert worker.stop(120) == 0
            finally:
                ending.join()
            _check(made, infobip)
            until(partial(_make_topics, arena), "the brokers make topics again")
            assert not made.said("job_crashed"), worker.log.read_text()
            anew += worker.log.read_text().count("job_stalled")
    return Row(
        f"{3 * rounds} times for {SECONDS[0]:.0f} to {SECONDS[1]:.0f} s, {5 * COPIES} jobs of a process starting, "
        "working and ending",
        f"nobody lost, nobody messaged twice, none crashed; {anew} jobs of {5 * COPIES * rounds} started anew",
    )


def _stand_still(arena: Arena, chance: Random, before: float) -> None:
    """Let up to so many seconds pass, and the brokers stand still."""
    let_pass(chance.uniform(0, before))
    arena.node.pause()
    try:
        let_pass(chance.uniform(*SECONDS))
    finally:
        arena.node.resume()


def _make_topics(arena: Arena) -> bool:
    """Whether the brokers would make one: their controller comes round later than they do."""
    admin = AdminClient({"bootstrap.servers": arena.bootstrap})
    asked = admin.create_topics([NewTopic("probe", 1, 1)], request_timeout=ANSWER_SECONDS, validate_only=True)
    try:
        asked["probe"].result()
    except KafkaException:
        return False
    return True


def _jobs(made: Corridor, number: int) -> list[dict[str, Any]]:
    name, short = f"{made.name}-{number}", {"flush": {"max_events": 100, "max_seconds": 0.3}}
    return [
        made.job(f"{name}-tag", tag=f"VIP {number}", **short),
        send_job("sms", made.topic, "vip", name=f"{name}-sms", once="ever"),
        cohort_job(f"{name}-list", made.topic, audiences=["vip"], list_name=f"{number} {{audience}}"),
        {"name": f"{name}-people", "kind": "import_contacts", "authorization": "main", "keep_updated": True},
        {"name": f"{name}-followed", "kind": "track_messages", "authorization": "main", "wait": {"hours": 1}},
    ]


def _said(number: int, action: str) -> dict[str, Any]:
    profile = {"email": f"u-{number}@example.com", "phone": f"+4477009{number:05}", "name": "Ann"}
    said = {"event_id": f"{action}-{number}", "action": action, "audience": "vip", "profile_id": f"u-{number}"}
    return {**said, "profile": profile}


def _all_done(made: Corridor) -> bool:
    assert made.alive, "the process has ended"
    names = [f"{made.name}-{number}" for number in range(COPIES)]
    imported = all(made.said(f"import_finished job={name}-people ") for name in names)
    return imported and all(made.lag(f"{name}-{kind}") == 0 for name in names for kind in ("tag", "sms", "list"))


def _check(made: Corridor, infobip: SimulatorThread) -> None:
    """Those who stayed have the tags and are in the lists, and everybody got one message of each job."""
    stayed = {f"u-{number}@example.com" for number in range(1, PEOPLE, 2)}
    for number in range(COPIES):
        assert infobip.tagged(f"VIP {number}") == stayed, made.name
    assert lists(infobip) == {f"{number} vip": stayed for number in range(COPIES)}, made.name
    messages = Counter(message.to for message in sent(infobip))
    assert len(messages) == PEOPLE, "somebody got none"
    assert set(messages.values()) == {COPIES}, "somebody got more or fewer than one of each job"
