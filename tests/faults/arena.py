"""Where faults are let loose: a broker of our own, a simulated Infobip, a job, and chance that can be repeated."""

import random
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, TopicPartition

from streams.errors import StreamsError
from streams.simulator import SimulatorOptions
from tests.faults.history import OPTIONS
from tests.integration.brokers import Broker, Node
from tests.integration.harness import Corridor, SimulatorThread, corridor, until
from tests.integration.importing import Crowd, Import, importing

OPERATIONS = ("upsert_persons", "add_tag", "remove_tag")
#: What a worker may take, whatever waits for it.
MEMORY_BYTES = 250_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """What one fault has shown: how often or how long it struck, and the figures that were seen."""

    struck: str
    seen: str


class Arena:
    """What a fault needs; `short` asks for the form that fits into every test run."""

    def __init__(self, broker: Broker, folder: Path, seed: int, *, short: bool) -> None:
        self.bootstrap, self.short, self.seed = broker.bootstrap, short, seed
        self._node = broker.node
        self._folder = folder

    @property
    def node(self) -> Node:
        """The broker, for faults that stop or kill it.

        Raises:
            StreamsError: it is not ours alone.

        """
        if self._node is None:
            raise StreamsError("this fault restarts the broker, and it is not ours alone")
        return self._node

    def size(self, short: int, long: int) -> int:
        """The size of something in this form."""
        return short if self.short else long

    def chance(self, fault: str) -> random.Random:
        """Chance that repeats with the seed, whichever faults run."""
        return random.Random(f"{self.seed}-{fault}")

    @contextmanager
    def scene(
        self, options: SimulatorOptions | None = None, topic_config: dict[str, str] | None = None, **job: Any
    ) -> Iterator[tuple[SimulatorThread, Corridor]]:
        """An Infobip, and a job on its own topics."""
        options = options or SimulatorOptions(limits=None)
        folder = self.own_folder()
        with (
            SimulatorThread(options) as infobip,
            corridor(self.bootstrap, infobip.url, folder, folder.name, topic_config=topic_config) as made,
        ):
            made.change(**{**OPTIONS, **job})
            # The simulated account has no limits here, so the service needs none: faults strike at full speed.
            made.configuration["authorizations"][0]["limits"] = dict.fromkeys(OPERATIONS, 1000)
            yield infobip, made

    @contextmanager
    def import_scene(self, options: SimulatorOptions, **job: Any) -> Iterator[tuple[Crowd, Import]]:
        """An Infobip, and a job that imports its people."""
        folder = self.own_folder()
        with (
            Crowd(options) as infobip,
            importing(self.bootstrap, infobip.url, folder, folder.name, **job) as made,
        ):
            yield infobip, made

    def own_folder(self) -> Path:
        """A fresh folder of nobody else's."""
        folder = self._folder / f"f{uuid.uuid4().hex[:10]}"
        folder.mkdir()
        return folder


def let_pass(seconds: float) -> None:
    """Let time pass: for the length of a fault, or to see that something does not happen meanwhile."""
    threading.Event().wait(seconds)


@contextmanager
def until_called(infobip: SimulatorThread, operation: str, more: int) -> Iterator[None]:
    """Leave when so many more calls were answered than at the beginning: then somebody is in the middle of the work."""
    target = infobip.count(operation) + more
    yield
    until(lambda: infobip.count(operation) >= target, f"{more} more calls of {operation}")


def committed(made: Corridor) -> dict[int, int]:
    """How far the job is, by partition."""
    consumer = Consumer({**made.settings, "group.id": f"infobip-streams.{made.name}"})
    try:
        places = [TopicPartition(made.topic, number) for number in range(made.partitions)]
        return {place.partition: place.offset for place in consumer.committed(places, timeout=30)}
    finally:
        consumer.close()


class Sent:
    """The people a simulated Infobip took, told apart by the first name that each event gives them."""

    def __init__(self, infobip: SimulatorThread) -> None:
        self.items = 0
        self._seen: set[str] = set()
        account: Any = infobip.simulator.account
        self._upsert = account.upsert
        account.upsert = self._take

    @property
    def again(self) -> int:
        """How many were sent that had been taken before."""
        return self.items - len(self._seen)

    def _take(self, items: Any, now: Any) -> Any:
        self.items += len(items)
        self._seen.update(item["firstName"] for item in items)
        return self._upsert(items, now)
