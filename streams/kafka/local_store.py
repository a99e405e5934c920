"""State on this machine's disk, a copy of one partition of a compacted topic: RocksDB, because it need not fit memory.

The topic is the truth and this a copy, which saves reading all of it at each start: whatever is wrong with the copy, it
is thrown away and read again. State, the moments at which it is due, and how far the topic is taken in change together
or not at all. Keys with their moments stand in order, so that what is due next is found without a search.
"""

import json
import logging
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from rocksdict import (
    BlockBasedOptions,
    Cache,
    DBCompressionType,
    Options,
    Rdict,
    WriteBatch,
)

from streams.errors import JobFailed, Stalled
from streams.pipeline.join_entries import DUE_BYTES, NEVER_MS, due_of

log = logging.getLogger(__name__)

T = TypeVar("T")

#: Blocks, indexes and filters of all stores of this process, in memory together: not more, however many keys there are.
CACHE_BYTES = 32 * 1024 * 1024
#: What one store holds in memory before it goes to files; there may be two of them.
WRITE_BUFFER_BYTES, WRITE_BUFFERS = 2 * 1024 * 1024, 2
OPEN_FILES, BACKGROUND_JOBS, LOGS_KEPT = 128, 2, 2
WAL_BYTES = 64 * 1024 * 1024
BLOCK_BYTES, FILTER_BITS = 16 * 1024, 10
#: Stores of one partition beside each other: processes of one machine that share a folder take the next that is free.
PLACES = 8
#: A topic keeps tombstones for a day by default. A copy that is older may lack some, and so keep what is deleted.
OLD_SECONDS = 20 * 3600.0
#: What the library says of a store that is open, elsewhere or here.
_is_locked = re.compile(r"\block (?:hold|file)\b").search
#: The first byte of each key says what it is.
_ENTRY, _DUE, _META = b"e", b"d", b"m"

_cache: list[Cache] = []


class Unusable(Exception):
    """What is on disk is no store, or not one that can be read."""


class Taken(Exception):
    """Another process has the store open."""


@dataclass(frozen=True, slots=True)
class Meta:
    """Of which partition of which topic a store is the copy, the next offset of it to take in, and as of when."""

    identity: str
    offset: int
    at: float = 0.0

    def encoded(self) -> bytes:
        """As it is kept."""
        return json.dumps({"identity": self.identity, "offset": self.offset, "at": self.at}).encode()


