"""How a wrong request is written down with what must be told of it, and what a simulator tells."""

from typing import Any

from streams.simulator import SimulatorOptions
from tests.simulator.messaging import message, properties, request
from tests.simulator.simulated import NOW, Caller, simulate

Wrong = tuple[str, Any, str, str]
"""The path, the body, the property that is wrong, and how the violation begins."""

NULL, BLANK, EMPTY, UNKNOWN = "must not be null", "must not be blank", "must not be empty", "is not a known property"


def first(path: str, content: Any, where: str, violation: str, **more: Any) -> Wrong:
    """A request whose first message is wrong there."""
    return path, request(message(content, **more)), f"messages[0].{where}", violation


def violations(path: str, body: Any) -> dict[str, list[str]]:
    """What is told of a refused request, by property; none of its messages may be kept."""
    told: dict[str, list[str]] = {}

    async def story(call: Caller) -> None:
        told.update(properties(await call("POST", path, body)))

    options = SimulatorOptions(limits=None, unknown_keys="refuse")
    assert simulate(story, options, clock=lambda: NOW).outbox.messages == []
    return told
