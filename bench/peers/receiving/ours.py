"""Our service, started as anybody would: with a jobs.yaml of its own."""

from urllib.parse import urlsplit

from bench.peers import Options, Peer, always
from bench.peers.ours import started_with
from bench.peers.receiving import SECRET, TOPIC


def command(broker: str, topic: str, url: str, group: str, options: Options) -> list[str]:
    """Write jobs.yaml, and give the command that receives by it."""
    address = urlsplit(url)
    configuration = {
        "kafka": {"brokers": broker, "topic_prefix": topic.removesuffix(TOPIC)},
        "authorizations": [{"name": "main", "base_url": "http://127.0.0.1:9", "api_key": "demo-key"}],
        "webhooks": {
            "host": address.hostname,
            "port": address.port,
            "public_url": f"http://{address.netloc}",
            "secret": SECRET,
        },
        "jobs": [
            {
                "name": group,
                "kind": "send_message",
                "authorization": "main",
                "topics": ["memberships"],
                "audiences": ["vip"],
                "sender": "Acme",
                "content": {"channel": "sms", "text": "Your order is on its way."},
            }
        ],
    }
    return started_with(configuration, group, options, "receive")


PEER = Peer(name="infobip-streams", does="reads each report, writes it flat", command=command, missing=always)
