"""The one process that makes the calls of a key, for all jobs of the file that go by it.

A limit of one call in ten seconds cannot be shared out: so one process has all turns, the owner of a group's only
partition. It reads what all processes note, and says as much with each call as can be said.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from math import inf
from urllib.parse import urlsplit

from confluent_kafka import KafkaException

from schemas.jobs.sync_cohort import SyncCohort
from schemas.operations import ADD_TO_LIST, CREATE_LIST, GET_TAG, REMOVE_FROM_LIST, Operation
from streams.agents.context import JobContext
from streams.calls.call import Call
from streams.errors import Stalled, StreamsError, Unreachable
from streams.infobip.client import Client
from streams.jobs.sync_cohort.cohort import Cohort
from streams.jobs.sync_cohort.desk import Desk
from streams.jobs.sync_cohort.turns import Turns, choose
from streams.kafka.leadership import Leadership
from streams.together import together

log = logging.getLogger(__name__)

OPERATIONS = (CREATE_LIST, ADD_TO_LIST, REMOVE_FROM_LIST)
#: Before it is tried again to lead, after what will pass.
FIRST_PAUSE_SECONDS, LAST_PAUSE_SECONDS = 2.0, 60.0
#: Before Infobip is asked again whether a list was made.
ASK_AGAIN_SECONDS = 5.0


def group_of(job: SyncCohort, account: str) -> str:
    """The group whose owner has all turns of a key, which is told by its host and its authorization's name."""
    host = urlsplit(account if "//" in account else f"//{account}").hostname
    return f"infobip-streams.lists.{host}.{job.authorization}"


async def lead_lists(job: SyncCohort, context: JobContext) -> None:
    """Make the calls for as long as it is this process that may, until cancelled.

    Raises:
        StreamsError: the job cannot go on.

    """
    name, pause = context.kafka.instance_id, FIRST_PAUSE_SECONDS
    instance_id = None if name is None else f"{name}.{job.name}.lists"

    async def work() -> None:
        # Each time anew: what it knows of lists is what was written until then, and others may just have made a call.
        await Leader(job, context).work()

    while True:
        leadership = Leadership(
            context.settings, group_of(job, context.client.address), context.names.job_states, instance_id
        )
        try:
            await leadership.run_as_leader(work)
        except (Stalled, KafkaException) as error:
            log.error("lists_not_led job=%s tried_again_in=%.0f s reason=%s", job.name, pause, error)  # noqa: TRY400 - expected
            await asyncio.sleep(pause)
            pause = min(2 * pause, LAST_PAUSE_SECONDS)


class Leader:
    """All lists of a key, from the moment on in which it is this process that may make the calls."""

    def __init__(self, job: SyncCohort, context: JobContext, clock: Callable[[], float] = time.monotonic) -> None:
        self._client, self._admin, self._clock = context.client, context.topics, clock
        self._changes = {operation: asyncio.Event() for operation in OPERATIONS}
        same = [one for one in context.jobs if isinstance(one, SyncCohort) and one.authorization == job.authorization]
        self._desks = [Desk(one, context.settings, context.names, clock, self._changed) for one in same or [job]]
        self._pauses = context.pauses
        intervals = {operation: 1 / context.client.per_second(operation) for operation in OPERATIONS}
        self._turns = Turns(intervals, clock())

    async def work(self) -> None:
        """Make calls until cancelled. Raises as `Desk.run`."""
        await together(
            [desk.run(self._admin) for desk in self._desks]
            + [self._heed(desk) for desk in self._desks]
            + [self._take_turns(each) for each in OPERATIONS]
        )

    @property
    def _going(self) -> list[Desk]:
        """The jobs that nobody has paused: no call is made for the others."""
        return [desk for desk in self._desks if not self._pauses.of(desk.job.name).paused]

    def _changed(self) -> None:
        for change in self._changes.values():
            change.set()

    async def _heed(self, desk: Desk) -> None:
        """Look for something to say when a job is resumed."""
        while True:
            await self._pauses.of(desk.job.name).changed()
            self._changed()

    async def _take_turns(self, operation: Operation) -> None:
        """Make the calls of one operation, one after the other."""
        while True:
            self._changes[operation].clear()
            waiting = [((desk, who), one) for desk in self._going for who, one in desk.mirror.waiting(operation)]
            match choose(self._turns, operation, waiting, self._clock()):
                case float(at):
                    await self._sleep_until(operation, at)
                case (desk, cohort):
                    await self._call(operation, desk, cohort)

    async def _sleep_until(self, operation: Operation, at: float) -> None:
        """Sleep until a moment, or until there is something new to say."""
        seconds = None if at == inf else max(0.0, at - self._clock())
        try:
            await asyncio.wait_for(self._changes[operation].wait(), seconds)
        except TimeoutError:
            return

    async def _call(self, operation: Operation, desk: Desk, cohort: Cohort) -> None:
        mirror = desk.mirror
        if operation == CREATE_LIST and cohort.audience in mirror.in_doubt:
            await desk.known(mirror.found(cohort, await self._made_before(cohort.name)))
            return
        step = mirror.begin(operation, cohort)
        if operation != CREATE_LIST and not step.ids:
            return
        await desk.begin(step)
        began = self._clock()
        self._turns.take(operation, began)
        reply = await self._client.perform(mirror.call(step), lambda: self._turns.take(operation, self._clock()))
        taken = reply.status // 100 == HTTPStatus.OK // 100
        if operation == CREATE_LIST and not taken and (found := await self._made_before(cohort.name)) is not None:
            # There is one of that name already: made by a call whose answer was lost, or by the job in former times.
            await desk.known(mirror.found(cohort, found))
        else:
            told = mirror.absorb(step, reply, self._clock(), datetime.now(UTC))
            await desk.answered(step, told, reply, self._clock() - began)
        self._changed()

    async def _made_before(self, name: str) -> str | None:
        """Infobip's id of a list of this name: lists are tags of People's. None where there is none, or nobody says."""
        while True:
            try:
                return await find_list(self._client, name)
            except Unreachable as error:
                log.warning("infobip_awaited what=list reason=%s", error)
                await asyncio.sleep(ASK_AGAIN_SECONDS)
            except StreamsError as error:
                log.warning("list_not_looked_for reason=%s: it is made", error)
                return None


async def find_list(client: Client, name: str) -> str | None:
    """Infobip's id of a list of this name, None where there is none. Raises as `Client.ask`."""
    call = Call(GET_TAG, path=GET_TAG.path_of(name), accepts_any_answer=True)
    reply = await client.ask(call)
    found = reply.body.get("id") if reply.status == HTTPStatus.OK and isinstance(reply.body, dict) else None
    return str(found) if isinstance(found, int | str) and not isinstance(found, bool) else None
