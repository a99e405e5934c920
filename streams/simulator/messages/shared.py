"""What the requests of several channels are made of: destinations, options, webhooks, and the checks of single values.

The forms are Infobip's published ones. What its texts say and its schema does not is checked here too: a time window is
an hour at least, a message is scheduled for no more than so many days ahead.
"""

import re
from collections.abc import Callable, Sized
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Generic, Literal, Required, TypeVar

from pydantic import AfterValidator, Field, ValidationInfo
from typing_extensions import TypedDict

from streams.simulator.messages.reading import wrong
from streams.simulator.values import is_date_time

DAYS_AHEAD = 180
HOUR = 60

MessageForm = TypeVar("MessageForm")
OptionsForm = TypeVar("OptionsForm")

is_url = re.compile(r"https?://[^\s/]\S*").fullmatch
Test = Callable[[str], str]


def tested(*tests: Test) -> AfterValidator:
    """Return a check of a text, with the complaints of all tests that it does not pass."""

    def check(text: str) -> str:
        for test in tests:
            if test(text):
                raise wrong(*filter(None, (each(text) for each in tests)))
        return text

    return AfterValidator(check)


def _size(low: int, high: int) -> Test:
    complaint = f"size must be between {low} and {high}"
    return lambda text: "" if low <= len(text) <= high else complaint


def filled(text: str) -> str:
    """Complain of a text that is blank."""
    return "" if text.strip() else "must not be blank"


def _url(text: str) -> str:
    return "" if is_url(text) else "is not a valid url"


def sized(low: int, high: int) -> Any:
    """Return a check of a text's length; where it must have one, blanks are not enough."""
    return tested(_size(low, high), filled) if low else Field(max_length=high)


def url(low: int, high: int) -> AfterValidator:
    """Return a check of the form of a URL, and of its length."""
    return tested(_size(low, high), _url, filled)


def items(low: int, high: int) -> AfterValidator:
    """Return a check of how many items there are."""

    def check(listed: Sized) -> Sized:
        if not low <= len(listed) <= high:
            raise wrong(f"size must be between {low} and {high}")
        return listed

    return AfterValidator(check)


def _some(listed: Sized) -> Sized:
    if not listed:
        raise wrong("must not be empty")
    return listed


def moment(text: str) -> datetime:
    """Return the time that a text is, in UTC where it has no zone, or refuse it."""
    if not is_date_time(text):
        raise wrong("must have the format yyyy-MM-dd'T'HH:mm:ss.SSSZ")
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def _checked_moment(text: str) -> str:
    moment(text)
    return text


def within(days: int) -> AfterValidator:
    """Return a check that a time is no more than so many days ahead of the request's, which is the context."""

    def check(text: str, info: ValidationInfo[datetime]) -> str:
        if moment(text) > info.context + timedelta(days=days):
            raise wrong(f"must be no later than {days} days in advance")
        return text

    return AfterValidator(check)


Some = AfterValidator(_some)
Filled = Annotated[str, tested(filled)]
Text255 = Annotated[str, sized(0, 255)]
Url1000 = Annotated[str, url(0, 1000)]
Moment = Annotated[str, AfterValidator(_checked_moment)]
Int32 = Annotated[int, Field(ge=-(2**31), le=2**31 - 1)]
MessageId = Annotated[str, sized(0, 200)]


class Destination(TypedDict, total=False):
    """Somebody to send to."""

    to: Required[Filled]
    messageId: MessageId


class Platform(TypedDict, total=False):
    """On whose behalf."""

    entityId: Text255
    applicationId: Text255


class ValidityPeriod(TypedDict, total=False):
    """How long to try; more than 48 hours are taken for 48."""

    amount: Required[Int32]
    timeUnit: Literal["SECONDS", "MINUTES", "HOURS"]


Hour = Annotated[int, Field(ge=0, le=23)]
Minute = Annotated[int, Field(ge=0, le=59)]
Days = Annotated[
    list[Literal["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"]], items(1, 7)
]


class DeliveryTime(TypedDict):
    """A time of day."""

    hour: Hour
    minute: Minute


