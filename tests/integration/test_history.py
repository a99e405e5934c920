"""Messages and all that becomes of them are in the database once each, whatever is killed or away meanwhile."""

import random
import signal
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from streams.history.schema import latest
from tests.contents import send_job
from tests.integration.brokers import Broker
from tests.integration.harness import until
from tests.integration.keeping import ID_OF, Keeping, keeping, outcome
from tests.integration.postgresql import PostgreSQL
from tests.integration.tracking import (
    CLICKS,
    INBOUND,
    MESSAGES,
    OUTCOMES,
    REPORTS,
    answer,
    click,
    message,
    now,
    report,
)

pytestmark = pytest.mark.kafka


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, broker: Broker, tmp_path: Path, unique: str) -> Iterator[Keeping]:
    """A job on each of the databases."""
    url = ""
    if request.param == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgresql")
        server.anew()
        url = server.url
    with keeping(broker.bootstrap, tmp_path, unique, url) as one:
        yield one


def _all_there(kept: Keeping) -> bool:
    return all(kept.ids(topic) == kept.told(topic) for topic in ID_OF)


def test_all_that_becomes_of_a_message_is_in_the_database(kept: Keeping) -> None:
    worker = kept.made.start()
    until(lambda: worker.said("partitions_assigned"), "the topics are made and read")
    kept.tell(message("m1"), report("m1", 1, 7), report("m1"), click("m1", "https://example.com/a"))
    kept.tell(answer("447700900123", "yes"), outcome("m1", "NOT_AVAILABLE"), outcome("m1"))
    until(lambda: kept.count("message_outcomes") == 1 and kept.count("inbound_messages") == 1, "all is stored")
    until(lambda: _all_there(kept), "all is stored")
    (row,) = [row for row in kept.rows("sms_delivery_reports") if row["report_id"] == "r-m1-5"]
    assert (row["messageId"], row["statusName"], row["address"]) == ("m1", "DELIVERED_TO_HANDSET", "447700900123")
    assert [row["outcome"] for row in kept.rows("message_outcomes")] == ["DELIVERED"]
    assert worker.stop() == 0
    status = kept.made.status()
    assert (set(status["lag"].values()), status["outcomes"]) == ({0}, {"stored": 7})


@pytest.mark.parametrize("has_history", [True, False])
def test_a_trace_is_told_in_the_order_of_time(kept: Keeping, *, has_history: bool) -> None:
    kept.create()
    seen = report("m1", event="seen", report_id="s1", seen_at=now())
    kept.tell(message("m1"), report("m1", 1, 7), report("m1"), seen, message("m2", to="447700900999"))
    kept.tell(click("m1", "https://example.com/a"), answer("447700900123", "yes"), outcome("m1"))
    if has_history:
        kept.made.start()
        until(lambda: kept.count("omni_reports") == 1 and kept.count("message_outcomes") == 1, "all is stored")
        until(
            lambda: kept.ids(INBOUND) == kept.told(INBOUND) and kept.ids(CLICKS) == kept.told(CLICKS), "all is stored"
        )
    else:
        del kept.made.configuration["history"]
        kept.made.configuration["jobs"] = [kept.made.job(kept.made.name)]
        kept.made.configuration["authorizations"] = [{"name": "main", "base_url": "http://127.0.0.1:9", "api_key": "k"}]
    told = kept.command("trace", "--message", "m1", "--json")
    assert told.returncode == 0, told.stderr
    steps = orjson.loads(told.stdout)
    names = ["click", "message", "outcome", "reply", "report", "report", "seen"]
    assert sorted(one["step"] for one in steps) == names
    assert len(kept.command("trace", "--message", "m1").stdout.splitlines()) == len(names)
    unknown = kept.command("trace", "--event", "nothing", "--json")
    assert (unknown.returncode, orjson.loads(unknown.stdout)) == (1, [])


