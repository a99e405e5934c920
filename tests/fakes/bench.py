"""A client of a scripted Infobip, on a clock that stands still."""

from typing import Any

from streams.infobip.health import ClientState
from tests.fakes.clock import Clock
from tests.fakes.infobip import Infobip
from tests.fakes.words import Step


class Bench:
    """Remembers how the client fared."""

    def __init__(self, *steps: Step, **options: Any) -> None:
        self.clock = Clock()
        self.infobip = Infobip(steps=[*steps], otherwise=200, clock=self.clock)
        self.states: list[ClientState] = []
        ours = {"wall_clock": self.clock, "sleep": self.clock.sleep, "on_state": self.states.append}
        self.client = self.infobip.connect(**{**ours, **options})

    @property
    def kinds(self) -> list[str]:
        """The kinds of state that were reported, one after another."""
        return [state.kind for state in self.states]
