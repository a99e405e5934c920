"""A peer: Redpanda Connect, built from the Go module proxy with the few components it needs, posting in batches.

Its Kafka input hands a partition's batches out as fast as they are taken, and a call that is refused is tried again
while later ones pass: order within a partition is kept only with one call in flight. It runs with as many as the other
peers have, for speed.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from bench.peers import Options, Peer

BATCH = 1000
IN_FLIGHT = 8
MARGIN = 1.02  # evenly spaced calls arrive unevenly; without it every tenth is one too many

SOURCES = Path(__file__).parent
BINARY = Path(__file__).parents[3] / ".cache/redpanda-connect/connect"


def command(broker: str, topic: str, url: str, group: str, options: Options) -> list[str]:
    """Write its configuration, and give the command that runs it."""
    path = options.folder / f"{group}.redpanda-connect.yaml"
    path.write_text(yaml.safe_dump(configuration(broker, topic, url, group, options.rate)))
    return [str(BINARY), "run", str(path)]


def configuration(broker: str, topic: str, url: str, group: str, rate: float | None) -> dict[str, Any]:
    """Give one stream: read in batches, make each a JSON array, post it until it is taken."""
    limited = {"rate_limit": "calls"} if rate else {}
    spaced = {"label": "calls", "local": {"count": 1, "interval": f"{MARGIN / rate * 1e6:.0f}us"}} if rate else None
    return {
        "http": {"enabled": False},
        "logger": {"level": "WARN"},
        "input": {
            "kafka_franz": {
                "seed_brokers": [broker],
                "topics": [topic],
                "consumer_group": group,
                "start_from_oldest": True,
                "batching": {"count": BATCH, "period": "1s"},
                "checkpoint_limit": IN_FLIGHT * BATCH,
                "commit_period": "1s",
                # By default a killed process keeps its partitions for a minute.
                "session_timeout": "10s",
            }
        },
        "pipeline": {"processors": [{"archive": {"format": "json_array"}}]},
        "output": {
            "http_client": {
                "url": f"{url}/records",
                "verb": "POST",
                "headers": {"Content-Type": "application/json"},
                "max_in_flight": IN_FLIGHT,
                "timeout": "60s",
                "backoff_on": [429],
                "retries": 20,  # a batch that still fails is not lost: the input gives it out again
                "retry_period": "250ms",
                "max_retry_backoff": "5s",
                **limited,
            }
        },
        "rate_limit_resources": [spaced] if spaced else [],
    }


def missing() -> str | None:
    """Build it where that was not done since its sources changed; why it cannot be, None where it is there."""
    sources = [SOURCES / name for name in ("main.go", "go.mod", "go.sum")]
    if BINARY.exists() and BINARY.stat().st_mtime > max(source.stat().st_mtime for source in sources):
        return None
    if shutil.which("go") is None:
        return "no Go"
    BINARY.parent.mkdir(parents=True, exist_ok=True)
    build = ["go", "build", "-trimpath", "-buildvcs=false", "-o", str(BINARY), "."]
    environment = {**os.environ, "CGO_ENABLED": "0"}
    ran = subprocess.run(build, cwd=SOURCES, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode == 0:
        return None
    lines = [line.strip() for line in ran.stderr.splitlines() if line.strip()] or ["it said nothing"]
    return f"build failed: {lines[-1]}"


def version() -> str:
    """Return the version that go.mod pins."""
    found = re.search(r"redpanda-data/connect/v4 v(\S+)", (SOURCES / "go.mod").read_text())
    return found[1] if found else "?"


PEER = Peer(name=f"Redpanda Connect {version()}", does="posts records as they are", command=command, missing=missing)
