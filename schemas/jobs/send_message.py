"""The options of the kind `send_message`, and the rules among them."""

import re
from collections.abc import Mapping
from math import inf
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    ValidationInfo,
    ValidatorFunctionWrapHandler,
    field_validator,
)
from pydantic_core import PydanticCustomError

from schemas.config.settings import Settings
from schemas.config.values import Domain, Duration, Flag, NoFlag, ProfilePath, Region, Text, Topic
from schemas.config.values import once as named_once
from schemas.content import Content
from schemas.content.base import MessageContent
from schemas.jobs.job import GIVE_UP_AFTER, Flush, LimitedJobSettings
from schemas.jobs.message_names import BulkId, Platform, Reference
from schemas.jobs.message_tokens import again, strays

#: Keys of callback data that connectors to Infobip keep for themselves, and those that we put in.
RESTRICTED_KEYS = frozenset(
    {
        "ActivityId",
        "BulkId",
        "From",
        "Message",
        "JourneyName",
        "ContactKey",
        "MID",
        "VersionId",
        "VersionNumber",
        "TemplateName",
    }
)
OUR_KEYS = ("job", "event_id", "profile_id", "audience")
_FORBIDDEN_IN_KEYS = re.compile(r"[\x00-\x1f\"\\]")


def _one_or_more(given: Any) -> Any:
    return (given,) if isinstance(given, str) else given


Fields = Annotated[
    tuple[ProfilePath, ...],
    Field(min_length=1),
    AfterValidator(named_once),
    BeforeValidator(_one_or_more, json_schema_input_type=str | tuple[str, ...]),
]


def _callback_key(name: str) -> str:
    if name in RESTRICTED_KEYS or name in OUR_KEYS:
        raise ValueError("is a restricted name; choose another")
    if not name or _FORBIDDEN_IN_KEYS.search(name) is not None:
        raise ValueError("must not be empty, nor hold a double quote, a backslash or a control character")
    if "{{" in name:
        raise ValueError("takes no tokens: everybody's reports have the same keys")
    return name


def _no_token(sender: str) -> str:
    if "{{" in sender:
        raise ValueError("takes no tokens: everybody gets messages from the same sender")
    return sender


def _nameable(field: str) -> str:
    if not {"{", "}", "|"}.isdisjoint(field):
        raise ValueError("must not hold { } or |, which mean something in a token")
    return field


MessageField = Annotated[ProfilePath, AfterValidator(_nameable)]
CallbackKey = Annotated[str, AfterValidator(_callback_key)]


class SpeedLimit(Settings):
    """The most messages in some time; they are spread evenly over it."""

    amount: Annotated[int, Field(ge=1, le=100_000), NoFlag] = Field(
        description="Messages in the time of `per`, 1 to 100,000. Example: 600"
    )
    per: Literal["minute", "hour", "day"] = Field(description="The time for `amount` messages: minute, hour or day.")
    by: Literal["us", "infobip"] = Field(
        "us",
        description="Who paces: us is this service, over all messages of the job; infobip is Infobip, request by "
        "request. Default: us.",
    )

    @property
    def per_second(self) -> float:
        """Messages per second."""
        return self.amount / {"minute": 60, "hour": 3600, "day": 86400}[self.per]


class UrlOptions(Settings):
    """What Infobip does with the URLs in texts."""

    shorten: Flag = Field(default=True, description="Shorten the URLs in texts. Default: true.")
    track_clicks: Flag = Field(default=True, description="Report clicks on the URLs in texts. Default: true.")
    custom_domain: Domain | None = Field(
        None,
        description="A domain of yours that is registered with Infobip, for shortened URLs. Default: Infobip's. "
        "Example: go.example.com",
    )
    remove_protocol: Flag = Field(default=False, description="Leave https:// out of shortened URLs. Default: false.")


class OnMissing(Settings):
    """The text in place of a missing value."""

    default: str = Field(description="The text in place of every missing value. Example: friend")


class Once(Settings):
    """How often one person may get a message of a job."""

    per: Literal["day"] = Field(
        description="The time in which a profile gets one message at most: day is any 24 hours."
    )


