"""A peer: Quix Streams with a source of one's own that keeps its cursor in Quix's state."""

from bench.peers import FOREIGN, Options, Peer, foreign_missing, foreign_version


def command(broker: str, topic: str, url: str, group: str, options: Options) -> list[str]:
    told = [broker, topic, url, group, str(options.folder / "quix"), str(options.rate or 0)]
    return [str(FOREIGN), "-m", "bench.peers.importing.quix_source", *told]


def missing() -> str | None:
    return foreign_missing("quixstreams")


PEER = Peer(
    name=f"Quix Streams {foreign_version('quixstreams')}".strip(),
    does="contacts, then its state",
    command=command,
    missing=missing,
)
