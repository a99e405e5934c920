"""Our service, started as anybody would: with a jobs.yaml of its own."""

from bench.peers import Options, Peer, always
from bench.peers.ours import started_with
from bench.peers.tracking import STATE


def command(broker: str, prefix: str, url: str, group: str, options: Options) -> list[str]:
    """Write jobs.yaml, and give the command that tracks by it."""
    configuration = {
        "kafka": {"brokers": broker, "topic_prefix": prefix, "state_dir": str(options.folder / STATE)},
        "authorizations": [{"name": "main", "base_url": url, "api_key": "demo-key"}],
        "jobs": [{"name": group, "kind": "track_messages", "authorization": "main"}],
    }
    return started_with(configuration, group, options)


PEER = Peer(
    name="infobip-streams",
    does="tracks every message, its replies and waits; exactly once",
    command=command,
    missing=always,
)
