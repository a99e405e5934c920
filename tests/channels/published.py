"""What Infobip publishes of each channel."""

from functools import cache
from typing import Any

from tests.openapi import read_published

#: The published file of each channel.
PUBLISHED = {"lms": "sms", "kakao_alim": "kakao", "kakao_chingu": "kakao"}


@cache
def published(channel: str) -> dict[str, Any]:
    document: dict[str, Any] = read_published(PUBLISHED.get(channel, channel.partition("_")[0]))
    return document
