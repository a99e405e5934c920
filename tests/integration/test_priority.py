"""Jobs of one process that share a request limit, on a real broker: whose calls go first."""

from pathlib import Path

import pytest

from streams.simulator import SimulatorOptions
from tests.contents import send_job
from tests.integration.brokers import Broker
from tests.integration.harness import until
from tests.integration.sends import enter, sending, sent

pytestmark = pytest.mark.broker

#: A place each two seconds: longer than an event takes from its topic to its call, also on a busy machine.
PER_SECOND = 0.5
BACKFILL, CODES = 200, 3


@pytest.mark.parametrize("priority", ["high", "normal"])
def test_codes_do_not_wait_behind_a_backfill_of_the_same_account(
    broker: Broker, tmp_path: Path, unique: str, priority: str
) -> None:
    with sending(broker, tmp_path, unique, SimulatorOptions(limits=None), max_per_request=1) as (infobip, made):
        made.configuration["authorizations"][0]["limits"] = {"send_sms": PER_SECOND}
        codes = f"{made.topic}.codes"
        made.create_topic(name=codes)
        made.configuration["jobs"].append(
            send_job("sms", codes, "login", name=f"{unique}-codes", max_per_request=1, priority=priority)
        )
        made.publish(enter(number) for number in range(BACKFILL))
        worker = made.start()
        until(lambda: bool(sent(infobip)) and worker.said(f"partitions_assigned job={unique}-codes"), "both jobs read")
        behind = len(sent(infobip))
        for number in range(CODES):
            made.publish([enter(BACKFILL + number, audience="login")], topic=codes)

        def places() -> list[int]:
            """Which messages are codes, counted from the moment at which the first was asked for."""
            sent_since = [int(message.to.removeprefix("44791")) >= BACKFILL for message in sent(infobip)[behind:]]
            return [place for place, is_code in enumerate(sent_since) if is_code]

        if priority == "high":
            until(lambda: len(places()) == CODES, "the codes are sent")
            # One or two more of the backfill while the first code was on its way to us; then code by code.
            assert places()[-1] - places()[0] == CODES - 1
            assert places()[0] <= 2
        else:
            until(lambda: len(sent(infobip)) >= behind + 2 * CODES, "the backfill goes on")
            assert places() == []
