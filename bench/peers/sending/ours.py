"""Our service, started as anybody would: with a jobs.yaml of its own."""

from bench.peers import Options, Peer, always
from bench.peers.ours import started_with


def command(broker: str, topic: str, url: str, group: str, options: Options) -> list[str]:
    """Write jobs.yaml, and give the command that runs it; the logs are asked as often as Infobip publishes."""
    configuration = {
        "kafka": {"brokers": broker, "topic_prefix": f"{group}."},
        "authorizations": [{"name": "main", "base_url": url, "api_key": "demo-key"}],
        "jobs": [
            {
                "name": group,
                "kind": "send_message",
                "authorization": "main",
                "topics": [topic],
                "audiences": ["vip"],
                "existing_members": True,
                "sender": "Acme",
                "message_fields": ["first_name", "last_name"],
                "content": {"channel": "sms", "text": "Hi {{first_name}} {{last_name}}, your order is on its way."},
            }
        ],
    }
    return started_with(configuration, group, options)


PEER = Peer(name="infobip-streams", does="SMS, and a record of each", command=command, missing=always)
