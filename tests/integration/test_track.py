"""What became of messages is told once, whatever is killed, moved, lost or made anew meanwhile."""

import random
import shutil
import signal
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest

from tests.contents import send_job
from tests.integration.brokers import Broker
from tests.integration.harness import SimulatorThread, until
from tests.integration.tracking import REPORTS, Tracking, answer, click, message, report, tracking

pytestmark = pytest.mark.kafka


def test_reports_clicks_and_replies_become_one_outcome(broker: Broker, tmp_path: Path, unique: str) -> None:
    with tracking(broker.bootstrap, tmp_path, unique) as one:
        one.create()
        worker = one.made.start()
        one.tell(report("m2"), message("m1"), message("m2", to="447700900124"), report("m1", 1, 7), report("m1"))
        one.tell(click("m1", "https://example.com/a"), answer("447700900123", "yes"))
        one.tell(message("m3", status="enqueue_failed", error="no"))
        until(lambda: one.last("m1").get("reply") == "yes" and bool(one.last("m1")["urls"]), "the reply is told")
        one.wait_for(["m2", "m3"], "all are told of")
        assert worker.stop() == 0
        said = one.last("m1")
        assert (said["outcome"], said["urls"], said["reply"]) == ("DELIVERED", ["https://example.com/a"], "yes")
        assert {name: one.last(name)["reason"] for name in ("m1", "m2", "m3")} == {
            "m1": "reported",
            "m2": "reported",
            "m3": "not_sent",
        }
        assert one.events() == {
            ("m1", "enqueued"): 1,
            ("m1", "delivered"): 1,
            ("m2", "enqueued"): 1,
            ("m2", "delivered"): 1,
            ("m3", "enqueue_failed"): 1,
        }
        assert one.made.lag(topic=f"{unique}.{REPORTS}") == 0


def test_who_is_silent_is_told_of_once_the_waiting_is_over(broker: Broker, tmp_path: Path, unique: str) -> None:
    with tracking(broker.bootstrap, tmp_path, unique) as one:
        one.job["wait"] = {"seconds": 6}
        worker = one.made.start()
        until(one.ready, "the job has its partitions")
        one.tell(message("m1"))
        until(lambda: one.events()["m1", "enqueued"] == 1, "the message is known")
        worker.kill()
        assert one.outcomes() == {}
        one.made.start()
        one.wait_for(["m1"], "the waiting is over")
        assert [(said["outcome"], said["reason"], said["final"]) for said in one.outcomes()["m1"]] == [
            ("NOT_AVAILABLE", "waited", False)
        ]
        one.tell(report("m1"))
        until(lambda: one.last("m1")["final"], "a late report is believed")


def test_kills_in_the_middle_tell_nothing_twice_and_lose_nothing(broker: Broker, tmp_path: Path, unique: str) -> None:
    names = [f"m{number}" for number in range(30_000)]
    with tracking(broker.bootstrap, tmp_path, unique) as one:
        one.create()
        chance = random.Random(5)
        told = [message(name) for name in names] + [report(name) for name in names]
        chance.shuffle(told)
        one.tell(*told)

        def more_than(outcomes: int) -> bool:
            return len(one.outcomes()) > outcomes

        for number in range(5):
            worker = one.made.start()
            until(partial(more_than, number * 3000), "some more are told of")
            worker.kill()
            if number == 2:
                for store in one.stores():
                    shutil.rmtree(store)
        one.made.start()
        one.wait_for(names, "all are told of")
        assert {len(told) for told in one.outcomes().values()} == {1}
        assert set(one.events().values()) == {1}
        assert one.made.said("state_restored")
        read = len(told) + len(one.made.read(f"infobip_replies_{unique}"))
        until(lambda: one.made.status()["events"] == read, "what was read is told of")
        status = one.made.status()
        assert (status["outcomes"], status["repeated"]) == ({"joined": read}, 0)


def test_processes_share_the_work_and_take_it_over(broker: Broker, tmp_path: Path, unique: str) -> None:
    names = [f"m{number}" for number in range(20_000)]
    with tracking(broker.bootstrap, tmp_path, unique) as one:
        one.create()
        first = one.made.start()
        one.tell(*(message(name) for name in names[:10_000]))
        until(lambda: len(one.events()) >= 2_000, "the first works")
        second = one.made.start()
        until(lambda: second.said("partitions_assigned"), "the second has its share")
        one.tell(*(report(name) for name in names[:10_000]), *(message(name) for name in names[10_000:]))
        first.process.send_signal(signal.SIGTERM)
        one.tell(*(report(name) for name in names[10_000:]))
        one.wait_for(names, "all are told of")
        assert first.process.wait(60) == 0
        assert {len(told) for told in one.outcomes().values()} == {1}
        assert set(one.events().values()) == {1}


