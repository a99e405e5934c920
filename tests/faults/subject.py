"""`python -m tests.faults.subject POINT:HITS[:quick] ARGUMENT ...`: the service, which dies or hangs at a named point.

The service is the real one, started with the arguments that follow; only at the named point, when it comes there for
the so manieth time, it kills itself as a power cut would, or hangs for ever. `quick` lets the watchdog look more often,
and a refused key and a failed job be tried again sooner.
"""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread

from streams.agents import assignment_monitor as lookout
from streams.agents import heartbeat, watchdog
from streams.agents.delivery import Delivery
from streams.agents.membership import MembershipAgent
from streams.app import accounts, lifecycle
from streams.cli.main import main
from streams.errors import JobFailed
from streams.infobip.client import Client
from streams.jobs.export_audience import membership_topics
from streams.jobs.export_audience.verification import schedule
from streams.jobs.export_audience.verification.verification import Verification
from streams.jobs.import_contacts import seen_versions
from streams.jobs.import_contacts.seen_versions import SeenVersions
from streams.kafka import producer
from streams.kafka.commits import Commits
from streams.kafka.producer import Writer
from streams.kafka.transactions import TransactionalProducer
from streams.receiver.publishing import Publisher
from streams.summaries import keeping

FOR_EVER = 10**6


def die() -> None:
    """End as a power cut would."""
    os.kill(os.getpid(), signal.SIGKILL)


def pause() -> None:
    """Stand still as a machine does that is put to sleep, until somebody wakes it."""
    os.kill(os.getpid(), signal.SIGSTOP)


async def hang() -> None:
    """Never return, and let others go on."""
    await asyncio.Event().wait()


def refuse() -> None:
    """Fail as when the brokers refuse a record for good."""
    raise JobFailed("the broker refused a record")


class Mortal(Producer):  # type: ignore[misc] # the library's, which has no types here
    """A producer that ends for good once it was polled so many times, as one does whom the brokers fence."""

    left = 0

    def poll(self, *arguments: Any) -> Any:
        """Serve callbacks, or raise what is fatal."""
        Mortal.left -= 1
        if Mortal.left < 0:
            raise KafkaException(KafkaError(KafkaError.CLUSTER_AUTHORIZATION_FAILED, "Cluster authorization failed"))
        return super().poll(*arguments)


def _writer_ends(polls: int) -> None:
    making: Any = producer
    Mortal.left, making.Producer = polls, Mortal


def _always(*_: Any) -> bool:
    return True


def _at(owner: type, name: str, hits: int, strike: Callable[[], Any], *, when: Callable[..., bool] = _always) -> None:
    """Strike once, when a method is entered for the so manieth time."""
    original: Any = getattr(owner, name)
    left = hits

    def due(arguments: tuple[Any, ...]) -> bool:
        nonlocal left
        if when(*arguments):
            left -= 1
            return left == 0
        return False

    if asyncio.iscoroutinefunction(original):

        async def entered_later(*arguments: Any, **named: Any) -> Any:
            if due(arguments):
                struck = strike()
                if struck is not None:
                    await struck
            return await original(*arguments, **named)

        setattr(owner, name, entered_later)
        return

    def entered(*arguments: Any, **named: Any) -> Any:
        if due(arguments):
            strike()
        return original(*arguments, **named)

    setattr(owner, name, entered)


def _after(owner: type, name: str, hits: int, strike: Callable[[], Any], *, when: Callable[..., bool]) -> None:
    """Strike once, when a method has returned for the so manieth time, and before its caller knows."""
    original: Any = getattr(owner, name)
    left = hits

    def note(arguments: tuple[Any, ...]) -> None:
        nonlocal left
        if when(*arguments):
            left -= 1
            if left == 0:
                strike()

    async def returned_later(*arguments: Any, **named: Any) -> Any:
        result = await original(*arguments, **named)
        note(arguments)
        return result

    def returned(*arguments: Any, **named: Any) -> Any:
        result = original(*arguments, **named)
        note(arguments)
        return result

    setattr(owner, name, returned_later if asyncio.iscoroutinefunction(original) else returned)


def _while_state_is_read_back(module: Any, hits: int) -> None:
    original = module.read_topic
    left = hits

    def read(*arguments: Any) -> Iterator[Any]:
        nonlocal left
        left -= 1
        for number, message in enumerate(original(*arguments)):
            if left == 0 and number == 100:
                die()
            yield message
        if left == 0:
            die()

    module.read_topic = read


def _sleep() -> None:
    time.sleep(FOR_EVER)


def _tells_of_a_window(_: Writer, records: Any, *__: Any) -> bool:
    return any(record.topic.endswith("infobip_flushes") for record in records)


def _is_of_a_window(_: Writer, record: Any, *__: Any) -> bool:
    return bool(record.topic.endswith("infobip_flushes"))


def _tags(_: Client, call: Any, *__: Any) -> bool:
    return bool(call.operation.name == "add_tag")


def _tags_somebody_hung(_: Client, call: Any, *__: Any) -> bool:
    return bool(call.operation.name == "add_tag" and "/Hung/" in call.path)


def _deletes(_: Client, call: Any, *__: Any) -> bool:
    return bool(call.operation.name == "delete_person")


def _sends(_: Client, call: Any, *__: Any) -> bool:
    return bool(call.operation.purpose == "send")


def _of(source: str) -> Callable[..., bool]:
    """Whether reports that came this way are to be written."""

    def told(_: Publisher, __: str, ___: str, reading: Any) -> bool:
        return any(record.value.get("source") == source for record in reading.records)

    return told


