"""The channels whose sends have one form: each by its name."""

from collections.abc import Mapping

from streams.simulator.messages import email, kakao_alim, kakao_chingu, mms, rcs, sms, viber
from streams.simulator.messages.sending import Message, Sending

SENDINGS: Mapping[str, Sending] = {
    each.SENDING.channel: each.SENDING for each in (sms, mms, viber, rcs, kakao_alim, kakao_chingu, email)
}


def parts_of(channel: str, content: Message) -> int:
    """Return how many parts a content takes."""
    return SENDINGS[channel].parts(content) if channel in SENDINGS else 1
