"""Channels as bodies name them, in words of ours."""

import re
from collections.abc import Mapping
from typing import Any

#: Names whose word of ours is not the same in small letters. LMS is what an SMS to South Korea may become, and its
#: reports are those of SMS; Viber's business messages are the channel that is sent to.
OTHERWISE: Mapping[str, str] = {"VIBER_BM": "viber", "LMS": "sms"}
_is_name = re.compile("[A-Z][A-Z0-9_]{0,39}").fullmatch


def channel_of(said: Any, address: str) -> str:
    """The channel that a body names, else that of the address: a failover's report comes to the first one's."""
    if said is None or type(said) is not str or not _is_name(said):
        return address
    return OTHERWISE.get(said) or said.lower()
