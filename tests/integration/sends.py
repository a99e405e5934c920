"""A job that sends SMS, who enters, and what came of it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from schemas.records.message import Message
from streams.simulator import SimulatorOptions
from tests.contents import send_job
from tests.integration.brokers import Broker
from tests.integration.harness import Corridor, SimulatorThread, corridor


def enter(number: int, **changes: Any) -> dict[str, Any]:
    """Somebody enters, with a phone number of their own."""
    profile = {"phone": f"+44791{number:07d}", "email": f"p{number}@example.com", "name": f"Name {number}"}
    event = {"event_id": f"e-{number}", "action": "enter", "audience": "shipped", "profile_id": f"u-{number}"}
    return {**event, "profile": profile, **changes}


@contextmanager
def sending(
    broker: Broker, folder: Path, name: str, options: SimulatorOptions | None = None, **job: Any
) -> Iterator[tuple[SimulatorThread, Corridor]]:
    """An Infobip, and a job that sends SMS."""
    with (
        SimulatorThread(options) as infobip,
        corridor(broker.bootstrap, infobip.url, folder, name) as made,
    ):
        made.configuration["jobs"] = [send_job("sms", made.topic, "shipped", **{"name": name, **job})]
        yield infobip, made


def told(made: Corridor) -> dict[str, Message]:
    """The last word on each event's message."""
    records = [Message.model_validate_json(record.value()) for record in made.read("infobip_messages")]
    return {message.event_id: message for message in records}


def sent(infobip: SimulatorThread) -> list[Any]:
    """What Infobip has, in order."""
    messages: list[Any] = infobip.do(lambda: list(infobip.simulator.outbox.messages))
    return messages
