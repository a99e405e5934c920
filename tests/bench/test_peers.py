"""A subject that cannot do it has a row that says why, and the run goes on."""

import sys
from pathlib import Path
from typing import Any

import pytest

from bench import contenders, quota, throughput
from bench.peers import Options, Peer, foreign_missing, mqbridge, ours
from bench.running import Failed, Subject
from bench.stream import Stream
from bench.table import Column, Result, Row, markdown, measured
from streams.config import load as config

NOWHERE = Stream("127.0.0.1:1", "topic", partitions=8, events=10)


def unable(reason: str) -> Peer:
    def refuse(*_: Any) -> list[str]:
        raise AssertionError("it must not be started")

    return Peer(name="Somebody's", does="posts records", command=refuse, missing=lambda: reason)


def test_a_peer_that_misses_something_says_so_in_its_row() -> None:
    peer = unable("no Go")
    row = measured(peer.name, peer.does, lambda: throughput.measure(peer, NOWHERE), Failed)
    assert row == Row("Somebody's", "posts records", why="no Go")
    told = markdown(Result("t1", "T1", [Column("events", "events"), Column("events/s", "rate")], [row]))
    assert "| Somebody's | posts records | no result: no Go |  |" in told.splitlines()


def test_a_peer_whose_module_cannot_be_imported_has_a_row_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contenders, "HEAVY", {"Absent": "bench.peers.absent"})
    (peer,) = contenders.contenders(heavy=True)[len(contenders.USUAL) :]
    assert (peer.name, peer.missing()) == ("Absent", "No module named 'bench.peers.absent'")


def test_a_package_that_is_not_installed_is_named() -> None:
    assert "no-such-package" in (foreign_missing("no-such-package") or "")


def test_a_subject_that_ends_leaves_its_last_words(tmp_path: Path) -> None:
    program = "import sys; print('warming up', flush=True); sys.exit('out of cheese')"
    subject = Subject([sys.executable, "-c", program], tmp_path / "log")
    subject.wait()
    with pytest.raises(Failed, match="ended with code 1: out of cheese"):
        subject.check()


def test_a_subject_may_end_well(tmp_path: Path) -> None:
    subject = Subject([sys.executable, "-c", "print(1)"], tmp_path / "log")
    subject.wait()
    assert subject.ended()
    with pytest.raises(Failed, match="ended with code 0: 1"):
        subject.check()


def test_ours_is_configured_as_anybody_would(tmp_path: Path) -> None:
    *_, path = ours.command("localhost:9092", "memberships", "http://127.0.0.1:80", "bench-1", Options(tmp_path, 5))
    loaded = config.load(Path(path), {})
    assert [job.name for job in loaded.jobs] == ["bench-1"]
    assert dict(loaded.authorizations[0].limits or {}) == {"upsert_persons": 5, "add_tag": 5}


def test_mq_bridge_is_limited_by_records_where_others_are_by_calls() -> None:
    assert mqbridge.route("b", "t", "u", "g", 5)["output"]["middlewares"][:-1] == [
        {"limiter": {"messages_per_second": 5_000}}
    ]
    assert len(mqbridge.route("b", "t", "u", "g", 0)["output"]["middlewares"]) == 1


@pytest.mark.parametrize(("events", "seconds"), [(50_000, 9.8), (50_001, 10.0), (1000, 0.2)])
def test_the_ideal_is_full_calls_evenly_spaced(events: int, seconds: float) -> None:
    assert quota.ideal_seconds(events) == pytest.approx(seconds)
