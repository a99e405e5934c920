"""The import when something goes wrong: killed, paused and stopped processes, Infobip in trouble, spoilt answers."""

import signal
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import orjson
import pytest

from streams.simulator import SimulatorOptions
from tests.integration.brokers import Broker
from tests.integration.commands import status
from tests.integration.events import event
from tests.integration.harness import until
from tests.integration.importing import Crowd, Import, differing, importing

pytestmark = pytest.mark.broker

LONG_AGO = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
UPDATED = {"keep_updated": True, "every_seconds": 1}
SCOPES = frozenset({"people:read", "people:manage"})
#: A run lasts for some seconds, so that something can happen in the middle of it.
SLOW = SimulatorOptions(limits=None, latency_seconds=0.3)
PEOPLE = 12_000


def fill(infobip: Crowd, people: int = PEOPLE) -> None:
    """Create people, some hundreds in each second."""
    for first in range(0, people, 400):
        infobip.create(range(first, first + 400), LONG_AGO + timedelta(seconds=first // 400))


def in_the_middle(made: Import, infobip: Crowd) -> None:
    """Return when some pages are written and many are not."""
    target = infobip.listings + 6
    until(lambda: bool(made.owners) and infobip.listings >= target, "some pages are read", 60)
    assert made.alive


def check_one_run(made: Import, infobip: Crowd) -> None:
    """Fail unless all of it was one run, which wrote everybody once."""
    records = made.contacts()
    assert len(records) == PEOPLE
    assert len({headers["run_id"] for _, _, headers in records}) == 1
    assert made.repeated() == 0
    assert differing(made, infobip) == []


@pytest.mark.kafka
def test_when_the_one_that_works_is_killed_another_takes_over_where_it_stood(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with Crowd(SLOW) as infobip, importing(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        fill(infobip)
        made.start()
        made.start()
        in_the_middle(made, infobip)
        (owner,) = made.owners
        owner.kill()
        made.start()
        heirs = [worker for worker in made.workers if worker is not owner]
        assert [heir.process.wait(60) for heir in heirs] == [0, 0]
        check_one_run(made, infobip)
        assert len(made.flushes()) == 1
        begun = [line for heir in heirs for line in heir.log.read_text().splitlines() if "import_started" in line]
        assert len(begun) == 1
        assert "from=2026-03-01" in begun[0]
        assert infobip.listings < 1.5 * PEOPLE / 1000 + 10


def test_an_import_that_hangs_in_a_thread_is_told_and_started_anew(broker: Broker, tmp_path: Path, unique: str) -> None:
    with Crowd(SLOW) as infobip, importing(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        fill(infobip)
        worker = made.start(point="import_hangs_in_thread:3:quick")
        until(lambda: worker.said("job_stalled job="), "it is told", 60)
        assert worker.said("the import writes what it was told, and nothing is known to hold it up: starting it anew")
        assert worker.process.wait(60) == 0  # whatever hangs on in it
        check_one_run(made, infobip)


@pytest.mark.kafka
def test_an_owner_that_wakes_up_too_late_writes_nothing_more(broker: Broker, tmp_path: Path, unique: str) -> None:
    with Crowd(SLOW) as infobip, importing(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        fill(infobip)
        owner = made.start(point="import_paused_before_commit:5")
        until(lambda: owner.said("import_started"), "the first works", 60)
        heir = made.start()
        until(lambda: heir.said("import_owned"), "the other takes over", 60)
        in_the_middle(made, infobip)
        owner.process.send_signal(signal.SIGCONT)
        assert [worker.process.wait(60) for worker in (heir, owner)] == [0, 0]
        check_one_run(made, infobip)
        assert len(made.flushes()) == 1
        assert not owner.said("Traceback")


def test_a_run_that_was_stopped_goes_on(broker: Broker, tmp_path: Path, unique: str) -> None:
    with Crowd(SLOW) as infobip, importing(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        fill(infobip)
        worker = made.start()
        in_the_middle(made, infobip)
        asked = time.monotonic()
        assert worker.stop() == 0
        assert time.monotonic() - asked < 5
        assert 0 < len(made.contacts()) < PEOPLE
        told = status(made)
        assert (told["state"], told["last_run"]["finished_at"]) == ("stopped", None)
        assert made.run() == 0
        check_one_run(made, infobip)


def test_trouble_is_waited_for_and_who_cannot_be_read_is_told_of_once(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with Crowd() as infobip, importing(broker.bootstrap, infobip.url, tmp_path, unique, **UPDATED) as made:
        infobip.create(range(1500))
        infobip.spoil(7, firstName=["no", "text"])
        unreadable = str(infobip.person_id(7))

        def catch_up() -> None:
            made.let_runs_end(2)
            assert differing(made, infobip) == [unreadable]

        worker = made.start(point="nothing:1:quick")
        catch_up()

        infobip.do(lambda: infobip.simulator.faults.add("list_persons:status=429,retry_after=1,count=2"))
        infobip.change(range(10, 20), firstName="Throttled")
        catch_up()

        infobip.call(infobip.simulator.stop())
        until(lambda: made.state()[0] == "waiting", "the job says that it waits", 30)
        infobip.change(range(20, 30), firstName="Away")
        infobip.call(infobip.simulator.start())
        catch_up()

        infobip.do(partial(infobip.simulator.set_key, "demo-key", None))
        until(lambda: made.state()[0] == "unauthorized", "the job says that its key is refused", 30)
        infobip.change(range(30, 40), firstName="Revoked")
        infobip.do(partial(infobip.simulator.set_key, "demo-key", SCOPES))
        catch_up()
        until(lambda: made.state()[0] == "running", "the job says that it works", 30)

        infobip.do(lambda: infobip.simulator.faults.add("list_persons:not_json,count=1"))
        infobip.do(lambda: infobip.simulator.faults.add("list_persons:wrong_json,count=1"))
        infobip.change(range(40, 50), firstName="Malformed")
        catch_up()
        assert worker.log.read_text().count("page_malformed") == 2

        (letter,) = made.dead_letters()
        assert (letter.reason, letter.key, letter.job) == ("undecodable", unreadable, unique)
        assert orjson.loads(letter.value or "")["firstName"] == ["no", "text"]
        infobip.spoil(7)
        made.let_runs_end(2)
        assert differing(made, infobip) == []
        assert made.repeated() == 0
        assert worker.stop(10) == 0


def test_a_page_that_stays_malformed_ends_the_run_and_leaves_the_cursor(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with Crowd() as infobip, importing(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        infobip.create(range(50))
        assert made.run() == 0
        cursor = made.cursor()
        infobip.create(range(50, 60))
        infobip.do(lambda: infobip.simulator.faults.add("list_persons:wrong_json"))
        worker = made.start()
        assert worker.process.wait(90) == 1
        assert made.cursor() == cursor
        assert len(made.contacts()) == 50
        log = worker.log.read_text()
        clear = "the page of people answered with something that is no list of people; the cursor stays"
        assert log.count(clear) == 1
        assert "Traceback" not in log
        assert made.state() == ("failed", f"job '{unique}': {clear}")
        infobip.do(infobip.simulator.faults.clear)
        assert made.run() == 0
        assert differing(made, infobip) == []
        assert made.repeated() == 0


def test_an_export_beside_it_is_not_slowed_and_no_limit_is_passed(broker: Broker, tmp_path: Path, unique: str) -> None:
    with Crowd(SimulatorOptions()) as infobip, importing(broker.bootstrap, infobip.url, tmp_path, unique) as made:
        # Well below the account's five: calls that leave evenly arrive unevenly while the simulator, on a busy machine,
        # works on a thousand people. Six arrivals in a second then need a delay of 0.7 s.
        limits = dict.fromkeys(("list_persons", "upsert_persons", "add_tag"), 3.0)
        made.configuration["authorizations"][0]["limits"] = limits
        made.add_export(f"{unique}-x")
        fill(infobip, 8000)
        made.publish(event(100_000 + number) for number in range(8000))
        worker = made.start()
        until(lambda: made.lag(f"{unique}-x") == 0, "the export is done")
        until(lambda: worker.said(f"job_stopped job={unique}\n"), "the import is done")
        assert worker.stop() == 0
        operations = infobip.simulator.counters.calls
        assert [name for name in operations if infobip.count(name, 429)] == []
        assert len(infobip.tagged("VIP")) == 8000
        # Who was exported meanwhile may have been imported before it was tagged; a second run tells what became of it.
        assert len({key for key, _, _ in made.contacts()}) >= 8000
        made.configuration["jobs"].pop()
        assert made.run() == 0
        assert differing(made, infobip) == []
        assert made.repeated() == 0