@pytest.mark.parametrize("has_history", [True, False])
def test_a_trace_begins_with_the_event_that_led_to_the_message(kept: Keeping, *, has_history: bool) -> None:
    kept.create()
    made, job = kept.made, kept.made.configuration["jobs"][0]
    made.configuration["jobs"] = [job | {"topics": [made.topic]}, send_job("sms", made.topic, "vip", name="order-sms")]
    made.configuration["authorizations"] = [{"name": "main", "base_url": "http://127.0.0.1:9", "api_key": "k"}]
    event = {"event_id": "e-m1", "action": "enter", "audience": "vip", "profile_id": "u-m1", "profile": {}}
    event["occurred_at"] = "2026-11-28T10:00:00Z"
    kept.tell(("memberships", "u-m1", event), message("m1"), report("m1"))
    if has_history:
        made.start(made.name)
        until(lambda: kept.count("memberships") == 1 and kept.ids(REPORTS) == kept.told(REPORTS), "all is stored")
    else:
        del made.configuration["history"], made.configuration["jobs"][0]
    for question in (("--event", "e-m1"), ("--message", "m1"), ("--profile", "u-m1")):
        told = kept.command("trace", *question, "--json")
        assert told.returncode == 0, told.stderr
        first, *others = orjson.loads(told.stdout)
        assert (first["step"], first["topic"], first["offset"], first["profile_id"]) == ("enter", made.topic, 0, "u-m1")
        assert sorted(one["step"] for one in others) == ["message", "report"], question


def test_rows_older_than_is_kept_go_and_others_stay(kept: Keeping) -> None:
    kept.create()
    worker = kept.made.start()
    kept.tell(message("m1"), message("m2"))
    until(lambda: kept.ids(MESSAGES) == ["m1", "m2"], "both are stored")
    assert worker.stop() == 0
    kept.run("UPDATE messages SET written_at = '2024-11-28 10:00:00' WHERE message_id = 'm1'")
    kept.made.configuration["history"]["retention"] = {"days": 400}
    kept.made.start()
    until(lambda: kept.ids(MESSAGES) == ["m2"], "the old one is gone")


def test_check_online_says_of_which_version_the_tables_are(kept: Keeping) -> None:
    kept.create()
    told = kept.command("check", "--online")
    assert (told.returncode, told.stderr) == (0, "")
    assert f": its tables are of version {latest()}\n" in told.stdout
    kept.run("DROP TABLE alembic_version")
    told = kept.command("check", "--online")
    assert (told.returncode, len(told.stderr.splitlines())) == (1, 1)
    assert "`infobip-streams history migrate`" in told.stderr


def test_who_is_erased_is_known_no_more(kept: Keeping) -> None:
    kept.create()
    kept.tell(message("m1"), report("m1"), outcome("m1"), message("m2", to="447700900999"))
    kept.tell(report("m2", to="447700900999"), outcome("m2", to="447700900999"), answer("447700900123", "yes"))
    worker = kept.made.start()
    until(lambda: _all_there(kept), "all is stored")
    assert worker.stop() == 0
    told = kept.command("erase", "--profile", "u-m1", "--yes")
    assert told.returncode == 0, told.stderr
    assert "history messages: 1 row" in told.stdout
    assert f"topic {kept.made.name}.{MESSAGES}: what is in it goes by itself after" in told.stdout
    assert {topic: kept.ids(topic) for topic in ID_OF} == {
        MESSAGES: ["m2"],
        REPORTS: ["r-m2-5"],
        CLICKS: [],
        INBOUND: [],
        OUTCOMES: ["m2"],
    }
    assert kept.command("erase", "--address", "+44 7700 900999", "--yes").returncode == 0
    assert not any(kept.ids(topic) for topic in ID_OF)


