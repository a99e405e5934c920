"""What all tests run under."""

import signal
from collections.abc import Iterator

import pytest
from hypothesis import settings

#: How long an example takes says more of the machine than of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True, scope="session")
def _hang_up_heard() -> Iterator[None]:
    """Have SIGHUP as at a terminal: the processes of tests inherit it, and under nohup it would be ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)
