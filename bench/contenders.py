"""Who is compared: always the same, and with `--all` those that need toolchains of their own."""

import importlib

from bench.peers import Peer, handwritten, mqbridge, ours, quix, stock
from bench.peers.importing import handwritten as handwritten_import
from bench.peers.importing import ours as our_import
from bench.peers.importing import quix as quix_import
from bench.peers.receiving import handwritten as handwritten_receiver
from bench.peers.receiving import ours as our_receiver
from bench.peers.sending import handwritten as handwritten_sends
from bench.peers.sending import ours as our_sends
from bench.peers.tracking import ours as our_tracker
from bench.peers.tracking import quix as quix_tracker
from bench.peers.tracking import stock as stock_tracker

OURS = ours.PEER
USUAL = [OURS, handwritten.PEER, stock.PEER, quix.PEER, mqbridge.PEER]
#: They are built from source first, which takes minutes.
HEAVY = {"Redpanda Connect": "bench.peers.redpanda_connect", "Kafka Connect, HTTP sink": "bench.peers.kafka_connect"}
USUAL_IMPORTS = [our_import.PEER, handwritten_import.PEER, quix_import.PEER]
SENDS = [our_sends.PEER, handwritten_sends.PEER, handwritten_sends.PEER_WITH_IDS]
RECEIVERS = [our_receiver.PEER, handwritten_receiver.PEER]
TRACKERS = [our_tracker.PEER, stock_tracker.PEER, quix_tracker.PEER]
NOT_RECEIVING = {
    "Svix Bridge": "it is in no package registry, only an image and its source",
    "Convoy": "it hands on to HTTP addresses only, and writes to no topic",
}
HEAVY_IMPORTS = {"Redpanda Connect": "bench.peers.importing.redpanda_connect"}


def contenders(*, heavy: bool) -> list[Peer]:
    """Give everybody who is asked for; one whose module cannot be imported still has a row."""
    return USUAL + ([_imported(name, module) for name, module in HEAVY.items()] if heavy else [])


def importers(*, heavy: bool) -> list[Peer]:
    """Give everybody who brings people to a topic."""
    return USUAL_IMPORTS + ([_imported(name, module) for name, module in HEAVY_IMPORTS.items()] if heavy else [])


def senders(*, heavy: bool) -> list[Peer]:  # noqa: ARG001 - nobody who sends is built from source
    """Give everybody who sends messages."""
    return SENDS


def receivers(*, heavy: bool) -> list[Peer]:  # noqa: ARG001 - nobody who receives is built from source
    """Give everybody who takes reports; of two that one would think of, why not."""
    return [*RECEIVERS, *(unable(name, reason) for name, reason in NOT_RECEIVING.items())]


def trackers(*, heavy: bool) -> list[Peer]:  # noqa: ARG001 - nobody who tracks is built from source
    """Give everybody who joins messages with their reports."""
    return TRACKERS


def _imported(name: str, module: str) -> Peer:
    try:
        peer: Peer = importlib.import_module(module).PEER
    except (ImportError, AttributeError) as error:
        return unable(name, str(error))
    return peer


def unable(name: str, reason: str) -> Peer:
    """Give a peer that only says why it does not run."""
    return Peer(name=name, does="", command=lambda *_: [], missing=lambda: reason)
