"""Each fault in its short form: crashes, outages, spoilt answers, hostile events; the processes are killed for real."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.arena import Arena
from tests.faults.table import FAULTS
from tests.integration.brokers import Broker
from tests.reports import SHOWN

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

SEED = int(os.environ.get("FAULTS_SEED", "20261121"))
ALWAYS = {name: fault for name, fault in FAULTS.items() if fault.always}
Note = Callable[[str, object], None]


def strike(fault: str, arena: Arena, note: Note) -> str:
    """Strike, and note what was seen."""
    row = FAULTS[fault].strike(arena)
    note(SHOWN, f"{FAULTS[fault].title}, {row.struck}: {row.seen}")
    return row.seen


@pytest.mark.parametrize("fault", [name for name, fault in ALWAYS.items() if not fault.stops_broker])
def test_what_is_promised_holds(fault: str, broker: Broker, tmp_path: Path, record_property: Note) -> None:
    assert strike(fault, Arena(broker, tmp_path, SEED, short=True), record_property)


@pytest.mark.parametrize("fault", [name for name, fault in ALWAYS.items() if fault.stops_broker])
def test_what_is_promised_holds_though_the_broker_stops(
    fault: str, own_broker: Broker, tmp_path: Path, record_property: Note
) -> None:
    assert strike(fault, Arena(own_broker, tmp_path, SEED, short=True), record_property)
