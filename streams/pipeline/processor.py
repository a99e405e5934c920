"""What an agent asks of a kind of job that reads membership events."""

from collections.abc import Generator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Protocol

from streams.calls.call import Call, Reply
from streams.pipeline.settle import Settled
from streams.pipeline.window import Window


class Folded(Protocol):
    """A window made ready to be delivered.

    Windows that share a key must not fly at once; `memberships` are the audiences of profiles that changed them.
    """

    @property
    def window(self) -> Window: ...  # noqa: D102
    @property
    def keys(self) -> AbstractSet[str]: ...  # noqa: D102
    @property
    def memberships(self) -> Mapping[str, frozenset[str]]: ...  # noqa: D102


class Work(Protocol):
    """What a job decides: what to make of a window, and how to talk with Infobip about it."""

    def fold(self, window: Window, held: Mapping[str, frozenset[str]], /) -> Folded:
        """Make a window ready; `held` are the audiences each profile is in, for jobs that keep them."""
        ...

    def part(self, folded: Any, keys: AbstractSet[str], /) -> tuple[Any | None, Any | None]:
        """Part a window: what touches none of these keys, and what does and must wait; None where there is nothing."""
        ...

    def deliver(self, folded: Any, /) -> Generator[list[Call], list[Reply], Settled]:
        """Yield calls, be sent their replies, and return what became of the window; it may leave a rest to deliver."""
        ...
