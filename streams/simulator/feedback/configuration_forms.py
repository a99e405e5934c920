"""What a configuration of inbound messages may say: `/resource-management/1/inbound-message-configurations`.

Of the published channels, those are known that somebody can write on here.
"""

from typing import Annotated, Any, Literal, Required

from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from streams.simulator.messages.reading import form_of, wrong
from streams.simulator.messages.shared import Filled, Platform, sized

Keyword = Annotated[str, sized(0, 50)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
ActionType = Literal[
    "PULL",
    "HTTP_FORWARD",
    "SMPP_FORWARD",
    "MAIL_FORWARD",
    "NO_ACTION",
    "BLOCK",
    "AUTORESPONSE",
    "USSD",
    "SEND_BULK_MT",
    "EMAIL_TO_SMS_FORWARD",
    "CNS_FWD",
    "USE_CONVERSATIONS",
    "FORWARD_TO_PSTN",
    "FORWARD_TO_IP",
    "FORWARD_TO_IVR",
    "VOICE_NUMBER_MASKING",
    "VOICE_CALL_DROP",
    "FORWARD_TO_WEBRTC",
    "VOICE_FORWARD_TO_CONVERSATIONS",
    "VOICE_FORWARD_TO_CONVERSATIONS_WITH_FLOW",
    "CALL_FORWARD_TO_APPLICATION",
    "FORWARD_TO_SUBSCRIPTION",
    "FORWARD_TO_CALL_ROUTING",
    "USE_ANSWERS",
    "VOICE_FORWARD_TO_ANSWERS",
    "VOICE_FORWARD_TO_FLOW",
    "VOICE_FORWARD_TO_FLOW_WITH_CONVERSATIONS",
    "FORWARD_TO_OPERATOR_CONNECT",
    "FORWARD_TO_EXTERNAL_INTEGRATION",
    "FORWARD_TO_AI_AGENT",
    "FORWARD_TO_MARKUP_LANGUAGE",
    "OTHER",
]
Unset = Literal[
    "USERNAME", "PLATFORM", "FORWARDING", "CONVERSATIONS", "ANSWERS", "AUTORESPONSE", "BLOCKLISTCONFIGURATION"
]


class Forwarding(TypedDict, total=False):
    """What becomes of a message that was written."""

    type: Required[ActionType]
    url: Filled
    format: str
    mail: Filled
    description: str


def _addressed(forwarding: Any) -> Any:
    needed = {"HTTP_FORWARD": "url", "MAIL_FORWARD": "mail"}.get(forwarding["type"])
    if needed is not None and needed not in forwarding:
        raise wrong("must not be null", at=needed)
    return forwarding


class Enabled(TypedDict):
    """Something that is on or off."""

    enabled: bool


_Window = TypedDict(
    "_Window",
    {
        "from": Required[str],
        "to": Required[str],
        "days": Required[list[str]],
        "deliveryTimeZone": Literal["USER_TIME_ZONE", "DESTINATION_TIME_ZONE"],
    },
    total=False,
)


class AutoResponse(TypedDict, total=False):
    """What is answered at once; here nobody gets it."""

    message: Required[Annotated[str, sized(0, 1080)]]
    sender: str
    deliveryTimeWindow: _Window


class Blocking(TypedDict):
    """Who is to be written to no more, or again; here nobody minds."""

    type: Literal["BLOCK", "UNBLOCK"]
    level: Literal["FROM_SENDER", "FROM_ANY_SENDER"]


class ConfigurationRequest(TypedDict, total=False):
    """One configuration, or a change of one."""

    channel: Required[Literal["SMS", "MMS", "WHATSAPP", "RCS", "VIBER_BM"]]
    keyword: Keyword
    username: Annotated[str, sized(1, 255)]
    unset: list[Unset]
    number: str
    numberKey: str
    resource: str
    resourceKey: str
    countryCode: Country
    platform: Platform
    forwarding: Annotated[Forwarding, AfterValidator(_addressed)]
    conversations: Enabled
    answers: Enabled
    autoResponse: AutoResponse
    blockListConfiguration: Blocking


OF_NUMBERS = frozenset({"SMS", "MMS", "WHATSAPP"})


def names_of(channel: str) -> tuple[str, str]:
    """Return by which properties a channel's number or sender is named: as it is, or by its key."""
    return ("number", "numberKey") if channel in OF_NUMBERS else ("resource", "resourceKey")


def _named(request: Any) -> Any:
    plain, key = names_of(request["channel"])
    if plain not in request and key not in request:
        raise wrong("must not be null", at=plain)
    return request


CONFIGURATION = form_of(Annotated[ConfigurationRequest, AfterValidator(_named)])
