"""How a job fares, in words for a person, and as a colour. Quiet."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal

from streams.operating.status import JobStatus

Tone = Literal["good", "wait", "bad", "off"]
#: What a state is called, and how bad it is.
STATES: Final[Mapping[str, tuple[str, Tone]]] = {
    "running": ("Running", "good"),
    "starting": ("Starting", "wait"),
    "waiting": ("Waiting for Infobip", "wait"),
    "paused": ("Paused", "off"),
    "unauthorized": ("Key refused by Infobip", "bad"),
    "failed": ("Failed", "bad"),
    "stopped": ("Stopped", "off"),
    "never run": ("Never run", "off"),
}


def in_words(status: JobStatus, now: datetime) -> tuple[str, str, Tone]:
    """A job's state, why, and how bad that is."""
    state, detail = status.state(now)
    words, tone = STATES.get(state, (state.capitalize(), "wait"))
    return words, detail, tone
