"""Audiences mirrored as lists on Apache Kafka: by several processes, over kills, with lists that vanish."""

from pathlib import Path

import orjson
import pytest

from schemas.records.outcomes import DeadLetter, Flush
from streams.cli.cohorts import gather
from streams.config.load import load
from streams.simulator import SimulatorOptions
from tests.integration.brokers import Broker
from tests.integration.cohorts import LIMITS, addresses, cohort_job, lists, member, mirroring, vanish
from tests.integration.harness import Corridor, SimulatorThread, until

pytestmark = pytest.mark.kafka


def flushes(made: Corridor) -> list[Flush]:
    return [Flush.model_validate_json(one.value()) for one in made.read("infobip_flushes")]


def too_fast(infobip: SimulatorThread) -> int:
    return sum(infobip.count(name, 429) for name in ("create_list", "add_to_list", "remove_from_list"))


def test_two_processes_mirror_an_audience_and_one_that_leads_is_killed(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with mirroring(broker, tmp_path, unique) as (infobip, made):
        made.publish(member(number) for number in range(6_000))
        workers = [made.start() for _ in range(2)]
        until(lambda: infobip.count("add_to_list", 200) >= 2, "somebody leads")
        leader = next(worker for worker in workers if worker.said("lists_led"))
        leader.kill()
        made.publish(member(number, "exit") for number in range(0, 6_000, 2))
        until(lambda: made.lag() == 0, "all is in the lists")
        assert lists(infobip) == {"[Kafka] vip": addresses(range(1, 6_000, 2))}
        assert (infobip.count("create_list"), too_fast(infobip)) == (1, 0)
        (other,) = [worker for worker in workers if worker is not leader]
        assert other.said("lists_led")
        assert other.stop() == 0
        assert [one for one in made.read("infobip_dead_letters") if one.value()] == []


def test_whoever_slept_while_another_led_leads_again_when_that_one_ends(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with mirroring(broker, tmp_path, unique) as (infobip, made):
        first = made.start()
        made.publish(member(number) for number in range(1_000))
        until(lambda: made.lag() == 0, "the first one leads")
        second = made.start()
        first.pause()
        until(lambda: second.said("lists_led"), "the second one leads")
        first.resume()
        made.publish(member(number, "exit") for number in range(0, 1_000, 2))
        until(lambda: made.lag() == 0, "all is out of the lists")
        assert second.stop() == 0
        made.publish(member(number) for number in range(1_000, 1_500))
        until(lambda: made.lag() == 0, "the first one leads again")
        assert lists(infobip) == {"[Kafka] vip": addresses(range(1, 1_000, 2)) | addresses(range(1_000, 1_500))}
        assert (infobip.count("create_list"), too_fast(infobip)) == (1, 0)
        assert first.log.read_text().count("lists_led") >= 2
        assert not first.said("job_crashed")
        assert first.stop() == 0


def test_what_is_refused_is_a_dead_letter_and_the_rest_goes_on(broker: Broker, tmp_path: Path, unique: str) -> None:
    bad = member(7, email="+seven@example.com")  # an address to us, and none to this Infobip
    options = SimulatorOptions(limits=LIMITS, contacts="exist")
    with mirroring(broker, tmp_path, unique, options) as (infobip, made):
        made.publish([*(member(number) for number in range(5)), bad, member(8, email="nobody")])
        worker = made.start()
        until(lambda: made.lag() == 0, "all is told")
        assert lists(infobip) == {"[Kafka] vip": addresses(range(5))}
        letters = [DeadLetter.model_validate_json(one.value()) for one in made.read("infobip_dead_letters")]
        assert {(one.reason, one.value) for one in letters} == {
            ("rejected", orjson.dumps(bad).decode()),
            ("no_address", orjson.dumps(member(8, email="nobody")).decode()),
        }
        assert {one.detail for one in letters if one.reason == "rejected"} == {"VALIDATION_ERROR"}
        told = flushes(made)
        assert sum(one.created_count or 0 for one in told) == 5
        assert [one.errors for one in told if one.errors] == [{"VALIDATION_ERROR": 1}]
        assert sum(sum(one.outcomes.values()) for one in told) == sum(one.events for one in told) == 7
        assert sum(one.outcomes.get("accepted", 0) for one in told) == 5
        assert worker.stop() == 0


def test_a_list_that_vanishes_is_made_anew_and_filled_and_known_after_a_restart(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with mirroring(broker, tmp_path, unique) as (infobip, made):
        made.publish([*(member(number) for number in range(50)), member(1, "exit")])
        first = made.start()
        until(lambda: made.lag() == 0 and "[Kafka] vip" in lists(infobip), "the list is filled")
        vanish(infobip, "[Kafka] vip")
        made.publish([member(2, email="moved@example.com")])
        until(lambda: made.lag() == 0, "the list is filled again")
        wanted = addresses(range(50)) - addresses(range(1, 3)) | {"moved@example.com"}
        assert lists(infobip) == {"[Kafka] vip": wanted}
        assert first.said("list_vanished")
        assert first.stop() == 0
        second, calls = made.start(), infobip.count("add_to_list")
        made.publish([member(3, "exit"), member(60)])
        until(lambda: made.lag() == 0, "both are told")
        assert lists(infobip) == {"[Kafka] vip": wanted - addresses(range(3, 4)) | addresses(range(60, 61))}
        assert (infobip.count("create_list"), infobip.count("add_to_list") - calls) == (2, 1)
        assert too_fast(infobip) == 0
        (row,) = gather(load(made.write_configuration(), {"INFOBIP_API_KEY": "demo-key"}), [unique])
        assert (row.audience, row.name, row.members, row.waiting, row.refused) == ("vip", "[Kafka] vip", 49, 0, 0)
        assert row.list_id == infobip.do(lambda: str(next(infobip.simulator.account.lists.shown())["listId"]))
        assert row.synced_at is not None
        assert second.stop() == 0


def test_two_jobs_of_one_key_share_its_turns_though_each_has_a_process_of_its_own(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with mirroring(broker, tmp_path, unique, audiences=["vip"]) as (infobip, made):
        other = cohort_job(f"{unique}-other", made.topic, audiences=["vip"], list_name="Other {audience}")
        made.configuration["jobs"].append(other)
        made.publish(member(number) for number in range(3_000))
        workers = [made.start(job["name"]) for job in made.configuration["jobs"]]
        until(lambda: made.lag() == 0 and made.lag(other["name"]) == 0, "both have told all")
        wanted = addresses(range(3_000))
        assert lists(infobip) == {"[Kafka] vip": wanted, "Other vip": wanted}
        assert too_fast(infobip) == 0
        assert sum(worker.said("lists_led") for worker in workers) >= 1
        assert [worker.stop() for worker in workers] == [0, 0]