class SendMessage(LimitedJobSettings):
    """A job that sends a message to whoever enters an audience."""

    kind: Literal["send_message"] = Field(description="`send_message`: sends a message to whoever enters an audience.")
    topics: Annotated[tuple[Topic, ...], AfterValidator(named_once)] = Field(
        min_length=1, description="The Kafka topics with membership events, at least 1. Example: [audience-memberships]"
    )
    audiences: Annotated[tuple[Text, ...], AfterValidator(named_once)] = Field(
        (), description="The audiences whose new members get a message. Default: all. Example: [big spenders]"
    )
    existing_members: Flag = Field(
        default=False,
        description="Start at the beginning of the topics; false: at their end, so that only later events count. "
        "Default: false.",
    )
    phone_field: Fields = Field(
        ("phone",),
        description="The profile field with the phone number; of several, the first with a usable one. Default: "
        "phone. Example: [mobile, phone]",
    )
    email_field: Fields = Field(
        ("email",),
        description="The profile field with the email address, for the channel `email`; of several, the first with "
        "a usable one. Default: email. Example: [work_email, email]",
    )
    default_region: Region | None = Field(
        None,
        description="The country of phone numbers written without one, in two capitals (ISO 3166). Default: none, so "
        "that only international numbers are numbers. Example: DE",
    )
    message_fields: Annotated[tuple[MessageField, ...], AfterValidator(named_once)] = Field(
        (),
        description="The profile fields that texts may name as {{field}}. Default: none. Example: [first_name, city]",
    )
    on_missing: Literal["empty", "skip"] | OnMissing = Field(
        "empty",
        description="What stands for a missing value: empty is an empty text, skip sends no message, {default: "
        "...} is that text. Default: empty. Example: {default: friend}",
    )
    content: Content = Field(
        description="The channel and what the message says on it. Example: {channel: sms, text: Hello}"
    )
    sender: Annotated[Text, AfterValidator(_no_token)] | None = Field(
        None,
        description="The sender: an entry of `senders`, or what Infobip knows as a sender. Default: the "
        "template's, on channels whose templates have one; else it is needed. Example: Acme",
    )
    max_per_request: Annotated[int, Field(ge=1, le=1000), NoFlag] = Field(
        500, description="Messages in one request, 1 to 1,000, on channels that take several. Default: 500."
    )
    speed_limit: SpeedLimit | None = Field(
        None, description="The most messages in some time. Default: none. Example: {amount: 600, per: minute}"
    )
    url_options: UrlOptions | None = Field(
        None,
        description="Shorten URLs in texts and report clicks on them. Default: neither. Example: {custom_domain: "
        "go.example.com}",
    )
    callback_data: Mapping[CallbackKey, str] = Field(
        {},
        description="Texts by name that come back with every report, beside the job's own; at most 4,000 "
        "characters together, as JSON. Default: none. Example: {campaign: spring}",
    )
    campaign: Reference | None = Field(
        None,
        description="The id of the campaign that messages belong to, at most 255 characters: Infobip's reports and "
        "statistics bear it. WhatsApp has none. Default: none. Example: spring-2026",
    )
    bulk_id: BulkId | None = Field(
        None,
        description="The name that all requests of the job bear, at most 100 characters: reports and logs are found "
        "by it. It makes no message unique. Not for whatsapp_text. Default: one that Infobip gives each request. "
        "Example: spring-2026-sms",
    )
    platform: Platform | None = Field(
        None,
        description="On whose behalf messages go, where an account at Infobip serves several. Default: the account's "
        "own. Example: {entity_id: acme-europe, application_id: marketing}",
    )
    flush: Flush = Field(
        Flush(max_events=500, max_seconds=1),
        description="When a window of events is full and is sent. Default: after 500 events or 1 second. Example: "
        "{max_seconds: 0.5}",
    )
    max_age: Duration | None = Field(
        None,
        description="Whoever entered longer ago gets no message, by the event's occurred_at, or else its record's "
        "timestamp. A mapping of one unit: seconds, minutes, hours or days. Default: nobody is too late. Example: "
        "{hours: 12}",
    )
    once: Literal["ever"] | Once | None = Field(
        None,
        description="How often a profile gets a message: ever is once, {per: day} once in any 24 hours. Default: "
        "once for each event. Example: {per: day}",
    )
    give_up_after: Duration = Field(
        GIVE_UP_AFTER,
        description="How long a message is tried again that Infobip answers with a server error, or not at all, "
        "while it takes others; then a dead letter. A mapping of one unit: seconds, minutes, hours or days. An "
        "outage of all calls is waited for, however long. Default: {minutes: 15}. Example: {hours: 2}",
        json_schema_extra={"default": {"minutes": 15}},
    )

    @field_validator("flush", mode="before")
    @classmethod
    def _moments(cls, given: Any) -> Any:
        """Send within moments, also where only one of the two is said."""
        return {"max_events": 500, "max_seconds": 1, **given} if isinstance(given, dict) else given

    @field_validator("on_missing", mode="before")
    @classmethod
    def _word_or_mapping(cls, given: Any) -> Any:
        if given in ("empty", "skip") or isinstance(given, OnMissing):
            return given
        if isinstance(given, dict):
            return OnMissing.model_validate(given)
        raise ValueError('must be empty, skip or {default: "..."}')

    @field_validator("once", mode="before")
    @classmethod
    def _ever_or_a_time(cls, given: Any, info: ValidationInfo) -> Any:
        """Read either form. Who got a message is kept by the partitions of one topic."""
        if given is not None and len(info.data.get("topics", ("one",))) > 1:
            raise ValueError("needs exactly one topic, by whose partitions is kept who got a message")
        if isinstance(given, dict):
            return Once.model_validate(given)
        if given is None or given == "ever" or isinstance(given, Once):
            return given
        raise ValueError("must be ever or {per: day}")

    @field_validator("sender")
    @classmethod
    def _some_sender(cls, given: str | None, info: ValidationInfo) -> str | None:
        content: MessageContent | None = info.data.get("content")
        if given is None and content is not None and not content.names_sender:
            raise PydanticCustomError("missing", "Field required")
        return given

    @field_validator("speed_limit")
    @classmethod
    def _infobip_can(cls, given: SpeedLimit | None, info: ValidationInfo) -> SpeedLimit | None:
        content: MessageContent | None = info.data.get("content")
        if given is not None and given.by == "infobip" and content is not None and not content.takes_speed_limit:
            raise ValueError(f"Infobip has none for {content.channel}: leave `by` out")
        return given

    @field_validator("url_options")
    @classmethod
    def _channel_tracks(cls, given: UrlOptions | None, info: ValidationInfo) -> UrlOptions | None:
        content: MessageContent | None = info.data.get("content")
        if given is not None and content is not None and not content.tracks_urls:
            raise ValueError(f"the channel {content.channel} has none")
        if given is not None and content is not None and (odd := given.model_fields_set & content.no_url_options):
            raise ValueError(f"the channel {content.channel} has no {', '.join(sorted(odd))}")
        return given

    @field_validator("campaign", "bulk_id", "platform")
    @classmethod
    def _channel_has(cls, given: Any, info: ValidationInfo) -> Any:
        content: MessageContent | None = info.data.get("content")
        if given is not None and content is not None and info.field_name in content.no_options:
            raise ValueError(f"the channel {content.channel} has no place for it: leave it out")
        return given

    @field_validator("content", "callback_data", mode="wrap")
    @classmethod
    def _known_tokens(cls, given: Any, read: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        """Refuse tokens that name no message field, along with all else that is wrong."""
        fields = info.data.get("message_fields")
        stray = [] if fields is None else list(strays(given, fields))
        try:
            content = read(given)
        except ValidationError as error:
            raise ValidationError.from_exception_data("content", [*again(error), *stray]) from None
        if stray:
            raise ValidationError.from_exception_data("content", stray)
        return content

    @property
    def inputs(self) -> tuple[str, ...]:
        """The topics it reads events from."""
        return self.topics

    def wants(self, audience: str) -> bool:
        """Whether the job sends to this audience."""
        return not self.audiences or audience in self.audiences

    @property
    def paces(self) -> bool:
        """Whether this service keeps the job's speed limit by itself."""
        return self.speed_limit is not None and self.speed_limit.by == "us"

    @property
    def seconds_between(self) -> float | None:
        """How long one person gets no other message after one; None where that does not matter."""
        if self.once is None:
            return None
        return inf if self.once == "ever" else 86400
