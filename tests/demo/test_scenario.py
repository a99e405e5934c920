"""What the demo shows of its way."""

import asyncio
import io

import pytest
from rich.console import Console

from streams.demo import scenario
from streams.errors import StreamsError


def test_what_does_not_come_is_told_with_how_far_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scenario, "PATIENCE_SECONDS", 0.2)
    out = Console(file=io.StringIO())
    with pytest.raises(StreamsError, match="500 reports come back: 3 only, within 0 seconds"):
        asyncio.run(scenario._watch(out, "500 reports come back", 500, lambda: asyncio.sleep(0, 3)))
