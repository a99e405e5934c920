"""All the faults, and the table that says what each has shown."""

from collections.abc import Callable, Mapping

from tests.faults.arena import Arena, Row
from tests.faults.hostile import hostile_events
from tests.faults.imports import import_killed
from tests.faults.outages import answers_spoilt, broker_restarts, infobip_down, key_revoked
from tests.faults.processes import members_come_and_go, process_killed
from tests.faults.sends import messages_killed
from tests.faults.stalls import consumer_stuck

FAULTS: Mapping[str, tuple[str, Callable[[Arena], Row]]] = {
    "kills": ("a process is killed", process_killed),
    "members": ("members come and go", members_come_and_go),
    "broker": ("the broker restarts, and is away", broker_restarts),
    "outage": ("Infobip is down while events flow", infobip_down),
    "answers": ("answers are lost, late, cut, garbled", answers_spoilt),
    "key": ("the key is revoked, then restored", key_revoked),
    "hostile": ("events are hostile", hostile_events),
    "stuck": ("a consumer is stuck", consumer_stuck),
    "sends": ("processes are killed while messages go out", messages_killed),
    "imports": ("an import is killed while people change", import_killed),
}


def as_markdown(rows: list[tuple[str, str, str, str]]) -> str:
    """Rows of fault, what struck, what was seen and how long it took, as a Markdown table."""
    lines = ["| fault | struck | held |  |", "| --- | --- | --- | ---: |"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
