"""One broker for all integration tests; the run says which, and what could not be tested on it."""

import os
import uuid
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from streams.errors import StreamsError
from tests.integration.brokers import Broker, Node, any_broker
from tests.integration.secured import SecuredNode, secured_node

CHOSEN = pytest.StashKey[Broker]()
#: What reports say beside how the test went, whichever process ran it: the broker, better ones that were passed over,
#: and what a fault has shown.
BROKER, PASSED_OVER, SHOWN = "broker", "passed over", "shown"
HERE = Path(__file__).parent
HOW_TO = "unset KAFKA_BROKERS, and have a Docker engine, or Java 17 and Maven"


@pytest.fixture(scope="session")
def broker(pytestconfig: pytest.Config) -> Iterator[Broker]:
    """The first broker that serves."""
    with any_broker() as chosen:
        pytestconfig.stash[CHOSEN] = chosen
        yield chosen


@pytest.fixture
def node(broker: Broker) -> Node:
    """A broker of our own, which a test may stop, kill and start; it has to leave it running."""
    if broker.node is None:
        pytest.skip(f"needs a broker that may be restarted: {HOW_TO}")
    return broker.node


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
    """Begin with what mostly waits for brokers, so that what only computes runs beside it."""
    items.sort(key=lambda item: HERE not in item.path.parents)


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
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which brokers there were, why better ones were passed over, and what they could not show."""
    reports = [one for some in terminalreporter.stats.values() for one in some if isinstance(one, pytest.TestReport)]
    said = [what for report in reports if report.when == "teardown" for what in report.user_properties]
    brokers = sorted({str(value) for name, value in said if name == BROKER})
    if not brokers:
        return
    untested = [report.nodeid for report in terminalreporter.stats.get("skipped", []) if "integration" in report.nodeid]
    terminalreporter.write_line(f"broker: {', '.join(brokers)}")
    for reasons in {str(value) for name, value in said if name == PASSED_OVER}:
        terminalreporter.write_line(f"passed over: {reasons}")
    terminalreporter.write_line(f"not tested on it: {', '.join(untested) or 'nothing'}")
    for line in sorted(str(value) for name, value in said if name == SHOWN):
        terminalreporter.write_line(line)
