"""Our service, started as anybody would: with a jobs.yaml of its own."""

import sys
from typing import Any

import yaml

from bench.peers import Options, Peer, always

FIELDS = {"first_name": "firstName", "lifetime_value": {"to": "ltv", "type": "DECIMAL"}}
UNLIMITED = 1e6


def command(broker: str, topic: str, url: str, group: str, options: Options) -> list[str]:
    return started_with(configuration_of(broker, topic, url, group, options), group, options)


def configuration_of(broker: str, topic: str, url: str, group: str, options: Options) -> dict[str, Any]:
    # At the published limit of 5 requests/s nothing is configured: that is the default.
    limits = {"upsert_persons": options.rate or UNLIMITED, "add_tag": options.rate or UNLIMITED}
    return {
        "kafka": {"brokers": broker, "topic_prefix": f"{group}."},
        "authorizations": [{"name": "main", "base_url": url, "api_key": "demo-key", "limits": limits}],
        "jobs": [
            {
                "name": group,
                "kind": "export_audience",
                "authorization": "main",
                "topics": [topic],
                "audiences": ["vip"],
                "tag": "VIP",
                "map_fields": FIELDS,
                "create_attributes": True,
                "flush": {
                    "max_events": 1000,
                    "max_seconds": 0.05,
                },  # a stream that ends would else wait for its last window
            }
        ],
    }


def started_with(configuration: dict[str, Any], group: str, options: Options, command_name: str = "run") -> list[str]:
    """Write jobs.yaml, and give the command that goes by it."""
    path = options.folder / f"{group}.yaml"
    path.write_text(yaml.safe_dump(configuration))
    return [sys.executable, "-m", "streams", command_name, "-c", str(path)]


def observed(port: int) -> Peer:
    """Ours, with its metrics served."""

    def with_metrics(broker: str, topic: str, url: str, group: str, options: Options) -> list[str]:
        configuration = configuration_of(broker, topic, url, group, options)
        return started_with({**configuration, "operations": {"port": port}}, group, options)

    return Peer(name="infobip-streams, observed", does="counts, too", command=with_metrics, missing=always)


PEER = Peer(name="infobip-streams", does="upserts and tags", command=command, missing=always)
