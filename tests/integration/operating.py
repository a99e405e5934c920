"""What operators ask of a worker, as they do: by HTTP."""

import re
from collections.abc import Callable
from typing import Any

import httpx
from prometheus_client.parser import text_string_to_metric_families

from streams.observe.names import PREFIX
from tests.integration.harness import Worker, until

#: Values by the labels that they have.
Samples = dict[tuple[tuple[str, str], ...], float]


def address_of(worker: Worker) -> str:
    """Where a worker tells that it can be asked; the machine has chosen the port."""
    until(lambda: worker.said("operations_served"), "operators can ask")
    served = re.search(r"operations_served host=127\.0\.0\.1 port=(\d+)", worker.log.read_text())
    assert served is not None
    return f"http://127.0.0.1:{served[1]}"


def readiness(address: str) -> Any:
    """What /readyz says; its status says the same."""
    answer = httpx.get(f"{address}/readyz", timeout=5)
    said = answer.json()
    assert answer.status_code == (200 if said["ready"] else 503)
    return said


def becomes(address: str, holds: Callable[[Any], bool], what: str) -> None:
    """Wait until /readyz says something."""
    until(lambda: holds(readiness(address)), what)


class Metrics:
    """What several processes tell, added up."""

    def __init__(self, *addresses: str) -> None:
        self.samples: dict[str, Samples] = {}
        for address in addresses:
            answer = httpx.get(f"{address}/metrics", timeout=5)
            assert answer.status_code == 200
            for family in text_string_to_metric_families(answer.text):
                assert family.name.startswith(PREFIX)
                for sample in family.samples:
                    found = self.samples.setdefault(sample.name.removeprefix(PREFIX), {})
                    labels = tuple(sorted(sample.labels.items()))
                    found[labels] = found.get(labels, 0.0) + sample.value

    def by(self, name: str, label: str, **wanted: str) -> dict[str, float]:
        """The values of a metric that are not 0, by one of its labels, where the others are as wanted."""
        found: dict[str, float] = {}
        for labels, value in self.samples.get(name, {}).items():
            said = dict(labels)
            if value and all(said[key] == content for key, content in wanted.items()):
                found[said[label]] = found.get(said[label], 0.0) + value
        return found

    def sum(self, name: str, **wanted: str) -> float:
        """All values of a metric together, where its labels are as wanted."""
        values = self.samples.get(name, {}).items()
        return sum(value for labels, value in values if all(dict(labels)[key] == one for key, one in wanted.items()))

    def has(self, name: str) -> bool:
        """Whether there is any value of it."""
        return bool(self.samples.get(name))
