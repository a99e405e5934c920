"""One set of broker settings, said in the words of each client we open."""

from typing import Any
from urllib.parse import quote

import faust

from schemas.config.kafka import KafkaSettings
from streams.kafka.complaints import Complaints
from streams.kafka.tls import context_of
from streams.kafka.tokens import Provider, Tokens


def client_settings(kafka: KafkaSettings) -> dict[str, Any]:
    """The settings every confluent-kafka client starts from, with who hears its complaints and gives it tokens."""
    complaints = Complaints()
    settings: dict[str, Any] = {
        "bootstrap.servers": ",".join(kafka.brokers),
        "client.id": kafka.client_id,
        # librdkafka's own lines name no job and repeat for each broker: we say what we wait for.
        "log_level": 0,
        "error_cb": complaints,
    }
    security = kafka.security
    if security is None:
        return settings
    settings["security.protocol"] = security.protocol
    if security.mechanism is not None:
        settings["sasl.mechanism"] = security.mechanism
    if security.token_provider is not None:
        settings["oauth_cb"] = Tokens(security.token_provider, complaints.no_token)
    elif security.mechanism is not None:
        settings["sasl.username"] = security.username
        settings["sasl.password"] = security.password.get_secret_value() if security.password else ""
    files = {
        "ssl.ca.location": security.ca_file,
        "ssl.certificate.location": security.certificate_file,
        "ssl.key.location": security.key_file,
        "ssl.key.password": security.key_password and security.key_password.get_secret_value(),
    }
    return {**settings, **{name: path for name, path in files.items() if path is not None}}


def faust_brokers(kafka: KafkaSettings) -> str:
    """The brokers as Faust takes them."""
    return ";".join(f"kafka://{quote(broker, safe=':[]')}" for broker in kafka.brokers)


def faust_credentials(kafka: KafkaSettings) -> Any:
    """The credentials as Faust takes them; None for a plain connection."""
    security = kafka.security
    if security is None or security.protocol == "PLAINTEXT":
        return None
    context = context_of(security) if security.protocol.endswith("SSL") else None
    if security.protocol == "SSL":
        return faust.SSLCredentials(context)
    if security.token_provider is not None:
        provider = Provider(Tokens(security.token_provider, Complaints().no_token))
        return faust.OAuthCredentials(oauth_cb=provider, ssl_context=context)
    return faust.SASLCredentials(
        username=security.username,
        password=security.password.get_secret_value() if security.password else "",
        mechanism=security.mechanism,
        ssl_context=context,
    )


def aiokafka_settings(kafka: KafkaSettings) -> dict[str, Any]:
    """The settings of an aiokafka client."""
    settings: dict[str, Any] = {"bootstrap_servers": list(kafka.brokers), "client_id": kafka.client_id}
    security = kafka.security
    if security is None:
        return settings
    settings["security_protocol"] = security.protocol
    if security.protocol.endswith("SSL"):
        settings["ssl_context"] = context_of(security)
    if security.token_provider is not None:
        provider = Provider(Tokens(security.token_provider, Complaints().no_token))
        return {**settings, "sasl_mechanism": security.mechanism, "sasl_oauth_token_provider": provider}
    if security.mechanism is not None:
        settings["sasl_mechanism"] = security.mechanism
        settings["sasl_plain_username"] = security.username
        settings["sasl_plain_password"] = security.password.get_secret_value() if security.password else ""
    return settings
