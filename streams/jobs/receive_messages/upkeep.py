"""The upkeep of a job's subscription: made where it is missing, mended where it is otherwise, and kept in mind."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NoReturn

from schemas.infobip.inbound import InboundConfiguration
from schemas.jobs.receive_messages import ReceiveMessages
from schemas.records.states import InboundSubscription
from streams.calls.pacing import no_wait
from streams.errors import JobFailed, Refused
from streams.infobip.client import Client
from streams.jobs.receive_messages import account
from streams.jobs.receive_messages.plan import (
    Standing,
    Wanted,
    chosen,
    difference,
    is_of_another,
    refusal,
    request,
    standing_of,
    what_becomes,
)
from streams.jobs.receive_messages.subscription_records import record
from streams.kafka.producer import RecordWriter

log = logging.getLogger(__name__)

#: Between two looks at what is there: two calls a second are published, and all jobs of an account share them.
LOOK_SECONDS = 60.0


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class Upkeep:
    """One job's subscription; `kept` is what was last written of it to `topic`.

    Nothing is looked at before `resumed` returns.
    """

    job: ReceiveMessages
    wanted: Wanted
    client: Client
    writer: RecordWriter
    topic: str
    kept: InboundSubscription | None
    clock: Callable[[], datetime] = _now
    resumed: Callable[[], Awaitable[None]] = no_wait

    async def run(self) -> NoReturn:
        """Look now and again until cancelled. Raises as `look`."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self.resumed()
            await self.look()

    async def look(self) -> None:
        """Look once, and mend what is to be mended; however long Infobip and the brokers are away.

        Raises:
            JobFailed: somebody else is told of the job's messages, or Infobip does not take the configuration.

        """
        self._let_go_of_another()
        try:
            there = await account.find(self.client, self.job, wait=True)
            found = chosen(self.wanted, there, self.kept)
            standing = standing_of(self.wanted, found, self.kept)
            if (reason := refusal(self.job, standing, found, self.kept, self.clock())) is not None:
                raise JobFailed(f"job '{self.job.name}': {reason}")
            await self._keep(await self._mended(standing, found), standing)
        except Refused as error:
            raise JobFailed(f"job '{self.job.name}': {error}") from error

    async def _mended(self, standing: Standing, found: InboundConfiguration | None) -> str:
        """See to it that the configuration is as wanted; its key."""
        if found is not None and standing == "in place":
            return found.configuration_key
        key = await account.put(self.client, request(self.wanted, found), wait=True)
        self._tell(standing, found, key)
        return key

    def _tell(self, standing: Standing, found: InboundConfiguration | None, key: str) -> None:
        name = self.job.name
        if found is None and self.kept is None:
            log.info("subscription_made job=%s key=%s", name, key)
        elif found is None:
            log.warning("subscription_vanished job=%s key=%s: made anew", name, key)
        elif standing == "somebody else's":
            log.warning("subscription_taken_over job=%s key=%s: it %s before", name, key, _past(found))
        elif difference(self.wanted, found) == ("forwarding.url",) and standing == "changed":
            log.info("subscription_updated job=%s key=%s: another secret or public_url", name, key)
        else:
            log.warning("subscription_changed job=%s key=%s: it %s, and was mended", name, key, _past(found))

    async def _keep(self, key: str, standing: Standing) -> None:
        """Keep in mind what is there now; nothing is written where that is known."""
        before, now = self.kept, self.clock()
        same = before is not None and not is_of_another(self.job, before)
        repaired_at = before.repaired_at if before is not None and same else None
        kept = InboundSubscription(
            job=self.job.name,
            configuration_key=key,
            channel=self.job.channel,
            number=self.job.number,
            keyword=self.job.keyword,
            public_url=self.wanted.public_url,
            subscribed_at=now if before is None or standing != "in place" else before.subscribed_at,
            repaired_at=now if standing == "lost" else repaired_at,
        )
        if kept != before:
            await self.writer.write([record(self.topic, kept)])
            self.kept = kept

    def _let_go_of_another(self) -> None:
        """Say what is left at Infobip of a channel, number or keyword that the job had before; it may be another's."""
        if self.kept is not None and is_of_another(self.job, self.kept):
            told = (self.job.name, self.kept.configuration_key)
            log.warning("subscription_left job=%s key=%s: of another number or keyword, and no job may need it", *told)
            self.kept = None


def _past(found: InboundConfiguration) -> str:
    """What became of messages."""
    return what_becomes(found).replace("forwards", "forwarded").replace("is of", "was of")
