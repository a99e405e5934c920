"""Which windows may hold what was done of a partition beyond its cursor: written down beside the cursor itself.

Each window of a job has a name of its own: its run's, and a number. What is committed of a partition says along with it
which names the windows may have that hold events beyond; so whoever reads on, after a kill too, knows what to ask for.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

#: The form of a note; one of another form says nothing.
FORM = "trails1"
#: The run of windows that have no names: of a version that gave none, or of a job whose requests have a name already.
NAMELESS = "?"
#: Brokers take notes of 4,096 bytes (`offset.metadata.max.bytes`).
NOTE_BYTES_MAX = 1024


class Trail(NamedTuple):
    """Windows of one run that may hold events of a partition below an offset: from number `first` to before `end`."""

    run: str
    first: int
    end: int
    below: int

    @property
    def named(self) -> bool:
        """Whether what was done can be asked for by the names of its windows."""
        return self.run != NAMELESS

    @property
    def names(self) -> Sequence[str]:
        """The names of the windows."""
        return [name_of(self.run, number) for number in range(self.first, self.end)]


class Cursor(NamedTuple):
    """What is committed of a partition, and the note to it; the `end` of its log as it was when it was assigned."""

    offset: int
    note: str
    end: int


def name_of(run: str, number: int) -> str:
    """The name of a window."""
    return f"{run}-{number}"


def unknown(below: int) -> Trail:
    """What is left where nobody has noted it: windows without names."""
    return Trail(NAMELESS, 0, 0, below)


def write_note(offset: int, trails: Collection[Trail]) -> str:
    """The note to a committed offset; where it would be too long, it says that nothing is known."""
    note = " ".join([FORM, f"{offset}", *(f"{one.run}:{one.first}-{one.end}<{one.below}" for one in trails)])
    if len(note) <= NOTE_BYTES_MAX:
        return note
    return write_note(offset, [unknown(max(one.below for one in trails))])


def read_note(note: str, offset: int) -> list[Trail] | None:
    """What a note says to an offset that is committed; None where it says nothing of it.

    One that was written to a later offset does not: somebody has gone back since.
    """
    form, *rest = note.split(" ")
    try:
        if form != FORM or int(rest[0]) > offset:
            return None
        return [_read(one) for one in rest[1:]]
    except (ValueError, IndexError):
        return None


def left_of(cursor: Cursor) -> list[Trail]:
    """What may have been done beyond a cursor; nobody can have read beyond the end of the log."""
    said = read_note(cursor.note, cursor.offset)
    trails = [unknown(cursor.end)] if said is None else said
    return beyond(cursor.offset, (one._replace(below=min(one.below, cursor.end)) for one in trails))


def beyond(offset: int, trails: Iterable[Trail]) -> list[Trail]:
    """Those that may hold events at an offset, or behind it."""
    return [one for one in trails if one.below > offset]


def _read(text: str) -> Trail:
    run, _, rest = text.rpartition(":")
    numbers, _, below = rest.partition("<")
    first, _, end = numbers.partition("-")
    if not run:
        raise ValueError(text)
    return Trail(run, int(first), int(end), int(below))
