"""What `check --online` shows of a number, and what of it is a fault."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from schemas.configuration import Configuration
from schemas.jobs.receive_messages import ReceiveMessages
from schemas.records.states import InboundSubscription
from streams.app.check_online import check_account
from streams.errors import StreamsError
from streams.jobs.receive_messages import check
from tests.fakes.clock import play
from tests.infobip.configuration_fakes import NUMBER, ConfigurationKeeper
from tests.jobs.receive_messages.receiving import FORWARDING, THEIRS, client_at, receive_job, subscription

WORKS = "authorization main: the key works"
PLACE = f"number {NUMBER} on sms"


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> dict[str, InboundSubscription]:
    """What is in the topics of jobs."""
    found: dict[str, InboundSubscription] = {}
    monkeypatch.setattr(check, "kept_of", lambda *_: found)

    async def here(work: Any) -> Any:
        return work()

    monkeypatch.setattr(asyncio, "to_thread", here)
    return found


def checked(*there: Mapping[str, Any], **options: Any) -> tuple[list[str], list[str]]:
    """The faults that are found, and what is said."""
    job = receive_job(**options)
    said: list[str] = []
    keeper = ConfigurationKeeper(*there)

    async def story() -> list[str]:
        return await check_account(client_at(keeper), configuration_of(job), {3: job}, said.append)

    faults = play(story())
    assert keeper.changes == []
    return faults, said


def configuration_of(job: ReceiveMessages) -> Configuration:
    return Configuration.model_validate(
        {
            "kafka": {"brokers": "127.0.0.1:1"},
            "authorizations": [{"name": "main", "base_url": "a", "api_key": "k"}],
            "webhooks": {"public_url": "https://h.example.com/in", "secret": "hush"},
            "jobs": [job],
        }
    )


@pytest.mark.usefixtures("kept")
def test_a_number_that_is_told_to_nobody_will_be_subscribed_to() -> None:
    assert checked() == ([], [f"{PLACE}, no keyword: will be subscribed to", WORKS])


@pytest.mark.usefixtures("kept")
def test_what_is_in_place_and_what_else_there_is_of_the_number_is_said() -> None:
    others = {"keyword": "HELP", "forwarding": THEIRS}, {"forwarding": {"type": "PULL"}}
    assert checked({"keyword": "order", "forwarding": FORWARDING}, *others, keyword="ORDER") == (
        [],
        [
            f"{PLACE}, keyword HELP: configuration KEY1 forwards to other.example",
            f"{PLACE}, no keyword: configuration KEY2 is of type PULL",
            f"{PLACE}, keyword ORDER: configuration KEY0 is in place",
            WORKS,
        ],
    )


@pytest.mark.usefixtures("kept")
def test_somebody_elses_is_a_fault() -> None:
    faults, said = checked({"forwarding": THEIRS})
    told = "configuration KEY0 of its number and keyword forwards to other.example, which is not ours"
    assert faults == [f"jobs[3].number: {told}: end it there, or set take_over: true"]
    assert said == [f"{PLACE}, no keyword: configuration KEY0 forwards to other.example, which is not ours", WORKS]


@pytest.mark.usefixtures("kept")
def test_somebody_elses_that_is_to_be_taken_over_is_none() -> None:
    faults, said = checked({"forwarding": THEIRS}, take_over=True)
    told = "configuration KEY0 forwards to other.example, which is not ours; it will be taken over"
    assert (faults, said) == ([], [f"{PLACE}, no keyword: {told}", WORKS])


def test_what_was_the_jobs_at_another_address_will_be_changed(kept: dict[str, InboundSubscription]) -> None:
    kept["orders"] = subscription(public_url="https://old.example.com")
    there = {"forwarding": {**FORWARDING, "url": "https://old.example.com/t/x/inbound/sms"}}
    told = f"{PLACE}, no keyword: configuration KEY0 will be changed (forwarding.url)"
    assert checked(there) == ([], [told, WORKS])


def test_brokers_that_do_not_answer_are_no_fault_of_the_account(
    kept: dict[str, InboundSubscription], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any) -> None:
        raise StreamsError("kafka.brokers: 127.0.0.1:1: the connection was refused")

    monkeypatch.setattr(check, "kept_of", away)
    faults, said = checked({"forwarding": FORWARDING})
    assert (faults, kept) == ([], {})
    assert said[0] == (
        f"{PLACE}, no keyword: what the job had before was not looked at, because kafka.brokers: 127.0.0.1:1: the "
        "connection was refused"
    )
