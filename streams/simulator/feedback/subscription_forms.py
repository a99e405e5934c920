"""What subscriptions, profiles and security settings may say: `/subscriptions/1/...`.

Of the published channels, those are known that messages are sent on here. Security of the types OAUTH and CUSTOM is
taken and kept; nothing is signed by it.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Required

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from streams.simulator.messages.reading import Form, form_of, wrong
from streams.simulator.messages.shared import Text255, items, sized

Id = Annotated[str, sized(1, 255)]
Algorithm = Literal["HMAC_MD5", "HMAC_SHA_1", "HMAC_SHA_224", "HMAC_SHA_256", "HMAC_SHA_384", "HMAC_SHA_512"]
_MESSAGING = ("CLICK", "DELIVERY", "INBOUND_MESSAGE")

#: The events of each channel, as published.
EVENTS: Mapping[str, frozenset[str]] = {
    "SMS": frozenset(_MESSAGING),
    "MMS": frozenset(_MESSAGING),
    "WHATSAPP": frozenset(
        {
            *_MESSAGING,
            "ACCOUNT_REGISTRATION",
            "ACCOUNT_UPDATE_NOTIFICATION",
            "BILLING",
            "BUSINESS_APP_CONTACT_SYNC",
            "BUSINESS_APP_MESSAGE_ECHO",
            "BUSINESS_APP_MESSAGE_HISTORY",
            "IDENTITY_CHANGE",
            "MARKETING_SUBSCRIPTION_UPDATE",
            "PAYMENT_STATUS",
            "SEEN",
            "TEMPLATE_UPDATE",
        }
    ),
    "VIBER": frozenset({*_MESSAGING, "CONSENT_UPDATE", "SEEN", "TEMPLATE_UPDATE"}),
    "RCS": frozenset(
        {
            *_MESSAGING,
            "CAP_CHECK",
            "CONVERSATION_STARTED",
            "SEEN",
            "SENDER_LAUNCH_UPDATE",
            "SENDER_UPDATE",
            "SUGGESTION",
            "TEMPLATE_UPDATE",
            "TEST_NUMBER_UPDATE",
            "TYPING_INDICATOR",
        }
    ),
    "KAKAO_ALIM": frozenset({"DELIVERY"}),
    "KAKAO_BRAND_MESSAGE": frozenset({"CLICK", "DELIVERY"}),
    "EMAIL": frozenset(
        {
            "CLICK",
            "COMPLAINT",
            "DELIVERY",
            "HIGH_BOUNCE_RATE_BLOCKED",
            "HIGH_BOUNCE_RATE_WARNING",
            "LATE_BOUNCE",
            "OPEN",
            "UNSUBSCRIBE",
        }
    ),
}
#: The channels whose events may name a format.
FORMATTED = frozenset({"SMS", "MMS"})


class Credentials(TypedDict, total=False):
    """What a caller proves itself by; which of it there must be depends on the type."""

    username: Text255
    password: Text255
    secretKey: Id
    algorithm: Algorithm
    tokenUrl: Id
    clientId: Text255
    clientSecret: Text255
    grantType: Id
    scope: Text255
    resource: Text255
    refreshToken: Text255
    headers: dict[str, str]


class NamelessSecurity(TypedDict, total=False):
    """Security settings, apart from their id."""

    type: Literal["BASIC", "HMAC", "OAUTH", "CUSTOM"]
    credentials: Credentials


class Security(NamelessSecurity, TypedDict, total=False):
    """Security settings, or the id of some."""

    authId: Required[Id]


_NEEDED: Mapping[str, tuple[str, ...]] = {
    "BASIC": ("username", "password"),
    "HMAC": ("secretKey", "algorithm"),
    "OAUTH": ("tokenUrl", "grantType"),
}


def _proven(security: Any) -> Any:
    """Refuse credentials that are not those of their type."""
    needed = _NEEDED.get(security.get("type", ""), ())
    credentials = security.get("credentials")
    if credentials is None and needed:
        raise wrong("must not be null", at="credentials")
    for name in needed:
        if not credentials.get(name):
            raise wrong("must not be blank", at=f"credentials.{name}")
    if credentials is not None and "type" not in security:
        raise wrong("must not be null", at="type")
    return security


CheckedSecurity = Annotated[Security, AfterValidator(_proven)]


class Webhook(TypedDict, total=False):
    """Where to post."""

    contentType: Text255
    notifyUrl: Required[Annotated[str, sized(0, 512)]]


class NamelessProfile(TypedDict, total=False):
    """How to post, apart from its id; times are milliseconds."""

    webhook: Webhook
    clientCertificateId: Text255
    maxBucketSize: Annotated[int, Field(ge=1, le=2000)]
    windowSize: Annotated[int, Field(ge=20, le=10000)]
    connectTimeout: Annotated[int, Field(ge=300, le=30000)]
    readTimeout: Annotated[int, Field(ge=1000, le=90000)]
    enabledSSLProtocols: list[Literal["TLSv1.2", "TLSv1.3"]]
    headers: dict[str, str]
    responseRegex: str
    responseBodyRegex: str
    rateLimit: Annotated[int, Field(ge=1, le=5000)]


class SecurityId(TypedDict):
    """The id of security settings."""

    authId: Id


class ChangedProfile(NamelessProfile, TypedDict, total=False):
    """A profile as it is from now on."""

    security: SecurityId


class Profile(NamelessProfile, TypedDict, total=False):
    """A profile, or the id of one."""

    profileId: Required[Id]
    security: CheckedSecurity


class ProfileId(TypedDict):
    """The id of a profile."""

    profileId: Id


class Criterion(TypedDict, total=False):
    """On whose behalf a message was sent."""

    applicationId: Text255
    entityId: Text255
    callsConfigurationId: Text255


class FormattedEvent(TypedDict):
    """An event, and the form it is told in."""

    event: str
    format: str


def _known(events: Any) -> Any:
    known = frozenset[str]().union(*EVENTS.values())
    for index, event in enumerate(events):
        if (event if isinstance(event, str) else event["event"]) not in known:
            raise wrong("is not an event", at=f"[{index}]")
    return events


Events = Annotated[list[str | FormattedEvent], items(0, 255), AfterValidator(_known)]
Names = Annotated[list[Text255], items(0, 255)]


class _Matching(TypedDict, total=False):
    name: Annotated[str, sized(1, 255)]
    events: Required[Events]
    criteria: Annotated[list[Criterion], items(0, 255)]
    resources: Names
    users: Names


class Subscription(_Matching, TypedDict, total=False):
    """Which events of which messages are posted by which profile."""

    subscriptionId: Required[Id]
    profile: Required[Profile]


class ChangedSubscription(_Matching, TypedDict, total=False):
    """A subscription as it is from now on."""

    profile: Required[ProfileId]


CREATED: Mapping[str, Form] = {
    "subscription": form_of(Subscription),
    "profile": form_of(Profile),
    "security": form_of(CheckedSecurity),
}
CHANGED: Mapping[str, Form] = {
    "subscription": form_of(ChangedSubscription),
    "profile": form_of(ChangedProfile),
    "security": form_of(Annotated[NamelessSecurity, AfterValidator(_proven)]),
}
