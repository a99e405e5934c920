"""What pages say where the console itself stumbles."""

import asyncio
import logging
from typing import Any, ClassVar

import pytest

from streams.console.watching import CRASHED, Watcher
from tests.console.test_guarding import configuration


def test_a_topic_without_an_end_keeps_nobody_from_looking_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """It was deleted just when its reading began: nothing comes of it any more, nor the word that it ends."""

    class Endless:
        caught_up = False
        reached: ClassVar[dict[Any, int]] = {}

        def __init__(self, *_: Any) -> None: ...

        def read(self, _: float) -> list[Any]:
            return []

        def close(self) -> None: ...

    monkeypatch.setattr("streams.console.watching.Onward", Endless)
    monkeypatch.setattr("streams.console.watching.FOLLOW_SECONDS", 0.05)
    Watcher(configuration())._follow()


def test_a_bug_ends_no_watching_and_pages_say_so(monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    """Else they would show what was known before for ever, as if it were true."""
    looks: list[str] = []

    def look(self: Watcher) -> None:
        looks.append(self.trouble)
        if len(looks) < 3:
            raise KeyError("what nobody expected")

    async def watch() -> Watcher:
        watcher = Watcher(configuration())
        task, changed = asyncio.create_task(watcher.run()), watcher.listen()
        while len(looks) < 4:
            await asyncio.wait_for(changed.wait(), 10)
            changed.clear()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return watcher

    monkeypatch.setattr(Watcher, "_take_in", look)
    monkeypatch.setattr("streams.console.watching.PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("streams.console.watching.LOOK_SECONDS", 0.01)
    with caplog.at_level(logging.ERROR):
        watcher = asyncio.run(watch())
    assert looks[:4] == ["", CRASHED, CRASHED, ""]
    assert watcher.trouble == ""
    assert [record.getMessage() for record in caplog.records] == ["console_crashed"]
