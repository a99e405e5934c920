"""What an agent asks of a kind of job that reads membership events."""

from collections.abc import Generator
from collections.abc import Set as AbstractSet
from typing import Any, Protocol

from streams.calls.call import Call, Reply
from streams.pipeline.settle import Settled
from streams.pipeline.window import Window


class Batch(Protocol):
    """A window made ready to be delivered; batches that share a key must not be in flight at once."""

    @property
    def window(self) -> Window: ...  # noqa: D102
    @property
    def keys(self) -> AbstractSet[str]: ...  # noqa: D102


class Processor(Protocol):
    """What a job decides: what to make of a window, and how to talk with Infobip about it. Nothing here blocks."""

    def fold(self, window: Window, /) -> Batch:
        """Make a window ready. Called in the order in which windows were cut; raises nothing, whatever they hold."""
        ...

    def part(self, batch: Any, keys: AbstractSet[str], /) -> tuple[Any | None, Any | None]:
        """Part a batch: what touches none of these keys, and what does and must wait; None where there is nothing."""
        ...

    def deliver(self, batch: Any, /) -> Generator[list[Call], list[Reply], Settled]:
        """Yield calls, be sent their replies, and return what became of the batch; it may leave a rest to deliver.

        Raises:
            JobFailed: Infobip's answers make no sense, and no repetition would mend that.

        """
        ...
