"""What `status` and the console say of a job that was paused: who said so, and which processes do not heed it."""

from datetime import UTC, datetime, timedelta

import pytest

from schemas.records.commands import JobCommand
from schemas.records.states import JobState, StateKind
from streams.operating.status import JobStatus

AT = datetime(2026, 1, 1, tzinfo=UTC)
PAUSED = JobCommand(job="vip", command="pause", by="ann@ops", at=AT)
BY, MEND = "paused by ann@ops at 2026-01-01 00:00:00Z", "stop them, or bring them up to date"
NOW = AT + timedelta(seconds=40)


def process(name: str, state: StateKind, seconds: float, detail: str = "") -> JobState:
    """What a process said, so many seconds after the pause."""
    at = AT + timedelta(seconds=seconds)
    return JobState(job="vip", instance=name, state=state, detail=detail, partitions=1, since=at, updated_at=at)


@pytest.mark.parametrize(
    ("states", "said"),
    [
        ([], ("never run", BY)),
        ([process("new", "paused", 1, "by ann@ops")], ("paused", "by ann@ops")),
        (
            [process("old", "running", 30)],
            (
                "running",
                f"{BY}; not heeded by old: {MEND}",
            ),
        ),
        (
            [process("new", "paused", 1), process("old-b", "waiting", 30, "429"), process("old-a", "running", 30)],
            (
                "waiting",
                f"429; {BY}; not heeded by old-a, old-b: {MEND}",
            ),
        ),
        # It says so within seconds; until then nobody knows.
        ([process("new", "running", -5)], ("running", BY)),
        ([process("gone", "stopped", 30)], ("stopped", BY)),
    ],
)
def test_a_pause_is_told_with_those_who_do_not_heed_it(states: list[JobState], said: tuple[str, str]) -> None:
    """A process of a version that knows no pauses goes on, and says so every twenty seconds."""
    assert JobStatus("vip", [], states, pause=PAUSED).state(NOW) == said


def test_without_a_pause_nobody_fails_to_heed_it() -> None:
    assert JobStatus("vip", [], [process("one", "running", 30)]).state(NOW) == ("running", "")
