"""Our service, started as anybody would: with a jobs.yaml of its own."""

import sys

import yaml

from bench.peers import Options, Peer, always

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
    path = options.folder / f"{group}.yaml"
    path.write_text(yaml.safe_dump(configuration))
    return [sys.executable, "-m", "streams", "run", "-c", str(path)]


PEER = Peer(name="infobip-streams", does="contacts, versions, cursor: one transaction", command=command, missing=always)
