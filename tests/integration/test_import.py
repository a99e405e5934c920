"""The import on a real broker: what downstream teams see of the people of an account."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from streams.simulator import SimulatorOptions
from streams.simulator.account import Account
from streams.simulator.identity import Identity
from streams.simulator.world import utc_now
from tests.integration.brokers import Broker
from tests.integration.commands import call, status
from tests.integration.importing import Crowd, Import, differing, importing

pytestmark = pytest.mark.broker

LONG_AGO = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
UPDATED = {"keep_updated": True, "every_seconds": 1}


def catch_up(made: Import, infobip: Crowd, *tags: str) -> None:
    """Let two runs end, of which the second began after all that has happened: then the contacts equal Infobip."""
    made.let_runs_end(2)
    assert differing(made, infobip, *tags) == []


def test_everybody_arrives_once_and_the_records_add_up(broker: Broker, tmp_path: Path, unique: str) -> None:
    with Crowd() as infobip, importing(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        infobip.do(lambda: infobip.simulator.account.create_attribute({"name": "ltv", "dataType": "DECIMAL"}, LONG_AGO))
        for second in range(20):
            infobip.create(range(second * 120, second * 120 + 120), LONG_AGO + timedelta(seconds=second))
        rich = {
            "externalId": "x-1",
            "middleName": "Q",
            "birthDate": "1990-02-03",
            "preferredLanguage": "en",
            "customAttributes": {"ltv": 7.5},
            "tags": ["vip", "new"],
        }
        infobip.create([9000], LONG_AGO, **rich)
        infobip.change([9000], contactInformation=[{"type": "PHONE", "identifier": "14155550100"}], externalId="x-1")
        assert made.run() == 0

        assert differing(made, infobip) == []
        (found,) = [contact for contact in made.view().values() if contact.get("infobip_external_id") == "x-1"]
        assert (found["phone"], found["ltv"], found["infobip_tags"]) == ("+14155550100", 7.5, ["vip", "new"])
        key, _, headers = made.contacts()[0]
        (flush,) = made.flushes()
        cursor = made.cursor()
        assert cursor is not None
        assert cursor.run is not None
        assert key == str(infobip.person_id(0))
        assert headers == {"job": unique, "run_id": cursor.run.run_id, "modifiedAt": "2026-03-01T12:00:00Z"}
        assert "compact" in made.policy_of("infobip_contacts")
        assert (flush.events, flush.outcomes, flush.partitions) == (2401, {"imported": 2401}, ())
        assert flush.calls == {"list_persons": 3}
        told = status(made)
        assert (told["state"], told["outcomes"], told["next_run"]) == ("stopped", {"imported": 2401}, None)
        assert told["cursor"] == cursor.modified_at.isoformat() if cursor.modified_at else None
        assert (told["last_run"]["run_id"], told["last_run"]["expected"]) == (cursor.run.run_id, 2401)
        assert "last run" in call(made, "status")

        assert made.run() == 0
        assert len(made.flushes()) == 2
        assert (len(made.contacts()), made.repeated()) == (2401, 0)
        assert made.dead_letters() == []


@pytest.mark.parametrize(
    "options",
    [
        pytest.param(SimulatorOptions(limits=None), id="total told"),
        pytest.param(SimulatorOptions(limits=None, total_count_key=None), id="total not told"),
        pytest.param(SimulatorOptions(limits=None, tie_order="shuffled"), id="in no order"),
    ],
)
def test_thousands_tied_in_one_second_arrive_though_some_leave_it_meanwhile(
    broker: Broker, tmp_path: Path, unique: str, options: SimulatorOptions
) -> None:
    with Crowd(options) as infobip, importing(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        infobip.create(range(300), LONG_AGO - timedelta(seconds=1))
        infobip.create(range(1000, 6000), LONG_AGO)
        infobip.create(range(7000, 7300), LONG_AGO + timedelta(seconds=1))

        def leave(listing: int, account: Account) -> None:
            """Let ten leave the second that were read already: those behind them move forward, over a page's edge."""
            if 4 <= listing <= 6:
                for number in range(listing * 10, listing * 10 + 10):
                    person = account.person(Identity("EMAIL", f"p{1000 + number}@example.com"))
                    account.update(Identity("ID", str(person.id)), {"firstName": f"Left{listing}"}, utc_now())

        infobip.before_listing(leave)
        assert made.run() == 0
        assert differing(made, infobip) == []
        assert sum(1 for contact in made.view().values() if "Left" in contact["first_name"]) == 30
        assert made.repeated() == 0
        (flush,) = made.flushes()
        assert flush.outcomes["imported"] == len(made.contacts()) >= 5600


