"""All the faults, and the table that says what each has shown."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from tests.faults.arena import Arena, Row
from tests.faults.brokers import brokers_killed, leader_unclean
from tests.faults.changes import tag_renamed
from tests.faults.cohorts import cohorts_killed
from tests.faults.hostile import hostile_events
from tests.faults.imports import import_killed
from tests.faults.infobip import gateway_says_no, one_person_chokes
from tests.faults.network import broker_slow, network_fails
from tests.faults.outages import answers_spoilt, broker_restarts, infobip_down, key_revoked
from tests.faults.pauses import processes_paused
from tests.faults.positions import offsets_gone, topic_made_anew
from tests.faults.processes import members_come_and_go, process_killed
from tests.faults.pulls import pullers_killed
from tests.faults.refusals import disk_full, writes_refused
from tests.faults.repairs import drift_repaired
from tests.faults.reports import receivers_killed
from tests.faults.requests import requests_hostile
from tests.faults.rolling import restarted_in_turn
from tests.faults.sends import messages_killed
from tests.faults.stalls import consumer_stuck
from tests.faults.standstill import brokers_stand_still
from tests.faults.told import all_told
from tests.faults.tracks import trackers_killed
from tests.faults.transactions import transactional_producers
from tests.faults.webhooks import webhooks_killed


class Fault(NamedTuple):
    """What strikes, and how; `always`: its short form is part of every test run.

    It is not where it takes long, or where a test of its own in tests/integration strikes in the same way.
    `stops_broker`: nobody else may use the broker meanwhile.
    """

    title: str
    strike: Callable[[Arena], Row]
    always: bool = True
    stops_broker: bool = False


FAULTS: Mapping[str, Fault] = {
    "kills": Fault("a process is killed", process_killed),
    "members": Fault("members come and go", members_come_and_go),
    "broker": Fault("the broker restarts, and is away", broker_restarts, stops_broker=True),
    "standstill": Fault("the brokers stand still", brokers_stand_still, always=False, stops_broker=True),
    "outage": Fault("Infobip is down while events flow", infobip_down),
    "answers": Fault("answers are lost, late, cut, garbled", answers_spoilt),
    "key": Fault("the key is revoked, then restored", key_revoked),
    "hostile": Fault("events are hostile", hostile_events),
    "stuck": Fault("a consumer is stuck", consumer_stuck),
    "sends": Fault("processes are killed while messages go out", messages_killed),
    "imports": Fault("an import is killed while people change", import_killed),
    "transactions": Fault("events come in transactions", transactional_producers),
    "recreated": Fault("the input is deleted and made anew", topic_made_anew, always=False),
    "expired": Fault("the offsets of a stopped job are deleted", offsets_gone, always=False),
    "rolling": Fault("processes are restarted in turn, with more to do each time", restarted_in_turn),
    "paused": Fault("processes stand still, and wake up", processes_paused, always=False),
    "partition": Fault("the network of a process fails", network_fails, always=False),
    "slow": Fault("the broker is slow", broker_slow, always=False),
    "refusals": Fault("the brokers refuse what is written", writes_refused, always=False),
    "disk": Fault("the broker's disk is full", disk_full, always=False),
    "brokers": Fault("any of three brokers is killed", brokers_killed, always=False),
    "unclean": Fault("a broker leads that has missed events", leader_unclean, always=False),
    "poison": Fault("Infobip chokes on one person", one_person_chokes, always=False),
    "gateway": Fault("a gateway answers in Infobip's place", gateway_says_no, always=False),
    "reported": Fault("receivers are killed while Infobip posts reports", receivers_killed, stops_broker=True),
    "told": Fault("everybody answers at once", all_told),
    "pulled": Fault("processes are killed while they ask for reports", pullers_killed),
    "cohorts": Fault("processes are killed while audiences are mirrored, and a list vanishes", cohorts_killed),
    "webhooks": Fault("processes are killed while webhooks call and send", webhooks_killed),
    "changed": Fault("processes are killed while members are brought to another tag", tag_renamed, always=False),
    "tracked": Fault("processes are killed while they follow messages", trackers_killed),
    "repaired": Fault("processes and commands are killed while drift is repaired", drift_repaired),
    "requests": Fault("requests to the receiver are hostile", requests_hostile),
}


def as_markdown(rows: list[tuple[str, str, str, str]]) -> str:
    """Rows of fault, what struck, what was seen and how long it took, as a Markdown table."""
    lines = ["| fault | struck | held |  |", "| --- | --- | --- | ---: |"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])
