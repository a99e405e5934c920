"""A peer: Redpanda Connect, whose HTTP input asks for the page after the one it has, in a few lines of configuration.

It pages by numbers, so people who change meanwhile shift others out of its sight, and it remembers no page: started
again, it begins at the first.
"""

from typing import Any

import yaml

from bench.peers import Options, Peer
from bench.peers.importing.plain import FIELDS, LIMIT
from bench.peers.redpanda_connect import BINARY, MARGIN, missing, version

CONTACT = "".join(f'\n    "{name}": person.{theirs},' for theirs, name in FIELDS.items())
MAPPING = f"""root = this.persons.map_each(person -> person.customAttributes.or({{}}).merge({{
    "infobip_person_id": person.id.string(),
    "email": person.contactInformation.email.0.address,
    "phone": "+" + person.contactInformation.phone.0.number,{CONTACT}
}}).filter(field -> field.value != null))"""


def command(broker: str, topic: str, url: str, group: str, options: Options) -> list[str]:
    """Write its configuration, and give the command that runs it."""
    path = options.folder / f"{group}.redpanda-connect.yaml"
    path.write_text(yaml.safe_dump(configuration(broker, topic, url, options.rate)))
    return [str(BINARY), "run", str(path)]


def configuration(broker: str, topic: str, url: str, rate: float | None) -> dict[str, Any]:
    """Give one stream: a page, its people as contacts, one record each, until a page is not full."""
    limited = {"rate_limit": "calls"} if rate else {}
    spaced = {"label": "calls", "local": {"count": 1, "interval": f"{MARGIN / rate * 1e6:.0f}us"}} if rate else None
    page = '${! json("page").catch(0) + 1 }'
    pages = {
        "http_client": {
            "url": f"{url}/people/2/persons?limit={LIMIT}&orderBy=modifiedAt:asc&page={page}",
            "headers": {"Authorization": "App demo-key"},
            "timeout": "60s",
            "backoff_on": [429],
            "retries": 20,
            "retry_period": "250ms",
            "max_retry_backoff": "5s",
            **limited,
        }
    }
    return {
        "http": {"enabled": False},
        "logger": {"level": "WARN"},
        "input": {"read_until": {"input": pages, "check": f"this.persons.length() < {LIMIT}"}},
        "pipeline": {"processors": [{"mapping": MAPPING}, {"unarchive": {"format": "json_array"}}]},
        "output": {
            "kafka_franz": {
                "seed_brokers": [broker],
                "topic": topic,
                "key": "${! this.infobip_person_id }",
                "compression": "lz4",
            }
        },
        "rate_limit_resources": [spaced] if spaced else [],
    }


PEER = Peer(name=f"Redpanda Connect {version()}", does="contacts, no cursor", command=command, missing=missing)
