"""The shelf of channels: a module for each, which says how its messages are sent in a value called CHANNEL."""

from collections.abc import Mapping

from streams.channels import (
    email,
    kakao_alim,
    kakao_chingu,
    lms,
    mms,
    rcs,
    sms,
    viber,
    whatsapp_template,
    whatsapp_text,
)
from streams.channels.channel import Channel

CHANNELS: Mapping[str, Channel] = {
    "sms": sms.CHANNEL,
    "lms": lms.CHANNEL,
    "email": email.CHANNEL,
    "whatsapp_text": whatsapp_text.CHANNEL,
    "whatsapp_template": whatsapp_template.CHANNEL,
    "mms": mms.CHANNEL,
    "viber": viber.CHANNEL,
    "rcs": rcs.CHANNEL,
    "kakao_alim": kakao_alim.CHANNEL,
    "kakao_chingu": kakao_chingu.CHANNEL,
}