def test_a_report_that_comes_twice_is_there_once(kept: Keeping) -> None:
    kept.create()
    kept.tell(report("m1"), report("m1"), report("m2"))
    kept.made.start()
    until(lambda: kept.count("sms_delivery_reports") == 2, "both are stored")
    kept.tell(report("m1"), report("m3"))
    until(lambda: kept.ids(REPORTS) == ["r-m1-5", "r-m2-5", "r-m3-5"], "the third is stored")


def test_kills_in_the_middle_leave_each_row_once(kept: Keeping) -> None:
    names = [f"m{number}" for number in range(10_000)]
    kept.create()
    told = [one(name) for name in names for one in (message, report, outcome)]
    random.Random(3).shuffle(told)
    kept.tell(*told)
    for number in range(4):
        worker = kept.made.start()
        until(lambda least=number * 1_000: kept.count("messages") > least, "some more are stored")  # type: ignore[misc]
        worker.kill()
    kept.made.start()
    until(lambda: kept.count("messages") + kept.count("message_outcomes") == 2 * len(names), "all are stored")
    until(lambda: _all_there(kept), "and the reports")
    assert kept.made.status()["events"] == len(told)


def test_two_processes_share_the_partitions_and_take_them_over(kept: Keeping) -> None:
    kept.create()
    first = kept.made.start()
    kept.tell(*(message(f"m{number}") for number in range(3_000)))
    until(lambda: kept.count("messages") > 0, "the first works")
    second = kept.made.start()
    until(lambda: second.said("partitions_assigned"), "the second has its share")
    kept.tell(*(report(f"m{number}") for number in range(3_000)))
    first.process.send_signal(signal.SIGTERM)
    kept.tell(*(outcome(f"m{number}") for number in range(3_000)))
    until(lambda: kept.count("message_outcomes") == 3_000 and _all_there(kept), "all are stored")
    assert first.process.wait(60) == 0


def test_what_nobody_can_read_becomes_a_dead_letter_that_holds_it(kept: Keeping) -> None:
    kept.create()
    kept.tell((REPORTS, "m1", b"\xff no json"), (CLICKS, "m1", {"click_id": 7}), report("m2"))
    kept.made.start()
    until(lambda: kept.ids(REPORTS) == ["r-m2-5"], "the good one is stored")
    until(lambda: len(kept.made.dead_letters()) == 2, "the others are dead letters")
    assert kept.made.status()["outcomes"] == {"stored": 1, "undecodable": 2}
    found = {letter.topic: letter for letter in kept.made.dead_letters()}
    assert found[f"{kept.made.name}.{REPORTS}"].reason == "undecodable"
    assert found[f"{kept.made.name}.{CLICKS}"].value == '{"click_id":7}'


def test_a_database_that_is_away_is_waited_for(
    broker: Broker, postgresql: PostgreSQL, tmp_path: Path, unique: str
) -> None:
    postgresql.anew()
    with keeping(broker.bootstrap, tmp_path, unique, postgresql.url) as kept:
        kept.create()
        worker = kept.made.start()
        kept.tell(*(message(f"m{number}") for number in range(100)))
        until(lambda: kept.count("messages") == 100, "the first are stored")
        postgresql.stop(signal.SIGQUIT)
        kept.tell(*(message(f"n{number}") for number in range(100)))
        until(lambda: kept.made.status()["state"] == "waiting", "status says that it waits")
        told = kept.made.status()["detail"]
        assert f"127.0.0.1:{postgresql.port}/history" in told, told
        postgresql.start()
        until(lambda: kept.ids(MESSAGES) == kept.told(MESSAGES), "all are stored")
        assert worker.stop() == 0
        assert "ss:w" not in worker.log.read_text()


def test_tables_that_are_missing_are_told_of(broker: Broker, tmp_path: Path, unique: str) -> None:
    with keeping(broker.bootstrap, tmp_path, unique) as kept:
        (tmp_path / "history.db").unlink()
        worker = kept.made.start()
        assert worker.process.wait(60) == 1
        assert worker.said("there is no such file; `infobip-streams history migrate` makes it")
