"""Each fault in its short form: crashes, outages, spoilt answers, hostile events; the processes are killed for real."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.arena import Arena
from tests.faults.table import FAULTS
from tests.integration.brokers import Node
from tests.integration.conftest import SHOWN

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

SEED = int(os.environ.get("FAULTS_SEED", "20261121"))


@pytest.mark.parametrize("fault", [name for name, fault in FAULTS.items() if fault.always])
def test_what_is_promised_holds(
    fault: str, node: Node, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    title, strike, _ = FAULTS[fault]
    row = strike(Arena(node, tmp_path, SEED, short=True))
    record_property(SHOWN, f"{title}, {row.struck}: {row.seen}")
    assert row.seen
