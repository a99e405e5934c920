"""Webhooks while processes are killed and answers are lost: sends go out once, other calls at least once."""

import random
from collections import Counter
from collections.abc import Iterator
from functools import partial
from typing import Any

from schemas.records.call import CallMade
from schemas.records.message import Message
from streams.simulator import SimulatorOptions
from tests.contents import SENDERS
from tests.faults.arena import Arena, Row
from tests.faults.sends import LOST, POINTS
from tests.integration.harness import Corridor, SimulatorThread, Worker, until
from tests.integration.webhooks import BY_ID, SMS, Endpoint, webhook_job
from tests.making import message_id

EMAIL = """\
local event = (import 'lytemplates.libsonnet');
{
  messages: [{
    sender: 'Acme <news@acme.example>',
    destinations: [{ to: [{ destination: event.get('email', '') }] }],
    content: { subject: 'Hi', text: 'Hi ' + event.get('name', '') },
  }],
}
"""
WHATSAPP = """\
module.exports = (event) => ({
  from: '%s',
  to: event.get('phone', '').replace('+', ''),
  content: { text: `Hi ${event.get('name', '')}` },
})
"""
#: Path, file and template of each send, by the operation that the simulator calls it.
SENDS = {
    "send_sms": ("/sms/3/messages", "sms.jsonnet", SMS),
    "send_email": ("/email/4/messages", "email.jsonnet", EMAIL),
    "send_whatsapp_text": ("/whatsapp/1/message/text", "whatsapp.js", WHATSAPP % SENDERS["whatsapp_text"]),
}
QUESTIONS = ("list_sms_logs", "list_email_logs")
#: The audience of those whose events are called elsewhere.
ELSEWHERE = "elsewhere"


def webhooks_killed(arena: Arena) -> Row:
    """One process runs all jobs, and is killed again and again in the middle of what it calls."""
    chance = arena.chance("webhooks")
    each, kills = arena.size(200, 3_000), arena.size(3, 10)
    faults = tuple(f"{name}:lose_answer,probability={LOST},seed={arena.seed}" for name in SENDS)
    lost = frozenset(f"e-{number}" for number in range(each) if chance.random() < LOST)
    options = SimulatorOptions(limits=None, latency_seconds=0.03, faults=faults)
    with arena.scene(options) as (infobip, made), Endpoint(lost) as endpoint:
        made.configuration["jobs"] = list(_jobs(made, endpoint))
        made.configuration["authorizations"][0]["limits"] = dict.fromkeys(QUESTIONS, 1000)
        _strike(made, infobip, each, kills, chance)
        repeated = _check_sends(made, infobip, each)
        answers = {name: infobip.count(name, "lost") for name in SENDS}
        assert all(answers.values()), f"no answer was lost: {answers}"
        assert endpoint.ids.keys() == {f"e-{number}" for number in range(each)}, "somebody was not called"
        assert all(endpoint.ids[name] > 1 for name in lost), "a call whose answer was lost was not made again"
        again = endpoint.ids.total() - each
        assert made.dead_letters() == []
    return Row(
        f"kill -9, {kills} times, and {LOST:.0%} of answers lost after acceptance: {sum(answers.values()) + len(lost)}",
        f"{each * len(SENDS):,} sends of templates: each message accepted once, told under one id, {repeated:,} tries "
        f"refused as duplicates; {each:,} calls elsewhere: each made, {again:,} of them again",
    )


def _jobs(made: Corridor, endpoint: Endpoint) -> Iterator[dict[str, Any]]:
    for name, (path, file, template) in SENDS.items():
        (made.folder / file).write_text(template)
        yield webhook_job(f"{made.name}-{_word(name)}", made.topic, file, path=path, audiences=[name])
    (made.folder / "id.js").write_text(BY_ID)
    yield webhook_job(f"{made.name}-{ELSEWHERE}", made.topic, "id.js", url=f"{endpoint.url}/in", audiences=[ELSEWHERE])


def _word(name: str) -> str:
    return name.removeprefix("send_").replace("_", "-")


def events(numbers: range) -> Iterator[dict[str, Any]]:
    """One enter for each number and job, each with an address of its own; every tenth exits, too."""
    for number in numbers:
        for place, audience in enumerate((*SENDS, ELSEWHERE)):
            who = f"{place}-{number}"
            profile = {"phone": f"+4479{place}{number:07d}", "email": f"{who}@example.com", "name": f"Name {number}"}
            event = {"event_id": f"e-{number}", "audience": audience, "profile_id": who, "profile": profile}
            yield {**event, "action": "enter"}
            if number % 10 == 0:
                yield {**event, "event_id": f"x-{number}", "action": "exit"}


def _strike(made: Corridor, infobip: SimulatorThread, each: int, kills: int, chance: random.Random) -> None:
    """Publish bit by bit, and kill in the middle of each bit but the last."""
    step = each // (kills + 1)
    jobs = len(made.configuration["jobs"])
    for number in range(kills):
        point = chance.choice(POINTS)
        victim = made.start(instance="one", point=f"{point}:{chance.randrange(1, 4)}" if point else None)
        until(partial(_works, victim, jobs), "it has partitions")
        target = _accepted(infobip) + chance.randrange(1, step * len(SENDS))
        made.publish(events(range(number * step, (number + 1) * step)))
        until(partial(_sent, infobip, victim, target), "messages go out")
        if victim.process.poll() is None:
            victim.kill()
    made.publish(events(range(kills * step, each)))
    last = made.start(instance="one")
    until(lambda: all(made.lag(job["name"]) == 0 for job in made.configuration["jobs"]), "all is committed", 240)
    assert last.stop() == 0


def _works(worker: Worker, jobs: int) -> bool:
    return worker.process.poll() is not None or worker.log.read_text().count("partitions_assigned") >= jobs


def _accepted(infobip: SimulatorThread) -> int:
    return int(infobip.do(lambda: len(infobip.simulator.outbox.messages)))


def _sent(infobip: SimulatorThread, victim: Worker, target: int) -> bool:
    return _accepted(infobip) >= target or victim.process.poll() is not None


def _check_sends(made: Corridor, infobip: SimulatorThread, each: int) -> int:
    """Every message was accepted once, under its one id, and is told of as such; how many tries were refused."""
    told: dict[str, dict[str, Message]] = {}
    for record in made.read("infobip_messages"):
        message = Message.model_validate_json(record.value())
        told.setdefault(message.job, {})[message.message_id] = message
    sent = infobip.do(lambda: list(infobip.simulator.outbox.messages))
    for place, name in enumerate(SENDS):
        job = f"{made.name}-{_word(name)}"
        ids = {message_id(job, f"e-{number}", f"{place}-{number}", name) for number in range(each)}
        records = told.get(job, {})
        assert records.keys() == ids, f"{job}: {len(records)} messages told, not {each}"
        assert {message.status for message in records.values()} == {"enqueued"}
        of_job = [message for message in sent if message.message_id in ids]
        assert len(of_job) == len({message.to for message in of_job}) == each, f"{job}: {len(of_job)} accepted"
    assert len(sent) == each * len(SENDS), "something was sent that nobody asked for"
    calls = Counter(CallMade.model_validate_json(record.value()).job for record in made.read("infobip_calls"))
    assert calls[f"{made.name}-{ELSEWHERE}"] >= each, "a call was not told of"
    return sum(message.duplicates for message in sent)
