"""Where each report goes: to the address on the message, else where a subscription says, else nowhere."""

from collections.abc import Mapping
from typing import NamedTuple

from streams.simulator.feedback.bodies import platform_of
from streams.simulator.feedback.courses import Kind
from streams.simulator.feedback.reports import Inbound
from streams.simulator.feedback.subscriptions import Subscriptions, format_of
from streams.simulator.outbox import Sent

#: The channels of subscriptions.
SUBSCRIBED: Mapping[str, str] = {
    "sms": "SMS",
    "mms": "MMS",
    "whatsapp": "WHATSAPP",
    "viber": "VIBER",
    "rcs": "RCS",
    "kakao_alim": "KAKAO_ALIM",
    "kakao_chingu": "KAKAO_BRAND_MESSAGE",
    "email": "EMAIL",
}
EVENT_OF: Mapping[Kind, str] = {
    "delivery": "DELIVERY",
    "seen": "SEEN",
    "open": "OPEN",
    "click": "CLICK",
    "unsubscribe": "UNSUBSCRIBE",
    "complaint": "COMPLAINT",
    "late_bounce": "LATE_BOUNCE",
    "inbound": "INBOUND_MESSAGE",
}
#: What may be told together: reports of one channel and form; any other event is an object of its own, one a post.
_GROUPS: Mapping[Kind, str] = {"delivery": "delivery", "seen": "seen", "inbound": "inbound"}


class Destination(NamedTuple):
    """An address, and the profile by which it is posted to, None for an address on a message, which has none."""

    url: str
    profile_id: str | None
    channel: str
    group: str


def address_of(sent: Sent, kind: Kind, subscriptions: Subscriptions) -> Destination | None:
    """Return where a report of a message goes, None where nobody asked for it."""
    if kind == "delivery" and sent.webhooks.get("delivery", {}).get("notify") is False:
        return None
    group = _GROUPS.get(kind, "events")
    if own := _own_address(sent, kind):
        return Destination(own, None, sent.channel, group)
    found = subscriptions.met(SUBSCRIBED[sent.channel], EVENT_OF[kind], platform_of(sent), sent.sender)
    return None if found is None else _of_profile(subscriptions, found["profile"]["profileId"], sent.channel, group)


def _own_address(sent: Sent, kind: Kind) -> str | None:
    if kind == "delivery":
        return sent.notify_url
    if kind == "seen":
        seen: str | None = sent.webhooks.get("seen", {}).get("url")
        return sent.notify_url if sent.channel == "whatsapp" else seen
    return sent.tracking_url


def subscribed_address(inbound: Inbound, subscriptions: Subscriptions) -> tuple[Destination, str | None] | None:
    """Return where a subscription wants what somebody wrote, and in which form if it says so."""
    channel = SUBSCRIBED[inbound.channel]
    found = subscriptions.met(channel, EVENT_OF["inbound"], inbound.platform or {}, inbound.to)
    if found is None:
        return None
    destination = _of_profile(subscriptions, found["profile"]["profileId"], inbound.channel, "inbound")
    return None if destination is None else (destination, format_of(found, EVENT_OF["inbound"]))


def _of_profile(subscriptions: Subscriptions, identity: str, channel: str, group: str) -> Destination | None:
    profile = subscriptions.profile(identity)
    return None if profile is None else Destination(profile["webhook"]["notifyUrl"], identity, channel, group)
