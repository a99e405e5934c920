"""What a template may take, and what one that takes more is told."""

from dataclasses import dataclass
from typing import Final

MIB: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of one rendering: CPU time in seconds, memory and output in bytes, stack in frames and in bytes."""

    seconds: float = 0.1
    memory_bytes: int = 64 * MIB
    output_bytes: int = MIB
    stack_frames: int = 500
    stack_bytes: int = MIB


#: A template and its imports are no larger than this together, in bytes.
SOURCE_BYTES_MAX: Final = 8 * MIB


def too_slow(bounds: Bounds) -> str:
    """What is said of a template that does not end in time."""
    return f"took longer than {bounds.seconds * 1000:.0f} ms"


def too_large(bounds: Bounds) -> str:
    """What is said of a template that needs too much memory."""
    return f"took more than {bounds.memory_bytes // MIB} MiB of memory, or its stack was too deep"


def too_long(bounds: Bounds) -> str:
    """What is said of a template that says too much."""
    return f"gave more than {bounds.output_bytes // 1024:,} KiB"
