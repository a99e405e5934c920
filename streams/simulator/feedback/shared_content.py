"""What people write, in the words that the Messages API has for the contents of all channels."""

from collections.abc import Callable, Mapping
from typing import Any

from streams.simulator.feedback.bodies import Body, there
from streams.simulator.feedback.reports import Inbound

Content = Mapping[str, Any]
_MEDIA = frozenset({"IMAGE", "VIDEO", "AUDIO"})


def shared_content(inbound: Inbound) -> list[Body]:
    """Return the contents of a message; what the Messages API has no word for is told as its text."""
    if inbound.content is None:
        return [_text(inbound)]
    if inbound.channel == "mms":
        return [_segment(each) for each in inbound.content]
    kind = inbound.content.get("type")
    return [_KINDS[kind](inbound.content)] if kind in _KINDS else [_text(inbound)]


def _text(inbound: Inbound) -> Body:
    return there(type="TEXT", text=inbound.text, cleanText=inbound.clean_text, keyword=inbound.keyword)


def _segment(segment: Content) -> Body:
    if "value" in segment:
        return {"type": "TEXT", "text": segment["value"], "cleanText": segment["value"]}
    kind = str(segment.get("contentType", "")).partition("/")[0].upper()
    return {"type": kind if kind in _MEDIA else "FILE", "url": segment.get("url", "")}


def _media(kind: str) -> Callable[[Content], Body]:
    return lambda content: there(type=kind, url=content.get("url", ""), text=content.get("caption"))


def _button(text: str, payload: str) -> Callable[[Content], Body]:
    """Return how a button is told whose text and payload have these names."""
    return lambda content: there(
        type="BUTTON_REPLY", text=content.get(text, ""), payload=content.get(payload), id=content.get("id")
    )


_KINDS: Mapping[str, Callable[[Content], Body]] = {
    **{kind: _media(kind) for kind in ("IMAGE", "AUDIO", "VIDEO", "DOCUMENT", "FILE")},
    "VOICE": _media("AUDIO"),
    "STICKER": _media("IMAGE"),
    "BUTTON": _button("text", "payload"),
    "SUGGESTION": _button("text", "postbackData"),
    "INTERACTIVE_BUTTON_REPLY": _button("title", "payload"),
    "INTERACTIVE_LIST_REPLY": lambda content: there(
        type="LIST_REPLY", text=content.get("title", ""), id=content.get("id", "")
    ),
    "INTERACTIVE_FLOW_REPLY": lambda content: {"type": "FLOW_RESPONSE", "response": content.get("response", {})},
    "LOCATION": lambda content: there(
        type="LOCATION",
        latitude=content.get("latitude"),
        longitude=content.get("longitude"),
        url=content.get("url"),
    ),
    "REACTION": lambda content: there(type="REACTION", emoji=content.get("emoji"), action=content.get("action")),
}
