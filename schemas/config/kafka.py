"""The brokers, how we sign in to them, and the topics of ours on them."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationInfo, field_validator

from schemas.config.settings import Settings
from schemas.config.topics import OurTopic
from schemas.config.values import (
    Brokers,
    FileName,
    Flag,
    NoFlag,
    Provider,
    Secret,
    Text,
    Topic,
    TopicPrefix,
    TopicSetting,
)


class Security(Settings):
    """How every client we open proves itself to the brokers, and they to it."""

    protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        description="How brokers are talked to: SSL encrypts, SASL_PLAINTEXT signs in, SASL_SSL does both, PLAINTEXT"
        " neither. Example: SASL_SSL"
    )
    mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER"] | None = Field(
        None,
        description="How to sign in: PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512 by username and password, OAUTHBEARER "
        "by a token_provider. Default: none, for protocols without SASL. Example: SCRAM-SHA-512",
    )
    username: Text | None = Field(
        None, description="Who signs in, by any mechanism but OAUTHBEARER. Default: none. Example: infobip-streams"
    )
    password: Secret | None = Field(
        None,
        description="The password of username; keep it in the environment. Default: none. Example: ${KAFKA_PASSWORD}",
    )
    token_provider: Provider | None = Field(
        None,
        description="With OAUTHBEARER, the function that gives tokens: package.module:function, found on Python's "
        "path or beside this file. It takes nothing, may block, and returns the token and the Unix time in seconds "
        'at which it expires. Default: none. Example: "my_company.kafka:token".',
    )
    ca_file: FileName | None = Field(
        None,
        description="Certificates to trust (PEM); beside jobs.yaml unless its whole path is given. Default: the"
        " system's. Example: ca.pem",
    )
    certificate_file: FileName | None = Field(
        None, description="The client's certificate (PEM); looked for as ca_file. Default: none. Example: client.pem"
    )
    key_file: FileName | None = Field(
        None,
        description="The key of the client's certificate (PEM); looked for as ca_file. Default: none. Example: "
        "client.key.pem",
    )
    key_password: Secret | None = Field(
        None,
        description="The password of key_file, where that is encrypted; keep it in the environment. Default: none. "
        "Example: ${KAFKA_KEY_PASSWORD}",
    )

    @field_validator("mechanism")
    @classmethod
    def _as_protocol_says(cls, given: str | None, info: ValidationInfo) -> str | None:
        _fits(given, info.data.get("protocol"))
        return given

    @field_validator("username", "password")
    @classmethod
    def _without_a_token(cls, given: Any, info: ValidationInfo) -> Any:
        if info.data.get("mechanism") != "OAUTHBEARER":
            _fits(given, info.data.get("protocol"))
        elif given is not None:
            raise ValueError("has no use with OAUTHBEARER, which signs in with a token")
        return given

    @field_validator("token_provider")
    @classmethod
    def _with_a_token(cls, given: str | None, info: ValidationInfo) -> str | None:
        mechanism = info.data.get("mechanism")
        if mechanism == "OAUTHBEARER" and given is None:
            raise ValueError("is needed with OAUTHBEARER")
        if "mechanism" in info.data and mechanism != "OAUTHBEARER" and given is not None:
            raise ValueError("has no use but with the mechanism OAUTHBEARER")
        return given

    @field_validator("ca_file", "certificate_file", "key_file", "key_password")
    @classmethod
    def _only_encrypted(cls, given: Any, info: ValidationInfo) -> Any:
        protocol = info.data.get("protocol")
        if given is not None and protocol in {"PLAINTEXT", "SASL_PLAINTEXT"}:
            raise ValueError(f"has no use with {protocol}, which is not encrypted")
        return given

    @field_validator("key_file")
    @classmethod
    def _a_pair(cls, given: str | None, info: ValidationInfo) -> str | None:
        if "certificate_file" in info.data and (given is None) != (info.data["certificate_file"] is None):
            raise ValueError("goes together with certificate_file: give both or neither")
        return given

    @field_validator("key_password")
    @classmethod
    def _of_a_key(cls, given: Any, info: ValidationInfo) -> Any:
        if given is not None and "key_file" in info.data and info.data["key_file"] is None:
            raise ValueError("has no use without key_file")
        return given


def _fits(given: Any, protocol: str | None) -> None:
    """See that a login is given where the protocol wants one, and only there."""
    if protocol is not None and protocol.startswith("SASL") and given is None:
        raise ValueError(f"is needed with {protocol}")
    if protocol in {"PLAINTEXT", "SSL"} and given is not None:
        raise ValueError(f"has no use with {protocol}; did you mean SASL_{protocol}?")


class TopicSettings(Settings):
    """How the topics of ours come to be."""

    create: Flag = Field(
        default=True,
        description="Create topics of ours that are missing, and give them partitions as the input grows; false: a job"
        " names what is missing with the settings it needs, and fails. Default: true.",
    )
    settings: Mapping[OurTopic, Mapping[Text, TopicSetting | None]] = Field(
        {},
        description="Settings of topics we create, by the topic's name without the prefix; they go before ours, and"
        " null leaves a setting to the broker. Default: none. Example:"
        ' {infobip_dead_letters: {max.message.bytes: "8388608", retention.ms: "2592000000"}}',
    )


class KafkaSettings(Settings):
    """The brokers, and what we create on them."""

    brokers: Brokers = Field(
        description="One address, host:port, or a list of them. Example: [kafka-1:9092, kafka-2:9092]"
    )
    topic_prefix: TopicPrefix = Field(
        "",
        description="Put before the name of every topic this service writes, at most 100 characters. Default: "
        "nothing. Example: eu.",
    )
    replication_factor: Annotated[int, Field(ge=1, le=32767), NoFlag] | None = Field(
        None, description="Copies of each partition of topics we create, 1 to 32,767. Default: the broker's. Example: 3"
    )
    topics: TopicSettings = Field(
        TopicSettings(),
        description="Whether we create topics, and with which settings. Default: yes, and with our own.",
    )
    security: Security | None = Field(
        None, description="TLS and SASL towards the brokers. Default: a plain connection. Example: {protocol: SSL}"
    )
    client_id: Annotated[Topic, Field(max_length=249)] = Field(
        "infobip-streams",
        description="What every client calls itself, for the brokers' quotas and logs; at most 249 characters. "
        'Default: infobip-streams. Example: "audiences-${HOSTNAME}".',
    )
    state_dir: Text = Field(
        ".infobip-streams/state",
        description="The folder for what jobs of the kind track_messages, and exports with keep_members, keep on "
        "disk, relative to the folder of jobs.yaml: copies of topics, which are read back from the brokers where they "
        "are missing. Processes may share one. `verify`, and an export whose configuration has changed, keep there "
        "what they compare, while it lasts. Default: .infobip-streams/state. Example: /var/lib/infobip-streams",
    )
    instance_id: Annotated[Topic, Field(max_length=100)] | None = Field(
        None,
        description="A name of this process that outlives restarts (static membership): it gets its partitions "
        "back at once. No two processes may have one. At most 100 characters. Default: none. Example: "
        '"${HOSTNAME}".',
    )
