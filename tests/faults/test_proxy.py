"""The wire that faults cut: what it does in each weather, or a fault would strike nothing."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from tests.faults.proxy import BLACK_HOLE, CUT, FAIR, NOT_BACK, NOT_THERE, Proxy, Weather
from tests.integration.harness import until

#: Long enough for an answer on one machine, where one comes at all.
SOON = 0.5


class Echo:
    """Says again what it hears, and remembers it."""

    def __init__(self) -> None:
        self.heard = b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with connection:
            try:
                while said := connection.recv(65_536):
                    self.heard += said
                    connection.sendall(said)
            except ConnectionError:
                return

    def close(self) -> None:
        self._listener.close()


@pytest.fixture(name="echo")
def _echo() -> Iterator[Echo]:
    made = Echo()
    yield made
    made.close()


@pytest.fixture(name="proxy")
def _proxy(echo: Echo) -> Iterator[Proxy]:
    with Proxy("127.0.0.1", echo.port) as made:
        yield made


def connect(proxy: Proxy) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", proxy.port), 5)
    made.settimeout(SOON)
    return made


def test_in_fair_weather_everything_arrives(proxy: Proxy, echo: Echo) -> None:
    said = b"x" * 1_000_000
    with connect(proxy) as line:
        threading.Thread(target=line.sendall, args=(said,)).start()
        heard = b""
        while len(heard) < len(said):
            heard += line.recv(65_536)
    assert heard == echo.heard == said


def test_what_is_cut_ends_and_nobody_gets_through(proxy: Proxy) -> None:
    with connect(proxy) as line:
        line.sendall(b"a")
        assert line.recv(1) == b"a"
        proxy.change(CUT)
        with pytest.raises(ConnectionError):
            receive_or_fail(line)
    with connect(proxy) as line, pytest.raises(ConnectionError):
        receive_or_fail(line)
    proxy.change(FAIR)
    with connect(proxy) as line:
        line.sendall(b"b")
        assert line.recv(1) == b"b"


def receive_or_fail(line: socket.socket) -> None:
    """An orderly end is as good as an abrupt one."""
    if not line.recv(1):
        raise ConnectionResetError


@pytest.mark.parametrize(("weather", "arrives"), [(BLACK_HOLE, b"a"), (NOT_THERE, b"a"), (NOT_BACK, b"ab")])
def test_a_dead_way_swallows_without_a_word_and_ends_once_it_is_well(
    proxy: Proxy, echo: Echo, weather: Weather, arrives: bytes
) -> None:
    with connect(proxy) as line:
        line.sendall(b"a")
        assert line.recv(1) == b"a"
        proxy.change(weather)
        line.sendall(b"b")
        with pytest.raises(TimeoutError):
            line.recv(1)
        assert echo.heard == arrives
        proxy.change(FAIR)
        with pytest.raises(ConnectionError):
            receive_or_fail(line)


def test_a_late_wire_is_late_both_ways_and_keeps_the_order(proxy: Proxy, echo: Echo) -> None:
    proxy.change(Weather(delay=(0.1, 0.2)))
    began = time.monotonic()
    with connect(proxy) as line:
        line.settimeout(5)
        for number in range(10):
            line.sendall(b"%d" % number)
            threading.Event().wait(0.01)
        heard = b""
        while len(heard) < 10:
            heard += line.recv(10)
    assert heard == b"0123456789"
    assert time.monotonic() - began >= 0.2
    until(lambda: echo.heard == heard, "the other end has heard all of it", 5)


def test_an_answer_that_is_on_its_way_arrives_before_the_end(proxy: Proxy) -> None:
    proxy.change(Weather(delay=(0.2, 0.2)))
    with connect(proxy) as line:
        line.settimeout(5)
        line.sendall(b"last words")
        line.shutdown(socket.SHUT_WR)
        assert line.recv(64) == b"last words"