def an_hour_at_least(window: Any) -> Any:
    """Refuse a window that is open at one end, or for less than an hour; it may go over midnight."""
    given = [name for name in ("from", "to") if name in window]
    if len(given) == 1:
        raise wrong("must not be null", at="to" if given == ["from"] else "from")
    if given:
        opens, closes = (HOUR * window[name].get("hour", 0) + window[name].get("minute", 0) for name in given)
        if 0 <= closes - opens < HOUR:
            raise wrong("must be at least 1 hour after from", at="to")
    return window


_Window = TypedDict("_Window", {"days": Required[Days], "from": DeliveryTime, "to": DeliveryTime}, total=False)
DeliveryTimeWindow = Annotated[_Window, AfterValidator(an_hour_at_least)]


class MessageOptions(TypedDict, total=False):
    """What every channel can be asked for, message by message."""

    platform: Platform
    validityPeriod: ValidityPeriod
    deliveryTimeWindow: DeliveryTimeWindow
    campaignReferenceId: Text255


class IndiaDlt(TypedDict, total=False):
    """What India asks for."""

    contentTemplateId: str
    principalEntityId: Required[str]
    telemarketerId: str


class TurkeyIys(TypedDict, total=False):
    """What Turkey asks for."""

    brandCode: Int32
    recipientType: Required[Literal["BIREYSEL", "TACIR"]]


class SouthKorea(TypedDict, total=False):
    """What South Korea asks for."""

    title: Annotated[str, sized(0, 66)]
    resellerCode: Int32


class Regional(TypedDict, total=False):
    """What countries ask for."""

    indiaDlt: IndiaDlt
    turkeyIys: TurkeyIys
    southKorea: SouthKorea


class SmsFailover(TypedDict, total=False):
    """The SMS that is sent where a message cannot be."""

    sender: str
    text: Required[Filled]
    validityPeriod: ValidityPeriod
    regional: Regional


class FailoverOptions(MessageOptions, TypedDict, total=False):
    """Options of a channel that an SMS can stand in for."""

    smsFailover: SmsFailover


class Delivery(TypedDict, total=False):
    """Where delivery reports go."""

    url: str
    intermediateReport: bool
    notify: bool


class Webhooks(TypedDict, total=False):
    """Where reports go, and what comes back with them."""

    delivery: Delivery
    contentType: str
    callbackData: Annotated[str, sized(0, 4000)]


class FailoverDelivery(Delivery, TypedDict, total=False):
    """Where delivery reports go, of each step or of the last."""

    receiveTriggeredFailoverReports: bool


class FailoverWebhooks(TypedDict, total=False):
    """Webhooks of a channel that another can stand in for."""

    delivery: FailoverDelivery
    contentType: str
    callbackData: Annotated[str, sized(0, 4000)]


class Seen(TypedDict, total=False):
    """Where seen reports go."""

    url: str


class SeenWebhooks(FailoverWebhooks, TypedDict, total=False):
    """Webhooks of a channel that tells what was seen."""

    seen: Seen


class SpeedLimit(TypedDict, total=False):
    """How fast to send."""

    amount: Required[Int32]
    timeUnit: Literal["MINUTE", "HOUR", "DAY"]


class Schedule(TypedDict, total=False):
    """When to send, and under which name."""

    bulkId: Annotated[str, sized(0, 100)]
    sendAt: Annotated[str, within(DAYS_AHEAD)]
    sendingSpeedLimit: SpeedLimit


class UrlOptions(TypedDict, total=False):
    """What becomes of URLs in a text."""

    shortenUrl: bool
    trackClicks: bool
    trackingUrl: str
    removeProtocol: bool
    customDomain: str


class RequestOptions(TypedDict, total=False):
    """What most channels can be asked for, once a request."""

    schedule: Schedule
    tracking: UrlOptions


class Messages(TypedDict, Generic[MessageForm, OptionsForm], total=False):
    """Messages sent together."""

    messages: Required[Annotated[list[MessageForm], Some]]
    options: OptionsForm
