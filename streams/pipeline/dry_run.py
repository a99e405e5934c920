"""What `preview` drives of a job that reads events."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from streams.pipeline.decode import Entry
from streams.pipeline.processor import Processor
from streams.pipeline.window import OpenWindow


@dataclass(frozen=True, slots=True)
class DryRun:
    """What `preview` drives: Infobip is made up, and nothing was sent before.

    `window` gathers events as the job would; `left_out` names the fields of one event's profile that cannot be taken
    over.
    """

    window: OpenWindow
    processor: Processor
    left_out: Callable[[Entry], Sequence[str]]
