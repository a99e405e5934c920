"""What Infobip tells of each channel: at which addresses of ours, and by which events it is subscribed to."""

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.config.webhooks import What

#: Channels as subscriptions call them, by ours: subscriptions-api.json, SubscriptionChannel. Others cannot be
#: subscribed to.
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


@dataclass(frozen=True, slots=True)
class Notification:
    """One address: what it is told of a channel, and Infobip's events that it is told by."""

    what: What
    channel: str
    events: tuple[str, ...] = ()


#: subscriptions-api.json, SimpleSmsEvents and so on: of those that there are, the ones whose form is published and that
#: become records. WhatsApp has one address for reports and what was seen, email one for all that people do.
NOTIFICATIONS: tuple[Notification, ...] = (
    Notification("reports", "sms", ("DELIVERY",)),
    Notification("clicks", "sms", ("CLICK",)),
    Notification("inbound", "sms", ("INBOUND_MESSAGE",)),
    Notification("reports", "mms", ("DELIVERY",)),
    Notification("clicks", "mms", ("CLICK",)),
    Notification("inbound", "mms", ("INBOUND_MESSAGE",)),
    Notification("reports", "whatsapp", ("DELIVERY", "SEEN")),
    Notification("clicks", "whatsapp", ("CLICK",)),
    Notification("inbound", "whatsapp", ("INBOUND_MESSAGE", "MARKETING_SUBSCRIPTION_UPDATE")),
    Notification("reports", "viber", ("DELIVERY",)),
    Notification("seen", "viber", ("SEEN",)),
    Notification("clicks", "viber", ("CLICK",)),
    Notification("inbound", "viber", ("INBOUND_MESSAGE",)),
    Notification("reports", "rcs", ("DELIVERY",)),
    Notification("seen", "rcs", ("SEEN",)),
    Notification("clicks", "rcs", ("CLICK",)),
    Notification("inbound", "rcs", ("INBOUND_MESSAGE", "SUGGESTION")),
    Notification("reports", "kakao_alim", ("DELIVERY",)),
    Notification("reports", "kakao_chingu", ("DELIVERY",)),
    Notification("clicks", "kakao_chingu", ("CLICK",)),
    Notification("reports", "email", ("DELIVERY",)),
    Notification("clicks", "email", ("CLICK", "OPEN", "UNSUBSCRIBE", "COMPLAINT", "LATE_BOUNCE")),
    Notification("reports", "omni"),
    Notification("seen", "omni"),
    Notification("inbound", "omni"),
)
#: All channels that have addresses.
ADDRESSED: tuple[str, ...] = tuple(dict.fromkeys(one.channel for one in NOTIFICATIONS))
