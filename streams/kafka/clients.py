"""The settings of brokers, said in the words of confluent-kafka's clients."""

from typing import Any

from schemas.config.kafka import KafkaSettings
from streams.kafka.complaints import Complaints
from streams.kafka.tokens import Tokens


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
