"""What Infobip is to tell a job of, whose the configuration is that is there, and how it differs."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from schemas.config.webhooks import Webhooks
from schemas.infobip.inbound import Forwarding, InboundConfiguration
from schemas.jobs.receive_messages import ReceiveMessages
from schemas.operations import LIST_MMS_INBOX, LIST_SMS_INBOX, Operation
from schemas.records.states import InboundSubscription

HTTP_FORWARD, PULL = "HTTP_FORWARD", "PULL"
#: What somebody else has changed is taken back once in so long: two that take it from each other would never end.
REPAIRED_AGAIN_AFTER = timedelta(days=1)

#: How a job's configuration stands: as wanted; ours and otherwise; ours once, and changed to tell somebody else; not
#: there; never ours.
Standing = Literal["in place", "changed", "lost", "missing", "somebody else's"]

#: What stands behind the public address in ours.
_is_inbound = re.compile(r"(?:/t/[A-Za-z0-9_-]+)?/inbound/[a-z_]+").fullmatch


class ChannelForm(NamedTuple):
    """How configurations call a channel, in which form its messages are told, and what hands them out where asked."""

    name: str
    format: str
    inbox: Operation | None


#: resources.json, ConfigurationType and the defaults of HttpForwardActionDocs, MmsHttpForwardActionDocs and
#: WhatsAppHttpForwardDocs.
CHANNELS: Mapping[str, ChannelForm] = {
    "sms": ChannelForm("SMS", "MO_JSON_2", LIST_SMS_INBOX),
    "mms": ChannelForm("MMS", "MO_MMS_2", LIST_MMS_INBOX),
    "whatsapp": ChannelForm("WHATSAPP", "MO_OTT_CONTACT", None),
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """The configuration that a job wants; without a `public_url` Infobip is asked, and tells nobody.

    `url` is the address that is told, and lets in whoever knows it.
    """

    channel: str
    number: str
    keyword: str | None
    format: str
    public_url: str | None
    url: str | None = field(repr=False)

    @property
    def forwarding(self) -> dict[str, str]:
        """What is to become of messages."""
        return {"type": PULL} if self.url is None else {"type": HTTP_FORWARD, "url": self.url, "format": self.format}


def wanted_by(job: ReceiveMessages, webhooks: Webhooks) -> Wanted:
    """The configuration that a job wants."""
    form, url = CHANNELS[job.channel], webhooks.address("inbound", job.channel)
    return Wanted(form.name, job.number, job.keyword, form.format, webhooks.public_url, url)


def question(job: ReceiveMessages) -> dict[str, str]:
    """What to ask for: all configurations of the number, because how a keyword is compared is not published."""
    return {"channel": CHANNELS[job.channel].name, "number": job.number}


def chosen(
    wanted: Wanted, found: Iterable[InboundConfiguration], kept: InboundSubscription | None
) -> InboundConfiguration | None:
    """The configuration of the job's keyword; of several that which is ours."""
    same = [one for one in found if _folded(one.keyword) == _folded(wanted.keyword)]
    ours = (one for one in same if standing_of(wanted, one, kept) != "somebody else's")
    return next(ours, same[0] if same else None)


def standing_of(wanted: Wanted, found: InboundConfiguration | None, kept: InboundSubscription | None) -> Standing:
    """How a configuration stands; `kept` is what the job has last had of its own."""
    if found is None:
        return "missing"
    if not difference(wanted, found):
        return "in place"
    if is_ours(wanted, found, kept):
        return "changed"
    return "lost" if kept is not None and kept.configuration_key == found.configuration_key else "somebody else's"