class LocalStore:
    """The copy of one partition. Everything blocks as a disk does, and is called by one thread at a time.

    `identity` tells the partition from others, and its topic from one of its name that was made anew. `offset` is the
    first of the topic's records that is not taken in.
    """

    def __init__(self, directory: Path, db: Rdict, identity: str) -> None:
        self.directory, self._db, self._identity = directory, db, identity
        self.offset = _read_meta(db).offset
        #: Nothing that is due stands before this moment.
        self._due_from = 0

    def states(self, keys: Sequence[bytes]) -> list[bytes | None]:
        """The entries of these keys, None where there is none."""
        found: Any = self._db.get([_ENTRY + key for key in keys]) if keys else []
        return list(found)

    def starting_with(self, prefix: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The keys that start so, and their entries, in order."""
        first = _ENTRY + prefix
        each: Iterator[Any] = self._db.items(from_key=first)
        for key, value in each:
            if not key.startswith(first):
                return
            yield key[1:], value

    def due(self, now_ms: int, most: int) -> list[bytes]:
        """The keys whose moment has come, the longest due first, and at most so many."""
        found: list[bytes] = []
        stale = WriteBatch(raw_mode=True)
        first: int | None = None
        each: Iterator[Any] = self._db.keys(from_key=_DUE + self._due_from.to_bytes(DUE_BYTES, "big"))
        for key in each:
            moment = int.from_bytes(key[1 : 1 + DUE_BYTES], "big") if key.startswith(_DUE) else NEVER_MS
            if moment > now_ms or len(found) == most:
                first = min(moment, now_ms) if first is None else first
                break
            if self._is_due_at(key[1 + DUE_BYTES :], moment):
                first = moment if first is None else first
                found.append(key[1 + DUE_BYTES :])
            else:  # it has another moment by now, or is forgotten
                stale.delete(key)
        if not stale.is_empty():
            self._db.write(stale)
        self._due_from = now_ms if first is None else first
        return found

    def _is_due_at(self, key: bytes, moment: int) -> bool:
        value = self._db.get(_ENTRY + key)
        return value is not None and due_of(value) == moment

    def apply(self, changes: Mapping[bytes, bytes | None], offset: int) -> None:
        """Take in entries, None to forget a key, together with the offset behind them."""
        batch = WriteBatch(raw_mode=True)
        for key, value in changes.items():
            if value is None:
                batch.delete(_ENTRY + key)
                continue
            batch.put(_ENTRY + key, value)
            if (due_ms := due_of(value)) < NEVER_MS:
                batch.put(_DUE + value[:DUE_BYTES] + key, b"")
                self._due_from = min(self._due_from, due_ms)
        batch.put(_META, Meta(self._identity, offset, time.time()).encoded())
        self._db.write(batch)
        self.offset = offset

    def close(self) -> None:
        """Let go of the files; everything is on disk then, unless that is damaged."""
        try:
            self._db.close()
        except Exception as error:  # noqa: BLE001 - the library raises nothing more particular
            log.warning("store_left directory=%s reason=%s", self.directory, " ".join(str(error).split()))

    def discard(self) -> None:
        """Throw it away, so that the next one begins empty."""
        self.close()
        _remove(self.directory)


def open_store(root: Path, identity: str, made: type[LocalStore] = LocalStore) -> LocalStore:
    """The store of a partition in a folder of its own; an empty one where there is none that is good.

    It is of the class `made`.

    Raises:
        JobFailed: the folder cannot be written to.

    """
    for place in range(1, PLACES + 1):
        directory = root if place == 1 else root.with_name(f"{root.name}.{place}")
        try:
            return made(directory, _good(directory, identity), identity)
        except Taken:
            log.info("store_taken directory=%s: by another process; takes the next", directory)
    raise JobFailed(f"{root}: {PLACES} processes have it open; give each a kafka.state_dir of its own")


def _good(directory: Path, identity: str) -> Rdict:
    """Open a store; one that cannot be read, or is another's, is thrown away, once."""
    try:
        db = _open(directory)
        meta = _read_meta(db)
        if meta.identity and (fault := _fault(meta, identity)):
            db.close()
            raise Unusable(fault)  # noqa: TRY301 - it is thrown away as one that cannot be read
        if meta.identity:
            return db
    except Unusable as reason:
        log.warning("store_discarded directory=%s reason=%s: it is read back from the brokers", directory, reason)
        _remove(directory)
        db = _open_anew(directory)
    try:
        db[_META] = Meta(identity, 0, time.time()).encoded()
    except Exception as error:
        db.close()
        text = " ".join(str(error).split())
        raise JobFailed(f"{directory}: {text}; kafka.state_dir says where state is kept") from error
    return db


def _fault(meta: Meta, identity: str) -> str:
    """Why a store that can be read will not do."""
    if meta.identity != identity:
        return "it is the copy of another topic"
    return "it is so old that the topic may not tell any more what was deleted" if is_old(meta.at) else ""


def is_old(at: float) -> bool:
    """Whether tombstones that were written at a time, in Unix seconds, may be gone by now."""
    return time.time() - at > OLD_SECONDS


def _open_anew(directory: Path) -> Rdict:
    try:
        return _open(directory)
    except Unusable as reason:
        raise JobFailed(f"{directory}: no store can be kept there: {reason}") from reason


def _open(directory: Path) -> Rdict:
    try:
        directory.mkdir(parents=True, exist_ok=True)
        return Rdict(str(directory), options=_options())
    except OSError as error:
        raise JobFailed(f"{directory}: {error.strerror}; kafka.state_dir says where state is kept") from error
    except Exception as error:  # the library raises nothing more particular
        text = " ".join(str(error).split())
        if _is_locked(text) is not None:
            raise Taken(text) from error
        if is_damage(error):
            raise Unusable(text) from error
        raise JobFailed(f"{directory}: {text}; kafka.state_dir says where state is kept") from error


def is_damage(error: Exception) -> bool:
    """Whether an error of the library's says that what is on disk is no good; others are of the disk itself."""
    text = str(error)
    return not text.startswith("IO error") or "No such file" in text


def guarded(store: LocalStore, step: Callable[[], T]) -> T:
    """Take a step on a store; one that turns out to be damaged is thrown away, so that its job begins anew.

    Raises:
        Stalled: it is damaged.
        JobFailed: the disk does not take it.

    """
    try:
        return step()
    except Exception as error:
        if type(error) is not Exception:  # the library raises nothing more particular
            raise
        raise in_words(store, error) from error


def in_words(store: LocalStore, error: Exception) -> JobFailed | Stalled:
    """What a step on a store raises for an error of the library's; a store that is damaged is thrown away."""
    told = " ".join(str(error).split())
    if not is_damage(error):
        return JobFailed(f"{store.directory}: {told}; kafka.state_dir says where state is kept")
    store.discard()
    return Stalled(f"the store {store.directory} is damaged ({told}); it is read back")


def _remove(directory: Path) -> None:
    try:
        if directory.exists():
            shutil.rmtree(directory)
    except OSError as error:
        raise JobFailed(f"{directory}: {error.strerror}") from error


def _read_meta(db: Rdict) -> Meta:
    """What a store says of itself; of no partition where it is empty."""
    kept = db.get(_META)
    if kept is None:
        return Meta("", 0)
    try:
        said: Any = json.loads(kept)
        return Meta(str(said["identity"]), int(said["offset"]), float(said["at"]))
    except (ValueError, KeyError, TypeError):
        return Meta("?", 0)


def _options() -> Options:
    """How much memory and how many files a store may take, which by default grow with what is in it."""
    if not _cache:
        _cache.append(Cache(CACHE_BYTES))
    table = BlockBasedOptions()
    table.set_block_cache(_cache[0])
    table.set_block_size(BLOCK_BYTES)
    table.set_bloom_filter(FILTER_BITS, block_based=False)
    table.set_cache_index_and_filter_blocks(True)
    table.set_pin_l0_filter_and_index_blocks_in_cache(True)
    options = Options(raw_mode=True)
    options.create_if_missing(True)  # noqa: FBT003
    options.set_block_based_table_factory(table)
    options.set_write_buffer_size(WRITE_BUFFER_BYTES)
    options.set_max_write_buffer_number(WRITE_BUFFERS)
    options.set_max_total_wal_size(WAL_BYTES)
    options.set_max_open_files(OPEN_FILES)
    options.set_max_background_jobs(BACKGROUND_JOBS)
    options.set_keep_log_file_num(LOGS_KEPT)
    options.set_level_compaction_dynamic_level_bytes(True)
    options.set_compression_type(DBCompressionType.lz4())
    return options
