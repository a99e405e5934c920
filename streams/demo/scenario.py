"""The demo: the whole way on one machine, and a table at its end that adds up."""

import asyncio
import socket
import tempfile
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Any, cast

import orjson
from confluent_kafka.admin import AdminClient, NewTopic
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from schemas.config.history import History
from schemas.configuration import Configuration
from streams.config import load as config
from streams.demo import samples
from streams.demo.broker import EmbeddedBroker
from streams.demo.findings import (
    CLICKS,
    CONSENTS,
    INBOUND,
    REPORTS,
    as_infobip_has_them,
    contacts_of,
    count,
    outcomes_of,
    statuses_of,
    steps_stored,
    told_of,
    told_whole,
    verdicts_of,
)
from streams.demo.interruptions import unless_told_to_end, while_running
from streams.demo.jobs import JOBS
from streams.demo.programs import SimulatedInfobip, running, simulated_infobip
from streams.errors import StreamsError
from streams.history.schema import migrate
from streams.kafka.producer import OutgoingRecord, Writer
from streams.kafka.threads import in_own_thread

PEOPLE, LEAVE_EVERY, UNREACHABLE, GARBLED = 4000, 8, 25, 5
ORDERS, WITHOUT_PHONE = 500, 20
#: What becomes of the order SMS, by how the number ends: a tenth is clicked, a twentieth answered, some never arrive.
FATES = (
    "*=delivered",
    "*3=delivered,clicks=1",
    "*15=delivered,clicks=1,reply=Thanks!",
    "*35=delivered,reply=STOP",
    "*77=expired",
)
CLICKED, ANSWERED, STOPPED, EXPIRED, TOLD = ("3", "15"), ("15", "35"), "35", "77", "15"
NUMBER = "447860099299"
PARTITIONS = 4
JOBS_FILE = "jobs.yaml"
TOPIC, TAG = "audience_memberships", "VIP"
LOOK_SECONDS, CONTACTS_SECONDS = 0.1, 0.5
#: Entered, sent, reported, clicked, answered, decided.
LIFE_STEPS = 6
PATIENCE_SECONDS = 100.0


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the final table: what must be equal."""

    what: str
    expected: int
    found: int


#: The life of a message by its id, a line for each step, as a configuration's history tells it.
Tracing = Callable[[Configuration, str], list[str]]


async def demo(out: Console, trace: Tracing) -> int:
    """Run the demo; 0 when everything adds up. `trace` tells the life of a message. Raises StreamsError.

    Told to end by a signal, it ends what it has begun, and returns the exit code of that signal.
    """
    return await unless_told_to_end(_run(out, trace))


async def _run(out: Console, trace: Tracing) -> int:
    with EmbeddedBroker() as broker, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with simulated_infobip(folder, FATES) as infobip:
            text = JOBS.format(broker=broker.bootstrap, infobip=infobip.url, port=_free_port(), number=NUMBER)
            out.print(f"A Kafka-compatible broker on {broker.bootstrap}, a simulated Infobip on {infobip.url}.")
            out.print("The jobs, as jobs.yaml says them:\n")
            out.print(text, style="dim", highlight=False, markup=False, soft_wrap=True)
            await asyncio.to_thread((folder / JOBS_FILE).write_text, text, encoding="utf-8")
            checks = await while_running(_show(out, folder, broker.bootstrap, infobip, trace), broker, infobip)
            return _conclude(out, checks, await infobip.calls(), infobip.url)


async def _play(
    out: Console,
    settings: dict[str, Any],
    infobip: SimulatedInfobip,
    configuration: Configuration,
    trace: Tracing,
) -> tuple[str, list[str]]:
    """Publish, and watch what becomes of it. Returns the id of one message, and its life."""
    history = cast("History", configuration.history)  # JOBS has one
    leavers = len(range(0, PEOPLE, LEAVE_EVERY))
    writer = Writer(settings)
    try:
        await _publish(writer, samples.enters(PEOPLE))
        await _watch(out, f"{PEOPLE:,} members enter the audience", PEOPLE, lambda: infobip.tagged(TAG))
        strays = [
            OutgoingRecord(TOPIC, b"stray", f"not an event, number {number}".encode()) for number in range(GARBLED)
        ]
        await writer.write(strays)
        await _publish(writer, samples.without_address(PEOPLE, UNREACHABLE))
        await _publish(writer, samples.exits(PEOPLE, LEAVE_EVERY))

        async def left() -> int:
            return PEOPLE - await infobip.tagged(TAG)

        await _watch(out, f"{leavers:,} of them exit", leavers, left)
        await _publish(writer, samples.shipments(ORDERS, WITHOUT_PHONE))
        await _watch(out, f"{ORDERS:,} order SMS go out", ORDERS, lambda: infobip.accepted("sms"))
        await _watch(out, f"{ORDERS:,} reports come back", ORDERS, _aside(count, settings, REPORTS))
        answers = _ending(CLICKED) + _ending(ANSWERED)
        await _watch(
            out,
            f"{answers:,} clicks and replies come back",
            answers,
            _aside(lambda: sum(count(settings, t) for t in (CLICKS, INBOUND))),
        )
        await _watch(
            out,
            f"{ORDERS + WITHOUT_PHONE:,} outcomes are told, with clicks and replies",
            ORDERS + WITHOUT_PHONE,
            _aside(told_whole, settings, _with(CLICKED), _with(ANSWERED)),
            look_seconds=CONTACTS_SECONDS,
        )
        people = await infobip.people()
        await _watch(
            out,
            f"{PEOPLE:,} contacts come back",
            PEOPLE,
            _aside(lambda: as_infobip_has_them(contacts_of(settings), people)),
            look_seconds=CONTACTS_SECONDS,
        )
        verdicts = await in_own_thread(partial(verdicts_of, settings))
        message_id = min(one.message_id for one in verdicts.values() if one.to in _with((TOLD,)))
        await _watch(out, "its whole life is stored", LIFE_STEPS, _aside(steps_stored, history, message_id))
        return message_id, await in_own_thread(partial(trace, configuration, message_id))
    finally:
        await writer.aclose()


async def _show(out: Console, folder: Path, bootstrap: str, infobip: SimulatedInfobip, trace: Tracing) -> list[Check]:
    # What its client says of a broker that ends tells a person nothing.
    settings = {"bootstrap.servers": bootstrap, "log_level": 0}
    admin = AdminClient(settings)
    await in_own_thread(admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1)])[TOPIC].result)
    keys = {"INFOBIP_API_KEY": "demo-key", "WEBHOOK_SECRET": token_hex()}
    configuration = config.load(folder / JOBS_FILE, keys)
    await asyncio.to_thread(migrate, cast("History", configuration.history))
    leavers = len(range(0, PEOPLE, LEAVE_EVERY))
    async with running(folder, "run", "--log-level", "streams=WARNING", environment=keys) as worker:
        message_id, life = await while_running(_play(out, settings, infobip, configuration, trace), worker)
        code = await worker.stop()
    out.print(f"\nThe life of one message, as `infobip-streams trace --message {message_id}` tells it:\n")
    out.print("\n".join(life), style="dim", highlight=False, markup=False, soft_wrap=True)
    outcomes = await in_own_thread(partial(outcomes_of, settings, "vip"))
    messages = await in_own_thread(partial(statuses_of, settings))
    contacts = await in_own_thread(partial(contacts_of, settings))
    verdicts = await in_own_thread(partial(verdicts_of, settings))
    told = await in_own_thread(partial(told_of, settings))
    shipments = ORDERS + WITHOUT_PHONE
    said = Counter(one.outcome for one in verdicts.values())
    published = PEOPLE + leavers + UNREACHABLE + GARBLED + shipments
    received = {one["to"] for one in await infobip.messages() if one["status"]["groupName"] != "REJECTED"}
    people, calls = await infobip.people(), await infobip.calls()
    return [
        Check("events published = outcomes told in infobip_flushes", published, outcomes.total()),
        Check("accepted or unchanged", PEOPLE + leavers, outcomes["accepted"] + outcomes["unchanged"]),
        Check("dropped: no usable email or phone", UNREACHABLE, outcomes["dropped"]),
        Check("undecodable: not an event", GARBLED, outcomes["undecodable"]),
        Check("people in Infobip", PEOPLE, len(people)),
        Check(f"people tagged {TAG}", PEOPLE - leavers, sum(TAG in tags for tags in people.values())),
        Check("contacts in infobip_contacts", PEOPLE, len(contacts)),
        Check(f"contacts with the tag {TAG}", PEOPLE - leavers, sum(TAG in tags for tags in contacts.values())),
        Check("messages told in infobip_messages", shipments, messages.total()),
        Check("SMS enqueued, each to another number", ORDERS, min(messages["Success"], len(received))),
        Check("no phone number, so not sent", WITHOUT_PHONE, messages["Error: Missing phone number in request"]),
        Check("messages with a report: delivered", ORDERS - _ending((EXPIRED,)), told["delivered"]),
        Check("messages with a report: expired", _ending((EXPIRED,)), told["expired"]),
        Check("clicks in infobip_clicks", _ending(CLICKED), told[CLICKS]),
        Check("replies in infobip_inbound_messages", _ending(ANSWERED), told[INBOUND]),
        Check("who wants no more, in infobip_consents", _ending((STOPPED,)), told[CONSENTS]),
        Check("outcomes: delivered", ORDERS - _ending((EXPIRED,)), said["DELIVERED"]),
        Check("outcomes: expired", _ending((EXPIRED,)), said["EXPIRED"]),
        Check("outcomes: rejected, because they were not sent", WITHOUT_PHONE, said["REJECTED"]),
        Check("outcomes that tell of a click", _ending(CLICKED), sum(bool(one.urls) for one in verdicts.values())),
        Check("outcomes that tell a reply", _ending(ANSWERED), sum(one.reply is not None for one in verdicts.values())),
        Check("calls answered 429", 0, sum(answers["429"] for answers in calls.values())),
        Check("exit code of the worker", 0, code),
    ]


def _conclude(out: Console, checks: list[Check], calls: Mapping[str, Counter[str]], infobip: str) -> int:
    table = Table(title="What happened")
    table.add_column("what")
    table.add_column("expected", justify="right")
    table.add_column("found", justify="right")
    table.add_column("")
    for check in checks:
        right = check.expected == check.found
        table.add_row(check.what, f"{check.expected:,}", f"{check.found:,}", "ok" if right else "[red]WRONG[/red]")
    out.print(table)
    made = ", ".join(f"{name} {calls[name].total()}" for name in sorted(calls))
    out.print(f"Calls made: {made}.", highlight=False)
    out.print(
        "The demo has ended, and its broker with it; docs/tutorial.md does the like on a broker that stays. "
        "Where to look there: infobip_contacts has the contacts, infobip_messages tells of every message, and "
        "infobip_delivery_reports, infobip_clicks, infobip_inbound_messages and infobip_consents of what came back; "
        "infobip_message_outcomes and infobip_campaign_events say what became of each; "
        "dead letters hold what could not be used (`infobip-streams dead-letters list -c jobs.yaml`); "
        f"each window told of itself on infobip_flushes; `infobip-streams simulator` shows people, tags and messages, "
        f"as the one on {infobip} did.",
        highlight=False,
    )
    return 0 if all(check.expected == check.found for check in checks) else 1


async def _publish(writer: Writer, events: Iterable[dict[str, Any]]) -> None:
    await writer.write(OutgoingRecord(TOPIC, event["profile_id"].encode(), orjson.dumps(event)) for event in events)


async def _watch(
    out: Console,
    what: str,
    target: int,
    count: Callable[[], Awaitable[int]],
    look_seconds: float = LOOK_SECONDS,
) -> None:
    """Show a bar until the count is reached. Raises StreamsError where patience ends before."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=out) as progress:
        bar = progress.add_task(what, total=target)
        done = 0
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (done := await count()) < target:
                    progress.update(bar, completed=done)
                    await asyncio.sleep(look_seconds)
        except TimeoutError:
            raise StreamsError(f"{what}: {done:,} only, within {PATIENCE_SECONDS:.0f} seconds") from None
        progress.update(bar, completed=done)


def _aside(read: Callable[..., int], *arguments: Any) -> Callable[[], Awaitable[int]]:
    """Have a topic or the history read without keeping the bars waiting, nor the end where a broker has gone."""
    return lambda: in_own_thread(partial(read, *arguments))


def _with(ends: tuple[str, ...]) -> frozenset[str]:
    """The numbers that order SMS go to and that end in one of these ways."""
    numbers = (str(samples.PHONE + number) for number in range(ORDERS))
    return frozenset(number for number in numbers if number.endswith(ends))


def _ending(ends: tuple[str, ...]) -> int:
    """How many of these numbers there are."""
    return len(_with(ends))


def _free_port() -> int:
    """A port for what Infobip calls."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])
