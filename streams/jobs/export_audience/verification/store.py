"""Where a verification keeps what it knows while it lasts: a folder of its own, which is gone at the end."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from streams.errors import StreamsError
from streams.kafka.local_store import LocalStore, open_store

IDENTITY = "verification"


@contextmanager
def disk_in_words() -> Iterator[None]:
    """Have a disk that is full or damaged told as that, and not as a bug.

    Raises:
        StreamsError: it is.

    """
    try:
        yield
    except Exception as error:
        if type(error) is not Exception:  # the library of the store raises nothing more particular
            raise
        raise StreamsError(f"kafka.state_dir: {' '.join(str(error).split())}") from error


def empty(folder: Path) -> LocalStore:
    """Give an empty store, to be discarded at the end; blocks as a disk does.

    Raises:
        StreamsError: the folder cannot be written to.

    """
    with disk_in_words():
        store = open_store(folder, IDENTITY)
        if store.offset:  # whoever began to fill it was killed
            store.discard()
            store = open_store(folder, IDENTITY)
        return store


@contextmanager
def opened(folder: Path) -> Iterator[LocalStore]:
    """Give an empty store as long as the block runs; blocks as `empty`.

    Raises:
        StreamsError: the folder cannot be written to, or not any more.

    """
    store = empty(folder)
    try:
        with disk_in_words():
            yield store
    finally:
        store.discard()
