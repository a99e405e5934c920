"""The sum of what jobs did: exact whenever whoever keeps it is killed, and read in the place of all that was told."""

from pathlib import Path

import orjson
import pytest

from streams.summaries.counts import JobCounts
from tests.integration.brokers import Broker
from tests.integration.events import drain, event
from tests.integration.harness import QUICK, Corridor, SimulatorThread, corridor, until

pytestmark = pytest.mark.broker


def kept(made: Corridor, what: str = "job/") -> dict[str, dict[str, object]]:
    """The last records of the sum whose keys begin so."""
    found = {record.key().decode(): record.value() for record in made.read("infobip_summaries")}
    return {key: orjson.loads(value) for key, value in found.items() if key.startswith(what) and value}


def counted(made: Corridor) -> int:
    """Up to how many flush records are counted in the sum that is kept."""
    whole = f"counted/{made.name}.infobip_flushes/"
    return sum(int(str(one["offset"])) for one in kept(made, whole).values())


def told(made: Corridor) -> JobCounts:
    """What all flush records tell, each read."""
    found = JobCounts(made.name)
    for flush in made.flushes():
        found.add(flush)
    return found


@pytest.mark.parametrize("point", ["sums_killed_before_commit:2:quick", "sums_killed_after_commit:2:quick"])
def test_a_kill_of_whoever_adds_up_counts_nothing_twice(
    broker: Broker, tmp_path: Path, unique: str, point: str
) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.change(flush={"max_events": 50, "max_seconds": 0.2})
        made.publish([*(event(n) for n in range(300)), event(900, email="nowhere")])
        dying = made.start(point=point)
        until(lambda: dying.process.poll() is not None, "it is killed")
        made.publish(event(n) for n in range(300, 600))
        worker = made.start(point=QUICK)
        drain(made)
        until(lambda: counted(made) == len(made.read("infobip_flushes")), "all is counted")
        whole, status = told(made), made.status()
        assert (status["events"], status["repeated"]) == (601, whole.repeated)
        assert status["outcomes"] == dict(whole.counts.outcomes)
        tally = kept(made)[f"job/{unique}"]["tally"]
        assert isinstance(tally, dict)
        assert tally["outcomes"] == dict(whole.counts.outcomes)
        assert tally["dead_letters"] == {"no_address": len(made.dead_letters())}
        assert worker.stop() == 0
        days = kept(made, "day/").values()
        assert sum(day["tally"]["outcomes"]["accepted"] for day in days) == whole.counts.outcomes["accepted"]  # type: ignore[index]


def test_what_is_in_the_sum_is_not_read_again(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.publish(event(n) for n in range(100))
        worker = made.start(point=QUICK)
        drain(made)
        until(lambda: 0 < counted(made) == len(made.read("infobip_flushes")), "all is counted")
        assert worker.stop() == 0
        before = made.status()
        made.delete_records("infobip_flushes")
        assert made.flushes() == []
        assert made.status() == before
        assert before["outcomes"] == {"accepted": 100}
