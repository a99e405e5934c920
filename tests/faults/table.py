"""All the faults, and the table that says what each has shown."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from tests.faults.arena import Arena, Row
from tests.faults.hostile import hostile_events
from tests.faults.imports import import_killed
from tests.faults.outages import answers_spoilt, broker_restarts, infobip_down, key_revoked
from tests.faults.processes import members_come_and_go, process_killed
from tests.faults.sends import messages_killed
from tests.faults.stalls import consumer_stuck
from tests.faults.transactions import transactional_producers


class Fault(NamedTuple):
    """What strikes, and how; `always`: its short form is cheap enough to be part of every test run."""

    title: str
    strike: Callable[[Arena], Row]
    always: bool = True


FAULTS: Mapping[str, Fault] = {
    "kills": Fault("a process is killed", process_killed),
    "members": Fault("members come and go", members_come_and_go),
    "broker": Fault("the broker restarts, and is away", broker_restarts),
    "outage": Fault("Infobip is down while events flow", infobip_down),
    "answers": Fault("answers are lost, late, cut, garbled", answers_spoilt),
    "key": Fault("the key is revoked, then restored", key_revoked),
    "hostile": Fault("events are hostile", hostile_events),
    "stuck": Fault("a consumer is stuck", consumer_stuck),
    "sends": Fault("processes are killed while messages go out", messages_killed),
    "imports": Fault("an import is killed while people change", import_killed),
    "transactions": Fault("events come in transactions", transactional_producers),
}


def as_markdown(rows: list[tuple[str, str, str, str]]) -> str:
    """Rows of fault, what struck, what was seen and how long it took, as a Markdown table."""
    lines = ["| fault | struck | held |  |", "| --- | --- | --- | ---: |"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
