"""A receiver in its process, and reports as Infobip posts them."""

from typing import Any

import httpx
import orjson

from schemas.config.webhooks import token_of
from tests.integration.apache_kafka import free_ports
from tests.integration.harness import Corridor, until

SECRET = "a secret of webhooks"


def with_webhooks(made: Corridor, **settings: Any) -> str:
    """Have a file receive; the address at which it does, with the token in front."""
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    made.configuration["webhooks"] = {
        "host": "127.0.0.1",
        "port": port,
        "public_url": url,
        "secret": SECRET,
        **settings,
    }
    return f"{url}/t/{token_of(SECRET)}"


def listens(address: str) -> None:
    """Wait until somebody answers there."""

    def answered() -> bool:
        try:
            return httpx.post(f"{address}/reports/nothing").status_code == httpx.codes.NOT_FOUND
        except httpx.ConnectError:
            return False

    until(answered, "the receiver listens")


def report(message_id: str, group: int = 3, status: int = 5, **changes: Any) -> dict[str, Any]:
    """A delivery report of an SMS."""
    return {
        "messageId": message_id,
        "to": "447910000001",
        "sender": "Acme",
        "sentAt": "2026-11-28T10:00:00.000+0000",
        "doneAt": "2026-11-28T10:00:02.000+0000",
        "messageCount": 1,
        "price": {"pricePerMessage": 0.01, "currency": "EUR"},
        "status": {"groupId": group, "groupName": "DELIVERED", "id": status, "name": "DELIVERED_TO_HANDSET"},
        "error": {"groupId": 0, "groupName": "OK", "id": 0, "name": "NO_ERROR", "permanent": False},
        **changes,
    }


def records(made: Corridor, topic: str) -> list[dict[str, Any]]:
    """All records of a topic of ours."""
    return [orjson.loads(record.value()) for record in made.read(topic)]
