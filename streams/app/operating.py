"""What operators ask of this process while it lives: put together here of those who know."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from schemas.config.operations import OperationsAddress
from streams.agents.heartbeat import EventLoopHeartbeat
from streams.errors import ConfigurationError
from streams.kafka.admin import TopicAdmin
from streams.kafka.threads import in_own_thread
from streams.observe.readiness import BrokersWatch, Readiness
from streams.observe.server import OperationsServer, Pages

log = logging.getLogger(__name__)


class Operated:
    """A process as its operators see it; `readiness` is to know of whatever may keep it from being ready."""

    def __init__(self, address: OperationsAddress | None) -> None:
        self._address = address
        self.heartbeat, self.readiness = EventLoopHeartbeat(), Readiness()

    def serve(self) -> OperationsServer | None:
        """Answer operators, where they are to ask at all.

        Raises:
            ConfigurationError: nothing can be listened on there.

        """
        if (address := self._address) is None:
            return None
        pages = Pages(self.heartbeat.hangs, self.readiness.faults, lambda _: (b"", "text/plain"))
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
