"""Where a verification keeps what it knows while it lasts: a folder of its own, which is gone at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.kafka.local_store import LocalStore, open_store

IDENTITY = "verification"


def empty(folder: Path) -> LocalStore:
    """Give an empty store, to be discarded at the end; blocks as a disk does.

    Raises:
        JobFailed: the folder cannot be written to.

    """
    store = open_store(folder, IDENTITY)
    if store.offset:  # whoever began to fill it was killed
        store.discard()
        store = open_store(folder, IDENTITY)
    return store


@contextmanager
def opened(folder: Path) -> Iterator[LocalStore]:
    """Give an empty store as long as the block runs; blocks, and raises, as `empty`."""
    store = empty(folder)
    try:
        yield store
    finally:
        store.discard()
