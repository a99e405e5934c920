"""What a person does, because somebody says so: reads, clicks, answers, unsubscribes."""

from collections.abc import Callable, Mapping
from typing import Any

from streams.errors import ConfigurationError
from streams.simulator.feedback.courses import SEEN_CHANNELS, Kind, Step
from streams.simulator.feedback.inbound_bodies import WIRE_CHANNELS
from streams.simulator.feedback.links import is_tracked, links_of, tells_openings
from streams.simulator.feedback.post_office import PostOffice, Written
from streams.simulator.outbox import Sent

_ACTS: Mapping[str, Kind] = {
    "see": "seen",
    "open": "open",
    "click": "click",
    "unsubscribe": "unsubscribe",
    "complain": "complaint",
    "bounce": "late_bounce",
    "reply": "inbound",
}
#: Why an act can be told nobody of, by what it is.
_IMPOSSIBLE: Mapping[Kind, tuple[Callable[[Sent], bool], str]] = {
    "seen": (lambda sent: sent.channel in SEEN_CHANNELS, f"only {', '.join(sorted(SEEN_CHANNELS))} tell what was seen"),
    "open": (tells_openings, "openings are told of emails that track them"),
    "click": (is_tracked, "the links of this message are not tracked"),
    "unsubscribe": (lambda sent: sent.channel == "email", "only emails are unsubscribed from"),
    "complaint": (lambda sent: sent.channel == "email", "only emails are complained of"),
    "late_bounce": (lambda sent: sent.channel == "email", "only emails bounce"),
    "inbound": (lambda sent: sent.channel in WIRE_CHANNELS, "nobody can answer on this channel"),
}


def acts_of(sent: Sent) -> list[str]:
    """Return what the recipient of a message can do that needs no words, and that can be told of."""
    kinds = {kind for kind, (is_possible, _) in _IMPOSSIBLE.items() if is_possible(sent)} - {"inbound"}
    if not links_of(sent):
        kinds.discard("click")
    return [name for name, kind in _ACTS.items() if kind in kinds]


def act(office: PostOffice, said: Mapping[str, Any], now: float) -> dict[str, Any]:
    """Have the recipient of a message do something now; return where it is told, null where nobody asked.

    Raises:
        ConfigurationError: there is no such message or act, or it cannot be told of.

    """
    name, message_id = said.get("act"), said.get("message_id")
    kind = _ACTS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ConfigurationError([f"act must be one of {', '.join(_ACTS)}"])
    places = office.outbox.places_of(message_id) if isinstance(message_id, str) else ()
    if not places:
        raise ConfigurationError(["message_id is not that of a message"])
    sent = office.outbox.messages[places[-1]]
    is_possible, why = _IMPOSSIBLE[kind]
    if not is_possible(sent):
        raise ConfigurationError([f"{name}: {why}"])
    if kind == "inbound":
        written = Written(sent.channel, sent.to, sent.sender or "", str(said.get("text", "")), place=places[-1])
        return _received(office, written, now)
    destination = office.tell(places[-1], Step(kind, now, url=_url(sent, said) if kind == "click" else ""))
    return {"posted_to": None if destination is None else destination.url}


def _url(sent: Sent, said: Mapping[str, Any]) -> str:
    url = said.get("url") or next(iter(links_of(sent)), None)
    if not isinstance(url, str):
        raise ConfigurationError(["click: the message has no link, so url must name one"])
    return url


def write(office: PostOffice, said: Mapping[str, Any], now: float) -> dict[str, Any]:
    """Have somebody write to a number or sender; return the id of it, which configuration it met, what becomes of it.

    Raises:
        ConfigurationError: something is missing, or nobody can write there.

    """
    channel, sender, to = str(said.get("channel")), said.get("from"), said.get("to")
    text, content, name = said.get("text", ""), said.get("content"), said.get("contact_name")
    if channel not in WIRE_CHANNELS:
        raise ConfigurationError([f"channel must be one of {', '.join(WIRE_CHANNELS)}"])
    if not (isinstance(sender, str) and sender and isinstance(to, str) and to and isinstance(text, str)):
        raise ConfigurationError(["from, to and text must be texts"])
    if content is not None and not isinstance(content, list if channel == "mms" else dict):
        raise ConfigurationError(["content must be an object, of an MMS a list of its segments"])
    if not text and content is None:
        raise ConfigurationError(["text or content must say something"])
    places = office.outbox.places_of(str(said.get("reply_to")))
    written = Written(channel, sender, to, text or _text_of(content), content, name, places[-1] if places else None)
    return _received(office, written, now)


def _text_of(content: Any) -> str:
    """Return what keywords are looked for in: the text of a content, or of the first segment that has one."""
    parts = content if isinstance(content, list) else [content]
    texts = (part[name] for part in parts if isinstance(part, dict) for name in ("text", "value") if name in part)
    return next((each for each in texts if isinstance(each, str)), "")


def _received(office: PostOffice, written: Written, now: float) -> dict[str, Any]:
    inbound, configuration, action = office.receive(written, now)
    key = None if configuration is None else configuration.key
    return {"message_id": inbound.message_id, "configurationKey": key, "forwarding": action}
