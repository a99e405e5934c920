"""Why a process is not ready, put together from whoever may say so."""

import asyncio
from collections.abc import Awaitable, Callable

from confluent_kafka import KafkaException

from streams.errors import StreamsError

#: What keeps something from being ready, in words; None where nothing does.
Fault = Callable[[], str | None]
#: Between two looks whether the brokers answer.
LOOK_SECONDS = 5.0


class Readiness:
    """Asks everybody who may have a reason; asked from another thread than that which adds them."""

    def __init__(self) -> None:
        self._asked: dict[str, Fault] = {}

    def ask(self, what: str, fault: Fault) -> None:
        """Ask somebody more, in place of whoever was asked before of the same."""
        self._asked[what] = fault

    def faults(self) -> list[str]:
        """Every reason, with what it is about; none: it is ready."""
        asked = [(what, fault()) for what, fault in [*self._asked.items()]]
        return [f"{what}: {said}" for what, said in asked if said is not None]


class BrokersWatch:
    """Whether the brokers answer; `look` asks them, without blocking the loop, and raises where they do not."""

    def __init__(self, look: Callable[[], Awaitable[object]]) -> None:
        self._look = look
        self._fault: str | None = "they were not asked yet"

    def fault(self) -> str | None:
        """What is wrong with them."""
        return self._fault

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                await self._look()
            except KafkaException as error:
                self._fault = f"they do not answer: {error.args[0].str()}"
            except StreamsError as error:
                self._fault = str(error)
            else:
                self._fault = None
            await asyncio.sleep(LOOK_SECONDS)
