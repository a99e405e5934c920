"""Jobs that receive messages, their upkeep against a made-up Infobip, and a writer that remembers."""

import asyncio
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from schemas.config.webhooks import Webhooks
from schemas.jobs.receive_messages import ReceiveMessages
from schemas.records.states import InboundSubscription
from streams.infobip.client import Client
from streams.jobs.receive_messages.plan import wanted_by
from streams.jobs.receive_messages.upkeep import Upkeep
from streams.kafka.producer import OutgoingRecord
from tests.fakes.clock import now
from tests.fakes.infobip import client_of
from tests.infobip.configuration_fakes import NUMBER, ConfigurationKeeper

TOPIC = "infobip_subscriptions_orders"
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)
PUSH = Webhooks.model_validate({"public_url": "https://h.example.com/in", "secret": "hush"})
PULL = Webhooks.model_validate({"mode": "pull"})
OURS = PUSH.address("inbound", "sms")
FORWARDING = {"type": "HTTP_FORWARD", "url": OURS, "format": "MO_JSON_2"}
THEIRS = {"type": "HTTP_FORWARD", "url": "https://user:pass@other.example/hook?token=hush", "format": "MO_JSON_2"}


def receive_job(**changes: Any) -> ReceiveMessages:
    said = {"name": "orders", "kind": "receive_messages", "authorization": "main", "channel": "sms", "number": NUMBER}
    return ReceiveMessages.model_validate({**said, **changes})


def subscription(**changes: Any) -> InboundSubscription:
    said = {
        "job": "orders",
        "configuration_key": "KEY0",
        "channel": "sms",
        "number": NUMBER,
        "keyword": None,
        "public_url": PUSH.public_url,
        "subscribed_at": BEGAN,
        "repaired_at": None,
    }
    return InboundSubscription.model_validate({**said, **changes})


@dataclass
class Remembering:
    """A writer whose records are acknowledged at once."""

    records: list[OutgoingRecord] = field(default_factory=list)

    async def write(self, records: Iterable[OutgoingRecord]) -> None:
        self.records += records

    @property
    def kept(self) -> list[InboundSubscription]:
        """What was written of a subscription."""
        own = [one for one in self.records if one.topic == TOPIC]
        return [InboundSubscription.model_validate_json(one.value or b"") for one in own]


def client_at(keeper: ConfigurationKeeper) -> Client:
    return client_of(
        "http://infobip.test",
        transport=httpx.MockTransport(keeper.by_httpx),
        clock=now,
        wall_clock=now,
        sleep=asyncio.sleep,
    )


@dataclass
class Watched:
    """The upkeep of a job in a story, and all that it did; the clock is the story's."""

    keeper: ConfigurationKeeper
    upkeep: Upkeep
    writer: Remembering

    @property
    def forwarding(self) -> Mapping[str, Any]:
        """What becomes of messages now, where there is one configuration."""
        (one,) = self.keeper.kept.values()
        told: Mapping[str, Any] = one["forwarding"]
        return told


def watched(
    *there: Mapping[str, Any],
    webhooks: Webhooks = PUSH,
    kept: InboundSubscription | None = None,
    **options: Any,
) -> Watched:
    keeper, writer, job = ConfigurationKeeper(*there), Remembering(), receive_job(**options)
    client = client_at(keeper)
    upkeep = Upkeep(
        job, wanted_by(job, webhooks), client, writer, TOPIC, kept, lambda: BEGAN + timedelta(seconds=now())
    )
    return Watched(keeper, upkeep, writer)
