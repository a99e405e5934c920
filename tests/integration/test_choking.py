"""What Infobip, or what stands before it, may answer to a running job: nothing is lost, and nobody waits for one."""

import time
from pathlib import Path
from typing import Any

import pytest

from streams.simulator import SimulatorOptions
from tests.integration.brokers import Broker
from tests.integration.events import drain, emails, event
from tests.integration.harness import SimulatorThread, corridor, until

pytestmark = pytest.mark.broker


@pytest.mark.parametrize("operation", ["upsert_persons", "add_tag"])
def test_one_person_whom_infobip_chokes_on_holds_up_nobody(
    broker: Broker, tmp_path: Path, unique: str, operation: str
) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.change(flush={"max_events": 100, "max_seconds": 1}, give_up_after={"seconds": 40})
        fault = f"{operation}:status=500,containing=p777@example.com"
        infobip.do(lambda: infobip.simulator.faults.add(fault))
        made.publish(event(number) for number in range(3000))
        worker, began = made.start(), time.monotonic()
        others = emails(range(3000)) - {"p777@example.com"}
        until(lambda: len(infobip.tagged("VIP")) == 2999, "all others are tagged", 35)
        assert not made.dead_letters()
        drain(made, 120)
        assert time.monotonic() - began > 40
        assert infobip.tagged("VIP") == others
        (letter,) = made.dead_letters()
        assert (letter.reason, letter.detail[:4], "p777@" in (letter.value or "")) == ("rejected", "500 ", True)
        assert made.outcomes() == {"accepted": 2999, "rejected": 1}
        assert made.offsets_told() == made.offsets_published()
        assert worker.stop() == 0


def test_what_a_gateway_answers_for_a_while_is_waited_for(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        made.publish(event(number) for number in range(1000))
        worker = made.start()
        until(lambda: len(infobip.tagged("VIP")) == 1000, "the first are tagged")
        faults: list[Any] = [
            "upsert_persons:status=404,html=true,for_seconds=6",
            "add_tag:status=405,html=true,for_seconds=10",
            "remove_tag:status=404,html=true,for_seconds=10",
        ]
        infobip.do(lambda: infobip.simulator.faults.add(*faults))
        made.publish(event(number) for number in range(1000, 2000))
        made.publish(event(number, "exit") for number in range(500))
        until(lambda: worker.said("infobip_waiting"), "it says that it waits")
        drain(made)
        until(lambda: infobip.tagged("VIP") == emails(range(500, 2000)), "all are delivered")
        assert made.outcomes() == {"accepted": 2500}
        assert not made.dead_letters()
        assert worker.stop() == 0
        assert not worker.said("job_failed")


def test_strangers_among_those_who_leave_cost_a_few_calls(broker: Broker, tmp_path: Path, unique: str) -> None:
    options = SimulatorOptions(limits=None, unknown_people_in_tag_batch="refuse")
    with SimulatorThread(options) as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 1) as made:
        made.publish(event(number) for number in range(500))
        worker = made.start()
        drain(made)
        made.publish(event(number, "exit") for number in range(1000))
        drain(made)
        assert worker.stop() == 0
        assert infobip.tagged("VIP") == set()
        assert made.outcomes() == {"accepted": 1000, "unchanged": 500}
        assert infobip.count("remove_tag") + infobip.count("match_people") <= 25
