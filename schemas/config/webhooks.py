"""Where Infobip reaches this service, and by what a caller proves to be Infobip."""

import hmac
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Field, SecretStr, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from schemas.config.settings import Settings
from schemas.config.values import Duration, NoFlag, Port, Positive, Text, WebAddress

#: What Infobip tells, as addresses say it.
What = Literal["reports", "seen", "clicks", "inbound"]
#: Channels as addresses, and records of the way back, say them. `omni` is what several are told of by.
ChannelWord = Literal["sms", "mms", "whatsapp", "viber", "rcs", "kakao_alim", "kakao_chingu", "email", "omni"]
#: Those that are called otherwise by a job: they share the addresses of another.
ADDRESS_WORDS: Mapping[str, ChannelWord] = {
    **{word: word for word in get_args(ChannelWord)},
    "whatsapp_text": "whatsapp",
    "whatsapp_template": "whatsapp",
    "lms": "sms",
}
#: What is signed with a secret to make its token. Another label would be another token: messages on their way bear it.
TOKEN_LABEL = b"infobip-streams/webhooks/token"
#: subscriptions-api.json, BasicCredentialsPayload.password and HmacCredentialsPayload.secretKey.
SECRET_MAX = 255
#: subscriptions-api.json, Webhook.notifyUrl has 512; what comes behind the public address takes less than 100.
PUBLIC_URL_MAX = 400
#: 1 GiB: who wants more wants no limit.
BODY_MAX = 1_073_741_824
GAP_AFTER = timedelta(minutes=15)

_is_header = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,255}").fullmatch
_is_sendable = re.compile(r"[!-~](?:[ -~]*[!-~])?").fullmatch


def _secret(secret: SecretStr) -> SecretStr:
    said = secret.get_secret_value()
    if len(said) > SECRET_MAX:
        raise ValueError(f"must be at most {SECRET_MAX} characters, not {len(said)}")
    if not _is_sendable(said):
        raise ValueError("must be plain characters on one line, without a blank or line break at either end")
    return secret


def _listed(given: Any) -> Any:
    return (given,) if isinstance(given, str | SecretStr) else given


def _header(name: str) -> str:
    if not _is_header(name):
        raise ValueError("must be the name of a header, such as X-Infobip-Signature")
    return name


def _public(address: str) -> str:
    if len(address) > PUBLIC_URL_MAX:
        raise ValueError(f"must be at most {PUBLIC_URL_MAX} characters, not {len(address)}")
    return address


WebhookSecret = Annotated[SecretStr, Field(min_length=1), AfterValidator(_secret)]
PublicUrl = Annotated[WebAddress, AfterValidator(_public)]
Secrets = Annotated[
    tuple[WebhookSecret, ...],
    BeforeValidator(_listed, json_schema_input_type=str | tuple[str, ...]),
]


class Hmac(Settings):
    """How what Infobip sends is signed."""

    header: Annotated[str, AfterValidator(_header)] = Field(
        description="The header that holds the signature of the raw body. Example: X-Infobip-Signature"
    )
    # subscriptions-api.json, HmacAlgorithm.
    algorithm: Literal["MD5", "SHA1", "SHA224", "SHA256", "SHA384", "SHA512"] = Field(
        "SHA256",
        description="The hash: MD5, SHA1, SHA224, SHA256, SHA384 or SHA512. Default: SHA256.",
    )
    encoding: Literal["hex", "base64"] = Field(
        "hex", description="How the signature is written in the header: hex or base64. Default: hex."
    )


class ConsentWords(Settings):
    """Words by which people opt out and in, besides those that are known already."""

    out: tuple[Text, ...] = Field(
        (),
        description="More words, each the whole of an inbound text, that opt out. Default: none. Example: [NIET MEER]",
    )
    in_: tuple[Text, ...] = Field(
        (),
        validation_alias="in",
        serialization_alias="in",
        description="More words, each the whole of an inbound text, that opt in. Default: none. Example: [WEER]",
    )


