"""The HTTP server: who is let in, what is bounded, and when it says 200."""

import asyncio
import base64
import contextlib
import gzip
import hashlib
import hmac
import threading
import zlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
import pytest

from streams.errors import JobFailed
from streams.receiver.proofs import Proofs, Signature
from streams.receiver.server import Limits, Listener, Receiver
from tests.stories import story

SECRET, OLD, TOKEN = "s3cret", "before", "t0ken"
BEARER = {"Authorization": f"Bearer {SECRET}"}
ADDRESSES = {("reports", "sms"), ("clicks", "sms")}
BODY_MAX = 1000
PACKED: dict[str, Callable[[], bytes]] = {
    "a bomb": lambda: gzip.compress(b" " * 50_000_000 + b"[]", 1),
    "a little too much": lambda: gzip.compress(b" " * BODY_MAX + b"[]"),
    "half": lambda: gzip.compress(b'["a"]')[:-9],
    "two": lambda: gzip.compress(b'["a"]') + gzip.compress(b'["b"]'),
    "nothing packed": lambda: b'["a"]',
    "packed once": lambda: gzip.compress(b'["a"]'),
}


@dataclass(frozen=True)
class Told:
    """One record of a body."""

    id: str


@dataclass(frozen=True)
class Read:
    """What a body holds."""

    records: Sequence[Told]
    unreadable: Sequence[bytes]


def read(_: str, __: str, body: bytes) -> Read:
    """A JSON list of ids; anything else is unreadable."""
    try:
        return Read([Told(str(one)) for one in orjson.loads(body)], [])
    except orjson.JSONDecodeError:
        return Read([], [body])


@dataclass
class Brokers:
    """Brokers that acknowledge when they are told to, and remember."""

    up: asyncio.Event = field(default_factory=asyncio.Event)
    failure: JobFailed | None = None
    bug: Exception | None = None
    written: list[str] = field(default_factory=list)
    dead: list[bytes] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    asks: int = 0
    writes: int = 0

    async def publish(self, _: str, __: str, records: Sequence[Any], unreadable: Sequence[Any]) -> None:
        """Write all of it, once up."""
        self.asked.set()
        self.asks += 1
        self.writes += 1
        if self.failure is not None:
            raise self.failure
        if self.bug is not None:
            raise self.bug
        await self.up.wait()
        self.written += [record.id for record in records]
        self.dead += unreadable


