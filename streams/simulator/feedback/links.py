"""Which links of a message are tracked, so that a click on one can be told of."""

import re
from collections.abc import Iterator
from typing import Any

from streams.simulator.outbox import Sent

_links = re.compile(r"""https?://[^\s<>"'{}|\\^`]+""").findall
_ENDS = ".,;:!?)]"


def is_tracked(sent: Sent) -> bool:
    """Say whether clicks on the links of a message are tracked.

    Emails are tracked unless they say otherwise; messages of other channels only where they ask for it.
    """
    if sent.channel == "email":
        asked = sent.options.get("tracking", {})
        return asked.get("track") is not False and asked.get("trackClicks") is not False
    asked = sent.options.get("urlOptions" if sent.channel == "whatsapp" else "tracking")
    return asked is not None and asked.get("trackClicks") is not False


def tells_openings(sent: Sent) -> bool:
    """Say whether it is tracked that a message was opened, which only emails are for."""
    asked = sent.options.get("tracking", {})
    return sent.channel == "email" and asked.get("track") is not False and asked.get("trackOpens") is not False


def links_of(sent: Sent) -> list[str]:
    """Return the links in the texts of a message, each once, in order."""
    found = (link.rstrip(_ENDS) for text in _texts(sent.content) for link in _links(text))
    return list(dict.fromkeys(found))


def _texts(said: Any) -> Iterator[str]:
    if isinstance(said, str):
        yield said
    elif isinstance(said, dict):
        for value in said.values():
            yield from _texts(value)
    elif isinstance(said, list):
        for value in said:
            yield from _texts(value)