def _commits(door: TransactionalProducer, step: Any) -> bool:
    return bool(step == door._producer.commit_transaction) and _is_of_a_job(door)


def _is_of_a_job(door: TransactionalProducer, *_: Any) -> bool:
    """Whether it is not the door of whoever adds up what jobs did."""
    return not door._name.endswith("infobip_summaries")


def _commits_sums(door: TransactionalProducer, step: Any) -> bool:
    return bool(step == door._producer.commit_transaction) and not _is_of_a_job(door)


def _dies_in_transaction(hits: int) -> None:
    _at(TransactionalProducer, "_produce", 1500 * hits, die, when=_is_of_a_job)


def _sums(door: TransactionalProducer, *_: Any) -> bool:
    return not _is_of_a_job(door)


POINTS: dict[str, Callable[[int], None]] = {
    "nothing": lambda _: None,
    "kill_between_calls": lambda hits: _at(Client, "perform", hits, die, when=_tags),
    "kill_before_record": lambda hits: _at(Writer, "write", hits, die, when=_tells_of_a_window),
    "kill_before_commit": lambda hits: _at(Commits, "commit", hits, die),
    "noted_then_killed": lambda hits: _after(Commits, "note", hits, die, when=_always),
    "sent_then_killed": lambda hits: _after(Client, "perform", hits, die, when=_sends),
    "feedback_pulled_then_killed": lambda hits: _at(Publisher, "publish", hits, die, when=_of("pull")),
    "feedback_written_then_killed": lambda hits: _after(Publisher, "publish", hits, die, when=_of("pull")),
    "feedback_found_then_killed": lambda hits: _at(Publisher, "publish", hits, die, when=_of("logs")),
    "kill_while_restoring": lambda hits: _while_state_is_read_back(membership_topics, hits),
    "kill_in_rebalance": lambda hits: _at(MembershipAgent, "revoked", hits, die),
    "dies_verifying": lambda hits: _at(Verification, "_judged", hits, die),
    "hang_in_call": lambda hits: _at(Client, "perform", hits, hang, when=_tags),
    "job_hangs": lambda hits: _at(Client, "perform", hits, hang, when=_tags_somebody_hung),
    "last_flush_refused": lambda hits: _at(Writer, "write", hits, refuse, when=_tells_of_a_window),
    "writer_ends": _writer_ends,
    "hang_in_agent": lambda hits: _at(MembershipAgent, "read", hits, hang),
    "hang_in_consumer": lambda hits: _at(AIOKafkaConsumerThread, "_fetch_records", hits, _sleep),
    "hang_in_loop": lambda hits: _at(Delivery, "send_off", hits, _sleep),
    "paused_between_calls": lambda hits: _at(Client, "perform", hits, pause, when=_tags),
    "paused_before_record": lambda hits: _at(Writer, "write", hits, pause, when=_tells_of_a_window),
    "paused_with_records_queued": lambda hits: _after(Writer, "_give", hits, pause, when=_is_of_a_window),
    "import_paused_before_commit": lambda hits: _at(TransactionalProducer, "_insist", hits, pause, when=_commits),
    "import_hangs_in_thread": lambda hits: _at(TransactionalProducer, "_insist", hits, _sleep, when=_commits),
    "import_killed_in_transaction": lambda hits: _at(
        TransactionalProducer, "_produce", 1500 * hits, die, when=_is_of_a_job
    ),
    "import_killed_before_commit": lambda hits: _at(TransactionalProducer, "_insist", hits, die, when=_commits),
    "import_killed_after_commit": lambda hits: _at(SeenVersions, "remember", hits, die),
    "import_killed_before_tombstones": lambda hits: _at(SeenVersions, "tombstones", hits, die),
    "sums_killed_before_commit": lambda hits: _at(TransactionalProducer, "_insist", hits, die, when=_commits_sums),
    "sums_killed_after_commit": lambda hits: _after(TransactionalProducer, "write", hits, die, when=_sums),
    "erase_killed_before_writing": lambda hits: _at(Writer, "write", hits, die),
    "erase_killed_before_deleting": lambda hits: _at(Client, "ask", hits, die, when=_deletes),
    "erase_killed_after_deleting": lambda hits: _after(Client, "ask", hits, die, when=_deletes),
    "import_killed_while_restoring": lambda hits: _while_state_is_read_back(seen_versions, hits),
}
KILLS = tuple(name for name in POINTS if name.startswith("kill"))
FEEDBACK_KILLS = tuple(name for name in POINTS if name.startswith("feedback"))
IMPORT_KILLS = tuple(name for name in POINTS if name.startswith("import_killed"))
HANGS = tuple(name for name in POINTS if name.startswith("hang"))


def arm(point: str) -> None:
    """Prepare this process to strike."""
    name, hits, *pace = point.split(":")
    if pace == ["quick"]:
        watchdog.LOOK_SECONDS, heartbeat.STALLED_BEATS = 2.0, 12
        lookout.LOOK_SECONDS, lookout.OPEN_SECONDS = 2.0, 4.0
        lifecycle.FIRST_PAUSE_SECONDS = 3.0
        keeping.WRITE_SECONDS, keeping.PAUSE_SECONDS, keeping.LOOK_SECONDS = 0.3, 0.5, 0.2
        schedule.SOON_SECONDS = 1
        making: Any = accounts
        making.Client = partial(Client, recheck_seconds=2.0)
    POINTS[name](int(hits))


if __name__ == "__main__":
    arm(sys.argv.pop(1))
    main()
