"""Our service, started as anybody would: with a jobs.yaml of its own."""

from bench.peers import Options, Peer, always
from bench.peers.ours import started_with

TOPIC = "infobip_contacts"
UNLIMITED = 1e6


def command(broker: str, topic: str, url: str, group: str, options: Options) -> list[str]:
    """Write jobs.yaml, and give the command that runs it."""
    limits = {"list_persons": options.rate or UNLIMITED}
    configuration = {
        "kafka": {"brokers": broker, "topic_prefix": topic.removesuffix(TOPIC)},
        "authorizations": [{"name": "main", "base_url": url, "api_key": "demo-key", "limits": limits}],
        "jobs": [{"name": group, "kind": "import_contacts", "authorization": "main"}],
    }
    return started_with(configuration, group, options)


PEER = Peer(name="infobip-streams", does="contacts, versions, cursor: one transaction", command=command, missing=always)
