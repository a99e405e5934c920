"""A broker to test on, the first that serves: yours, a container's, Apache Kafka's own jars, the embedded one.

`python -m tests.integration.brokers -- COMMAND` runs a command with KAFKA_BROKERS set to such a broker.
"""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

from streams.demo.broker import EmbeddedBroker
from streams.errors import StreamsError
from tests.integration.apache_kafka import (
    LONG_LIVED,
    PASSWORD,
    SHORT_LIVED,
    USERNAME,
    KafkaFromJars,
    KafkaInDocker,
    Node,
    free_ports,
    serves,
)
from tests.integration.kafka_jars import jars_found, kafka_version

__all__ = ["PASSWORD", "USERNAME", "Broker", "Node", "any_broker", "free_port"]

Kind = Literal["external", "testcontainers", "kafka", "embedded"]

ANSWER_SECONDS = 10.0
WRONG = 2
USAGE = "usage: python -m tests.integration.brokers -- COMMAND [ARGUMENT ...]"


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker that serves; `passed_over` says why better ones were not chosen.

    `sasl_bootstrap`: the listener that asks USERNAME for PASSWORD, where there is one. `node`: the hold on it where it
    is our own and nobody else's.
    """

    bootstrap: str
    name: str
    kind: Kind
    sasl_bootstrap: str | None = None
    node: Node | None = None
    passed_over: Sequence[str] = ()

    @property
    def is_apache_kafka(self) -> bool:
        """Whether kills and rebalances may be tested on it."""
        return self.kind != "embedded"

    @property
    def is_ours(self) -> bool:
        """Whether it was started for the tests, and another one can be."""
        return self.kind in {"testcontainers", "kafka"}


class NotHere(StreamsError):
    """This machine has no such broker."""


@contextmanager
def any_broker(java: Sequence[str] = SHORT_LIVED) -> Iterator[Broker]:
    """Give the first broker that serves; `java` are options of the machine's Java, where it is run by it.

    Raises:
        StreamsError: the brokers in KAFKA_BROKERS do not answer; or in CI (`CI=true`) there is no Apache Kafka.

    """
    with ExitStack() as stack:
        yield _first(stack, java)


def _first(stack: ExitStack, java: Sequence[str]) -> Broker:
    passed_over: list[str] = []
    choices: Sequence[Callable[[ExitStack], Broker]] = (_external, _in_docker, partial(_from_jars, java))
    for choice in choices:
        try:
            return choice(stack)
        except NotHere as reason:
            passed_over.append(str(reason))
    if os.environ.get("CI") == "true":
        raise StreamsError(f"CI tests on Apache Kafka, and there is none: {'; '.join(passed_over)}")
    embedded = stack.enter_context(EmbeddedBroker())
    return Broker(embedded.bootstrap, "the embedded broker", "embedded", passed_over=tuple(passed_over))


def _external(_: ExitStack) -> Broker:
    brokers = os.environ.get("KAFKA_BROKERS")
    if not brokers:
        raise NotHere("KAFKA_BROKERS is not set")
    if not serves(brokers, ANSWER_SECONDS):
        raise StreamsError(f"the brokers in KAFKA_BROKERS do not answer: {brokers}")
    return Broker(brokers, "the brokers in KAFKA_BROKERS", "external")


def _in_docker(stack: ExitStack) -> Broker:
    if not docker_answers():
        raise NotHere("no Docker engine answers")
    node = KafkaInDocker(stack)
    return Broker(
        node.bootstrap, f"Apache Kafka {kafka_version()}, in a container", "testcontainers", node.sasl_bootstrap, node
    )


def _from_jars(java: Sequence[str], stack: ExitStack) -> Broker:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="infobip-streams-kafka-"))
    try:
        node = KafkaFromJars(Path(folder), java=java)
    except StreamsError as reason:
        raise NotHere(str(reason)) from reason
    stack.callback(node.stop)
    node.start()
    return Broker(node.bootstrap, f"Apache Kafka {kafka_version()}, from its jars", "kafka", node.sasl_bootstrap, node)


def expected_broker() -> str:
    """Say which one will be chosen, without starting it."""
    if os.environ.get("KAFKA_BROKERS"):
        return "the brokers in KAFKA_BROKERS"
    kafka = f"Apache Kafka {kafka_version()}"
    if docker_answers():
        return f"{kafka}, in a container"
    return f"{kafka}, from its jars" if jars_found() else "the embedded broker, which lacks much"


def docker_answers() -> bool:
    """Whether a Docker engine runs here."""
    from docker import from_env  # noqa: PLC0415 - most machines that run a test never need it
    from docker.errors import DockerException  # noqa: PLC0415

    try:
        return bool(from_env().ping())
    except DockerException:
        return False


def free_port() -> int:
    """Return a port nobody listens on."""
    (port,) = free_ports(1)
    return port


def main(arguments: Sequence[str]) -> int:
    """Run a command with a broker; its exit code is ours."""
    if len(arguments) < 2 or arguments[0] != "--":
        print(USAGE, file=sys.stderr)  # noqa: T201 - said to a person
        return WRONG
    # A polite end must stop the broker, too.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        with any_broker(LONG_LIVED) as broker:  # whoever measures needs it at its best
            print(f"broker: {broker.name} ({broker.bootstrap})", flush=True)  # noqa: T201
            environment = {**os.environ, "KAFKA_BROKERS": broker.bootstrap}
            return subprocess.run(arguments[1:], check=False, env=environment).returncode
    except StreamsError as error:
        print(f"no broker: {error}", file=sys.stderr)  # noqa: T201
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
