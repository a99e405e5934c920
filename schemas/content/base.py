"""What the contents of all channels are made of: texts with limits, choices by a tag, times."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import (
    AfterValidator,
    AliasGenerator,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema, core_schema

from schemas.config.settings import Settings
from schemas.config.values import Flag, NoFlag, once
from schemas.content.senders import SenderFault, registered
from schemas.text.blanks import BLANKS, is_blank
from schemas.text.tokens import literal, tokens_of

__all__ = ["RENDERED", "Flag", "Length", "MessageContent", "NoFlag", "Part", "Scheduled"]

#: The context in which a content is checked once its tokens are filled in: what looks like one is then a word.
RENDERED = "rendered"
#: In minutes.
HOUR, DAY = 60, 1440
_CLOCK = re.compile(r"([0-9]{1,2}):([0-9]{2})")
#: 48 hours, by its unit; Infobip cuts what is longer: sms.json, SmsMessageOptions.validityPeriod.
VALIDITY_MAX = {"SECONDS": 172_800, "MINUTES": 2880, "HOURS": 48}


class Part(Settings):
    """A content, or a part of one: said in snake_case, sent in Infobip's camelCase."""

    #: Where its form and its limits come from: a file of the OpenAPI that Infobip publishes, and schemas in it.
    published: ClassVar[str] = ""

    model_config = ConfigDict(
        strict=False,
        hide_input_in_errors=True,
        validate_default=True,
        populate_by_name=True,
        alias_generator=AliasGenerator(serialization_alias=to_camel),
    )

    def wire(self, *without: str) -> dict[str, Any]:
        """As Infobip takes it; `without` names fields that go elsewhere."""
        return self.model_dump(by_alias=True, exclude_none=True, exclude=set(without))


class Limit:
    """What a text must keep to, as an annotation of its field, that can also be asked of a text alone."""

    __slots__ = ()

    def surely_holds(self, text: str) -> bool:
        """Whether a text that is filled in keeps to it, and stays as it is; if not, its model is to look closer."""
        raise NotImplementedError

    def surely_hold(self, texts: Sequence[str]) -> bool:
        """Whether all of these texts do."""
        return all(map(self.surely_holds, texts))


