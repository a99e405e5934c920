"""The same broker settings in the words of Faust and aiokafka, which take long to load: commands do without them."""

from typing import Any
from urllib.parse import quote

import faust
from aiokafka import errors as aiokafka_errors
from aiokafka.abc import AbstractTokenProvider

from schemas.config.kafka import KafkaSettings
from streams.kafka.complaints import Complaints
from streams.kafka.threads import in_own_thread
from streams.kafka.tls import context_of
from streams.kafka.tokens import NoToken, Tokens


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


class Provider(AbstractTokenProvider):  # type: ignore[misc] # aiokafka is untyped here
    """The same tokens, as aiokafka calls for them."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self._tokens = tokens

    async def token(self) -> str:
        """A token. Raises KafkaConnectionError where there is none, so that it is asked for again."""
        try:
            return (await in_own_thread(self._tokens.get, "token")).value
        except NoToken as error:
            raise aiokafka_errors.KafkaConnectionError(f"kafka.security.token_provider: {error}") from error

    def extensions(self) -> dict[str, str]:
        """What goes with the token that was given last."""
        return self._tokens.get().extensions
