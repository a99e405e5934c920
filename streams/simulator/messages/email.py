"""Email: `POST /email/4/messages`.

The published example with an IP pool names neither sender nor template; the published text asks for one, and so does
this.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, Required

import orjson
from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from streams.simulator.messages.reading import form_of, several, wrong
from streams.simulator.messages.sending import Message, Recipient, Sending
from streams.simulator.messages.shared import (
    Filled,
    Int32,
    MessageId,
    MessageOptions,
    Messages,
    Some,
    Webhooks,
    filled,
    sized,
    tested,
    within,
)
from streams.simulator.statuses import ENROUTE
from streams.simulator.values import is_email

DAYS_AHEAD = 5
RECIPIENTS_MAX = 1000


def _is_object(text: str) -> str:
    try:
        said = orjson.loads(text)
    except orjson.JSONDecodeError:
        said = None
    return "" if type(said) is dict else "must be a JSON object, encoded as a string"


def _is_base64(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        return "must be encoded in Base64"
    return ""


def _mailbox(text: str) -> str:
    named = _is_named(text)
    return "" if is_email(text if named is None else named[1]) else "must be an email address with optional sender name"


_is_named = re.compile(r"[^<>\r\n]*<([^<>]*)>").fullmatch

Encoded = Annotated[str, tested(_is_object)]
Octets = Annotated[str, tested(_is_base64)]


class EmailRecipient(TypedDict, total=False):
    """Somebody to send to."""

    destination: Required[Filled]
    messageId: MessageId
    placeholders: Encoded


class EmailDestination(TypedDict, total=False):
    """Who gets an email, and who sees whom."""

    to: Required[Annotated[list[EmailRecipient], Some]]
    cc: list[EmailRecipient]
    bcc: list[EmailRecipient]
    replyTo: str
    preserveRecipients: bool


class UploadedReference(TypedDict):
    """A file that was uploaded before."""

    type: Literal["uploadedReference"]
    contentId: Filled


class Binary(TypedDict):
    """A file that comes along."""

    type: Literal["binary"]
    content: Octets
    contentType: str
    fileName: str


class Attachment(Binary, TypedDict, total=False):
    """A file that a password may open."""

    password: str


class Content(TypedDict, total=False):
    """What an email says, or the template that does."""

    subject: Annotated[str, sized(1, 1000)]
    text: str
    html: str
    ampHtml: str
    templateId: Filled
    attachments: list[Annotated[UploadedReference | Attachment, Field(discriminator="type")]]
    inlineImages: list[Annotated[UploadedReference | Binary, Field(discriminator="type")]]
    defaultPlaceholders: Encoded
    landingPagePlaceholders: Encoded
    optoutLandingPageId: str
    templateLanguageVersion: str
    headers: Encoded


class Ips(TypedDict, total=False):
    """From where to send."""

    ipPoolId: str


class Masking(TypedDict, total=False):
    """What of a placeholder is not kept."""

    name: Required[str]
    side: Literal["L", "R"]
    maskChar: str
    visibleChars: Int32
    delimiter: str
    skipChars: list[str]


class Storage(TypedDict, total=False):
    """Where an email is not kept."""

    skipPassive: bool
    skipActive: bool


class EmailMessage(TypedDict, total=False):
    """One content, to one or many."""

    sender: Annotated[str, tested(filled, _mailbox)]
    destinations: Required[Annotated[list[EmailDestination], Some]]
    content: Required[Content]
    options: MessageOptions
    webhooks: Webhooks
    ips: Ips
    placeholdersMasking: list[Masking]
    storage: Storage


def _missing(message: Message) -> Iterator[str]:
    content = message["content"]
    if "templateId" not in content:
        if "sender" not in message:
            yield "sender"
        if "subject" not in content:
            yield "content.subject"
    if "ampHtml" in content and "html" not in content:
        yield "content.html"


def _complete(message: Any) -> Any:
    if missing := list(_missing(message)):
        raise several((name, "must not be null") for name in missing)
    return message


class EmailSchedule(TypedDict, total=False):
    """When to send, and under which name."""

    bulkId: Annotated[str, sized(0, 100)]
    sendAt: Annotated[str, within(DAYS_AHEAD)]


class EmailTracking(TypedDict, total=False):
    """What is told of openings and clicks."""

    track: bool
    trackOpens: bool
    trackClicks: bool
    trackingUrl: str
    trackingPixelPosition: Literal["TOP", "BOTTOM"]


class EmailRequestOptions(TypedDict, total=False):
    """What a request can be asked for."""

    schedule: EmailSchedule
    tracking: EmailTracking
    clientPriority: Literal["HIGH", "STANDARD", "LOW"]


EmailRequest = Messages[Annotated[EmailMessage, AfterValidator(_complete)], EmailRequestOptions]


def _not_too_many(request: Any) -> Any:
    destinations = (each for message in request["messages"] for each in message["destinations"])
    if sum(len(each.get(kind, ())) for each in destinations for kind in ("to", "cc", "bcc")) > RECIPIENTS_MAX:
        raise wrong(f"must have no more than {RECIPIENTS_MAX} recipients", at="messages")
    return request


def _recipients(message: Message) -> Iterable[Recipient]:
    """Yield each `to`; where they are preserved, all of them are one recipient, of the first id."""
    for destination in message["destinations"]:
        if destination.get("preserveRecipients", False):
            ids = (each["messageId"] for each in destination["to"] if "messageId" in each)
            yield ", ".join(each["destination"] for each in destination["to"]), next(ids, None)
        else:
            yield from ((each["destination"], each.get("messageId")) for each in destination["to"])


def _is_address(to: str) -> bool:
    return all(is_email(each) for each in to.split(", "))


def _logged(content: Message) -> Message:
    text = content.get("html", content.get("text"))
    return {} if text is None else {"text": text}


SENDING = Sending(
    "email",
    form_of(Annotated[EmailRequest, AfterValidator(_not_too_many)]),
    ENROUTE,
    recipients=_recipients,
    is_address=_is_address,
    logged=_logged,
)