@dataclass(frozen=True, slots=True)
class Length(Limit):
    """The limits of a text, in characters, as an annotation of its field.

    Of a text with tokens, only what it says in any case is measured; the whole once they are filled in. Editors are
    not told of the upper limit, for a token may be longer than its value: the field's description says it.
    """

    minimum: int
    maximum: int

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Measure after the text is known to be one."""
        return core_schema.with_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """Show the lower limit only: tokens may be longer than what they stand for."""
        return {**handler(schema), "minLength": min(self.minimum, 1)} if self.minimum else handler(schema)

    def surely_holds(self, text: str) -> bool:
        """Whether it is within the limits, and begins with something that can be seen."""
        return self.minimum <= len(text) <= self.maximum and text[:1] not in BLANKS

    def surely_hold(self, texts: Sequence[str]) -> bool:
        """Whether all of these are, at a glance."""
        lengths = {*map(len, texts)}
        within = not lengths or self.minimum <= min(lengths) <= max(lengths) <= self.maximum
        return within and BLANKS.isdisjoint({text[:1] for text in texts})

    def _check(self, text: str | None, info: core_schema.ValidationInfo) -> str | None:
        if text is None:
            return None
        if info.context is None and any(tokens_of(text)):
            least, length = 0, len(literal(text))
        else:
            least, length = self.minimum, len(text)
        if length > self.maximum:
            raise ValueError(f"must be at most {self.maximum} characters, not {length}")
        if length < least or (least and text[:1] in BLANKS and is_blank(text)):
            raise ValueError("must not be empty" if least == 1 else f"must be at least {least} characters")
        return text


class ValidityPeriod(Part):
    """How long Infobip tries to deliver."""

    published: ClassVar[str] = "sms.json: ValidityPeriod"

    amount: Annotated[int, Field(ge=1), NoFlag] = Field(
        description="The number of units, up to 48 hours in all. Example: 90"
    )
    time_unit: Literal["SECONDS", "MINUTES", "HOURS"] = Field(
        "MINUTES", description="The unit of `amount`: SECONDS, MINUTES or HOURS. Default: MINUTES."
    )

    @model_validator(mode="after")
    def _within_two_days(self) -> Self:
        if self.amount > VALIDITY_MAX[self.time_unit]:
            raise ValueError(f"must be at most 48 hours, not {self.amount} {self.time_unit.lower()}")
        return self


Day = Literal["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]


class DeliveryTime(Part):
    """A time of day in UTC; `"08:30"` for short."""

    published: ClassVar[str] = "sms.json: DeliveryTime"

    hour: Annotated[int, Field(ge=0, le=23), NoFlag] = Field(description="The hour of the day, 0 to 23, in UTC.")
    minute: Annotated[int, Field(ge=0, le=59), NoFlag] = Field(
        0, description="The minute of the hour, 0 to 59. Default: 0."
    )

    @property
    def minutes(self) -> int:
        """Since midnight."""
        return HOUR * self.hour + self.minute


def _time_of_day(given: Any) -> Any:
    """Read `"08:30"`; a bare number might mean hours or minutes."""
    if isinstance(given, dict | DeliveryTime):
        return given
    if isinstance(given, str) and (found := _CLOCK.fullmatch(given)) is not None:
        return {"hour": int(found[1]), "minute": int(found[2])}
    raise ValueError('must be a time of day such as "08:30"')


TimeOfDay = Annotated[DeliveryTime, BeforeValidator(_time_of_day, json_schema_input_type=str | DeliveryTime)]


class DeliveryTimeWindow(Part):
    """When Infobip may deliver."""

    published: ClassVar[str] = "sms.json: DeliveryTimeWindow"

    days: Annotated[tuple[Day, ...], AfterValidator(once)] = Field(
        min_length=1,
        description="The days of the week on which Infobip may deliver, each once. Example: [MONDAY, FRIDAY]",
    )
    from_: TimeOfDay | None = Field(
        None,
        validation_alias="from",
        serialization_alias="from",
        description="The time of day, in UTC, before which nothing is delivered; goes together with `to`. Default: "
        'any time of these days. Example: "08:30"',
    )
    to: TimeOfDay | None = Field(
        None,
        description="The time of day, in UTC, after which nothing is delivered; at least an hour later than "
        '`from`. Default: any time of these days. Example: "20:00"',
    )

    @model_validator(mode="after")
    def _an_hour_at_least(self) -> Self:
        """Want what sms.json says of `DeliveryTimeWindow.from` and `to`."""
        if (self.from_ is None) != (self.to is None):
            raise ValueError("`from` and `to` go together: give both or neither")
        if self.from_ is not None and self.to is not None and (self.to.minutes - self.from_.minutes) % DAY < HOUR:
            raise ValueError("`from` and `to` must be an hour apart at least")
        return self


class MessageContent(Part):
    """What one message says. The class says what its channel can do."""

    addressed_by: ClassVar[Literal["phone", "email"]] = "phone"
    #: Whether URLs can be shortened and clicks on them told.
    tracks_urls: ClassVar[bool] = True
    #: What the channel has no use for in `url_options`.
    no_url_options: ClassVar[frozenset[str]] = frozenset()
    #: Whether Infobip can be asked to send no faster than so.
    takes_speed_limit: ClassVar[bool] = True
    #: Options of the job that the channel's request has no place for.
    no_options: ClassVar[frozenset[str]] = frozenset()
    #: Whether nothing hangs on what a text of it says but the text's own limits, also not what is wrong with another.
    texts_stand_alone: ClassVar[bool] = False
    #: What is wrong with a sender, as far as the channel tells.
    sender_fault: ClassVar[SenderFault] = staticmethod(registered(255))

    channel: str

    @classmethod
    def sender_kinds(cls, channel: str) -> tuple[str, ...]:
        """Under which names `senders` may hold this channel's: its own, or that of its kind (whatsapp, kakao)."""
        return (channel, channel.partition("_")[0])

    @property
    def names_sender(self) -> bool:
        """Whether the content says by itself who sends it."""
        return False


class Scheduled(MessageContent):
    """A content of a channel that can be told how long and when to deliver."""

    validity_period: ValidityPeriod | None = Field(
        None,
        description="How long Infobip tries to deliver, 48 hours at most. Default: as long as Infobip does by "
        "itself. Example: {amount: 12, time_unit: HOURS}",
    )
    delivery_time_window: DeliveryTimeWindow | None = Field(
        None,
        description="The days and times at which Infobip may deliver. Default: at any time. Example: {days: "
        '[MONDAY], from: "08:30", to: "20:00"}',
    )
