"""What operators ask of real processes: whether they live and are ready, and why not."""

import re
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median

import httpx
import orjson
import pytest

from tests.app.processes import JOBS, started
from tests.integration.brokers import Broker, Node
from tests.integration.events import event
from tests.integration.harness import QUICK, Corridor, SimulatorThread, corridor, until
from tests.integration.operating import address_of, becomes, readiness
from tests.integration.reporting import listens, with_webhooks
from tests.integration.sends import sending

pytestmark = pytest.mark.broker

SCOPES = frozenset({"people:read", "people:manage"})
READY = {"ready": True, "why": []}
#: How long deploy/kubernetes gives a probe.
PROBE_SECONDS = 5.0


def one_reason(address: str) -> str:
    """The only reason why a process is not ready."""
    (reason,) = readiness(address)["why"]
    return str(reason)


@contextmanager
def operated(broker: Broker, folder: Path, name: str) -> Iterator[tuple[SimulatorThread, Corridor]]:
    with SimulatorThread() as infobip, corridor(broker.bootstrap, infobip.url, folder, name) as made:
        made.configuration["operations"] = {"port": 0}
        yield infobip, made


def test_a_process_is_ready_once_its_partitions_are_shared_out_and_no_more_when_told_to_stop(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with operated(broker, tmp_path, unique) as (_, made):
        worker = made.start()
        address = address_of(worker)
        assert httpx.get(f"{address}/healthz").status_code == 200
        becomes(address, lambda said: said == READY, "it is ready")
        assert "partitions_assigned" in worker.log.read_text()
        beside = made.start()
        becomes(address_of(beside), lambda said: said == READY, "one that stands by, or shares, is ready, too")
        assert [one.stop() for one in (worker, beside)] == [0, 0]


def test_a_key_that_is_refused_is_a_reason_until_it_is_good_again(broker: Broker, tmp_path: Path, unique: str) -> None:
    with operated(broker, tmp_path, unique) as (infobip, made):
        worker = made.start(point=QUICK)
        address = address_of(worker)
        becomes(address, lambda said: said == READY, "it is ready")
        infobip.do(partial(infobip.simulator.set_key, "demo-key", None))
        made.publish([event(1)])
        becomes(address, lambda said: not said["ready"], "the key is refused")
        assert one_reason(address) == f"job {unique}: unauthorized: the API key of authorization 'main' is refused"
        infobip.do(partial(infobip.simulator.set_key, "demo-key", SCOPES))
        becomes(address, lambda said: said == READY, "it is taken again")
        assert worker.stop() == 0


def test_a_job_whose_key_was_never_good_is_a_reason_beside_one_that_works(
    broker: Broker, tmp_path: Path, unique: str
) -> None:
    with operated(broker, tmp_path, unique) as (infobip, made):
        bad = {"name": "bad", "base_url": infobip.url, "api_key": "never-good"}
        made.configuration["authorizations"].append(bad)
        made.configuration["jobs"].append(made.job("gold", authorization="bad", tag="Gold"))
        worker = made.start()
        address = address_of(worker)
        becomes(address, lambda said: "job gold: failed: " in str(said) and unique not in str(said), "one works")
        assert re.fullmatch(
            r"job gold: failed: the API key of authorization 'bad' is refused; tried again at .{19}Z",
            one_reason(address),
        )
        assert worker.stop() == 1


@pytest.mark.kafka
def test_brokers_that_are_away_are_a_reason_until_they_are_back(
    node: Node, own_broker: Broker, tmp_path: Path, unique: str
) -> None:
    with operated(own_broker, tmp_path, unique) as (_, made):
        worker = made.start()
        address = address_of(worker)
        becomes(address, lambda said: said == READY, "it is ready")
        node.stop()
        try:
            becomes(address, lambda said: not said["ready"], "the brokers are away")
            assert one_reason(address).startswith(f"brokers {own_broker.bootstrap}: they do not answer: ")
            assert httpx.get(f"{address}/healthz").status_code == 200
        finally:
            node.start()
        becomes(address, lambda said: said == READY, "they are back")
        assert worker.stop() == 0


def test_brokers_that_never_were_there_are_a_reason(tmp_path: Path) -> None:
    (tmp_path / "jobs.yaml").write_text(f"{JOBS}operations: {{port: 0}}\n")
    with started(tmp_path, "run") as process:
        assert process.stdout is not None
        served = next(found for line in process.stdout if (found := re.search(r"operations_served .*port=(\d+)", line)))
        address = f"http://127.0.0.1:{served[1]}"
        until(lambda: "brokers 127.0.0.1:1: they do not answer: " in str(readiness(address)), "they were looked for")
        assert [reason.partition(":")[0] for reason in readiness(address)["why"]] == ["brokers 127.0.0.1", "job vip"]
        assert httpx.get(f"{address}/healthz").status_code == 200


def test_an_address_that_is_taken_ends_the_process_with_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        (tmp_path / "jobs.yaml").write_text(f"{JOBS}operations: {{port: {port}}}\n")
        with started(tmp_path, "run") as process:
            out, _ = process.communicate(timeout=60)
    fault = f"infobip-streams: operations: cannot listen on 127.0.0.1, port {port}: Address already in use\n"
    assert (out, process.returncode) == (fault, 2)


def test_a_process_that_is_put_to_sleep_answers_nobody(broker: Broker, tmp_path: Path, unique: str) -> None:
    with operated(broker, tmp_path, unique) as (_, made):
        worker = made.start()
        address = address_of(worker)
        assert httpx.get(f"{address}/healthz").status_code == 200
        worker.pause()
        with pytest.raises(httpx.TimeoutException):
            httpx.get(f"{address}/healthz", timeout=2)
        worker.resume()
        until(lambda: httpx.get(f"{address}/healthz", timeout=5).status_code == 200, "it answers once it wakes")
        assert worker.stop() == 0


@pytest.mark.kafka
def test_a_loop_that_hangs_is_told_of_before_the_process_ends(broker: Broker, tmp_path: Path, unique: str) -> None:
    with operated(broker, tmp_path, unique) as (_, made):
        worker = made.start(point="hang_in_loop:1")
        address = address_of(worker)
        made.publish([event(1)])
        until(lambda: httpx.get(f"{address}/healthz", timeout=5).status_code == 503, "it hangs")
        assert httpx.get(f"{address}/healthz").text.startswith("the event loop hangs for ")
        worker.kill()


def test_the_receiver_is_ready_once_its_topics_are_there(broker: Broker, tmp_path: Path, unique: str) -> None:
    with sending(broker, tmp_path, unique) as (_, made):
        made.configuration["operations"] = {"port": 0}
        listening = with_webhooks(made)
        worker = made.start(command="receive")
        address = address_of(worker)
        listens(listening)
        becomes(address, lambda said: said == READY, "its topics are there")
        assert httpx.get(f"{address}/healthz").status_code == 200
        assert worker.stop() == 0


def test_probes_are_answered_in_time_under_load(broker: Broker, tmp_path: Path, unique: str) -> None:
    with operated(broker, tmp_path, unique) as (_, made):
        made.publish(map(event, range(60_000)))
        worker = made.start()
        address, taken = address_of(worker), list[float]()
        while made.lag() != 0:
            for path in ("/healthz", "/readyz"):
                began = time.monotonic()
                httpx.get(f"{address}{path}", timeout=30)
                taken.append(time.monotonic() - began)
        assert len(taken) > 10
        # A single one may wait for a machine that has other work; the manifests give each this long.
        assert max(taken) < PROBE_SECONDS
        assert median(taken) < 1
        assert worker.stop(by=signal.SIGINT) == 0


def test_every_line_of_a_log_in_json_is_an_object(broker: Broker, tmp_path: Path, unique: str) -> None:
    with operated(broker, tmp_path, unique) as (infobip, made):
        made.publish([event(1), b"no event"])
        worker = made.start("--log-format", "json", "--log-level", "streams.agents=ERROR")
        until(lambda: infobip.tagged("VIP") == {"p1@example.com"}, "it works")
        assert worker.stop() == 0
        lines = [orjson.loads(line) for line in worker.log.read_text().splitlines()]
        assert {"operations_served", "topic_created", "job_stopped"} <= {line["event"] for line in lines}
        (stopped,) = [line for line in lines if line["event"] == "job_stopped"]
        assert (stopped["job"], stopped["level"], stopped["message"]) == (unique, "INFO", f"job_stopped job={unique}")
        assert not any(line["logger"].startswith("streams.agents") for line in lines)


def test_what_ends_a_command_is_an_object_too(tmp_path: Path) -> None:
    (tmp_path / "jobs.yaml").write_text("jobs: []\n")
    with started(tmp_path, "run", "--log-format", "json") as process:
        out, _ = process.communicate(timeout=60)
    lines = [orjson.loads(line) for line in out.splitlines()]
    assert process.returncode == 2
    assert {(line["event"], line["level"]) for line in lines} == {("command_ended", "ERROR")}
    assert any("kafka" in line["reason"] for line in lines)