def is_ours(wanted: Wanted, found: InboundConfiguration, kept: InboundSubscription | None) -> bool:
    """Whether it tells us and nobody else: at an address of ours, whatever its token; or it is the job's own."""
    said = found.forwarding or Forwarding(type=None, url=None, format=None)
    kept_of_it = kept if kept is not None and kept.configuration_key == found.configuration_key else None
    if said.type != HTTP_FORWARD or said.url is None:
        return kept_of_it is not None
    former = None if kept_of_it is None else kept_of_it.public_url
    return any(_is_address_of(said.url, ours) for ours in (wanted.public_url, former))


def difference(wanted: Wanted, found: InboundConfiguration) -> tuple[str, ...]:
    """What is otherwise than wanted, by name; a form that is not told is the channel's own."""
    said = found.forwarding or Forwarding(type=None, url=None, format=None)
    told = {"type": said.type, "url": said.url, "format": said.format or wanted.format}
    return tuple(f"forwarding.{name}" for name, value in wanted.forwarding.items() if told[name] != value)


def request(wanted: Wanted, found: InboundConfiguration | None) -> dict[str, Any]:
    """What makes the configuration, or changes the one that is there: it is named as Infobip has it."""
    keyword = wanted.keyword if found is None else found.keyword
    named = {} if not keyword else {"keyword": keyword}
    return {"channel": wanted.channel, "number": wanted.number, **named, "forwarding": wanted.forwarding}


def refusal(
    job: ReceiveMessages,
    standing: Standing,
    found: InboundConfiguration | None,
    kept: InboundSubscription | None,
    now: datetime,
) -> str | None:
    """Why the job must not change what is there, in words; None where it may."""
    if found is None or job.take_over or standing not in ("somebody else's", "lost"):
        return None
    told = f"configuration {found.configuration_key} of its number and keyword {what_becomes(found)}"
    end = "end it there, or set take_over: true"
    if standing == "somebody else's":
        return f"{told}, which is not ours: {end}"
    repaired_at = None if kept is None else kept.repaired_at
    if repaired_at is None or now - repaired_at >= REPAIRED_AGAIN_AFTER:
        return None
    return f"{told} again, though it was taken back at {repaired_at:%Y-%m-%d %H:%M:%S}Z: {end}"


def is_of_another(job: ReceiveMessages, kept: InboundSubscription) -> bool:
    """Whether what was kept is of a channel, number or keyword that the job had before."""
    return (kept.channel, kept.number, _folded(kept.keyword)) != (job.channel, job.number, _folded(job.keyword))


def what_becomes(found: InboundConfiguration) -> str:
    """What becomes of messages, in words without any address but its host."""
    said = found.forwarding
    if said is None or said.type is None:
        return "forwards nothing"
    return f"forwards to {host_of(said.url)}" if said.type == HTTP_FORWARD else f"is of type {said.type}"


def host_of(url: str | None) -> str:
    """The host of an address; what else is in it may let in whoever knows it."""
    try:
        host = urlsplit(url or "").hostname
    except ValueError:
        host = None
    return host or "an address without a host"


def masked(wanted: Wanted, found: InboundConfiguration) -> str:
    """The address that a configuration tells, without what lets somebody in."""
    said = found.forwarding
    if said is None or said.url is None:
        return "-"
    ours = wanted.public_url
    if ours is None or not _is_below(said.url, ours):
        return f"{said.url.partition('://')[0]}://{host_of(said.url)}/..."
    parts = said.url.removeprefix(ours).partition("?")[0].split("/")
    return ours + "/".join("..." if before == "t" else part for before, part in zip(["", *parts], parts, strict=False))


def _is_address_of(url: str, ours: str | None) -> bool:
    """Whether a receiver behind `ours` listens there for what people write, whatever the token."""
    return ours is not None and url.startswith(ours) and _is_inbound(url.removeprefix(ours)) is not None


def _is_below(url: str, ours: str | None) -> bool:
    return ours is not None and (url == ours or url.startswith(f"{ours}/"))


def _folded(keyword: str | None) -> str:
    """A keyword as Infobip is taken to compare it: in any case; none is an empty one."""
    return (keyword or "").strip().casefold()
