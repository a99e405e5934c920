"""WhatsApp texts and templates: `POST /whatsapp/1/message/text` and `POST /whatsapp/1/message/template`.

Of several templates a refusal does not tell which is wrong: its paths start at the message, as the published ones do.
"""

import re
from typing import Annotated, Any, Required

from pydantic import AfterValidator
from typing_extensions import TypedDict

from streams.simulator.messages.reading import form_of, wrong
from streams.simulator.messages.sending import Message, is_sms_sender
from streams.simulator.messages.shared import MessageId, Some, Text255, UrlOptions, sized, tested
from streams.simulator.messages.whatsapp_template import TemplateContent
from streams.simulator.statuses import BAD_DESTINATION, BAD_SENDER, ENROUTE, Status
from streams.simulator.values import is_phone

_has_url = re.compile(r"https?://\S").search
_is_international = re.compile(r"[1-9][0-9]{1,14}").fullmatch
_is_user_id = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,128}").fullmatch


def _international(text: str) -> str:
    return "" if _is_international(text) else "must be in international format"


Sender = Annotated[str, sized(1, 24), tested(_international)]
FailoverSender = Annotated[str, sized(1, 24)]
Recipient = Annotated[str, sized(1, 150)]
Text = Annotated[str, sized(1, 4096)]
CallbackData = Annotated[str, sized(0, 4000)]
NotifyUrl = Annotated[str, sized(0, 2048)]


class Context(TypedDict):
    """What is replied to."""

    replyToMessageId: str


class TextContent(TypedDict, total=False):
    """A text."""

    text: Required[Text]
    previewUrl: bool


_TextMessage = TypedDict(
    "_TextMessage",
    {
        "from": Required[Sender],
        "to": Required[Recipient],
        "messageId": MessageId,
        "content": Required[TextContent],
        "callbackData": CallbackData,
        "notifyUrl": NotifyUrl,
        "urlOptions": UrlOptions,
        "entityId": Text255,
        "applicationId": Text255,
        "context": Context,
    },
    total=False,
)


def _previewed(message: Any) -> Any:
    if message["content"].get("previewUrl", False):
        if not _has_url(message["content"]["text"]):
            raise wrong("must contain a url", at="content.text")
        if message.get("urlOptions", {}).get("removeProtocol", False):
            raise wrong("must be false", at="urlOptions.removeProtocol")
    return message


Failover = TypedDict("Failover", {"from": FailoverSender, "text": Text})

_TemplateMessage = TypedDict(
    "_TemplateMessage",
    {
        "from": Required[Sender],
        "to": Required[Recipient],
        "messageId": MessageId,
        "content": Required[TemplateContent],
        "callbackData": CallbackData,
        "notifyUrl": NotifyUrl,
        "urlOptions": UrlOptions,
        "smsFailover": Failover,
        "entityId": Text255,
        "applicationId": Text255,
        "context": Context,
    },
    total=False,
)


class TemplateRequest(TypedDict, total=False):
    """Templates sent together."""

    messages: Required[Annotated[list[_TemplateMessage], Some]]
    bulkId: Annotated[str, sized(0, 100)]


TEXT = form_of(Annotated[_TextMessage, AfterValidator(_previewed)])
TEMPLATE = form_of(TemplateRequest)


def judge(message: Message, to: str) -> Status:
    """Return the status of a message: whether it can come from whom it names, and go to whom it names."""
    failover = message.get("smsFailover")
    if failover is not None and not is_sms_sender(failover["from"]):
        return BAD_SENDER
    return ENROUTE if is_address(to) else BAD_DESTINATION


def is_address(to: str) -> bool:
    """Say whether a text can be a number or the id of a user."""
    return bool(is_phone(to) or _is_user_id(to))
