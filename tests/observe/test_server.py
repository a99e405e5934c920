"""What operators ask is answered from a thread of its own: whatever the process is at, and whoever asks."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from streams.observe.server import CONNECTIONS_MAX, OperationsServer, Pages


class Process:
    """What a process has to say."""

    def __init__(self) -> None:
        self.hang: str | None = None
        self.why: list[str] = []

    def unready(self) -> list[str]:
        if self.why == ["a bug"]:
            raise ValueError("with an address of a person: ann@example.com")
        return self.why

    def pages(self) -> Pages:
        return Pages(lambda: self.hang, self.unready, lambda accept: (f"accepts {accept}\n".encode(), "text/plain"))


@contextmanager
def serving(process: Process, host: str = "127.0.0.1") -> Iterator[str]:
    server = OperationsServer(host, 0, process.pages())
    port = server.open()
    try:
        yield f"http://{f'[{host}]' if ':' in host else host}:{port}"
    finally:
        server.close()


def asked(address: str, path: str, method: str = "GET") -> tuple[int, str]:
    answer = httpx.request(method, f"{address}{path}", timeout=10)
    return answer.status_code, answer.text


def test_a_process_that_is_well_says_so() -> None:
    with serving(Process()) as address:
        assert asked(address, "/healthz") == (200, "it lives\n")
        assert asked(address, "/readyz") == (200, '{"ready":true,"why":[]}')
        assert asked(address, "/healthz", "HEAD") == (200, "")


def test_one_that_is_not_says_why_and_is_well_again_afterwards() -> None:
    process = Process()
    with serving(process) as address:
        process.hang, process.why = "the event loop hangs for 20 s", ["job vip: unauthorized"]
        assert asked(address, "/healthz") == (503, "the event loop hangs for 20 s\n")
        assert asked(address, "/readyz") == (503, '{"ready":false,"why":["job vip: unauthorized"]}')
        process.hang, process.why = None, []
        assert [asked(address, path)[0] for path in ("/healthz", "/readyz")] == [200, 200]


def test_whoever_asks_for_metrics_says_in_which_form() -> None:
    with serving(Process()) as address:
        answer = httpx.get(f"{address}/metrics", headers={"Accept": "text/plain;version=0.0.4"})
        assert (answer.text, answer.headers["Content-Type"]) == ("accepts text/plain;version=0.0.4\n", "text/plain")


def test_nothing_else_is_served_and_nothing_is_taken() -> None:
    with serving(Process()) as address:
        assert asked(address, "/") == (404, "there are /healthz, /readyz and /metrics\n")
        assert asked(address, "/healthz/..%2f..%2fetc/passwd")[0] == 404
        assert asked(address, "/readyz", "POST") == (405, "only GET is taken\n")


def test_a_bug_in_one_page_is_no_other_s_and_tells_nothing(caplog: pytest.LogCaptureFixture) -> None:
    process = Process()
    process.why = ["a bug"]
    with serving(process) as address:
        assert asked(address, "/readyz") == (500, "unexpected error\n")
        assert asked(address, "/healthz")[0] == 200
    assert [record.getMessage() for record in caplog.records] == ["page_crashed path=/readyz error=ValueError"]


def test_an_address_of_the_other_protocol_serves_as_well() -> None:
    with serving(Process(), "::1") as address:
        assert asked(address, "/healthz")[0] == 200


def test_an_address_that_is_taken_is_refused() -> None:
    with serving(Process()) as address:
        port = int(address.rpartition(":")[2])
        with pytest.raises(OSError, match="Address already in use"):
            OperationsServer("127.0.0.1", port, Process().pages()).open()


def test_whoever_says_nothing_keeps_nobody_else_from_an_answer() -> None:
    with serving(Process()) as address:
        host, _, port = address.removeprefix("http://").rpartition(":")
        idle = [socket.create_connection((host, int(port))) for _ in range(CONNECTIONS_MAX // 2)]
        try:
            idle[0].sendall(b"\x16\x03\x01 no HTTP at all\r\n\r\n")
            assert asked(address, "/healthz") == (200, "it lives\n")
        finally:
            for one in idle:
                one.close()


def test_its_end_leaves_no_thread_behind() -> None:
    with serving(Process()) as address:
        assert asked(address, "/healthz")[0] == 200
        assert "operations" in {thread.name for thread in threading.enumerate()}
    assert "operations" not in {thread.name for thread in threading.enumerate()}
