"""What all tests run under."""

import gc
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from tests.reports import WITHOUT_OPENAPI, announce, conclude, is_without_openapi

#: How long an example takes says more of the machine than of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

KEEPER = pytest.StashKey[Any]()
ANNOUNCED = pytest.StashKey[bool]()
TESTS = Path(__file__).parent
BYTECODE = TESTS.parent / ".cache" / "bytecode"


#: Nothing of what is collected is garbage, and looking for some takes a good part of the time.
gc.disable()


@pytest.fixture(autouse=True, scope="session")
def _hang_up_heard() -> Iterator[None]:
    """Have SIGHUP as at a terminal: the processes of tests inherit it, and under nohup it would be ignored."""
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


def pytest_configure() -> None:
    """Keep bytecode even where it is not wanted beside the sources: tests start the service some hundred times."""
    if sys.dont_write_bytecode:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix = str(BYTECODE)
        sys.dont_write_bytecode = False


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Import a share of the tests before all others: what pytest makes of them is kept, so that each is read once.

    On a fresh checkout every process would otherwise rewrite the assertions of all modules, side by side.
    """
    ours = getattr(session.config, "workerinput", None)
    if ours is None or [session.config.rootpath / one for one in session.config.args] != [TESTS]:
        return
    number = int(ours["workerid"].removeprefix("gw"))
    for path in sorted(TESTS.rglob("test_*.py"))[number :: ours["workercount"]]:
        import_module(".".join(path.relative_to(TESTS.parent).with_suffix("").parts))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell each process of a run where the one broker of all is to be found."""
    stash = node.config.stash
    if KEEPER not in stash:
        from tests.integration.sharing import BrokerKeeper  # noqa: PLC0415 - nobody else needs it

        stash[KEEPER] = BrokerKeeper()
    node.workerinput["broker"] = str(stash[KEEPER].folder)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Have each process take the next test when it is done with one, whatever `--dist` says."""
    from tests.scheduling import TogetherOrAlone  # noqa: PLC0415 - where xdist is not, nobody asks

    return TogetherOrAlone(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_node_collection_finished(node: Any, ids: Sequence[str]) -> None:
    """Say once what runs."""
    if ANNOUNCED not in node.config.stash:
        node.config.stash[ANNOUNCED] = True
        announce(node.config, ids, node.workerinput["workercount"])


def pytest_collection_finish() -> None:
    """Look for garbage from now on, and never among what was collected: it is there to the end."""
    gc.freeze()
    gc.enable()


def pytest_report_teststatus(report: pytest.TestReport | pytest.CollectReport) -> tuple[str, str, str] | None:
    """Count apart what needs Infobip's OpenAPI, so that one sentence tells of all of it."""
    return (WITHOUT_OPENAPI, "s", "SKIPPED") if is_without_openapi(report) else None


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what the tests ran on, and what they could not show."""
    conclude(terminalreporter)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the broker of all."""
    if KEEPER in config.stash:
        config.stash[KEEPER].end()