def test_changes_between_runs_arrive_and_nobody_else_is_written_again(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with Crowd() as infobip, importing(broker.bootstrap, infobip.url, tmp_path, unique, **UPDATED) as made:
        infobip.create(range(1500), LONG_AGO)
        infobip.create(range(1500, 1600), tags=["vip"])
        worker = made.start()
        catch_up(made, infobip)
        assert len(made.contacts()) == 1600

        infobip.change(range(10), firstName="Changed")
        infobip.create(range(2000, 2020))
        infobip.tag("gold", *range(20, 30))
        infobip.untag("vip", *range(1500, 1505))
        catch_up(made, infobip)
        assert len(made.contacts()) == 1600 + 10 + 20 + 10 + 5

        # Twice within one second, and a run in between has seen the first.
        now = utc_now()
        infobip.change([50], now, firstName="Once")
        catch_up(made, infobip)
        infobip.change([50], now, firstName="Twice")
        catch_up(made, infobip)
        assert len(made.contacts()) == 1645 + 2

        # Shown late: modified before the cursor, within what is looked back.
        infobip.change([60], utc_now() - timedelta(seconds=30), firstName="Late")
        catch_up(made, infobip)
        assert len(made.contacts()) == 1645 + 3
        assert made.repeated() == 0

        told = status(made)
        assert (told["state"], told["processes"]) == ("running", 1)
        assert told["next_run"] > told["last_run"]["started_at"] >= told["cursor"]
        assert worker.stop(10) == 0


def test_without_looking_back_nobody_of_the_cursors_own_second_is_lost(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    options = {**UPDATED, "look_back_seconds": 0}
    with Crowd() as infobip, importing(broker.bootstrap, infobip.url, tmp_path, unique, **options) as made:
        infobip.create(range(1200), LONG_AGO)
        worker = made.start()
        catch_up(made, infobip)
        infobip.change(range(5), LONG_AGO, firstName="Again")
        infobip.create([5000], LONG_AGO)
        catch_up(made, infobip)
        assert (len(made.contacts()), made.repeated()) == (1206, 0)
        assert worker.stop(10) == 0


def test_people_with_any_of_the_tags_arrive_and_other_tags_make_a_full_run(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    job = {"tags": ["vip", "Gold"]}
    with Crowd() as infobip, importing(broker.bootstrap, infobip.url, tmp_path, unique, **job) as made:
        infobip.create(range(10), LONG_AGO)
        infobip.create(range(10, 20), LONG_AGO, tags=["vip"])
        infobip.create(range(20, 30), tags=["Gold", "vip"])
        infobip.create(range(30, 40), tags=["Gold"])
        infobip.create(range(40, 50), LONG_AGO, tags=["new"])
        infobip.create(range(50, 60), LONG_AGO, tags=["vip lounge"])
        assert made.run() == 0
        assert differing(made, infobip, "vip", "Gold") == []
        assert len(made.contacts()) == 30

        made.change(tags=["new"])
        assert made.run() == 0
        cursor = made.cursor()
        assert cursor is not None
        assert cursor.run is not None
        assert cursor.run.full
        assert differing(made, infobip, "vip", "Gold", "new") == []
        assert len(made.contacts()) == 40


def test_who_is_gone_becomes_a_tombstone_but_not_too_many_at_once(broker: Broker, tmp_path: Path, unique: str) -> None:
    job = {**UPDATED, "tags": ["vip"], "detect_deletions": True, "sweep_every_seconds": 1}
    with Crowd() as infobip, importing(broker.bootstrap, infobip.url, tmp_path, unique, **job) as made:
        infobip.create(range(100), LONG_AGO, tags=["vip"])
        worker = made.start()
        catch_up(made, infobip, "vip")

        gone = {str(infobip.person_id(number)) for number in range(5)}
        infobip.delete(0, 1, 2)
        infobip.untag("vip", 3, 4)
        catch_up(made, infobip, "vip")
        assert sorted(made.tombstones()) == sorted(gone)
        assert made.outcomes()["deleted"] == 5
        infobip.tag("vip", 4)
        catch_up(made, infobip, "vip")
        assert made.repeated() == 0

        before = made.contacts()
        infobip.delete(*range(10, 40))
        assert worker.process.wait(60) == 1
        assert made.contacts() == before
        clear = "30 of 96 imported contacts are gone, more than max_deletions (20%) allows: none was deleted"
        assert worker.log.read_text().count(clear) == 1
        assert "Traceback" not in worker.log.read_text()
        told = status(made)
        assert told["state"] == "failed"
        assert clear in told["detail"]

        made.change(max_deletions="40%", keep_updated=False)
        assert made.run() == 0
        assert differing(made, infobip, "vip") == []
        assert len(made.tombstones()) == 5 + 30
        made.change(sweep_every_seconds=86_400)  # which is nothing to a job that runs once
        infobip.delete(50)
        assert made.run() == 0
        assert len(made.tombstones()) == 5 + 30 + 1
        assert made.repeated() == 0
