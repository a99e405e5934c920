"""`python -m tests.faults [--seed N] [--short] [FAULT ...]`: every fault, on Apache Kafka; a table at the end."""

import argparse
import os
import shutil
import sys
import tempfile
import time
import traceback
from pathlib import Path

from streams.errors import StreamsError
from tests.faults.arena import Arena
from tests.faults.table import FAULTS, as_markdown
from tests.integration.brokers import any_broker

FAILED = 1


def main() -> int:
    """Run the chosen faults; 1 when any of them broke a promise."""
    parser = argparse.ArgumentParser(prog="faults", description="Strikes the service, and tells what held.")
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000, help="repeats a run")
    parser.add_argument("--short", action="store_true", help="the form that runs with every test")
    parser.add_argument("fault", nargs="*", choices=[*FAULTS, []], help="all of them by default")
    said = parser.parse_args()
    os.environ["CI"] = "true"  # nothing but Apache Kafka will do
    print(f"seed: {said.seed}", flush=True)
    rows: list[tuple[str, str, str, str]] = []
    broken = 0
    folder = Path(tempfile.mkdtemp(prefix="infobip-streams-faults-"))
    with any_broker() as broker:
        print(f"broker: {broker.name} ({broker.bootstrap})", flush=True)
        if broker.node is None:
            raise StreamsError("these faults restart the broker: unset KAFKA_BROKERS")
        arena = Arena(broker, folder, said.seed, short=said.short)
        for name in said.fault or [name for name, fault in FAULTS.items() if fault.always or not said.short]:
            title, strike = FAULTS[name].title, FAULTS[name].strike
            began = time.monotonic()
            try:
                row = strike(arena)
            except Exception as failure:  # noqa: BLE001 - whatever it was, the promise is not shown to hold
                broken += 1
                traceback.print_exc()
                rows.append((title, "", f"**BROKEN**: {failure}", _took(began)))
            else:
                rows.append((title, row.struck, row.seen, _took(began)))
            print(f"{_took(began)} {name}: {rows[-1][1]}: {rows[-1][2]}", flush=True)
    print(f"\nseed {said.seed}\n\n{as_markdown(rows)}")
    if broken:
        print(f"the logs are in {folder}")
        return FAILED
    shutil.rmtree(folder)
    return 0


def _took(began: float) -> str:
    return f"{time.monotonic() - began:.0f} s"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except StreamsError as error:
        sys.exit(f"faults: {error}")