class Webhooks(Settings):
    """How reports, clicks and inbound messages come from Infobip."""

    model_config = ConfigDict(
        json_schema_extra={
            "if": {"required": ["mode"], "properties": {"mode": {"const": "pull"}}},
            "then": {"properties": {"public_url": False, "secret": False, "hmac": False}},
            "else": {"required": ["public_url", "secret"]},
        },
    )

    #: What only makes sense where Infobip calls, and what it cannot do without.
    _of_push: ClassVar[Mapping[str, bool]] = {"public_url": True, "secret": True, "hmac": False}

    host: Text = Field(
        "0.0.0.0",  # noqa: S104 - Infobip calls from outside
        description="The address to listen on. Default: 0.0.0.0, which is all of the machine's. Example: 127.0.0.1",
    )
    port: Port = Field(6066, description="The port to listen on, 1 to 65,535. Default: 6066.")
    mode: Literal["push", "pull"] = Field(
        "push",
        description="Who asks: push has Infobip call `public_url`; pull asks Infobip instead, for those without a "
        "public address. Default: push.",
    )
    public_url: PublicUrl | None = Field(
        None,
        description="The address at which Infobip reaches this service, at most 400 characters; it may have a path. "
        "Default: none with mode pull; with push it is needed. Example: https://hooks.example.com",
    )
    secret: Secrets = Field(
        (),
        description="The secret by which a caller proves to be Infobip, at most 255 characters; keep it in the "
        "environment. Of a list the first is given out, and all are taken. Default: none with mode pull; with push "
        "it is needed. Example: ${WEBHOOK_SECRET}",
    )
    hmac: Hmac | None = Field(
        None,
        description="How Infobip signs what it sends, where it does. Default: it does not. Example: {header: "
        "X-Infobip-Signature}",
    )
    max_body_bytes: Annotated[int, Field(ge=1, le=BODY_MAX), NoFlag] = Field(
        4_194_304,
        description="Bytes of the largest body that is taken, 1 to 1,073,741,824. Default: 4194304, which is 4 MiB.",
    )
    every_seconds: Positive = Field(
        5, description="With mode pull, seconds between two questions for what is new. Default: 5."
    )
    gap_after: Duration = Field(
        GAP_AFTER,
        description="How long after it was sent a message without any report is looked for in the channel's logs. A "
        "mapping of one unit: seconds, minutes, hours or days. Default: {minutes: 15}. Example: {hours: 2}",
        json_schema_extra={"default": {"minutes": 15}},
    )
    consent_words: ConsentWords = Field(
        ConsentWords(),
        description="Words by which people opt out and in, besides those that are known already. Default: no more. "
        "Example: {out: [NIET MEER]}",
    )

    @field_validator(*_of_push)
    @classmethod
    def _suits_the_mode(cls, given: Any, info: ValidationInfo) -> Any:
        mode, needed = info.data.get("mode"), cls._of_push[info.field_name or ""]
        if mode == "pull" and given:
            raise ValueError("has no use with mode: pull, where nobody calls: leave it out")
        if mode == "push" and not given and needed:
            raise PydanticCustomError("missing", "missing")
        return given

    @field_validator("secret")
    @classmethod
    def _each_once(cls, given: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if len(set(given)) < len(given):
            raise ValueError("names a secret more than once")
        return given

    @property
    def secrets(self) -> tuple[str, ...]:
        """All secrets that are accepted; the first is given out."""
        return tuple(one.get_secret_value() for one in self.secret)

    @cached_property
    def tokens(self) -> tuple[str, ...]:
        """The tokens that addresses may bear, one of each secret, in their order."""
        return tuple(map(token_of, self.secrets))

    def address(self, what: What, channel: str) -> str | None:
        """Where Infobip tells of a channel, with the token that lets it in; None where nobody listens.

        It begins with the whole of `public_url`. `channel` may be one of a job's, which may share another's address.
        """
        return self._at(f"/t/{self.tokens[0]}/{what}/{channel_word(channel)}") if self.tokens else None

    def plain_address(self, what: What, channel: str) -> str | None:
        """The same without a token, for a caller that proves itself otherwise."""
        return self._at(f"/{what}/{channel_word(channel)}")

    def _at(self, path: str) -> str | None:
        return None if self.public_url is None else f"{self.public_url}{path}"


def channel_word(channel: str) -> ChannelWord:
    """How addresses, and records of the way back, call a channel."""
    return ADDRESS_WORDS[channel]


def token_of(secret: str) -> str:
    """The token of a secret: 43 characters that tell nothing of it, the same for ever."""
    return urlsafe_b64encode(hmac.digest(secret.encode(), TOKEN_LABEL, "sha256")).decode().rstrip("=")
