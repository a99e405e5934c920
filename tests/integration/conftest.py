"""One broker for all integration tests, and another for those that stop and kill it."""

import os
import uuid
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from streams.errors import StreamsError
from tests.integration.brokers import Broker, Node, any_broker
from tests.integration.postgresql import PostgreSQL, programs
from tests.integration.secured import SecuredNode, secured_node
from tests.integration.sharing import borrow
from tests.reports import BROKER, PASSED_OVER
from tests.scheduling import TOGETHER, group_of

CHOSEN = pytest.StashKey[Broker]()
#: Of a failed test's processes so many are heard, so many lines of each, so many characters of a line.
LOGS_MAX, LINES_MAX, LINE_MAX = 6, 40, 300
HERE = Path(__file__).parent
HOW_TO = "unset KAFKA_BROKERS, and have a Docker engine, or Java 17 and Maven"


@pytest.fixture(scope="session")
def broker(pytestconfig: pytest.Config) -> Iterator[Broker]:
    """The first broker that serves; all processes of a run use the same one."""
    shared = getattr(pytestconfig, "workerinput", {}).get("broker")
    if shared:
        pytestconfig.stash[CHOSEN] = borrow(Path(shared))
        yield pytestconfig.stash[CHOSEN]
        return
    with any_broker() as chosen:
        pytestconfig.stash[CHOSEN] = chosen
        yield chosen


@pytest.fixture(scope="session")
def own_broker(broker: Broker) -> Iterator[Broker]:
    """A broker of our own, which a test may stop, kill and start; it has to leave it running."""
    if not broker.is_ours:
        pytest.skip(f"needs a broker that may be restarted: {HOW_TO}")
    if broker.node is not None:
        yield broker
        return
    with any_broker() as own:
        yield own


@pytest.fixture
def node(own_broker: Broker) -> Node:
    """The hold on a broker of our own."""
    assert own_broker.node is not None
    return own_broker.node


@pytest.fixture
def sasl_bootstrap(broker: Broker) -> str:
    """The broker's listener that asks USERNAME for PASSWORD, by SCRAM-SHA-512 or PLAIN."""
    if broker.sasl_bootstrap is None:
        pytest.skip(f"needs a broker whose logins are known: {HOW_TO}")
    return broker.sasl_bootstrap


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredNode]:
    """A broker that is careful with whom it lets in, and to what."""
    try:
        with secured_node(tmp_path_factory.mktemp("secured")) as node:
            yield node
    except StreamsError as reason:
        pytest.skip(f"needs Java 17 and Maven: {reason}")


@pytest.fixture
def unique() -> str:
    """A name nobody else has."""
    return f"t{uuid.uuid4().hex[:10]}"


@pytest.fixture(autouse=True)
def _only_on_kafka(request: pytest.FixtureRequest) -> None:
    """Keep tests of faults and logins away from a broker that cannot take them."""
    if request.node.get_closest_marker("kafka") is None:
        return
    if not request.getfixturevalue("broker").is_apache_kafka:
        pytest.skip("needs Apache Kafka: set KAFKA_BROKERS, or have a Docker engine, or Java 17 and Maven")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what mostly waits for brokers, so that what only computes runs beside it and fills the end."""
    here = {path: HERE in path.parents for path in {item.path for item in items}}
    items.sort(key=lambda item: not here[item.path])
    for item in items:
        for name in TOGETHER.keys() & set(getattr(item, "fixturenames", ())):
            if group_of(item.nodeid) != name:
                raise pytest.UsageError(f"{item.nodeid} needs {name}: say so in tests/scheduling.py")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Say which broker it was; in CI a test that could not run has failed."""
    report = yield
    chosen = item.config.stash.get(CHOSEN, None)
    if chosen is not None and report.when == "teardown":
        report.user_properties.append((BROKER, f"{chosen.name} ({chosen.bootstrap})"))
        if not chosen.is_apache_kafka:
            report.user_properties.append((PASSED_OVER, "; ".join(chosen.passed_over)))
    if os.environ.get("CI") == "true" and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"{item.nodeid} was skipped, and in CI nothing on a broker may be: {report.longrepr}"
    if (
        report.failed
        and report.when == "call"
        and isinstance(folder := getattr(item, "funcargs", {}).get("tmp_path"), Path)
    ):
        report.sections += last_words(folder)
    return report


def last_words(folder: Path) -> Iterator[tuple[str, str]]:
    """What the processes of a test said last, which tells why it failed where nobody can look into its folder."""
    logs = sorted(folder.rglob("*.log"), key=lambda log: log.stat().st_mtime)
    for log in logs[-LOGS_MAX:]:
        lines = log.read_text(errors="replace").splitlines()[-LINES_MAX:]
        yield f"{log.name} ends", "\n".join(line[:LINE_MAX] for line in lines)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A PostgreSQL server of our own; whoever stops it has to leave it running."""
    if programs() is None and not os.environ.get("CI"):
        pytest.skip("needs PostgreSQL's programs: install the package postgresql")
    server = PostgreSQL()
    try:
        server.start()
        yield server
    finally:
        server.end()
