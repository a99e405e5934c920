"""What all tests run under."""

import signal
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="session")
def _hang_up_heard() -> Iterator[None]:
    """Have SIGHUP as at a terminal: the processes of tests inherit it, and under nohup it would be ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)
