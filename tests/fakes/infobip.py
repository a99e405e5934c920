"""Infobip as a test has it: it remembers what it was asked, and answers by a script, by rules, or as the simulator."""

import asyncio
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self, TypeVar

import httpx

from streams.calls.call import Call, Reply
from streams.calls.pacing import UNPACED, Pacing, ignore
from streams.infobip.client import Client
from streams.infobip.transport import before_bytes
from streams.simulator.account import Account
from streams.simulator.options import SimulatorOptions
from streams.simulator.world import World
from tests.fakes import socketless
from tests.fakes.clock import now
from tests.fakes.words import AnswerLost, Step, call_of, reply_of, response_of

T = TypeVar("T")

URL = "http://infobip.test"
KEY = "s3cr3t-key-0001"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def client_of(url: str, **options: Any) -> Client:
    """Make a client whose waits are as long as they may be."""
    return Client("main", url, KEY, **{"jitter": lambda: 1.0, **options})


def nothing(_: Call) -> Step | None:
    """Stand in for trouble."""
    return None


def welcome(call: Call) -> Reply:
    """Take whatever comes: new people are created, whatever else is asked for is done."""
    if call.operation.name != "upsert_persons":
        return Reply(200)
    results = [{"index": number, "status": "CREATED"} for number in range(len(call.body["persons"]))]
    return Reply(207, {"results": results, "errors": []})


@dataclass(kw_only=True)
class Infobip:
    """Answers whoever asks: a client, whose transport it is, an agent (`perform`), or a dialogue (`hold`).

    First come the `steps`, one after another. Then comes what a call `meets`, if it meets anything, in place of its
    being carried out. Then `otherwise`, if there is such a thing; or what `answer` says, which is the simulator's word
    where there is a `world` of its, and else welcomes everybody. A client waits for `seconds` by its loop's clock.
    """

    steps: list[Step] = field(default_factory=list)
    meets: Callable[[Call], Step | None] = nothing
    otherwise: Step | None = None
    world: World | None = None
    seconds: float = 0.0
    clock: Callable[[], float] = now
    calls: list[Call] = field(default_factory=list)
    #: When calls came that took time, and as what those came that a client made.
    times: list[float] = field(default_factory=list)
    requests: list[httpx.Request] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    #: Who names one of these texts waits until its gate is opened.
    gates: dict[str, asyncio.Event] = field(default_factory=dict)

    @classmethod
    def simulated(cls, at: Callable[[], datetime] = lambda: NOW, **options: Any) -> Self:
        """Answer as the simulator with these options does, at a time of the test's choice; limits are not kept to."""
        world = World.of(SimulatorOptions(**options), at)
        world.keys[KEY] = socketless.ALL_SCOPES
        return cls(world=world)

    def answer(self, call: Call) -> Step:
        """Answer where nothing else was said."""
        return welcome(call) if self.world is None else socketless.ask(self.world, call)

    @property
    def account(self) -> Account:
        """The simulated people, tags and attributes."""
        assert self.world is not None
        return self.world.account

    @property
    def operations(self) -> list[str]:
        """The names of what was asked for."""
        return [call.operation.name for call in self.calls]

    def times_of(self, operation: str) -> list[float]:
        """When an operation was asked for."""
        return [at for at, name in zip(self.times, self.operations, strict=True) if name == operation]

    def gate(self, text: str) -> asyncio.Event:
        """Keep waiting whoever names a text."""
        return self.gates.setdefault(text, asyncio.Event())

    # --- whoever asks ----------------------------------------------------------------------------------------------

    def hold(self, dialogue: Generator[list[Call], list[Reply], T]) -> T:
        """Answer a dialogue to its end; what it returns."""
        try:
            wanted = next(dialogue)
            while True:
                wanted = dialogue.send([self.reply(call) for call in wanted])
        except StopIteration as end:
            result: T = end.value
            return result

    def reply(self, call: Call) -> Reply:
        """Answer one call of a dialogue."""
        self.calls.append(call)
        return reply_of(self._word_on(call))

    async def perform(self, call: Call, sent: Callable[[], None] = ignore, pace: Pacing = UNPACED) -> Reply:
        """Answer an agent, at once unless a gate is shut."""
        await pace.before_queueing()
        await pace.before_sending()
        sent()
        self.calls.append(call)
        self.times.append(self.clock())
        for text, gate in self.gates.items():
            if text in repr(call.body):
                await gate.wait()
        return reply_of(self._word_on(call))

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a client."""
        await before_bytes()
        call = call_of(request)
        self.calls.append(call)
        self.requests.append(request)
        self.times.append(self.clock())
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        word = self._word_on(call, request.headers.get("Authorization", "").removeprefix("App "))
        try:
            await asyncio.sleep(self.takes(call))
        finally:
            self.at_once -= 1
        return response_of(word)

    def takes(self, call: Call) -> float:  # noqa: ARG002 - a test may make it depend on the call
        """How long a client waits for the answer, in seconds."""
        return self.seconds

    def connect(self, **options: Any) -> Client:
        """Make a client of it."""
        return client_of(URL, **{"clock": self.clock, "transport": httpx.MockTransport(self), **options})

    def _word_on(self, call: Call, key: str = KEY) -> Step:
        if self.steps:
            word: Step | None = self.steps.pop(0)
        elif self.world is not None and (shut := socketless.barred_by(self.world, call, key)) is not None:
            word = shut
        else:
            word = self.meets(call)
        if word is None:
            word = self.otherwise
        if word is None:
            return self.answer(call)
        if isinstance(word, AnswerLost):
            self.answer(call)
        return word
