"""What a run says of itself: how long it will take, what it ran on, and what it could not show."""

import os
from collections.abc import Sequence

import pytest

from tests.openapi import ABSENT, HOW_TO

#: What the report of a test carries: the broker, better ones that were passed over, and what a fault has shown.
BROKER, PASSED_OVER, SHOWN = "broker", "passed over", "shown"
WITHOUT_OPENAPI = "without Infobip's OpenAPI"
ON_BROKERS = "tests/integration/"
#: How long each process collects, how long a test on brokers lasts, which mostly waits, and what any other takes of a
#: core; in seconds, as measured with six processes on two cores.
COLLECTING_SECONDS, ON_BROKERS_SECONDS, OTHER_SECONDS = 30.0, 13.0, 0.04


def announce(config: pytest.Config, tests: Sequence[str], processes: int) -> None:
    """Say early what runs, on what, and about how long."""
    waiting = sum(test.startswith(ON_BROKERS) for test in tests)
    said = f"{len(tests):,} tests in {processes} processes"
    if waiting:
        from tests.integration.brokers import expected_broker  # noqa: PLC0415 - it takes a second

        said += f", {waiting} of them on {expected_broker()}"
    cores = os.cpu_count() or 1
    seconds = COLLECTING_SECONDS + waiting * ON_BROKERS_SECONDS / processes
    seconds += (len(tests) - waiting) * OTHER_SECONDS / min(cores, processes)
    write(config, f"{said}: about {max(1, round(seconds / 60))} minutes on {cores} cores")


def write(config: pytest.Config, line: str) -> None:
    """Say a line, whatever was said last."""
    terminal = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is not None:
        terminal.ensure_newline()
        terminal.write_line(line)


def is_without_openapi(report: pytest.TestReport | pytest.CollectReport) -> bool:
    """Whether a test did not run because Infobip's OpenAPI is not here."""
    return report.skipped and isinstance(report.longrepr, tuple) and ABSENT in report.longrepr[2]


def conclude(terminal: pytest.TerminalReporter) -> None:
    """Say which brokers there were, why better ones were passed over, and what could not be tested."""
    reports = [one for some in terminal.stats.values() for one in some if isinstance(one, pytest.TestReport)]
    noted = [what for report in reports if report.when == "teardown" for what in report.user_properties]
    if brokers := sorted({str(value) for name, value in noted if name == BROKER}):
        untested = [report.nodeid for report in terminal.stats.get("skipped", []) if ON_BROKERS in report.nodeid]
        terminal.write_line(f"broker: {', '.join(brokers)}")
        for reasons in {str(value) for name, value in noted if name == PASSED_OVER}:
            terminal.write_line(f"passed over: {reasons}")
        terminal.write_line(f"not tested on it: {', '.join(untested) or 'nothing'}")
    for line in sorted(str(value) for name, value in noted if name == SHOWN):
        terminal.write_line(line)
    if missed := terminal.stats.get(WITHOUT_OPENAPI):
        terminal.write_line(f"{len(missed)} tests {HOW_TO}")
