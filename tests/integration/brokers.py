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
from pathlib import Path
from typing import Literal

from streams.demo.broker import EmbeddedBroker
from streams.errors import StreamsError
from tests.integration.apache_kafka import (
    PASSWORD,
    USERNAME,
    KafkaFromJars,
    KafkaInDocker,
    Node,
    free_ports,
    serves,
)
from tests.integration.kafka_jars import kafka_version

__all__ = ["PASSWORD", "USERNAME", "Broker", "Node", "any_broker", "free_port"]

Kind = Literal["external", "testcontainers", "kafka", "embedded"]
Capability = Literal["kafka", "login", "restart"]

ANSWER_SECONDS = 10.0
WRONG = 2
USAGE = "usage: python -m tests.integration.brokers -- COMMAND [ARGUMENT ...]"


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker that serves; `node` is the hold on it where it is our own, `passed_over` why better ones were not."""

    bootstrap: str
    name: str
    kind: Kind
    node: Node | None = None
    passed_over: tuple[str, ...] = ()

    @property
    def is_apache_kafka(self) -> bool:
        """Whether kills and rebalances may be tested on it."""
        return self.kind != "embedded"

    @property
    def sasl_bootstrap(self) -> str | None:
        """The listener that asks USERNAME for PASSWORD."""
        return self.node.sasl_bootstrap if self.node else None

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What may be tested on it beyond producing and consuming."""
        if self.node is not None:
            return frozenset({"kafka", "login", "restart"})
        return frozenset({"kafka"}) if self.is_apache_kafka else frozenset()


class NotHere(StreamsError):
    """This machine has no such broker."""


@contextmanager
def any_broker() -> Iterator[Broker]:
    """Give the first broker that serves.

    Raises:
        StreamsError: the brokers in KAFKA_BROKERS do not answer; or in CI (`CI=true`) there is no Apache Kafka.

    """
    with ExitStack() as stack:
        yield _first(stack)


def _first(stack: ExitStack) -> Broker:
    passed_over: list[str] = []
    choices: Sequence[Callable[[ExitStack], Broker]] = (_external, _in_docker, _from_jars)
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
    return Broker(node.bootstrap, f"Apache Kafka {kafka_version()}, in a container", "testcontainers", node)


def _from_jars(stack: ExitStack) -> Broker:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="infobip-streams-kafka-"))
    try:
        node = KafkaFromJars(Path(folder))
    except StreamsError as reason:
        raise NotHere(str(reason)) from reason
    stack.callback(node.stop)
    node.start()
    return Broker(node.bootstrap, f"Apache Kafka {kafka_version()}, from its jars", "kafka", node)


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
        with any_broker() as broker:
            print(f"broker: {broker.name} ({broker.bootstrap})", flush=True)  # noqa: T201
            environment = {**os.environ, "KAFKA_BROKERS": broker.bootstrap}
            return subprocess.run(arguments[1:], check=False, env=environment).returncode
    except StreamsError as error:
        print(f"no broker: {error}", file=sys.stderr)  # noqa: T201
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
