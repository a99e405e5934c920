"""Where a verification keeps what it knows while it lasts: a folder of its own, which is gone at the end."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from streams.kafka.local_store import LocalStore, guarded, in_words, open_store

IDENTITY = "verification"


class WorkingStore(LocalStore):
    """A store that says in one line what its disk does not do, for whoever works with it must not end a job.

    Everything raises JobFailed where the disk does not take it, and Stalled where it is damaged.
    """

    _gone = False

    def discard(self) -> None:
        """Throw it away, once: the folder may be somebody else's by then."""
        if not self._gone:
            self._gone = True
            super().discard()

    def states(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The entries of these keys, None where there is none."""
        return guarded(self, lambda: LocalStore.states(self, keys))

    def starting_with(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The keys that start so, and their entries, in order."""
        try:
            yield from LocalStore.starting_with(self, prefix)
        except Exception as error:
            if type(error) is not Exception:  # the library raises nothing more particular
                raise
            raise in_words(self, error) from error

    def apply(self, changes: Mapping[bytes, bytes | None], offset: int) -> None:
        """Take in entries, None to forget a key, together with the offset behind them."""
        guarded(self, lambda: LocalStore.apply(self, changes, offset))


def empty(folder: Path) -> LocalStore:
    """Give an empty store, to be discarded at the end; blocks as a disk does.

    Raises:
        JobFailed: the folder cannot be written to.

    """
    store = open_store(folder, IDENTITY, WorkingStore)
    if store.offset:  # whoever began to fill it was killed
        store.discard()
        store = open_store(folder, IDENTITY, WorkingStore)
    return store


@contextmanager
def opened(folder: Path) -> Iterator[LocalStore]:
    """Give an empty store as long as the block runs; blocks, and raises, as `empty`."""
    store = empty(folder)
    try:
        yield store
    finally:
        store.discard()
