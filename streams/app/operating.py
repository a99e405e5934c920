"""What operators ask of this process while it lives: put together here of those who know."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import get_args

from schemas.config.operations import OperationsAddress
from schemas.records.states import StateKind
from streams.agents.heartbeat import EventLoopHeartbeat
from streams.agents.state_reporter import StateReporter
from streams.errors import ConfigurationError
from streams.kafka.admin import TopicAdmin
from streams.kafka.threads import in_own_thread
from streams.observe import names
from streams.observe.memory import resident_bytes
from streams.observe.meters import JobMeter, Meters
from streams.observe.readiness import BrokersWatch, Readiness
from streams.observe.server import OperationsServer, Pages
from streams.observe.spans import spans_of
from streams.observer import UNOBSERVED, CallObserver, JobObserver, ReportObserver
from streams.release import release

log = logging.getLogger(__name__)

#: Spans that are still to be told when the process ends are given so long.
CLOSE_SECONDS = 5.0
STATES: tuple[StateKind, ...] = get_args(StateKind)


class Operated:
    """A process as its operators see it; `readiness` is to know of whatever may keep it from being ready."""

    def __init__(self, address: OperationsAddress | None) -> None:
        self._address = address
        self.heartbeat, self.readiness = EventLoopHeartbeat(), Readiness()
        self._spans = spans_of(os.environ)
        self._meters = None if address is None and self._spans is None else Meters(spans=self._spans)
        #: Who is told of calls, and of what Infobip tells.
        self.calls: CallObserver = self._meters or UNOBSERVED
        self.reports: ReportObserver = self._meters or UNOBSERVED

    def serve(self) -> OperationsServer | None:
        """Answer operators, where they are to ask at all.

        Raises:
            ConfigurationError: nothing can be listened on there.

        """
        address, meters = self._address, self._meters
        if address is None or meters is None:
            return None
        meters.ask(names.READY, lambda: [((), float(not self.readiness.faults()))])
        meters.ask(names.LOOP_LAG, lambda: [((), self.heartbeat.late_seconds())])
        meters.ask(names.MEMORY, lambda: [((), resident_bytes())])
        meters.ask(names.BUILD, lambda: [((release(),), 1)])
        pages = Pages(self.heartbeat.hangs, self.readiness.faults, meters.text)
        server = OperationsServer(address.host, address.port, pages)
        try:
            port = server.open()
        except OSError as error:
            # The system's own words, without the address that Python puts behind them once more.
            why = os.strerror(error.errno) if error.errno is not None and error.errno > 0 else error.strerror
            fault = f"operations: cannot listen on {address.host}, port {address.port}: {why}"
            raise ConfigurationError([fault]) from error
        log.info("operations_served host=%s port=%d", address.host, port)
        return server

    def job(self, name: str, kind: str, reporter: StateReporter) -> JobObserver:
        """Who is told of a job's work; what its reporter knows of it is told, too."""
        self.readiness.ask(f"job {name}", reporter.unready)
        if (meters := self._meters) is None:
            return UNOBSERVED
        labels = (name, kind)
        meters.ask(names.STATE, lambda: [((*labels, one), float(one == reporter.state)) for one in STATES])
        meters.ask(names.PARTITIONS, lambda: [(labels, reporter.partitions)])
        meters.ask(
            names.WAITING_SINCE,
            lambda: [(labels, reporter.since.timestamp())] if reporter.state == "waiting" else [],
        )
        return JobMeter(meters, name, kind)

    async def aclose(self) -> None:
        """Tell what is left of spans, for a bounded time."""
        if self._spans is not None:
            with suppress(TimeoutError):
                await asyncio.wait_for(in_own_thread(self._spans.close, "spans"), CLOSE_SECONDS)

    @asynccontextmanager
    async def watching(self, brokers: TopicAdmin) -> AsyncIterator[None]:
        """Look whether the brokers answer for as long as this lasts, where anybody asks; nobody else may ask by it."""
        if self._address is None:
            yield
            return
        watch = BrokersWatch(partial(in_own_thread, brokers.partitions, "operations-look"))
        self.readiness.ask(f"brokers {brokers.brokers}", watch.fault)
        looking = asyncio.create_task(watch.run())
        try:
            yield
        finally:
            looking.cancel()
            await asyncio.gather(looking, return_exceptions=True)


@asynccontextmanager
async def operated(address: OperationsAddress | None, stopping: asyncio.Event) -> AsyncIterator[Operated]:
    """Have the process end itself when its loop hangs, and answer operators; raises as `Operated.serve`."""
    seen = Operated(address)
    seen.readiness.ask("process", lambda: "it was told to stop" if stopping.is_set() else None)
    server = seen.serve()
    beating = asyncio.create_task(seen.heartbeat.run())
    try:
        yield seen
    finally:
        beating.cancel()
        if server is not None:
            server.close()
        await seen.aclose()
