"""The shelf of what can be said on each channel: a module for each, which says so in a model called CONTENT."""

from collections.abc import Mapping
from typing import Annotated

from schemas.config.tagged import tagged
from schemas.content import email, kakao_alim, kakao_chingu, lms, mms, rcs, sms, viber, whatsapp_template, whatsapp_text
from schemas.content.base import MessageContent

CONTENTS: Mapping[str, type[MessageContent]] = {
    "sms": sms.CONTENT,
    "lms": lms.CONTENT,
    "email": email.CONTENT,
    "whatsapp_text": whatsapp_text.CONTENT,
    "whatsapp_template": whatsapp_template.CONTENT,
    "mms": mms.CONTENT,
    "viber": viber.CONTENT,
    "rcs": rcs.CONTENT,
    "kakao_alim": kakao_alim.CONTENT,
    "kakao_chingu": kakao_chingu.CONTENT,
}
#: The channels by name.
CHANNEL_NAMES = tuple(CONTENTS)
Content = Annotated[MessageContent, tagged("channel", CONTENTS, "channel")]
