"""A broker to test on, the first that serves: yours, testcontainers', Apache Kafka's own jars, the embedded one.

`python -m tests.integration.brokers -- COMMAND` runs a command with KAFKA_BROKERS set to such a broker.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from streams.errors import StreamsError
from streams.sandbox.broker import EmbeddedBroker

Kind = Literal["external", "testcontainers", "kafka", "embedded"]

POM = Path(__file__).parent / "kafka" / "pom.xml"
USERNAME, PASSWORD = "tester", "tester-secret"
START_SECONDS = 60.0
LOOK_SECONDS = 0.2
KAFKA_IMAGE = "apache/kafka:4.1.1"


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker that serves. `sasl_bootstrap` is its listener for SCRAM and PLAIN, `jars` the process behind it."""

    bootstrap: str
    name: str
    kind: Kind
    sasl_bootstrap: str | None = None
    jars: "KafkaFromJars | None" = None

    @property
    def is_apache_kafka(self) -> bool:
        """Whether kills, rebalances and logins may be tested on it."""
        return self.kind != "embedded"


def serves(bootstrap: str, seconds: float) -> bool:
    """Whether a broker answers within so long."""
    deadline = time.monotonic() + seconds
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    while time.monotonic() < deadline:
        try:
            admin.list_topics(timeout=2)
        except KafkaException:
            threading.Event().wait(LOOK_SECONDS)
        else:
            return True
    return False


class KafkaFromJars:
    """One Apache Kafka node in KRaft mode, run from its published jars; it keeps its ports and data over restarts."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._jars = resolve_jars()
        self._plain, self._sasl, self._controller = (free_port() for _ in range(3))
        self._process: subprocess.Popen[bytes] | None = None
        self._write_properties()
        self._format()

    @property
    def bootstrap(self) -> str:
        """The listener without a login."""
        return f"127.0.0.1:{self._plain}"

    @property
    def sasl_bootstrap(self) -> str:
        """The listener that asks for a login."""
        return f"127.0.0.1:{self._sasl}"

    def start(self) -> None:
        """Start it, and return when it serves."""
        with (self._folder / "kafka.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._java("-Xmx512m", "-Xms256m"), "kafka.Kafka", str(self._properties)],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        if not serves(self.bootstrap, START_SECONDS):
            raise StreamsError(f"Apache Kafka did not start in {START_SECONDS:.0f} s: see {self._folder}/kafka.log")

    def stop(self) -> None:
        """Stop it in order."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it as a power cut would."""
        self._end(signal.SIGKILL)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(30)
        self._process = None

    @property
    def _properties(self) -> Path:
        return self._folder / "server.properties"

    def _write_properties(self) -> None:
        login = "org.apache.kafka.common.security"
        self._properties.write_text(
            f"""\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{self._controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:{self._plain},SASL://127.0.0.1:{self._sasl},CONTROLLER://127.0.0.1:{self._controller}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,SASL:SASL_PLAINTEXT,CONTROLLER:PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN
listener.name.sasl.scram-sha-512.sasl.jaas.config={login}.scram.ScramLoginModule required;
listener.name.sasl.plain.sasl.jaas.config={login}.plain.PlainLoginModule required user_{USERNAME}="{PASSWORD}";
log.dirs={self._folder}/data
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
group.min.session.timeout.ms=1000
num.partitions=1
"""
        )

    def _format(self) -> None:
        scram = f"SCRAM-SHA-512=[name={USERNAME},password={PASSWORD}]"
        subprocess.run(
            [
                *self._java("-Xmx128m"),
                *("kafka.tools.StorageTool", "format", "--cluster-id", "c3RyZWFtcy10ZXN0LWthZg"),
                *("--config", str(self._properties), "--add-scram", scram),
            ],
            check=True,
            capture_output=True,
        )

    def _java(self, *options: str) -> list[str]:
        return ["java", *options, "-cp", f"{self._jars}/*"]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


def resolve_jars() -> Path:
    """The folder of Kafka's jars, resolved by Maven once and cached by version."""
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    jars = home / "infobip-streams" / f"kafka-{kafka_version()}"
    if not jars.is_dir():
        fresh = jars.with_name(f"{jars.name}.{os.getpid()}")
        maven = ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", f"-DoutputDirectory={fresh}"]
        subprocess.run(maven, check=True, capture_output=True)
        fresh.rename(jars)
    return jars


def kafka_version() -> str:
    """The version that pom.xml names."""
    space = {"m": "http://maven.apache.org/POM/4.0.0"}
    version = ET.parse(POM).getroot().find(".//m:dependency/m:version", space)  # noqa: S314 - our own file
    return (version.text or "") if version is not None else ""


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def any_broker() -> Iterator[Broker]:
    """The first broker that serves.

    Raises:
        StreamsError: in CI (`CI=true`) only the embedded one does, or none at all.

    """
    if brokers := os.environ.get("KAFKA_BROKERS"):
        yield Broker(brokers, "the brokers in KAFKA_BROKERS", "external")
    elif docker_answers():
        from testcontainers.kafka import KafkaContainer  # noqa: PLC0415 - it complains where there is no Docker

        with KafkaContainer(KAFKA_IMAGE) as container:
            yield Broker(container.get_bootstrap_server(), f"Apache Kafka ({KAFKA_IMAGE})", "testcontainers")
    elif shutil.which("java") and shutil.which("mvn"):
        with tempfile.TemporaryDirectory() as folder, KafkaFromJars(Path(folder)) as kafka:
            name = f"Apache Kafka {kafka_version()}, from its jars"
            yield Broker(kafka.bootstrap, name, "kafka", kafka.sasl_bootstrap, kafka)
    elif os.environ.get("CI") == "true":
        raise StreamsError("CI tests on Apache Kafka: set KAFKA_BROKERS, or install Docker, or Java 17 and Maven")
    else:
        with EmbeddedBroker() as embedded:
            yield Broker(embedded.bootstrap, "the embedded broker", "embedded")


def docker_answers() -> bool:
    """Whether a Docker engine runs here."""
    from docker import from_env  # noqa: PLC0415
    from docker.errors import DockerException  # noqa: PLC0415

    try:
        return bool(from_env().ping())
    except DockerException:
        return False


def main() -> int:
    """Run a command with a broker."""
    command = sys.argv[sys.argv.index("--") + 1 :]
    with any_broker() as broker:
        print(f"broker: {broker.name}", flush=True)  # noqa: T201 - said to a person
        return subprocess.run(command, check=False, env={**os.environ, "KAFKA_BROKERS": broker.bootstrap}).returncode


if __name__ == "__main__":
    sys.exit(main())
