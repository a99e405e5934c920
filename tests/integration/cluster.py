"""Three nodes of Apache Kafka from its jars, which keep copies of each other's partitions; any of them may be lost."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from confluent_kafka.admin import AdminClient

from tests.integration.apache_kafka import KafkaFromJars, Ports, free_ports

NODES = 3
HEAP = "384m"
SETTINGS = {
    "default.replication.factor": str(NODES),
    "offsets.topic.replication.factor": str(NODES),
    "transaction.state.log.replication.factor": str(NODES),
    # A node that is killed or sleeps is missed sooner than by default.
    "broker.session.timeout.ms": "4000",
    "broker.heartbeat.interval.ms": "1000",
    "replica.lag.time.max.ms": "6000",
    "auto.leader.rebalance.enable": "false",
}


class Cluster:
    """Nodes that know each other; the first `controllers` of them elect leaders, and `min_insync` copies must be there.

    A node that controls must not be missing when it is the only one.
    """

    def __init__(self, folder: Path, controllers: int = NODES, min_insync: int = 2) -> None:
        ports = free_ports(5 * NODES)
        own = [Ports(*ports[5 * place : 5 * place + 5]) for place in range(NODES)]
        voters = ",".join(f"{place + 1}@localhost:{own[place].controller}" for place in range(controllers))
        self.nodes: list[KafkaFromJars] = []
        for place in range(NODES):
            home = folder / f"node{place + 1}"
            home.mkdir()
            said = {
                **SETTINGS,
                **_role(own[place], controls=place < controllers),
                "node.id": str(place + 1),
                "controller.quorum.voters": voters,
                "min.insync.replicas": str(min_insync),
                "transaction.state.log.min.isr": str(min_insync),
            }
            self.nodes.append(KafkaFromJars(home, own[place], said, HEAP))

    @property
    def bootstrap(self) -> str:
        """All of them, in one line."""
        return ",".join(node.bootstrap for node in self.nodes)

    def start(self) -> None:
        """Start all of them, and return when they serve and know each other."""
        for node in self.nodes:
            node.launch()
        for node in self.nodes:
            node.await_service()

    def stop(self) -> None:
        """End all of them; what they hold is of no further use."""
        for node in self.nodes:
            node.kill()

    def leaders(self, topic: str) -> Mapping[int, int | None]:
        """The place in `nodes` of each partition's leader, None where there is none."""
        found = self._topic(topic)
        return {one.id: one.leader - 1 if one.leader > 0 else None for one in found.partitions.values()}

    def in_sync(self, topic: str) -> Mapping[int, Sequence[int]]:
        """The places in `nodes` of the copies that are whole, by partition."""
        found = self._topic(topic)
        return {one.id: sorted(number - 1 for number in one.isrs) for one in found.partitions.values()}

    def _topic(self, name: str) -> Any:
        awake = ",".join(node.bootstrap for node in self.nodes if node.runs)
        admin = AdminClient({"bootstrap.servers": awake, "log_level": 0})
        return admin.list_topics(name, timeout=30).topics[name]


@contextmanager
def cluster(folder: Path, controllers: int = NODES, min_insync: int = 2) -> Iterator[Cluster]:
    """Three nodes that serve, and are gone at the end."""
    with ExitStack() as stack:
        made = Cluster(folder, controllers, min_insync)
        stack.callback(made.stop)
        made.start()
        yield made


def _role(ports: Ports, *, controls: bool) -> dict[str, str]:
    listeners = f"PLAINTEXT://127.0.0.1:{ports.plain}"
    if controls:
        listeners += f",CONTROLLER://localhost:{ports.controller}"
    return {
        "process.roles": "broker,controller" if controls else "broker",
        "listeners": listeners,
        "advertised.listeners": f"PLAINTEXT://127.0.0.1:{ports.plain}",
    }
