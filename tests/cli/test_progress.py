"""How an import shows how far it is: a bar on a terminal, a line now and then elsewhere."""

import io
import logging
import re
import sys
from types import SimpleNamespace
from typing import Protocol

import pytest
from rich.console import Console

from streams.cli import progress
from streams.cli.progress import BarProgress, LogProgress, progress_of
from tests.fakes.clock import Clock

Moved = tuple[float, int, int | None]
"""At which second, how many people, of how many."""


def drawn(*moves: Moved, runs: int = 1) -> str:
    """What the bar shows in the end, without the codes that move the cursor."""
    clock, screen = Clock(0.0), io.StringIO()
    bar = BarProgress(
        "contacts", Console(file=screen, force_terminal=True, color_system=None, width=100, get_time=clock)
    )
    for _ in range(runs):
        for clock.seconds, done, expected in moves:
            bar.moved(done, expected)
        bar.ended()
    return re.sub(r"\x1b\[[?0-9]*[a-zA-Z]", "", screen.getvalue())


def last_line(*moves: Moved) -> str:
    """The last state of the bar in words."""
    return " ".join(re.sub("[━╸╺]", " ", drawn(*moves).splitlines()[-1]).split())


def test_the_bar_shows_people_of_how_many_the_rate_and_the_time_left() -> None:
    assert last_line((0, 1000, 10_000), (1, 2000, 10_000), (2, 3000, 10_000)) == (
        "contacts: people 3000/10000 1,000/s 0:00:07"
    )


def test_the_bar_of_a_run_that_goes_on_counts_only_what_it_sees() -> None:
    line = last_line((0, 500_000, 1_000_000), (10, 510_000, 1_000_000), (20, 520_000, 1_000_000))
    assert line == "contacts: people 520000/1000000 1,000/s 0:08:00"


def test_the_bar_of_who_knows_how_many() -> None:
    assert last_line((0, 1000, None), (1, 2000, None), (2, 3000, None)) == "contacts: people 3000/? 1,000/s"


def test_the_bar_of_one_page() -> None:
    assert last_line((0, 7, 7)) == "contacts: people 7/7 0:00:00"
    assert last_line((0, 0, 0)).startswith("contacts: people 0/0 ")


BEYOND: list[Moved] = [(0, 1000, 2500), (1, 2000, 2500), (2, 3000, 2500), (3, 4000, 2500)]


def test_more_may_come_than_were_counted() -> None:
    """People go on changing while they are read."""
    assert last_line(*BEYOND).startswith("contacts: people 4000/4000 ")


def test_how_fast_they_come_is_still_known_then() -> None:
    assert "1,000/s" in last_line(*BEYOND)


def test_every_run_has_a_bar_of_its_own_and_leaves_it() -> None:
    first, second, rest = drawn((0, 5, 9), (1, 9, 9), runs=2).split("\n")
    assert [line.endswith(" 9/9 4/s 0:00:00") for line in (first, second)] == [True, True]
    assert rest == ""


def test_a_run_that_met_nobody_draws_nothing() -> None:
    assert drawn() == ""


@pytest.fixture(name="clock")
def _clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock(0.0)
    monkeypatch.setattr(progress, "time", SimpleNamespace(monotonic=clock))
    return clock


class Run(Protocol):
    """One run of an import that shows its way in lines; tells what was said."""

    def __call__(self, *moves: Moved) -> list[str]:
        """Take it to these places, and end it."""


@pytest.fixture(name="run")
def _run(clock: Clock, caplog: pytest.LogCaptureFixture) -> Run:
    caplog.set_level(logging.INFO, logger="streams.progress")
    lines = LogProgress("contacts")

    def run(*moves: Moved) -> list[str]:
        caplog.clear()
        for clock.seconds, done, expected in moves:
            lines.moved(done, expected)
        lines.ended()
        return [record.getMessage() for record in caplog.records]

    return run


def test_a_line_is_said_every_ten_seconds_at_most(run: Run) -> None:
    assert run(*((50 + tenths / 10, 100 * tenths, 40_000) for tenths in range(299))) == [
        "import_progress job=contacts people=10000 of=40000 per_second=1000 seconds_left=30",
        "import_progress job=contacts people=20000 of=40000 per_second=1000 seconds_left=20",
    ]


@pytest.mark.parametrize(
    ("expected", "moves"),
    [
        ("people=30000 of=100000 per_second=2000 seconds_left=35", [(50, 10_000, 100_000), (60, 30_000, 100_000)]),
        ("people=30000 of=? per_second=2000 seconds_left=?", [(50, 10_000, None), (60, 30_000, None)]),
        ("people=30000 of=25000 per_second=2000 seconds_left=0", [(50, 10_000, 25_000), (60, 30_000, 25_000)]),
        ("people=10000 of=100000 per_second=0 seconds_left=?", [(50, 10_000, 100_000), (61, 10_000, 100_000)]),
    ],
)
def test_a_line_tells_people_of_how_many_the_rate_and_the_seconds_left(
    expected: str, moves: list[Moved], run: Run
) -> None:
    assert run(*moves) == [f"import_progress job=contacts {expected}"]


def test_a_short_run_says_nothing(run: Run) -> None:
    assert run((0, 1000, 5000), (9.9, 5000, 5000)) == []


def test_the_time_between_two_runs_is_no_part_of_the_rate(run: Run) -> None:
    run((0, 1000, None))
    assert run((3600, 1000, None), (3610, 2000, None)) == [
        "import_progress job=contacts people=2000 of=? per_second=100 seconds_left=?"
    ]


@pytest.mark.parametrize(("expected", "terminal"), [(BarProgress, True), (LogProgress, False)])
def test_a_bar_is_for_terminals(expected: type, *, terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(isatty=lambda: terminal))
    assert isinstance(progress_of("contacts"), expected)
