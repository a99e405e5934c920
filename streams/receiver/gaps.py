"""Messages whose reports did not come, looked for in the logs of their channels.

A webhook may be lost for good after Infobip's last try, a page of reports with the process that had asked for it. The
logs tell for 48 hours what became of a message; they are asked in the background, and leave way to sends.
"""

import logging
import time
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any

import orjson
from confluent_kafka import Message

from schemas.operations import Operation
from streams.calls.call import Call, Delivery, Reply
from streams.calls.faults import told
from streams.errors import JobFailed
from streams.receiver.open_messages import OpenMessages
from streams.receiver.reading import Reading

log = logging.getLogger(__name__)

#: Ids of one question: with 36 characters each, less than the 2,048 that the parameter may have.
IDS_PER_QUESTION = 50
#: sms.json, limit of GET /sms/3/logs; a message that was tried more than once may be there more than once.
LOGGED_MAX = 1000


class Gaps:
    """Looks for the reports of one job's messages in the logs of its channel.

    `perform` makes a call, however long that takes. `read` makes records of what stood in `results`, `publish` returns
    once they are acknowledged. The clock gives Unix seconds.
    """

    def __init__(
        self,
        job: str,
        logs: Operation,
        messages: OpenMessages,
        perform: Callable[[Call], Awaitable[Reply]],
        read: Callable[[list[Any]], Reading],
        publish: Callable[[Reading], Awaitable[None]],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._job, self._logs, self._open = job, logs, messages
        self._let_go = 0
        self._perform, self._read, self._publish, self._clock = perform, read, publish, clock

    def sent(self, record: Message) -> None:
        """Take a record of `infobip_messages`."""
        value = _read(record)
        # What was tried again may be known as refused only because the logs said so: Infobip had taken it, and tells.
        is_known = value.get("status") == "enqueued" or value.get("repeated") is True
        if value.get("job") != self._job or not is_known:
            return
        message_id = value.get("message_id")
        if not isinstance(message_id, str):
            return
        self._let_go += self._open.sent(message_id, record.timestamp()[1] / 1000)

    def reported(self, record: Message) -> None:
        """Take a record of `infobip_delivery_reports`."""
        value = _read(record)
        if value.get("event") != "delivery" or value.get("job") not in (None, self._job):
            return
        message_id, group = value.get("message_id"), value.get("status_group_id")
        if isinstance(message_id, str) and isinstance(group, int):
            self._open.reported(message_id, group)

    async def ask(self) -> int:
        """Ask for some of those that are due, and write what is told: how many were asked for.

        Raises:
            JobFailed: the logs do not answer.

        """
        if self._let_go:
            told_of = (self._job, self._let_go)
            log.warning(
                "gaps_not_watched job=%s messages=%d: too many are open; the oldest are not looked for", *told_of
            )
            self._let_go = 0
        ids = self._open.due(self._clock(), IDS_PER_QUESTION)
        if not ids:
            return 0
        query = {"messageId": ",".join(ids), "limit": str(LOGGED_MAX)}
        reply = await self._perform(Call(self._logs, query=query, items=len(ids), delivery=Delivery.BACKGROUND))
        entries = reply.body.get("results") if isinstance(reply.body, dict) else None
        if reply.status != HTTPStatus.OK or not isinstance(entries, list):
            raise JobFailed(f"{self._logs}: {told(reply.status, reply.body)}")
        reading = self._read(entries)
        log.info("gaps_looked_for job=%s messages=%d found=%d", self._job, len(ids), len(reading.records))
        if reading.records or reading.unreadable:
            await self._publish(reading)
        return len(ids)


def _read(record: Message) -> dict[str, Any]:
    """A record of ours; {} where it is none, as somebody else's in our topic."""
    try:
        value = orjson.loads(record.value() or b"null")
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}
