"""One node of Apache Kafka that is careful: listeners with TLS, client certificates and logins, and an authorizer."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from tests.integration.apache_kafka import PASSWORD, USERNAME, KafkaFromJars, Ports, free_ports, server_settings
from tests.integration.certificates import Authority, Pair

#: Each listener, and how it is protected. Who comes to the plain one may do anything.
LISTENERS = {
    "PLAINTEXT": "PLAINTEXT",
    "SASL": "SASL_PLAINTEXT",
    "TLS": "SSL",
    "MUTUAL": "SSL",
    "EXPIRED": "SSL",
    "ELSEWHERE": "SSL",
    "SASLTLS": "SASL_SSL",
    "TOKEN": "SASL_PLAINTEXT",
    "TOKENTLS": "SASL_SSL",
}
SECONDS = 30.0
#: Whom tokens name; like those who come with the client's certificate or as USERNAME, they may do anything.
TOKEN_USER = "tokens"
#: What an access list is made of: the kind of resource, its name, and what may be done with it. A name that ends with
#: an asterisk stands for all that begin so.
Allowed = tuple[str, str, str]
KINDS = {
    "topic": ResourceType.TOPIC,
    "group": ResourceType.GROUP,
    "transactional id": ResourceType.TRANSACTIONAL_ID,
    "cluster": ResourceType.BROKER,
}


@dataclass(frozen=True, slots=True)
class Files:
    """The certificates of the node and of its clients."""

    authority: Authority
    client: Pair
    expired_client: Pair
    strange: Authority
    strange_client: Pair


class SecuredNode:
    """The node, its certificates and its access lists."""

    def __init__(self, folder: Path) -> None:
        made = folder / "certificates"
        made.mkdir()
        ours, other = Authority(made, "authority"), Authority(made, "stranger")
        self.files = Files(
            ours,
            ours.sign("client"),
            ours.sign("late-client", expired=True),
            other,
            other.sign("strange-client"),
        )
        brokers = {
            "TLS": ours.sign("broker"),
            "EXPIRED": ours.sign("late-broker", expired=True),
            "ELSEWHERE": ours.sign("other-broker", host="kafka.example.com"),
        }
        self._ports = dict(zip([*LISTENERS, "CONTROLLER"], free_ports(len(LISTENERS) + 1), strict=True))
        self._kafka = KafkaFromJars(folder, self._node_ports(), self._settings(brokers), "320m")
        self.admin: AdminClient

    def start(self) -> None:
        """Start it, and return when it serves."""
        self._kafka.start()
        self.admin = AdminClient({"bootstrap.servers": self.address("PLAINTEXT"), "log_level": 0})

    def kill(self) -> None:
        """End it; what it holds is of no further use."""
        self._kafka.kill()

    def address(self, listener: str) -> str:
        """Where a listener is."""
        return f"127.0.0.1:{self._ports[listener]}"

    def allow(self, user: str, what: Iterable[Allowed]) -> None:
        """Let a user do these things."""
        for done in self.admin.create_acls([_binding(user, *one) for one in what]).values():
            done.result(SECONDS)

    def forbid(self, user: str, what: Iterable[Allowed]) -> None:
        """Let a user do these things no longer."""
        for done in self.admin.delete_acls([_filter(user, *one) for one in what]).values():
            done.result(SECONDS)

    def forbid_all(self, user: str) -> None:
        """Let a user do nothing any more."""
        every = AclBindingFilter(
            ResourceType.ANY,
            None,
            ResourcePatternType.ANY,
            f"User:{user}",
            None,
            AclOperation.ANY,
            AclPermissionType.ANY,
        )
        for done in self.admin.delete_acls([every]).values():
            done.result(SECONDS)

    def _node_ports(self) -> Ports:
        named = self._ports
        return Ports(named["PLAINTEXT"], named["SASL"], named["CONTROLLER"], 0, 0)

    def _settings(self, brokers: Mapping[str, Pair]) -> dict[str, str]:
        listeners = [f"{name}://127.0.0.1:{self._ports[name]}" for name in LISTENERS]
        protocols = {**LISTENERS, "CONTROLLER": "PLAINTEXT"}
        login = "org.apache.kafka.common.security"
        said = {
            **server_settings("127.0.0.1", "127.0.0.1", self._node_ports(), ""),
            "listeners": ",".join([*listeners, f"CONTROLLER://localhost:{self._ports['CONTROLLER']}"]),
            "advertised.listeners": ",".join(listeners),
            "listener.security.protocol.map": ",".join(f"{name}:{protocol}" for name, protocol in protocols.items()),
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "super.users": ";".join(f"User:{name}" for name in ("ANONYMOUS", USERNAME, "CN=client", TOKEN_USER)),
            "auto.create.topics.enable": "false",
            "group.coordinator.append.linger.ms": "0",
            "listener.name.mutual.ssl.client.auth": "required",
            "listener.name.sasl.sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN",
            "listener.name.sasltls.sasl.enabled.mechanisms": "SCRAM-SHA-512",
            "listener.name.sasltls.scram-sha-512.sasl.jaas.config": f"{login}.scram.ScramLoginModule required;",
            "sasl.enabled.mechanisms": "SCRAM-SHA-512,PLAIN,OAUTHBEARER",
        }
        del said["log.dirs"]
        for name in ("token", "tokentls"):
            module = f'{login}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";'
            said[f"listener.name.{name}.sasl.enabled.mechanisms"] = "OAUTHBEARER"
            said[f"listener.name.{name}.oauthbearer.sasl.jaas.config"] = module
        users = " ".join(f'user_{name}="{PASSWORD}"' for name in (USERNAME, *USERS))
        said["listener.name.sasl.plain.sasl.jaas.config"] = f"{login}.plain.PlainLoginModule required {users};"
        for name, protocol in LISTENERS.items():
            if protocol.endswith("SSL"):
                pair, prefix = brokers.get(name, brokers["TLS"]), f"listener.name.{name.lower()}.ssl"
                said[f"{prefix}.keystore.type"] = said[f"{prefix}.truststore.type"] = "PEM"
                said[f"{prefix}.keystore.location"] = str(pair.both)
                said[f"{prefix}.truststore.location"] = str(self.files.authority.certificate)
        return said


#: Users of the listener with logins beside USERNAME; all have PASSWORD.
USERS = tuple(f"user{number}" for number in range(14))


@contextmanager
def secured_node(folder: Path) -> Iterator[SecuredNode]:
    """A node that serves, and is gone at the end."""
    made = SecuredNode(folder)
    try:
        made.start()
        yield made
    finally:
        made.kill()


def _binding(user: str, kind: str, name: str, operation: str) -> AclBinding:
    allow = AclPermissionType.ALLOW
    return AclBinding(KINDS[kind], *_pattern(name), f"User:{user}", "*", AclOperation[operation], allow)


def _filter(user: str, kind: str, name: str, operation: str) -> AclBindingFilter:
    allow = AclPermissionType.ALLOW
    return AclBindingFilter(KINDS[kind], *_pattern(name), f"User:{user}", "*", AclOperation[operation], allow)


def _pattern(name: str) -> tuple[str, ResourcePatternType]:
    if name.endswith("*"):
        return name.removesuffix("*"), ResourcePatternType.PREFIXED
    return name, ResourcePatternType.LITERAL
