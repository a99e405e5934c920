"""What decides on the messages of a job, told the time and who has had one as its batches go."""

from collections.abc import Callable, Generator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from streams.calls.call import Call, Reply
from streams.jobs.send_message.last_messages import LastMessages
from streams.jobs.send_message.plan import Messenger, SendBatch
from streams.pipeline.settle import Settled
from streams.pipeline.window import Window


@dataclass(frozen=True, slots=True)
class TimedMessenger:
    """A messenger and a clock, in Unix seconds; `last` is who has had a message, where each person gets one."""

    messenger: Messenger
    clock: Callable[[], float]
    last: LastMessages | None = None

    def fold(self, window: Window, /) -> SendBatch:
        """Make a window ready."""
        return self.messenger.fold(window)

    def part(self, batch: SendBatch, keys: AbstractSet[str], /) -> tuple[SendBatch | None, SendBatch | None]:
        """Part a batch: what touches none of these keys, and what does."""
        return self.messenger.part(batch, keys)

    def deliver(self, batch: SendBatch, /) -> Generator[list[Call], list[Reply], Settled]:
        """Send what can be sent at this time, and note who has had a message."""
        settled = yield from self.messenger.deliver(batch, self.clock(), self.last)
        if self.last is not None:
            self.last.take(settled.notes or {})
        return settled
