"""What an import asks before its first page, how it begins and ends, and how it is stopped while it waits."""

import asyncio
import logging
import time
from datetime import datetime, tzinfo
from typing import Any, Self

import httpx
import orjson
import pytest

from schemas.jobs.import_contacts import ImportContacts
from streams.agents.run import OwnRun
from streams.jobs.import_contacts import importer
from tests.fakes.brokers import Brokers
from tests.fakes.clock import now
from tests.fakes.infobip import NOW, Infobip
from tests.jobs.starting import Start, prepared, started

REFUSED = "the API key of authorization 'main' is refused"
NOBODY = httpx.ConnectError("refused")
CURSOR = "infobip_cursor_contacts"
EVERY_SECONDS = 300


def job(*tags: str, **said: Any) -> ImportContacts:
    return ImportContacts(name="contacts", kind="import_contacts", authorization="main", tags=tags, **said)


def account(*names: str) -> Infobip:
    """An account with these people, and the tag that all of them bear."""
    infobip = Infobip.simulated()
    infobip.account.create_tag("VIP", NOW)
    for name in names:
        infobip.account.create({"firstName": name, "tags": ["VIP"]}, NOW)
    return infobip


def imported(brokers: Brokers) -> list[str]:
    return [orjson.loads(one.value or b"{}")["first_name"] for one in brokers.of("infobip_contacts")]


async def lived(start: Start) -> None:
    """Live to the end."""
    assert await start.live()


async def stopped_later(start: Start) -> None:
    """Live until it is stopped, and end at once then."""
    living = asyncio.create_task(start.live())
    await asyncio.sleep(100)
    assert not living.done()
    start.stopping.set()
    await asyncio.sleep(1)
    assert living.done()
    assert await living is True


def test_tags_are_looked_for_and_one_that_nobody_has_is_told_of_and_not_made(
    caplog: pytest.LogCaptureFixture,
) -> None:
    start = started(job("VIP", "GOLD"), account(), prepared)
    assert start.brokers.diary == ["get_tag", "get_tag"]
    assert [tag.name for tag in start.infobip.account.tags.values()] == ["VIP"]
    assert caplog.messages == ["tag_missing job=contacts tag='GOLD': nobody has it yet"]
    (run,) = start.runs
    assert isinstance(run, OwnRun)


def test_topics_come_before_the_account_and_nothing_is_written_before_older_owners_are_shut_out() -> None:
    start = started(job("VIP"), account("Ann", "Bob"), lived)
    diary = [line for line in start.brokers.diary if not line.endswith("contacts/worker-1")]
    made = ["job_states", "flushes", "dead_letters", "commands", "contacts", "cursor_contacts", "imported_contacts"]
    assert diary[: len(made)] == [f"create infobip_{name}" for name in made]
    assert diary[len(made) :][:4] == ["list_persons", "get_tag", "open transactions", "list_persons"]
    assert diary[-1] == "close transactions"
    assert start.brokers.topics[CURSOR] == 1


def test_an_import_that_is_done_has_ended_well() -> None:
    start = started(job(), account("Ann", "Bob"), lived)
    assert imported(start.brokers) == ["Ann", "Bob"]
    assert len(start.brokers.of("infobip_flushes")) == 1
    assert start.states[-1] == ("stopped", "")


def test_begun_again_it_imports_nobody_twice() -> None:
    infobip, brokers = account("Ann"), Brokers()
    for _ in range(2):
        started(job(), infobip, lived, brokers)
    assert imported(brokers) == ["Ann"]


class Clock(datetime):
    """Tells the time of the test, from that of the machine on."""

    BEGAN = 0.0

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls.fromtimestamp(cls.BEGAN + now(), tz)


def test_after_a_run_that_failed_it_goes_on_from_its_last_commit_though_no_reader_sees_that_yet(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def story(start: Start) -> None:
        living = asyncio.create_task(start.live())
        await asyncio.sleep(EVERY_SECONDS / 2)
        monkeypatch.setattr(importer, "read_topic", lambda *_: iter(()))
        infobip.meets = lambda _: 400
        await asyncio.sleep(EVERY_SECONDS)
        assert any(detail.startswith("the last run failed") for _, detail in start.states)
        infobip.meets = lambda _: None
        await asyncio.sleep(EVERY_SECONDS)
        start.stopping.set()
        assert await living is True

    monkeypatch.setattr(Clock, "BEGAN", time.time())
    monkeypatch.setattr(importer, "datetime", Clock)
    caplog.set_level(logging.INFO)
    infobip = account("Ann")
    started(job(keep_updated=True, every_seconds=EVERY_SECONDS), infobip, story)
    begun = [line.split(" full=")[1] for line in caplog.messages if line.startswith("import_started")]
    assert len(begun) == 3
    assert begun[0] == "True from=None"
    assert begun[1] == begun[2]
    assert begun[1].startswith("False from=")


# --- stopped, and kept waiting ----------------------------------------------------------------------------------------


def test_it_may_be_stopped_while_it_waits_for_its_next_run() -> None:
    start = started(job(keep_updated=True), account("Ann"), stopped_later)
    assert imported(start.brokers) == ["Ann"]
    assert start.brokers.diary.count("close transactions") == 1
    assert any(detail.startswith("next run at ") for _, detail in start.states)
    assert start.states[-1] == ("stopped", "")


def test_it_may_be_stopped_while_another_process_owns_it() -> None:
    start = started(job(), account("Ann"), stopped_later, Brokers(leads=False))
    assert imported(start.brokers) == []
    assert "open transactions" not in start.brokers.diary
    assert start.states[-1] == ("stopped", "")


@pytest.mark.parametrize("reachable", [0, 1, 2], ids=["proof", "tag", "people"])
def test_it_may_be_stopped_while_infobip_is_away(reachable: int) -> None:
    infobip = account("Ann")
    infobip.meets = lambda _: None if len(infobip.calls) <= reachable else NOBODY
    start = started(job("VIP"), infobip, stopped_later)
    assert imported(start.brokers) == []
    assert start.brokers.of(CURSOR) == []
    assert start.brokers.diary.count("close transactions") == start.brokers.diary.count("open transactions")


def test_an_infobip_that_is_away_is_waited_for() -> None:
    infobip = account("Ann")
    infobip.meets = lambda _: NOBODY if now() < 100 else None
    start = started(job("VIP"), infobip, lived)
    assert imported(start.brokers) == ["Ann"]


def test_a_key_that_is_refused_at_first_ends_the_job() -> None:
    async def story(start: Start) -> None:
        assert await start.live() is False

    infobip = account("Ann")
    assert infobip.world is not None
    infobip.world.keys.clear()
    start = started(job("VIP"), infobip, story)
    assert start.states[-1] == ("failed", REFUSED)
    assert infobip.operations == ["list_persons"]
    assert start.runs == []


def test_a_key_that_is_refused_later_is_waited_for() -> None:
    async def story(start: Start) -> None:
        living = asyncio.create_task(start.live())
        await asyncio.sleep(100)
        assert start.states[-1] == ("unauthorized", REFUSED)
        refused.clear()
        assert await living is True

    refused = {"get_tag"}
    infobip = account("Ann")
    infobip.meets = lambda call: 401 if str(call.operation) in refused else None
    assert imported(started(job("VIP"), infobip, story).brokers) == ["Ann"]
