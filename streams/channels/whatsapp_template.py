"""WhatsApp templates: `POST /whatsapp/1/message/template`; and whether a content suits the registered template."""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from schemas.content.whatsapp_template import Card, WhatsappTemplateContent
from schemas.infobip.templates import Template, TemplateStructure
from schemas.operations import SEND_WHATSAPP_TEMPLATE
from schemas.text.tokens import tokens_of
from streams.channels.channel import Channel, OutboundMessage, RequestOptions
from streams.channels.whatsapp import message

#: Statuses of templates that are sent: a flagged one is until it is disabled, a reinstated one is again.
SENDABLE = frozenset({"APPROVED", "REINSTATED", "FLAGGED"})
#: What Infobip does not tell all of.
UNSUPPORTED = "UNSUPPORTED"
NAMED_MAX = 10

_PLACEHOLDER = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")


def body(messages: Sequence[OutboundMessage], manner: RequestOptions) -> dict[str, Any]:
    """The body of the call, as Infobip takes it."""
    whole: dict[str, Any] = {"messages": [_message(one, manner) for one in messages]}
    return whole if manner.bulk_id is None else {**whole, "bulkId": manner.bulk_id}


def _message(one: OutboundMessage, manner: RequestOptions) -> dict[str, Any]:
    said: WhatsappTemplateContent = one.content
    content = {"templateName": said.template_name, "templateData": _data(said), "language": said.language}
    whole = message(one, manner, "whatsapp_template", content)
    return whole if said.sms_failover is None else {**whole, "smsFailover": said.sms_failover.wire()}


def _data(said: WhatsappTemplateContent) -> dict[str, Any]:
    data: dict[str, Any] = {"body": _body(said.body)}
    if said.header is not None:
        data["header"] = said.header.wire()
    if said.buttons:
        data["buttons"] = [button.wire() for button in said.buttons]
    if said.carousel is not None:
        data["carousel"] = {"cards": [_card(card) for card in said.carousel.cards]}
    return data


def _card(card: Card) -> dict[str, Any]:
    return card.wire("body") if card.body is None else {**card.wire("body"), "body": _body(card.body)}


def _body(placeholders: Sequence[str]) -> dict[str, Any]:
    return {"placeholders": list(placeholders)}


def template_faults(said: WhatsappTemplateContent, templates: Sequence[Template]) -> list[str]:
    """What is wrong with a content, by the templates of its sender; each fault begins with its place.

    Where tokens choose the template or its language, whatever depends on them is taken to be well.
    """
    name, language = said.template_name, said.language
    if any(tokens_of(name)):
        return []
    if not (named := [one for one in templates if one.name == name]):
        return [f"template_name: the sender has no template {name!r} (there are: {_named(templates)})"]
    if any(tokens_of(language)):
        return []
    for template in named:
        if template.language == language:
            return list(_misfits(said, template))
    known = ", ".join(sorted(template.language for template in named))
    return [f"language: template {name!r} is not there in {language!r} (there are: {known})"]


def _misfits(said: WhatsappTemplateContent, template: Template) -> Iterator[str]:
    which, structure = f"template {template.name!r} in {template.language!r}", template.structure
    if template.status not in SENDABLE:
        yield f"template_name: {which} is not approved, but {template.status}"
    if structure.body.text is None or structure.type == UNSUPPORTED:
        return
    wanted, given = len(set(_PLACEHOLDER.findall(structure.body.text))), len(said.body)
    if given != wanted:
        yield f"body: the number of placeholders of {which} is {wanted}, not {given}"
    header, ours = _header_of(structure), None if said.header is None else said.header.type
    if header != ours:
        yield f"header: {which} takes {header or 'none'}, not {ours or 'none'}"


def _header_of(structure: TemplateStructure) -> str | None:
    """The type of header that a message has to give; a text without placeholder needs nothing."""
    header = structure.header
    if header is None or (header.format == "TEXT" and _PLACEHOLDER.search(header.text) is None):
        return None
    return header.format


def _named(templates: Iterable[Template]) -> str:
    names = sorted({template.name for template in templates})
    return ", ".join([*names[:NAMED_MAX], *(["..."] if len(names) > NAMED_MAX else [])]) or "none"


CHANNEL = Channel(
    name="whatsapp_template",
    operation=SEND_WHATSAPP_TEMPLATE,
    body=body,
)
