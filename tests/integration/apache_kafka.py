"""One node of Apache Kafka in KRaft mode, from its published jars or in a container; it outlives its restarts."""

import fcntl
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple, Protocol, TextIO

from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient, ScramCredentialInfo, ScramMechanism, UserScramCredentialUpsertion

from streams.errors import StreamsError
from tests.integration.kafka_jars import kafka_version, resolve_jars, run_java_tool

USERNAME, PASSWORD = "tester", "tester-secret"
CLUSTER_ID = "c3RyZWFtcy10ZXN0LWthZg"
START_SECONDS, STOP_SECONDS, LOOK_SECONDS = 120.0, 30.0, 0.1
SCRAM_ITERATIONS = 4096
#: For brokers that live for minutes: compiling their code well would take longer than it saves.
SHORT_LIVED: tuple[str, ...] = ("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
LONG_LIVED: tuple[str, ...] = ()
# Below the ports that systems give to outgoing connections: a client that knocks on a stopped broker's port could
# otherwise be given that very port, talk to itself and keep the broker from coming back.
PORTS = range(15_000, 30_000)
#: What processes of tests have taken of them, each by a lock on a file of the port's name.
CLAIMS_FOLDER = Path(tempfile.gettempdir()) / "infobip-streams-ports"
_claims: list[TextIO] = []


class Ports(NamedTuple):
    """Where one node listens; `outside` is where it says that it listens to those who come through `proxied`."""

    plain: int
    sasl: int
    controller: int
    proxied: int
    outside: int


class SideDoor(NamedTuple):
    """A listener for clients behind a proxy: it passes on to `host` and `port`, and must itself listen on `outside`."""

    host: str
    port: int
    outside: int


class Node(Protocol):
    """A broker of our own, to be stopped, killed and started again at the same address with the same data."""

    @property
    def bootstrap(self) -> str:
        """The listener without a login."""

    @property
    def sasl_bootstrap(self) -> str:
        """The listener that asks for a login, by SCRAM-SHA-512 or PLAIN."""

    @property
    def side_door(self) -> SideDoor:
        """The listener whose clients are told to come through a proxy, which is not there by itself."""

    def start(self) -> None:
        """Start it, and return when it serves."""

    def stop(self) -> None:
        """Stop it in order."""

    def kill(self) -> None:
        """Kill it, as a crash would."""

    def restart(self) -> None:
        """Stop it in order, and start it again."""

    def pause(self) -> None:
        """Make it stand still: it takes connections and answers nothing."""

    def resume(self) -> None:
        """Let it go on."""


class KafkaFromJars:
    """Apache Kafka run with the machine's Java from the jars that Maven resolves."""

    def __init__(
        self,
        folder: Path,
        ports: Ports | None = None,
        settings: Mapping[str, str] | None = None,
        heap: str = "512m",
        java: Sequence[str] = SHORT_LIVED,
    ) -> None:
        self._folder, self._heap, self._options = folder, heap, java
        self._jars = resolve_jars()
        self._ports = ports or Ports(*free_ports(5))
        self._process: subprocess.Popen[bytes] | None = None
        self._paused = False
        self._properties = folder / "server.properties"
        said = {**server_settings("127.0.0.1", "127.0.0.1", self._ports, f"{folder}/data"), **(settings or {})}
        self._properties.write_text("".join(f"{name}={value}\n" for name, value in said.items()))
        self._format()

    @property
    def bootstrap(self) -> str:
        """The listener without a login."""
        return f"127.0.0.1:{self._ports.plain}"

    @property
    def sasl_bootstrap(self) -> str:
        """The listener that asks for a login."""
        return f"127.0.0.1:{self._ports.sasl}"

    @property
    def side_door(self) -> SideDoor:
        """The listener whose clients are told to come through a proxy."""
        return SideDoor("127.0.0.1", self._ports.proxied, self._ports.outside)

    def start(self) -> None:
        """Start it, and return when it serves."""
        self.launch()
        self.await_service()

    def launch(self) -> None:
        """Start it; one of several serves only once most of them run."""
        with (self._folder / "kafka.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*_tether(), *self._java(f"-Xmx{self._heap}", "-Xms256m"), "kafka.Kafka", str(self._properties)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def await_service(self) -> None:
        """Return when it serves."""
        if not serves(self.bootstrap, START_SECONDS, self._process):
            self.kill()
            raise StreamsError(f"Apache Kafka did not start: {_last_line(self._folder / 'kafka.log')}")

    def stop(self) -> None:
        """Stop it in order; nothing to do when it does not run."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """Kill it, as a crash would; nothing to do when it does not run."""
        self._end(signal.SIGKILL)

    def restart(self) -> None:
        """Stop it in order, and start it again."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Let it stand still, until it is resumed."""
        self._signal(signal.SIGSTOP)
        self._paused = True

    def resume(self) -> None:
        """Let it go on."""
        self._signal(signal.SIGCONT)
        self._paused = False

    @property
    def runs(self) -> bool:
        """Whether its process is there and does not stand still."""
        return self._process is not None and self._process.poll() is None and not self._paused

    def cut(self, topic: str, partition: int, records: int) -> None:
        """Take away all but the first batches of a partition, as an unclean election does; while it does not run.

        Those that hold so many records stay, which must be all of some batches.
        """
        log = self._folder / "data" / f"{topic}-{partition}" / f"{0:020}.log"
        content, at = log.read_bytes(), 0
        while int.from_bytes(content[at : at + 8]) < records:
            at += 12 + int.from_bytes(content[at + 8 : at + 12])
        log.write_bytes(content[:at])
        for index in log.parent.glob("*.*index"):
            index.unlink()

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            self._process.send_signal(number)

    def _end(self, number: signal.Signals) -> None:
        if self._process is None:
            return
        self._process.send_signal(number)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _format(self) -> None:
        scram = f"SCRAM-SHA-512=[name={USERNAME},password={PASSWORD}]"
        storage = ["kafka.tools.StorageTool", "format", "--cluster-id", CLUSTER_ID, "--add-scram", scram]
        run_java_tool(
            [*self._java("-Xmx128m"), *storage, "--config", str(self._properties)], "cannot format Kafka's storage"
        )

    def _java(self, *options: str) -> list[str]:
        return [
            "java",
            *options,
            *self._options,
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-cp",
            f"{self._jars}/*",
        ]


class KafkaInDocker:
    """Apache Kafka in a container; its ports are the same inside and outside, so that it keeps them over restarts."""

    def __init__(self, stack: ExitStack) -> None:
        # Imported late: it looks for a Docker engine.
        from testcontainers.core.container import DockerContainer  # noqa: PLC0415

        container = DockerContainer(f"apache/kafka:{kafka_version()}")
        self._host = container.get_docker_client().host()
        self._ports = Ports(*free_ports(5))
        for name, value in server_settings("0.0.0.0", self._host, self._ports, "/tmp/kafka").items():  # noqa: S104, S108
            container.with_env(environment_name(name), value)
        container.with_env("CLUSTER_ID", CLUSTER_ID).with_env("KAFKA_HEAP_OPTS", "-Xmx512m -Xms256m")
        for port in (self._ports.plain, self._ports.sasl, self._ports.proxied):
            container.with_bind_ports(port, port)
        self._container = stack.enter_context(container)
        self._wait()
        self._add_scram_user()

    @property
    def bootstrap(self) -> str:
        """The listener without a login."""
        return f"{self._host}:{self._ports.plain}"

    @property
    def sasl_bootstrap(self) -> str:
        """The listener that asks for a login."""
        return f"{self._host}:{self._ports.sasl}"

    @property
    def side_door(self) -> SideDoor:
        """The listener whose clients are told to come through a proxy."""
        return SideDoor(self._host, self._ports.proxied, self._ports.outside)

    def start(self) -> None:
        """Start it, and return when it serves."""
        self._container.get_wrapped_container().start()
        self._wait()

    def stop(self) -> None:
        """Stop it in order."""
        self._container.get_wrapped_container().stop(timeout=int(STOP_SECONDS))

    def kill(self) -> None:
        """Kill it, as a crash would."""
        self._container.get_wrapped_container().kill()

    def restart(self) -> None:
        """Stop it in order, and start it again."""
        self.stop()
        self.start()

    def pause(self) -> None:
        """Make it stand still: it takes connections and answers nothing."""
        self._container.get_wrapped_container().pause()

    def resume(self) -> None:
        """Let it go on."""
        self._container.get_wrapped_container().unpause()

    def _wait(self) -> None:
        if not serves(self.bootstrap, START_SECONDS):
            raise StreamsError(f"Apache Kafka in its container did not start in {START_SECONDS:.0f} s")

    def _add_scram_user(self) -> None:
        credentials = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, SCRAM_ITERATIONS)
        user = UserScramCredentialUpsertion(USERNAME, credentials, PASSWORD.encode())
        admin = AdminClient({"bootstrap.servers": self.bootstrap})
        for done in admin.alter_user_scram_credentials([user]).values():
            done.result(START_SECONDS)


def server_settings(bind: str, host: str, ports: Ports, data: str) -> Mapping[str, str]:
    """Return the settings of one node that is broker and controller; clients reach it at `host`."""
    plain, sasl, controller, proxied, outside = ports
    listeners = f"PLAINTEXT://{bind}:{plain},SASL://{bind}:{sasl},PROXIED://{bind}:{proxied}"
    login = "org.apache.kafka.common.security"
    return {
        "process.roles": "broker,controller",
        "node.id": "1",
        "controller.quorum.voters": f"1@localhost:{controller}",
        "controller.listener.names": "CONTROLLER",
        "listeners": f"{listeners},CONTROLLER://localhost:{controller}",
        "advertised.listeners": f"PLAINTEXT://{host}:{plain},SASL://{host}:{sasl},PROXIED://127.0.0.1:{outside}",
        "listener.security.protocol.map": (
            "PLAINTEXT:PLAINTEXT,SASL:SASL_PLAINTEXT,PROXIED:PLAINTEXT,CONTROLLER:PLAINTEXT"
        ),
        "inter.broker.listener.name": "PLAINTEXT",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
        "listener.name.sasl.scram-sha-512.sasl.jaas.config": f"{login}.scram.ScramLoginModule required;",
        "listener.name.sasl.plain.sasl.jaas.config": (
            f'{login}.plain.PlainLoginModule required user_{USERNAME}="{PASSWORD}";'
        ),
        "log.dirs": data,
        "num.partitions": "1",
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        # Producers that left a transaction open are looked for this often.
        "transaction.abort.timed.out.transaction.cleanup.interval.ms": "1000",
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "1000",
    }


def environment_name(setting: str) -> str:
    """Return the environment variable by which the container image takes a setting."""
    return "KAFKA_" + setting.replace("_", "__").replace("-", "___").replace(".", "_").upper()


def serves(bootstrap: str, seconds: float, process: subprocess.Popen[bytes] | None = None) -> bool:
    """Whether a broker answers within so long, and before its process has ended."""
    deadline = time.monotonic() + seconds
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    while time.monotonic() < deadline and (process is None or process.poll() is None):
        try:
            # One that is not ready for clients yet answers with no brokers.
            if admin.list_topics(timeout=2).brokers:
                return True
        except KafkaException:
            threading.Event().wait(LOOK_SECONDS)
    return False


def free_ports(count: int) -> tuple[int, ...]:
    """Return so many different ports that nobody listens on and no outgoing connection is given."""
    found: list[int] = []
    while len(found) < count:
        port = random.choice(PORTS)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0 and _is_ours(port):
                found.append(port)
    return tuple(found)


def _is_ours(port: int) -> bool:
    """Take a port for as long as this process lives: until a broker listens on it, another would take it for free."""
    CLAIMS_FOLDER.mkdir(exist_ok=True)
    claim = (CLAIMS_FOLDER / str(port)).open("w")
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        claim.close()
        return False
    _claims.append(claim)
    return True


def _tether() -> list[str]:
    """Return what makes Linux end the broker with the tests, even when these are killed."""
    return ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []


def _last_line(log: Path) -> str:
    lines = log.read_text(errors="replace").strip().splitlines()
    return lines[-1] if lines else "its log is empty"
