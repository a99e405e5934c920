"""`python -m bench.flames`: where the CPU of exports, sends and imports goes, as flame graphs in docs/flames.

A sampler reads the stacks from outside, only those of whoever holds the interpreter: what runs, and not what waits.
Needs KAFKA_BROKERS and the peers' environment; `make flames` has both.
"""

import os
import re
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from bench.committed import nobody
from bench.endpoint import Behaviour
from bench.peers import FOREIGN, Options, Peer, foreign_missing, ours
from bench.peers.importing import ours as importer
from bench.peers.sending import ours as sender
from bench.running import LOOK_SECONDS, ROOT, Run, prepared, started
from bench.stream import publish

PICTURES = ROOT / "docs/flames"
SAMPLER = FOREIGN.with_name("py-spy")
SAMPLES_PER_SECOND = 250
EVENTS, MESSAGES, PEOPLE = 600_000, 200_000, 200_000
LATENCY_SECONDS = 0.02


def main() -> None:
    broker = os.environ.get("KAFKA_BROKERS", "")
    if not broker:
        sys.exit("bench.flames: set KAFKA_BROKERS, or use `make flames`, which starts a broker")
    if reason := foreign_missing("py_spy"):
        sys.exit(f"bench.flames: {reason}")
    PICTURES.mkdir(exist_ok=True)
    exported, sent = publish(broker, EVENTS), publish(broker, MESSAGES)
    with prepared(sampled(ours.PEER, "exports"), exported, Behaviour(LATENCY_SECONDS)) as run:
        sample(run, lambda: run.seen().delivered >= EVENTS)
    with prepared(sampled(sender.PEER, "sends"), sent, Behaviour(LATENCY_SECONDS, identities=True)) as run:
        sample(run, lambda: run.seen().people >= MESSAGES)
    pages = Behaviour(LATENCY_SECONDS, people=PEOPLE)
    with prepared(sampled(importer.PEER, "imports"), nobody(broker, PEOPLE), pages) as run:
        sample(run, lambda: False)  # it ends by itself
    for name in ("exports", "sends", "imports"):
        entitle(path_of(name), f"{name}: samples of whoever holds the interpreter, {SAMPLES_PER_SECOND} a second")


def sampled(peer: Peer, name: str) -> Peer:
    """Give a peer that draws where its time goes as it ends."""

    def command(broker: str, topic: str, url: str, group: str, options: Options) -> list[str]:
        asked = ["record", "--gil", "--rate", str(SAMPLES_PER_SECOND), "--nonblocking", "--nolineno"]
        drawn = ["--format", "flamegraph", "--output", str(path_of(name))]
        return [str(SAMPLER), *asked, *drawn, "--", *peer.command(broker, topic, url, group, options)]

    return replace(peer, command=command)


def sample(run: Run, is_done: Callable[[], bool]) -> None:
    """Run a subject until it is done or has ended, and have its picture drawn."""
    with started(run) as subject:
        while not subject.ended() and not is_done():
            time.sleep(LOOK_SECONDS)
        subject.interrupt()


def path_of(name: str) -> Path:
    """Where a picture is."""
    return PICTURES / f"{name}.svg"


def entitle(path: Path, title: str) -> None:
    """Give a picture a title in place of the command line that it was drawn with."""
    path.write_text(re.sub(r'(<text id="title"[^>]*>)[^<]*', rf"\g<1>{title}", path.read_text()))


if __name__ == "__main__":
    main()
