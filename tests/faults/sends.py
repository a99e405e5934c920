"""Messages sent while processes are killed and answers are lost: each goes out once."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from schemas.content import CHANNEL_NAMES
from schemas.records.message import Message
from streams.simulator import SimulatorOptions
from tests.contents import send_job
from tests.faults.arena import Arena, Row
from tests.integration.harness import Corridor, SimulatorThread, Worker, until
from tests.making import message_id

LOST = 0.05
POINTS = ("", "kill_before_record", "kill_before_commit", "noted_then_killed", "sent_then_killed")
#: As the simulator calls the channels that rely on the ids of messages alone.
WITHOUT_LOGS = frozenset({"whatsapp", "whatsapp_text", "whatsapp_template"})
FLUSH = {"max_events": 40, "max_seconds": 0.2}


def messages_killed(arena: Arena) -> Row:
    """Enters on every channel: all at once in the short form, one channel after the other in the long."""
    chance = arena.chance("sends")
    each, kills = arena.size(300, 10_000), arena.size(3, 10)
    struck, repeated, seen = 0, 0, Counter[str]()
    for channels in [CHANNEL_NAMES] if arena.short else [(channel,) for channel in CHANNEL_NAMES]:
        options = SimulatorOptions(limits=None, latency_seconds=0.03, faults=tuple(_lost(channels, arena.seed)))
        with arena.scene(options) as (infobip, made):
            made.configuration["jobs"] = [
                send_job(channel, made.topic, channel, flush=FLUSH, max_per_request=20) for channel in channels
            ]
            limits = {name: 1000 for channel in channels for name in _questions(channel)}
            made.configuration["authorizations"][0]["limits"] = limits
            struck += _strike(made, infobip, channels, each, kills, chance)
            seen.update(_check(made, infobip, channels, each))
            lost = {name: infobip.count(name, "lost") for name in map(_operation, channels)}
            assert all(lost.values()), f"no answer was lost: {lost}"
            tries = Counter[bool]()
            for message in infobip.simulator.outbox.messages:
                tries[message.channel in WITHOUT_LOGS] += message.duplicates
            assert not tries[False], f"{tries[False]} tries of what the logs told of"
            repeated += tries[True]
    return Row(
        f"kill -9, {struck} times, and {LOST:.0%} of answers lost after acceptance, on {len(CHANNEL_NAMES)} channels",
        f"{seen.total():,} enters: each message accepted once, told under one id; "
        f"{repeated:,} tries refused as duplicates, all on channels that have no logs",
    )


def events(channels: Sequence[str], numbers: Iterable[int]) -> Iterator[dict[str, Any]]:
    """One enter for each number and channel, each with an address of its own; every tenth exits, too."""
    for number in numbers:
        for place, channel in enumerate(channels):
            who = f"{channel}-{number}"
            profile = {
                "phone": f"+4479{place}{number:07d}",
                "email": f"{who}@example.com",
                "name": f"Name {number}",
            }
            event = {"event_id": f"e-{number}", "audience": channel, "profile_id": who, "profile": profile}
            yield {**event, "action": "enter"}
            if number % 10 == 0:
                yield {**event, "event_id": f"x-{number}", "action": "exit"}


def _strike(
    made: Corridor, infobip: SimulatorThread, channels: Sequence[str], each: int, kills: int, chance: random.Random
) -> int:
    """Publish bit by bit, and kill in the middle of each bit but the last."""
    outbox = infobip.simulator.outbox
    step = each // (kills + 1)
    for number in range(kills):
        point = chance.choice(POINTS)
        victim = made.start(instance="one", point=f"{point}:{chance.randrange(1, 4)}" if point else None)
        until(partial(_works, victim, len(channels)), "it has partitions")
        before = infobip.do(lambda: len(outbox.messages))
        target = before + chance.randrange(1, step * len(channels))
        made.publish(events(channels, range(number * step, (number + 1) * step)))
        until(partial(_sent, infobip, victim, target), "messages go out")
        if victim.process.poll() is None:
            victim.kill()
    made.publish(events(channels, range(kills * step, each)))
    last = made.start(instance="one")
    until(lambda: all(made.lag(job["name"]) == 0 for job in made.configuration["jobs"]), "all is committed", 240)
    assert last.stop() == 0
    return kills


def _works(worker: Worker, jobs: int) -> bool:
    return worker.process.poll() is not None or worker.log.read_text().count("partitions_assigned") >= jobs


def _sent(infobip: SimulatorThread, victim: Worker, target: int) -> bool:
    accepted = infobip.do(lambda: len(infobip.simulator.outbox.messages))
    return bool(accepted >= target or victim.process.poll() is not None)


def _check(made: Corridor, infobip: SimulatorThread, channels: Sequence[str], each: int) -> Counter[str]:
    """Every message was accepted once, under its one id, and is told of as such."""
    told: dict[str, dict[str, Message]] = {}
    for record in made.read("infobip_messages"):
        message = Message.model_validate_json(record.value())
        told.setdefault(message.job, {})[message.message_id] = message
    sent = infobip.do(lambda: list(infobip.simulator.outbox.messages))
    for channel in channels:
        job = send_job(channel, made.topic, channel)["name"]
        ids = {message_id(job, f"e-{number}", f"{channel}-{number}", channel) for number in range(each)}
        records = told.get(job, {})
        assert records.keys() == ids, f"{job}: {len(records)} messages told, not {each}"
        assert {message.status for message in records.values()} == {"enqueued"}
        of_job = [message for message in sent if message.message_id in ids]
        assert len(of_job) == len({message.to for message in of_job}) == each, f"{job}: {len(of_job)} accepted"
        assert {message.to for message in of_job} == {message.to for message in records.values()}
    assert len(sent) == each * len(channels), "something was sent that nobody asked for"
    return Counter(message.channel for message in sent)


def _operation(channel: str) -> str:
    return "send_sms" if channel == "lms" else f"send_{channel}"


def _lost(channels: Sequence[str], seed: int) -> Iterator[str]:
    for name in {_operation(channel) for channel in channels}:
        yield f"{name}:lose_answer,probability={LOST},seed={seed}"


def _questions(channel: str) -> Iterator[str]:
    if not channel.startswith("whatsapp"):
        yield f"list_{_operation(channel).removeprefix('send_')}_logs"
