"""Messages whose reports did not come, looked for in the logs of their channels.

A webhook may be lost for good after Infobip's last try, a page of reports with the process that had asked for it. The
logs tell for 48 hours what became of a message; they are asked in the background, and leave way to sends.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from confluent_kafka import Message

from schemas.operations import Operation
from streams.calls.call import Call, Delivery, Reply
from streams.calls.faults import told
from streams.errors import JobFailed
from streams.receiver.open_messages import OpenMessages, in_pieces
from streams.receiver.reading import Channel, Reading

log = logging.getLogger(__name__)

#: Ids of one question: with 36 characters each, less than the 2,048 that the parameter may have.
IDS_PER_QUESTION = 50
#: sms.json, limit of GET /sms/3/logs; a message that was tried more than once may be there more than once.
LOGGED_MAX = 1000


class Gaps:
    """Looks for the reports of one account's messages; `logs` are its channels' operations, by the channel's name.

    `jobs` are those whose messages went by the account. The others are as `Puller` has them, and the clock gives Unix
    seconds.
    """

    def __init__(
        self,
        jobs: frozenset[str],
        logs: Mapping[str, Operation],
        messages: OpenMessages,
        perform: Callable[[Call], Awaitable[Reply]],
        read: Callable[[Channel, list[Any]], Reading],
        publish: Callable[[Channel, Reading], Awaitable[None]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._jobs, self._logs, self._open = jobs, logs, messages
        self._perform, self._read, self._publish, self._clock = perform, read, publish, clock

    def sent(self, record: Message) -> None:
        """Take a record of `infobip_messages`."""
        value = _read(record)
        if (
            value.get("status") != "enqueued"
            or value.get("job") not in self._jobs
            or value.get("channel") not in self._logs
        ):
            return
        at = record.timestamp()[1] / 1000
        if let_go := self._open.sent(value["message_id"], value["channel"], at):
            log.warning("gaps_not_watched messages=%d: too many are open; the oldest are looked for no more", let_go)

    def reported(self, record: Message) -> None:
        """Take a record of `infobip_delivery_reports`."""
        value = _read(record)
        if value.get("event") == "delivery" and value.get("message_id") is not None:
            self._open.reported(value["message_id"], value.get("status_group_id"))

    async def ask(self) -> int:
        """Ask for all that is due, and write what is told: how many messages were asked for.

        Raises:
            JobFailed: the logs do not answer.

        """
        asked = 0
        for channel, ids in self._open.due(self._clock()).items():
            for piece in in_pieces(ids, IDS_PER_QUESTION):
                await self._ask(channel, piece)
            asked += len(ids)
            log.info("gaps_looked_for channel=%s messages=%d", channel, len(ids))
        return asked

    async def _ask(self, channel: str, ids: list[str]) -> None:
        query = {"messageId": ",".join(ids), "limit": str(LOGGED_MAX)}
        reply = await self._perform(
            Call(self._logs[channel], query=query, items=len(ids), delivery=Delivery.BACKGROUND)
        )
        entries = reply.body.get("results") if isinstance(reply.body, dict) else None
        if reply.status != HTTPStatus.OK or not isinstance(entries, list):
            raise JobFailed(f"{self._logs[channel]}: {told(reply.status, reply.body)}")
        word: Any = channel
        reading = self._read(word, entries)
        if reading.records or reading.unreadable:
            await self._publish(word, reading)


def _read(record: Message) -> dict[str, Any]:
    """A record of ours; {} where it is none, as somebody else's in our topic."""
    try:
        value = orjson.loads(record.value() or b"null")
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}
