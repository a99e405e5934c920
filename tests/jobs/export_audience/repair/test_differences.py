"""From what a verification found to orders: each person once, in the partition that tells of them."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from schemas.jobs.export_audience import ExportAudience
from schemas.records.repairs import RepairAction, RepairOrder
from streams.jobs.export_audience.fields import compile_fields
from streams.jobs.export_audience.repair import differences as module
from streams.jobs.export_audience.repair.differences import Difference, Orders, differences
from streams.jobs.export_audience.verification import store
from streams.jobs.export_audience.verification.ledger import Ledger
from streams.jobs.export_audience.verification.people import People
from streams.jobs.export_audience.verification.truth import Truth
from streams.jobs.export_audience.verification.verification import Findings, Verification
from streams.simulator.identity import Identity
from tests.fakes.infobip import NOW, Infobip
from tests.jobs.export_audience.membership_fakes import TOPIC, Brokers
from tests.jobs.export_audience.repair.repairing import REPAIR, person
from tests.jobs.export_audience.verification.verifying import publish, settle
from tests.making import export_job

COMPARED = [((TOPIC, 0), "first", 5), ((TOPIC, 1), "first", 7)]
ALL: Sequence[RepairAction] = ("add", "remove", "fields")


def orders(*found: Difference) -> list[RepairOrder]:
    return list(Orders(COMPARED, "vip", REPAIR, NOW).of(found))


class Comparing:
    """A verification that can be looked at again, between brokers in lists and the simulator's account."""

    def __init__(self, job: ExportAudience, brokers: Brokers, infobip: Infobip, folder: Path, *, fields: bool) -> None:
        self.job, self.brokers, self.infobip, self.folder, self.fields = job, brokers, infobip, folder, fields

    def found(self, meanwhile: Any = None) -> tuple[Findings, list[Difference]]:
        """What is found, and what is to be done about it; after something else, the second time."""
        return asyncio.run(self._found(meanwhile))

    async def _found(self, meanwhile: Any) -> tuple[Findings, list[Difference]]:
        mapped = {path: (target.to, target.type) for path, target in self.job.map_fields.items()}

        async def perform(call: Any) -> Any:
            return self.infobip.answer(call)

        with store.opened(self.folder / "store") as kept:
            ledger = Ledger(self.job, kept, compile_fields(mapped, {}, {}) if self.fields else None)
            truth = Truth(self.job, {TOPIC: self.brokers}, ledger)
            people = People(self.job, perform, fields=self.fields)
            work = Verification(ledger, truth, people, None, lambda _: None)
            findings = await work.run()
            if meanwhile is not None:
                meanwhile()
                findings = await work.again()
            assert truth.compared() == [
                ((TOPIC, number), self.brokers.topic_id, len(self.brokers.events.get(number, ())))
                for number in range(2)
            ]
            return findings, list(differences(ledger, ALL))

    def untag(self, email: str) -> None:
        """Take the tag from somebody."""
        account = self.infobip.account
        account.remove_tag("VIP", [account.person(Identity("EMAIL", email))], NOW)


def comparing(
    tmp_path: Path, profiles: Mapping[str, str], tagged: Mapping[str, tuple[str, ...]], *, fields: bool = False
) -> Comparing:
    """Profiles that entered by emails, and people with tags."""
    brokers, infobip = Brokers(partitions=2), Infobip.simulated()
    for profile, email in profiles.items():
        publish(brokers, profile, "enter", "vip", {"email": email, "first_name": profile})
    brokers.committed = {number: len(brokers.events.get(number, ())) for number in range(2)}
    settle(infobip, {"none@example.com": ("VIP",), **tagged})
    job = export_job(topics=[TOPIC], audiences=["vip"], tag="VIP", map_fields={"first_name": "firstName"})
    return Comparing(job, brokers, infobip, tmp_path, fields=fields)


def place_of(profile: str) -> int:
    return sum(profile.encode()) % 2