def test_topics_with_other_partitions_and_other_writers_are_joined_all_the_same(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    names = [f"m{number}" for number in range(300)]
    with tracking(broker.bootstrap, tmp_path, unique) as one:
        one.create(3, REPORTS)
        one.create(4, "infobip_messages")
        one.made.start()
        one.tell(*(message(name) for name in names), partitioner="murmur2_random")
        one.tell(*(report(name) for name in names))
        one.wait_for(names, "all are told of")
        assert {told[-1]["event_id"] for told in one.outcomes().values()} == {f"e-{name}" for name in names}


def test_messages_may_be_given_more_partitions(broker: Broker, tmp_path: Path, unique: str) -> None:
    early, late = [f"a{number}" for number in range(200)], [f"b{number}" for number in range(200)]
    with tracking(broker.bootstrap, tmp_path, unique, partitions=2) as one:
        one.create()
        one.made.start()
        one.tell(*(message(name) for name in early))
        until(lambda: len(one.events()) == len(early), "the first are known")
        one.grow("infobip_messages", 3)
        one.tell(*(message(name) for name in late), *(report(name) for name in (*early, *late)))
        one.wait_for([*early, *late], "all are told of")
        assert {len(told) for told in one.outcomes().values()} == {1}
        assert set(one.events().values()) == {1}


def test_topics_that_are_made_anew_are_read_from_their_beginning(broker: Broker, tmp_path: Path, unique: str) -> None:
    with tracking(broker.bootstrap, tmp_path, unique) as one:
        one.create()
        worker = one.made.start()
        one.tell(*(message(f"m{number}") for number in range(50)))
        until(lambda: len(one.events()) == 50, "messages are known")
        assert worker.stop() == 0
        one.make_anew(REPORTS)
        one.tell(*(report(f"m{number}") for number in range(50)))
        one.made.start()
        one.wait_for([f"m{number}" for number in range(50)], "all are told of")
        assert set(one.events().values()) == {1}


def test_a_process_that_wakes_too_late_writes_nothing_more(broker: Broker, tmp_path: Path, unique: str) -> None:
    names = [f"m{number}" for number in range(5_000)]
    with tracking(broker.bootstrap, tmp_path, unique) as one:
        one.create()
        first = one.made.start()
        one.tell(*(message(name) for name in names))
        until(lambda: len(one.events()) > 0, "the first works")
        first.pause()
        second = one.made.start()
        one.tell(*(report(name) for name in names))
        one.wait_for(names, "the second has taken over")
        first.resume()
        one.tell(
            *(report(f"late{number}") for number in range(100)), *(message(f"late{number}") for number in range(100))
        )
        one.wait_for([f"late{number}" for number in range(100)], "they share the work")
        assert {len(told) for told in one.outcomes().values()} == {1}
        assert set(one.events().values()) == {1}
        assert (first.stop(), second.stop()) == (0, 0)


def test_what_cannot_be_read_becomes_a_dead_letter_that_holds_it(broker: Broker, tmp_path: Path, unique: str) -> None:
    with tracking(broker.bootstrap, tmp_path, unique) as one:
        one.create()
        one.made.start()
        one.tell((REPORTS, "m1", b"\xff no json"), message("m1"), report("m1"))
        one.wait_for(["m1"], "the others are read")
        until(lambda: len(one.made.dead_letters()) == 1, "the dead letter is written")
        (letter,) = one.made.dead_letters()
        assert (letter.reason, letter.topic, letter.key) == ("undecodable", f"{unique}.{REPORTS}", "m1")
        # A note of the message's address is read, too.
        until(lambda: one.made.status()["outcomes"] == {"joined": 3, "undecodable": 1}, "what was read is told of")


def test_who_is_erased_leaves_what_is_remembered_of_messages(broker: Broker, tmp_path: Path, unique: str) -> None:
    with tracking(broker.bootstrap, tmp_path, unique) as one:
        one.create()
        worker = one.made.start()
        one.tell(message("m1"), message("m2", to="447700900124"), answer("447700900125", "who is this"))
        remembered, written_to = f"infobip_tracked_{unique}", {b"\xff447700900123", b"\xff447700900124"}
        until(lambda: _kept(one, remembered) >= {b"m1", b"m2", *written_to}, "both are remembered")
        refused = one.command("erase", "--address", "+44 7700 900123", "--yes")
        assert (refused.returncode, "stop" in refused.stderr) == (1, True), (refused.stdout, refused.stderr)
        assert worker.stop() == 0
        before = _kept(one, remembered)
        until(lambda: one.command("erase", "--address", "+44 7700 900123", "--yes").returncode == 0, "nobody lives")
        gone = before - _kept(one, remembered)
        assert gone == {b"m1", b"\xff447700900123"}
        one.made.start()
        one.tell(report("m2", to="447700900124"))
        one.wait_for(["m2"], "the other is followed on")
        assert "m1" not in one.outcomes()


def _kept(one: Tracking, topic: str) -> set[bytes]:
    """The keys that a compacted topic keeps."""
    last = {record.key(): record.value() for record in one.made.read(topic)}
    return {key for key, value in last.items() if value is not None}


def test_missing_reports_are_asked_for_where_a_job_pulls(broker: Broker, tmp_path: Path, unique: str) -> None:
    with tracking(broker.bootstrap, tmp_path, unique) as one, SimulatorThread() as infobip:
        one.create()
        one.made.configuration["authorizations"][0]["base_url"] = infobip.url
        sms = {"destinations": [{"to": "447700900123", "messageId": "m1"}], "sender": "Acme", "content": {"text": "Hi"}}
        sent = httpx.post(
            f"{infobip.url}/sms/3/messages", json={"messages": [sms]}, headers={"Authorization": "App demo-key"}
        )
        assert sent.status_code == httpx.codes.OK
        one.job["pull"] = True
        one.made.configuration["jobs"].append(send_job("sms", one.made.topic, "vip", name="order-sms"))
        one.made.start(unique)
        one.tell(message("m1"), at=datetime.now(UTC) - timedelta(minutes=20))
        one.wait_for(["m1"], "the logs tell of it")
        assert (one.last("m1")["outcome"], one.last("m1")["reason"]) == ("DELIVERED", "reported")


def test_a_preview_says_that_the_job_reads_no_events(broker: Broker, tmp_path: Path, unique: str) -> None:
    with tracking(broker.bootstrap, tmp_path, unique) as one:
        (tmp_path / "events.jsonl").write_text("{}\n")
        told = one.command("preview", unique, str(tmp_path / "events.jsonl"))
        said = f"infobip-streams: '{unique}' is a job of kind track_messages, which reads no events\n"
        assert (told.returncode, told.stderr) == (2, said)
