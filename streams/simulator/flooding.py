"""The flooding filter: how often one destination may get the same message, and how many different ones."""

from collections import deque
from collections.abc import Mapping
from typing import Any

import orjson

from streams.simulator.statuses import FLOODING, SAME_TEXT_FLOODING, Status

WINDOW_SECONDS = 3600.0
ALIKE_MAX = 6
DIFFERENT_MAX = 20


class FloodingFilter:
    """Remembers what each destination of a channel got in the last hour."""

    def __init__(self) -> None:
        self._got: dict[tuple[str, str], deque[tuple[float, bytes]]] = {}

    def check(self, channel: str, to: str, content: Mapping[str, Any], now: float) -> Status | None:
        """Return the status of a message that is one too many; remember any other."""
        got = self._got.setdefault((channel, to), deque())
        while got and got[0][0] <= now - WINDOW_SECONDS:
            got.popleft()
        said = orjson.dumps(content, option=orjson.OPT_SORT_KEYS)
        alike = sum(each == said for _, each in got)
        if alike >= ALIKE_MAX:
            return SAME_TEXT_FLOODING
        if not alike and len({each for _, each in got}) >= DIFFERENT_MAX:
            return FLOODING
        got.append((now, said))
        return None