class Served:
    """A receiver that listens, and a client of it."""

    def __init__(self, brokers: Brokers, receiver: Receiver, listener: Listener, client: aiohttp.ClientSession) -> None:
        self.brokers, self.receiver, self.listener, self.client = brokers, receiver, listener, client
        self.url = f"http://127.0.0.1:{listener.port}"

    async def post(self, body: Any, address: str = "/reports/sms", **how: Any) -> int:
        """Post, by the secret unless said otherwise; the status."""
        how.setdefault("headers", BEARER)
        body = orjson.dumps(body) if isinstance(body, list) else body
        async with self.client.post(f"{self.url}{address}", data=body, **how) as answer:
            return answer.status

    async def raw(self, request: bytes) -> bytes:
        """Send bytes, and read until the server is done; it must end by itself."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.listener.port)
        writer.write(request)
        try:
            return await asyncio.wait_for(reader.read(), 10)
        finally:
            writer.close()


@contextlib.asynccontextmanager
async def served(
    signature: Signature | None = None, reading: Callable[[str, str, bytes], Read] = read, **limits: Any
) -> AsyncIterator[Served]:
    """Serve with brokers that are up."""
    brokers = Brokers()
    brokers.up.set()
    proofs = Proofs([SECRET, OLD], [TOKEN], signature)
    receiver = Receiver(proofs, ADDRESSES, reading, brokers.publish, Limits(BODY_MAX, **limits))
    listener = Listener(receiver, "127.0.0.1", 0)
    await listener.open()
    try:
        async with aiohttp.ClientSession() as client:
            yield Served(brokers, receiver, listener, client)
    finally:
        await listener.close()


def basic(password: str) -> dict[str, str]:
    """The header of Basic authorization."""
    return {"Authorization": "Basic " + base64.b64encode(f"anybody:{password}".encode()).decode()}


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("/reports/sms", BEARER),
        ("/reports/sms", {"authorization": f"bearer {SECRET}"}),
        ("/reports/sms", {"Authorization": f"Bearer {OLD}"}),
        ("/reports/sms", basic(SECRET)),
        ("/reports/sms", basic(OLD)),
        (f"/t/{TOKEN}/reports/sms", {}),
        (f"/t/{TOKEN}/reports/sms?a=b", {}),
    ],
)
@story
async def test_whoever_proves_to_be_infobip_is_let_in(address: str, headers: dict[str, str]) -> None:
    async with served() as there:
        assert await there.post(["a"], address, headers=headers) == 200
        assert there.brokers.written == ["a"]


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("/reports/sms", {}),
        ("/reports/sms", {"Authorization": "Bearer "}),
        ("/reports/sms", {"Authorization": "Bearer s3cre"}),
        ("/reports/sms", {"Authorization": f"Digest {SECRET}"}),
        ("/reports/sms", {"Authorization": SECRET}),
        ("/reports/sms", {"Authorization": "Basic not base64"}),
        ("/reports/sms", {"Authorization": "Basic " + base64.b64encode(SECRET.encode()).decode()}),
        ("/reports/sms", basic("wrong")),
        ("/reports/sms", {"X-Infobip-Signature": "00"}),
        (f"/reports/sms?token={TOKEN}", {}),
        ("/t//reports/sms", {}),
        (f"/t/{TOKEN}x/reports/sms", {}),
        (f"/T/{TOKEN}/reports/sms", {}),
        (f"//t/{TOKEN}/reports/sms", {}),
        ("/anything", {}),
    ],
)
@story
async def test_whoever_proves_nothing_is_told_401_and_nothing_is_written(address: str, headers: dict[str, str]) -> None:
    async with served() as there:
        assert await there.post(["a"], address, headers=headers) == 401
        assert there.brokers.written == []


@story
async def test_whoever_proves_nothing_is_answered_before_a_byte_of_the_body() -> None:
    async with served() as there:
        answer = await there.raw(b"POST /reports/sms HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n")
        assert answer.startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/reports",
        "/reports/",
        "/reports/sms/",
        "/reports/fax",
        "/reports/../reports/sms",
        "/reports//sms",
        "/reports/%73ms",
        "/Reports/sms",
        f"/t/{TOKEN}",
        f"/t/{TOKEN}/t/{TOKEN}/reports/sms",
        f"/t/{TOKEN}//reports/sms",
    ],
)
@story
async def test_other_addresses_are_not_there(address: str) -> None:
    async with served() as there:
        head = f"POST {address} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {SECRET}\r\nContent-Length: 5\r\n\r\n"
        answer = await there.raw(head.encode() + b'["a"]')
        assert answer.startswith(b"HTTP/1.1 404 ")
        assert there.brokers.written == []


@story
async def test_only_post_is_taken() -> None:
    async with served() as there, there.client.get(f"{there.url}/reports/sms", headers=BEARER) as answer:
        assert answer.status == 405


@pytest.mark.parametrize(("algorithm", "encoding"), [("sha256", "hex"), ("sha512", "base64"), ("md5", "hex")])
@pytest.mark.parametrize("secret", [SECRET, OLD])
@story
async def test_a_signature_over_the_body_is_a_proof(algorithm: str, encoding: Any, secret: str) -> None:
    body = b'["a"]'
    digest = hmac.digest(secret.encode(), body, algorithm)
    given = digest.hex().upper() if encoding == "hex" else base64.b64encode(digest).decode()
    async with served(Signature("X-Signed", algorithm, encoding)) as there:
        assert await there.post(body, headers={"x-signed": given}) == 200
        assert await there.post(b'["b"]', headers={"x-signed": given}) == 401
        assert await there.post(body, headers={"x-signed": given[:-2]}) == 401
        assert await there.post(body, headers={"x-signed": "\u00e9"}) == 401
        assert there.brokers.written == ["a"]


@story
async def test_a_signature_may_say_its_algorithm() -> None:
    given = "sha256=" + hmac.new(SECRET.encode(), b"[]", hashlib.sha256).hexdigest()
    async with served(Signature("X-Signed", "sha256", "hex")) as there:
        assert await there.post(b"[]", headers={"X-Signed": given}) == 200


@story
async def test_what_is_signed_is_the_body_as_it_came() -> None:
    packed = gzip.compress(b'["a"]')
    given = hmac.new(SECRET.encode(), packed, hashlib.sha256).hexdigest()
    async with served(Signature("X-Signed", "sha256", "hex")) as there:
        assert await there.post(packed, headers={"X-Signed": given, "Content-Encoding": "gzip"}) == 200
        assert there.brokers.written == ["a"]


@pytest.mark.parametrize(
    ("pack", "encoding"),
    [(gzip.compress, "gzip"), (gzip.compress, "X-GZip"), (zlib.compress, "deflate"), (bytes, "identity")],
)
@story
async def test_packed_bodies_are_unpacked(pack: Callable[[bytes], bytes], encoding: str) -> None:
    async with served() as there:
        assert await there.post(pack(b'["a"]'), headers=BEARER | {"Content-Encoding": encoding}) == 200
        assert there.brokers.written == ["a"]


@pytest.mark.parametrize(
    ("what", "encoding", "status"),
    [
        ("a bomb", "gzip", 413),
        ("a little too much", "gzip", 413),
        ("half", "gzip", 400),
        ("two", "gzip", 400),
        ("nothing packed", "gzip", 400),
        ("nothing packed", "br", 415),
        ("packed once", "gzip, gzip", 415),
    ],
)
@story
async def test_what_unpacks_to_too_much_or_to_nothing_is_refused(what: str, encoding: str, status: int) -> None:
    packed = PACKED[what]()
    async with served(bytes=10_000_000) as there:
        there.brokers.up.set()
        head = (
            f"Authorization: Bearer {SECRET}\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(packed)}\r\n\r\n"
        )
        answer = await there.raw(
            b"POST /reports/sms HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + head.encode() + packed
        )
        assert answer.split(b" ")[1] == str(status).encode()
        assert there.brokers.written == []


@story
async def test_a_body_too_large_is_told_so_by_its_header_or_once_it_is() -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(11):
            yield b" " * 100

    async with served() as there:
        assert await there.post(b" " * (BODY_MAX + 1)) == 413
        assert await there.post(chunks()) == 413
        assert await there.post(b'["a"]'.ljust(BODY_MAX)) == 200


@story
async def test_200_is_said_only_when_all_is_written() -> None:
    async with served() as there:
        there.brokers.up.clear()
        posting = asyncio.create_task(there.post(["a", "b"]))
        await there.brokers.asked.wait()
        assert not posting.done()
        there.brokers.up.set()
        assert await posting == 200
        assert there.brokers.written == ["a", "b"]


@story
async def test_brokers_that_are_away_have_infobip_come_again() -> None:
    async with served(write_seconds=0.05) as there:
        there.brokers.up.clear()
        async with there.client.post(f"{there.url}/reports/sms", data=b'["a"]', headers=BEARER) as answer:
            assert answer.status == 503
            assert int(answer.headers["Retry-After"]) > 0
        there.brokers.up.set()
        assert await there.post(["a"]) == 200  # what was not written is not taken for written
        assert there.brokers.written == ["a"]


@story
async def test_whoever_waits_for_others_to_be_written_is_put_off_in_time_too() -> None:
    async with served(turn_bytes=5, write_seconds=0.05) as there:
        there.brokers.up.clear()
        assert await asyncio.gather(*(there.post([name]) for name in "abc")) == [503, 503, 503]
        there.brokers.up.set()
        assert await asyncio.gather(*(there.post([name]) for name in "abc")) == [200, 200, 200]
        assert sorted(there.brokers.written) == ["a", "b", "c"]


@story
async def test_what_can_not_be_written_has_infobip_come_again(caplog: pytest.LogCaptureFixture) -> None:
    async with served() as there:
        there.brokers.failure = JobFailed("infobip_delivery_reports: not allowed to WRITE")
        assert await there.post(["a"]) == 503
        assert "report_not_written what=reports channel=sms reason=infobip_delivery_reports" in caplog.text


@story
async def test_what_proves_itself_but_can_not_be_read_is_kept_and_taken() -> None:
    async with served() as there:
        assert await there.post(b"no json") == 200
        assert there.brokers.dead == [b"no json"]


@story
async def test_what_was_written_is_not_written_again() -> None:
    async with served() as there:
        assert await there.post(["a", "b"]) == 200
        assert await there.post(["b", "c"]) == 200
        assert there.brokers.written == ["a", "b", "c"]


@story
async def test_so_many_requests_are_worked_on_at_once() -> None:
    async with served(requests=2) as there:
        there.brokers.up.clear()
        posting = [asyncio.create_task(there.post([name])) for name in "abc"]
        (early,), _ = await asyncio.wait(posting, return_when=asyncio.FIRST_COMPLETED)
        assert early.result() == 503
        there.brokers.up.set()
        assert sorted(await asyncio.gather(*posting)) == [200, 200, 503]
        assert await there.post(["d"]) == 200


@story
async def test_so_many_bytes_are_held_at_once() -> None:
    async with served(bytes=2 * BODY_MAX) as there:
        there.brokers.up.clear()
        held = [asyncio.create_task(there.post(f'["{name}"]'.encode().ljust(BODY_MAX))) for name in "ab"]
        while there.brokers.asks < len(held):  # noqa: ASYNC110 - a turn of the loop, not a moment
            await asyncio.sleep(0)
        assert await there.post(b'["c"]') == 503
        there.brokers.up.set()
        assert await asyncio.gather(*held) == [200, 200]
        assert await there.post(b'["c"]') == 200


@story
async def test_a_large_body_that_takes_long_to_read_holds_up_nobody() -> None:
    go_on, readers = threading.Event(), 0

    def slow(what: str, channel: str, body: bytes) -> Read:
        nonlocal readers
        if len(body) > 100:
            readers += 1
            assert readers == 1, "one at a time"
            assert go_on.wait(10)
            readers -= 1
        return read(what, channel, body)

    async with served(reading=slow, apart_bytes=100) as there:
        large = [asyncio.create_task(there.post(f'["{name}"]'.encode().ljust(200))) for name in "ab"]
        assert await there.post(["c"]) == 200
        go_on.set()
        assert await asyncio.gather(*large) == [200, 200]
        assert there.brokers.written[0] == "c"


@story
async def test_a_large_body_that_takes_too_long_to_read_has_infobip_come_again() -> None:
    go_on = threading.Event()

    def slow(what: str, channel: str, body: bytes) -> Read:
        assert go_on.wait(10)
        return read(what, channel, body)

    async with served(reading=slow, apart_bytes=0, write_seconds=0.3) as there:
        assert await there.post(["a"]) == 503
        assert await there.post(["b"]) == 503  # the first is still being read
        go_on.set()
        assert await there.post(["c"]) == 200
        assert there.brokers.written == ["c"]


@story
async def test_a_body_that_takes_too_long_is_given_up() -> None:
    async with served(body_seconds=0.1) as there:
        head = f"POST /t/{TOKEN}/reports/sms HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
        assert (await there.raw(head.encode() + b'["')).startswith(b"HTTP/1.1 408 ")


@story
async def test_headers_that_do_not_end_are_given_up() -> None:
    async with served(headers_seconds=0.2) as there:
        assert await there.raw(b"POST /reports/sms HTTP/1.1\r\nX: ") == b""


@story
async def test_half_a_body_writes_nothing_and_is_nothing_to_tell(caplog: pytest.LogCaptureFixture) -> None:
    async with served() as there:
        _, writer = await asyncio.open_connection("127.0.0.1", there.listener.port)
        writer.write(
            f"POST /t/{TOKEN}/reports/sms HTTP/1.1\r\nHost: a\r\nContent-Length: 500\r\n\r\n".encode() + b'["a"]'
        )
        await writer.drain()
        writer.close()
        assert await there.post(["b"]) == 200
        assert there.brokers.written == ["b"]
        assert there.brokers.dead == []
        assert caplog.records == []


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST /reports/sms HTTP/9.9\r\n\r\n",
        b"POST /reports/sms HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /reports/sms HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /reports/sms HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
        b"POST /reports/sms HTTP/1.1\r\n" + b"X: a\r\n" * 10_000 + b"\r\n",
    ],
)
@story
async def test_what_is_no_http_is_refused_without_a_word_and_others_go_on(
    request_bytes: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async with served() as there:
        answer = await there.raw(request_bytes)
        assert caplog.records == []
        assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.0 400 ")) or answer == b""
        assert await there.post(["a"]) == 200


@pytest.mark.parametrize(
    "request_bytes",
    [
        f"POST /t/{TOKEN}/reports/sms HTTP/9.9\r\n\r\n".encode(),
        f"POST /t/{TOKEN} /reports/sms HTTP/1.1\r\n\r\n".encode(),
        f"POST /reports/sms HTTP/1.1\r\nAuthorization: Bearer {SECRET}\nX: a\r\n\r\n".encode(),
        f"POST /reports/sms HTTP/1.1\r\nAuthorization {SECRET}\r\n\r\n".encode(),
        f"POST /t/{TOKEN}/reports/sms HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{SECRET}\r\n".encode(),
    ],
)
@story
async def test_nothing_of_what_is_no_http_is_logged(request_bytes: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async with served() as there:
        assert await there.raw(request_bytes) != b""
        assert caplog.text == ""


@story
async def test_a_bug_is_told_by_its_place_and_has_infobip_come_again(caplog: pytest.LogCaptureFixture) -> None:
    async with served() as there:
        there.brokers.bug = ValueError("ann@example.com")
        assert await there.post(["a"]) == 500
        assert "request_crashed error=ValueError at=publish:" in caplog.text
        assert "ann@example.com" not in caplog.text


@story
async def test_what_is_worked_on_is_answered_when_the_server_stops() -> None:
    async with served() as there:
        there.brokers.up.clear()
        posting = asyncio.create_task(there.post(["a"]))
        await there.brokers.asked.wait()
        closing = asyncio.create_task(there.listener.close())
        there.brokers.up.set()
        assert await posting == 200
        await closing
        with pytest.raises(aiohttp.ClientConnectionError):
            await there.post(["b"])


@story
async def test_two_listeners_of_a_machine_share_an_address() -> None:
    async with served() as there:
        receiver = Receiver(Proofs([SECRET], []), ADDRESSES, read, there.brokers.publish, Limits(BODY_MAX))
        second = Listener(receiver, "127.0.0.1", there.listener.port)
        await second.open()
        await second.close()
        assert await there.post(["a"]) == 200


@story
async def test_who_is_yet_to_prove_something_takes_no_room_from_others() -> None:
    async with served(Signature("X-Signed", "sha256", "hex"), requests=1) as there:
        head = "POST /reports/sms HTTP/1.1\r\nHost: a\r\nX-Signed: 00\r\nContent-Length: 500\r\n\r\n"
        _, writer = await asyncio.open_connection("127.0.0.1", there.listener.port)
        writer.write(head.encode())
        await writer.drain()
        assert await there.post(["a"]) == 200
        writer.close()


@story
async def test_who_is_yet_to_prove_something_is_not_told_which_addresses_there_are() -> None:
    async with served(Signature("X-Signed", "sha256", "hex")) as there:
        assert await there.post(["a"], "/reports/fax", headers={"X-Signed": "00"}) == 401


@story
async def test_the_largest_body_is_taken_however_little_may_be_held_at_once() -> None:
    async with served(bytes=BODY_MAX // 2) as there:
        assert (
            await there.post(gzip.compress(b'["a"]'.ljust(BODY_MAX)), headers=BEARER | {"Content-Encoding": "gzip"})
            == 200
        )
        assert await there.post(b'["b"]'.ljust(BODY_MAX)) == 200