def test_who_lacks_the_tag_and_who_has_it_in_vain_are_told_with_their_partition_and_profile(
    tmp_path: Path,
) -> None:
    made = comparing(tmp_path, {"u-1": "ann@example.com", "u-2": "bob@example.com"}, {"bob@example.com": ()})
    _, found = made.found()
    told = {one.person.names[0]: (one.place, one.action, one.tag, one.person.exists) for one in found}
    assert told == {
        "EMAIL ann@example.com": (place_of("u-1"), "add", "VIP", False),
        "EMAIL bob@example.com": (place_of("u-2"), "add", "VIP", True),
        "EMAIL none@example.com": (None, "remove", "VIP", True),
    }
    assert {one.person.profile_id for one in found} == {"u-1", "u-2", None}


def test_with_fields_they_are_told_as_the_profile_said_them_last(tmp_path: Path) -> None:
    tagged = {"ann@example.com": ("VIP",)}
    made = comparing(tmp_path, {"u-1": "ann@example.com", "u-2": "bob@example.com"}, tagged, fields=True)
    _, found = made.found()
    assert {(one.action, one.tag, str(one.person.fields)) for one in found} == {
        ("add", "VIP", "{'firstName': 'u-2'}"),
        ("fields", None, "{'firstName': 'u-1'}"),
        ("remove", "VIP", "{}"),
    }


def test_looked_at_again_who_had_a_tag_in_vain_may_lack_it_and_the_other_way_round(tmp_path: Path) -> None:
    made = comparing(tmp_path, {"u-1": "ann@example.com"}, {"ann@example.com": ()})

    def meanwhile() -> None:
        publish(made.brokers, "u-9", "enter", "vip", {"email": "none@example.com"})
        publish(made.brokers, "u-1", "exit", "vip", {"email": "ann@example.com"})
        made.brokers.committed = {number: len(made.brokers.events.get(number, ())) for number in range(2)}
        made.untag("none@example.com")
        settle(made.infobip, {"ann@example.com": ("VIP",)})

    findings, found = made.found(meanwhile)
    assert {(one.action, one.person.names[0]) for one in found} == {
        ("add", "EMAIL none@example.com"),
        ("remove", "EMAIL ann@example.com"),
    }
    assert (findings.drift.missing.count, findings.drift.too_many.count) == (1, 1)


def test_what_was_mended_is_told_no_more(tmp_path: Path) -> None:
    made = comparing(tmp_path, {"u-1": "ann@example.com"}, {})

    def meanwhile() -> None:
        settle(made.infobip, {"ann@example.com": ("VIP",)})
        made.untag("none@example.com")

    _, found = made.found(meanwhile)
    assert found == []


def test_orders_are_full_and_each_is_of_one_partition_action_and_tag() -> None:
    people = [Difference(number % 2, "add", "VIP", person(f"p{number}")) for number in range(3000)]
    made = orders(*people, Difference(0, "add", "Gold", person("ann")), Difference(0, "remove", "VIP", person("bob")))
    assert [(one.partition, one.as_of, one.action, one.tag, len(one.people)) for one in made] == [
        (0, 5, "add", "VIP", 1000),
        (1, 7, "add", "VIP", 1000),
        (0, 5, "add", "VIP", 500),
        (1, 7, "add", "VIP", 500),
        (0, 5, "add", "Gold", 1),
        (0, 5, "remove", "VIP", 1),
    ]
    assert {one.everywhere for one in made} == {()}


def test_people_of_whom_no_partition_tells_go_to_one_after_the_other_and_all_are_looked_at() -> None:
    made = orders(*(Difference(None, "remove", "VIP", person(f"p{number}")) for number in range(2500)))
    assert [(one.partition, len(one.people)) for one in made] == [(0, 1000), (1, 1000), (0, 500)]
    assert {one.everywhere for one in made} == {((TOPIC, 0, 5), (TOPIC, 1, 7))}


@pytest.mark.parametrize(("fields", "kept"), [("a" * 300, 2), ("a" * 600, 0)])
def test_an_order_weighs_no_more_than_brokers_take(fields: str, kept: int) -> None:
    people = [Difference(0, "add", "VIP", person(f"p{number}", firstName=fields)) for number in range(2)]
    with patch.object(module, "ORDER_BYTES_MAX", 500):
        made = orders(*people)
    assert sum(len(one.people) for one in made) == 2
    assert sum(bool(each.fields) for one in made for each in one.people) == kept
    assert len(made) == (2 if kept else 1)
