"""`python -m bench [PART …] [--all] [--out DIR] [--scale 0.1]`: every part without a name. Needs KAFKA_BROKERS."""

import argparse
import os
import platform
import shlex
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import orjson
import psutil

from bench.cohorts import cohorts
from bench.contenders import contenders, importers, receivers, senders, trackers
from bench.faults import faults
from bench.growth import growth
from bench.history import part
from bench.importing import imports
from bench.keeping import keeping
from bench.latency import latency
from bench.memory import memory
from bench.observed import observed
from bench.peers import FOREIGN, Peer
from bench.processes import processes
from bench.quota import quota
from bench.receiving import reports
from bench.running import ROOT
from bench.sending import sends
from bench.stages import stages
from bench.starting import starting
from bench.summaries import summaries
from bench.table import Result, markdown
from bench.templates import templates
from bench.throughput import throughput
from bench.tracking import outcomes
from bench.verifying import verifying

PARTS: dict[str, Callable[[str, list[Peer], float], Result]] = {
    "stages": lambda _broker, _peers, _scale: stages(),
    "t1": throughput,
    "t2": quota,
    "t3": faults,
    "t4": imports,
    "t5": sends,
    "t6": reports,
    "t7": outcomes,
    "t8": lambda _broker, _peers, scale: templates(scale),
    "t9": lambda broker, _peers, scale: cohorts(broker, scale),
    "latency": latency,
    "processes": lambda broker, _peers, scale: processes(broker, scale),
    "history": part,
    "growth": lambda broker, _peers, scale: growth(broker, scale),
    "metrics": lambda broker, _peers, scale: observed(broker, scale),
    "summaries": lambda broker, _peers, scale: summaries(broker, scale),
    "starting": lambda broker, _peers, _scale: starting(broker),
    "keeping": lambda broker, _peers, scale: keeping(broker, scale),
    "verify": lambda broker, _peers, scale: verifying(broker, scale),
    "memory": lambda broker, _peers, scale: memory(broker, scale),
}
#: Who is compared in a part, where it is not those who export.
OTHERS = {"t4": importers, "t5": senders, "latency": senders, "t6": receivers, "t7": trackers}


def main() -> None:
    told = _arguments()
    chosen = told.parts or list(PARTS)
    broker = os.environ.get("KAFKA_BROKERS", "")
    if not broker and not set(chosen) <= {"stages", "history", "t8"}:
        sys.exit("bench: set KAFKA_BROKERS, or use `make bench`, which starts a broker")
    head = conditions(told.scale)
    print(head, flush=True)
    results = []
    for name in chosen:
        print(f"{name} ...", flush=True)
        peers = OTHERS.get(name, contenders)(heavy=told.all)
        result = PARTS[name](broker, peers, told.scale)
        print(f"\n{markdown(result)}", flush=True)
        results.append(result)
        write(told.out, head, results)
    print(draw(told.out))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[[], *PARTS], metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--all", action="store_true", help="with the peers that need Go or Maven")
    parser.add_argument("--out", type=Path, default=ROOT / ".cache/bench", help="where the tables and the picture go")
    parser.add_argument("--scale", type=float, default=1.0, help="0.1 for a quick look with a tenth of the records")
    return parser.parse_args()


def conditions(scale: float) -> str:
    """Say when, where and how this was measured: figures without it mean nothing."""
    memory_gb = psutil.virtual_memory().total / 1e9
    machine = f"{_processor()}, {psutil.cpu_count()} cores, {memory_gb:.0f} GB, {platform.system()}"
    scaled = "" if scale == 1 else f", scaled to {scale:g}"
    command = shlex.join(["python", "-m", "bench", *sys.argv[1:]])
    date = datetime.now(UTC).date().isoformat()
    return f"{date}; {machine}; Python {platform.python_version()}; `{command}`{scaled}"


def _processor() -> str:
    told = Path("/proc/cpuinfo")
    names = [line.partition(":")[2].strip() for line in told.read_text().splitlines() if line.startswith("model name")]
    return names[0] if names else platform.machine()


def write(folder: Path, head: str, results: list[Result]) -> None:
    """Write what is known so far: a long run that breaks keeps its parts."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.md").write_text(f"{head}\n\n" + "\n".join(markdown(result) for result in results))
    parts = {result.name: result.json() for result in results}
    (folder / "results.json").write_bytes(
        orjson.dumps({"conditions": head, "parts": parts}, option=orjson.OPT_INDENT_2)
    )


def draw(folder: Path) -> str:
    """Draw the picture with the peers' environment, where matplotlib is; say what came of it."""
    if not FOREIGN.exists():
        return f"tables: {folder}/results.md; no picture: matplotlib is not installed (`make bench` installs it)"
    command = [str(FOREIGN), "-m", "bench.plot", str(folder.absolute())]
    ran = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    if ran.returncode:
        return f"tables: {folder}/results.md; no picture: {ran.stderr.strip().splitlines()[-1]}"
    return f"tables and picture: {folder}"


if __name__ == "__main__":
    main()
