"""The options of the kind `receive_messages`."""

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from schemas.config.values import Flag, NoFlag
from schemas.jobs.job import JobSettings

#: resources.json, MoConfigurationRequest.keyword.
KEYWORD_MAX = 50
#: A number of E.164 has 15 digits at most; short codes have three and more.
_is_number = re.compile(r"[0-9]{3,15}").fullmatch


def _digits(given: Any) -> Any:
    """Read what YAML takes for a number, with the plus that it takes along."""
    said = str(given) if type(given) is int else given
    return said.removeprefix("+") if isinstance(said, str) else said


def _number(number: str) -> str:
    if not _is_number(number):
        raise ValueError("must be a number in 3 to 15 digits with its country and without blanks, such as 447860099299")
    return number


def _keyword(word: str) -> str:
    if len(word.split()) != 1 or word != word.strip():
        raise ValueError("must be one word: a message is told by its first")
    if len(word) > KEYWORD_MAX:
        raise ValueError(f"must be at most {KEYWORD_MAX} characters, not {len(word)}")
    return word


Number = Annotated[
    str,
    AfterValidator(_number),
    BeforeValidator(_digits),
    NoFlag,
    WithJsonSchema(
        {"anyOf": [{"type": "string", "pattern": r"^\+?[0-9]{3,15}$"}, {"type": "integer", "minimum": 100}]}
    ),
]
Keyword = Annotated[
    str,
    AfterValidator(_keyword),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": KEYWORD_MAX, "pattern": r"^\S+$"}),
]


class ReceiveMessages(JobSettings):
    """A job that brings what people write to a number to the topic `infobip_inbound_messages`."""

    kind: Literal["receive_messages"] = Field(
        description="`receive_messages`: brings what people write to a number to Kafka."
    )
    channel: Literal["sms", "mms", "whatsapp"] = Field(
        description="The channel that people write on: sms, mms or whatsapp. WhatsApp needs webhooks.mode push."
    )
    number: Number = Field(
        description="The number at Infobip that people write to, in 3 to 15 digits with its country, or a short code "
        "(of at least 100). Example: 447860099299"
    )
    keyword: Keyword | None = Field(
        None,
        description="Only messages whose first word this is, whatever its case; at most 50 characters, one word. A "
        "job with the keyword comes before one without. Default: none, so that all messages that no keyword takes "
        "are the job's. Example: ORDER",
    )
    take_over: Flag = Field(
        default=False,
        description="Have Infobip tell this service although it tells somebody else so far, who then hears nothing "
        "any more; false: the job fails instead. Default: false.",
    )

    @property
    def asked_for(self) -> tuple[str, str, str | None]:
        """Which messages it asks for: channel, number and keyword; no two jobs can have the same."""
        return self.channel, self.number, None if self.keyword is None else self.keyword.casefold()
