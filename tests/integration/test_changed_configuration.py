"""A job whose configuration has changed, on a real broker: it stops with words, or goes on with new events only."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from schemas.records.states import ExportedConfiguration
from tests.integration.brokers import Broker
from tests.integration.commands import call, status
from tests.integration.events import drain, emails, event
from tests.integration.harness import Corridor, SimulatorThread, Worker, corridor, until

pytestmark = [pytest.mark.broker, pytest.mark.kafka]

MEMBERS = 40
WHAT = "its configuration has changed (tag 'VIP' -> 'GOLD' of vip)"
MEANS = "there are 40 members by Kafka; 40 are to get tag 'GOLD'; 40 are to lose tag 'VIP', which 41 people have"


def run(made: Corridor, code: int = 0) -> Worker:
    """Run until all is read."""
    worker = made.start()
    drain(made)
    assert worker.stop() == code
    return worker


def remembered(made: Corridor) -> list[ExportedConfiguration]:
    """What the job remembered, one after the other, as far as compaction leaves it."""
    records = [one for one in made.read("infobip_job_states") if one.key() == f"{made.name}/configuration".encode()]
    return [ExportedConfiguration.model_validate_json(one.value()) for one in records]


def test_a_job_stops_at_another_tag_and_says_what_it_means(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 2) as made:
        made.publish(event(n) for n in range(MEMBERS))
        run(made)
        person = {"contactInformation": [{"type": "EMAIL", "identifier": "by-hand@example.com"}], "tags": ["VIP"]}
        infobip.do(lambda: infobip.simulator.account.upsert([person], datetime.now(UTC)))
        assert "configuration has changed" not in call(made, "check", "--online")
        made.change(tag="GOLD")
        # Beforehand, for whoever deploys it:
        told = call(made, "check", "--online", code=1)
        assert f"jobs[0].on_change: {WHAT}; for existing members: {MEANS}" in told
        made.publish(event(n) for n in range(MEMBERS, MEMBERS + 5))
        worker = made.start()
        assert worker.process.wait(60) == 1
        assert worker.said(f"job_failed job={unique} error=job '{unique}': {WHAT}; for existing members: there are 45")
        assert not worker.said("Traceback")
        for choice in ("`on_change: stop`", "`on_change: keep`", "put the configuration back"):
            assert worker.said(choice)
        shown = status(made)
        assert shown["state"] == "failed"
        assert WHAT in shown["detail"]
        assert infobip.tagged("VIP") == {*emails(range(MEMBERS)), "by-hand@example.com"}, "nothing was done"
        assert infobip.count("create_tag") == 1
        made.change(tag="VIP")
        run(made)
        assert infobip.tagged("VIP") == {*emails(range(MEMBERS + 5)), "by-hand@example.com"}
        assert len(remembered(made)) == 1


def test_a_job_that_keeps_what_is_there_goes_on_with_new_events(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 2) as made:
        made.change(on_change="keep")
        made.publish(event(n) for n in range(10))
        assert not run(made).said("configuration_changed")
        made.change(tag="GOLD")
        told = call(made, "check", "--online")
        assert "10 are to get tag 'GOLD'" in told
        assert "`on_change: keep` leaves them as they are" in told
        made.publish(event(n) for n in range(10, 20))
        assert run(made).said(f"configuration_changed job={unique} on_change=keep: tag 'VIP' -> 'GOLD' of vip")
        made.change(on_change="stop")
        run(made)
        assert infobip.tagged("VIP") == emails(range(10))
        assert infobip.tagged("GOLD") == emails(range(10, 20))


def test_what_has_no_effect_stops_nobody_nor_does_another_name(broker: Broker, tmp_path: Path, unique: str) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 2) as made:
        made.change(tag={"vip": "VIP", "gold": "GOLD"}, audiences=["vip", "gold"])
        made.publish(event(n) for n in range(10))
        run(made)
        made.change(tag={"gold": "Gold", "vip": "vip"}, audiences=["gold", "vip"], label="Another")
        made.change(flush={"max_events": 100, "max_seconds": 0.5}, give_up_after={"seconds": 900})
        run(made)
        made.configuration["jobs"] = [made.job(f"{unique}-2", tag="OTHER")]
        worker = made.start()
        until(lambda: made.lag(f"{unique}-2") == 0, "all events committed")
        assert worker.stop() == 0
        assert infobip.tagged("OTHER") == emails(range(10))
        assert not made.said("configuration_changed")


def test_two_that_begin_at_once_keep_one_change_and_who_is_not_replaced_leaves_it(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, tmp_path, unique, 4) as made:
        made.change(on_change="keep")
        made.publish(event(n) for n in range(20))
        old = made.start(instance="old")
        drain(made)
        made.change(tag="GOLD")
        new = [made.start(instance="new-1"), made.start(instance="new-2")]
        until(lambda: {one.tags["vip"] for one in remembered(made)} == {"VIP", "GOLD"}, "the change is kept")
        old.kill()
        made.change(tag="VIP")
        again = made.start(instance="old")
        until(lambda: again.said("configuration_outdated"), "the former configuration begins again")
        until(lambda: status(made)["processes"] == 3, "all three read")
        assert remembered(made)[-1].tags == {"vip": "GOLD"}
        assert not again.said("configuration_changed")
        # Once all of the others are gone, the change was taken back.
        assert [one.stop() for one in new] == [0, 0]
        until(lambda: remembered(made)[-1].tags == {"vip": "VIP"}, "it is what the job remembers")
