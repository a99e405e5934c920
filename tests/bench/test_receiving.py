"""The reports' part of the benchmark: what is posted and how it is timed, what is counted, who takes part."""

import asyncio
import itertools
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from aiokafka.errors import KafkaTimeoutError
from jsonschema import Draft202012Validator

from bench import contenders, receiving
from bench.peers import Options, Peer
from bench.peers.receiving import PATH, SECRET, TOPIC, handwritten, ours
from bench.posting import post
from bench.receiving import Posts
from bench.reports import bodies, message_id, report
from bench.running import Failed, Subject
from bench.stream import Stream
from bench.table import Result, Row, markdown
from schemas.config.webhooks import Webhooks
from streams.config import load as config
from streams.kafka.topics import TopicNames
from streams.receiver.arriving import reader_of
from tests.openapi import read_published
from tests.stories import story

URL = f"http://127.0.0.1:80{PATH}"
Answer = Callable[[web.Request], Awaitable[web.Response]]


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[str]:
    """An address at which every post is answered so."""
    app = web.Application()
    app.router.add_post("/reports", answer)
    async with TestServer(app) as server:
        yield str(server.make_url("/reports"))


async def taken(_: web.Request) -> web.Response:
    return web.Response(text="ok")


def test_reports_are_such_as_infobip_publishes() -> None:
    document = read_published("sms")
    webhook = document["webhooks"]["receive-outbound-sms-message-reports-v3"]["post"]
    schema = webhook["requestBody"]["content"]["application/json"]["schema"]
    validator = Draft202012Validator({**schema, "components": document["components"]})
    for body in bodies(range(0, 200_000, 1777), 100):
        assert not list(validator.iter_errors(orjson.loads(body)))


def test_every_report_is_another_messages_and_is_read_whole() -> None:
    reader = reader_of(Webhooks.model_validate({"public_url": "http://a.example.com", "secret": SECRET}))
    readings = [reader.posted("reports", "sms", body) for body in bodies(range(250), 100)]
    assert [len(reading.records) for reading in readings] == [100, 100, 50]
    assert not any(reading.unreadable for reading in readings)
    told = [record for reading in readings for record in reading.records]
    assert [record.key for record in told] == [message_id(number) for number in range(250)]
    assert all(record.value[field] for record in told for field in ("job", "event_id", "status_name", "done_at"))


@story
async def test_everything_is_posted_once_over_connections_that_are_kept() -> None:
    found: list[str] = []
    callers: set[Any] = set()

    async def take(request: web.Request) -> web.Response:
        found.extend(one["messageId"] for one in (await request.json())["results"])
        callers.add(request.transport)
        return web.Response(text="ok")

    async with answering(take) as url:
        posted = await post(url, bodies(range(50), 2), connections=3, rate=0.0)
    assert sorted(found) == [message_id(number) for number in range(50)]
    assert len(callers) == 3
    assert (posted.refused, len(posted.waited)) == (0, 25)
    assert 0 < max(posted.waited) <= posted.seconds


@story
async def test_an_answer_in_pieces_is_one_answer() -> None:
    async def in_pieces(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in (b"HTTP/1.1 20", b"0 OK\r\ncontent-LENGTH: 4\r\n\r", b"\nok", b"\n\n"):
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)
        writer.close()

    async with await asyncio.start_server(in_pieces, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/reports"
        posted = await post(url, bodies(range(1), 1), connections=1, rate=0.0)
    assert (posted.refused, len(posted.waited)) == (0, 1)


@story
async def test_what_is_refused_or_not_answered_is_counted() -> None:
    statuses = itertools.cycle((200, 503))

    async def refuse(_: web.Request) -> web.Response:
        return web.Response(status=next(statuses))

    async def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async with answering(refuse) as url:
        assert (await post(url, bodies(range(10), 1), connections=2, rate=0.0)).refused == 5
    async with answering(hang_up) as url:
        assert (await post(url, bodies(range(3), 1), connections=1, rate=0.0)).refused == 3


@story
async def test_with_a_pace_what_a_slow_receiver_puts_off_is_waited_for_from_its_turn() -> None:
    release, came = asyncio.Event(), itertools.count(1)

    async def slow(_: web.Request) -> web.Response:
        if next(came) == 1:
            await release.wait()
        return web.Response(text="ok")

    async with answering(slow) as url:
        posting = asyncio.create_task(post(url, bodies(range(20), 1), connections=1, rate=1000.0))
        asyncio.get_running_loop().call_later(0.1, release.set)
        posted = await posting
    assert min(posted.waited) > 0.05, "all of them stood behind the first"


@story
async def test_a_pace_is_kept() -> None:
    async with answering(taken) as url:
        posted = await post(url, bodies(range(20), 1), connections=4, rate=200.0)
    assert posted.seconds >= 19 / 200


def test_ours_is_configured_as_anybody_would(tmp_path: Path) -> None:
    *_, command, _, path = ours.command("localhost:9092", f"bench-1.{TOPIC}", URL, "bench-2", Options(tmp_path))
    loaded = config.load(Path(path), {})
    assert command == "receive"
    assert loaded.webhooks is not None
    assert (loaded.webhooks.host, loaded.webhooks.port) == ("127.0.0.1", 80)
    assert f"/t/{loaded.webhooks.tokens[0]}/reports/sms" == PATH
    assert TopicNames(loaded.kafka.topic_prefix).delivery_reports == f"bench-1.{TOPIC}"


class Brokers:
    """A producer of aiokafka's that remembers."""

    def __init__(self) -> None:
        self.written: list[tuple[str, bytes, bytes]] = []
        self.away = False

    async def send(self, topic: str, value: bytes, key: bytes) -> "asyncio.Future[None]":
        self.written.append((topic, key, value))
        told = asyncio.get_running_loop().create_future()
        if self.away:
            told.set_exception(KafkaTimeoutError())
        else:
            told.set_result(None)
        return told


@story
async def test_the_receiver_written_by_hand_writes_each_report_and_answers_what_it_can_not_take() -> None:
    brokers = Brokers()
    app = handwritten.served(brokers, "reports")
    (body,) = bodies(range(2), 2)
    async with TestClient(TestServer(app)) as client:

        async def status(path: str, body: bytes) -> int:
            async with client.post(path, data=body) as answer:
                return answer.status

        assert await status(PATH, body) == 200
        assert [(topic, key) for topic, key, _ in brokers.written] == [
            ("reports", message_id(number).encode()) for number in range(2)
        ]
        assert [orjson.loads(value) for *_, value in brokers.written] == [report(0), report(1)]
        assert await status(PATH.replace("/t/", "/t/x"), body) == 401
        assert await status(PATH, b"no json") == 400
        assert len(brokers.written) == 2
        brokers.away = True
        assert await status(PATH, body) == 503


def test_who_receives_is_ours_and_the_one_by_hand_and_the_others_say_why_not() -> None:
    peers = contenders.receivers(heavy=True)
    assert peers[0].name == contenders.OURS.name
    why = {peer.name: peer.missing() for peer in peers}
    assert [name for name, reason in why.items() if reason] == ["Svix Bridge", "Convoy"]


def _posts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, program: str) -> Posts:
    """A subject that only sits there, to which this program posts."""
    monkeypatch.setattr(receiving, "CALLER", ["-c", program])
    subject = Subject([sys.executable, "-c", "input()"], tmp_path / "log")
    return Posts(subject, URL, Stream("broker", TOPIC, 8, 0))


def test_every_post_is_of_reports_that_were_not_posted_before(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    told = '{"seconds": 1.0, "cpu_seconds": 0.5, "waited": [], "refused": 0}'
    program = f"import pathlib, sys; open({str(tmp_path / 'told')!r}, 'a').write(sys.argv[2] + ' '); print('{told}')"
    monkeypatch.setattr(Subject, "check", lambda _: None)
    monkeypatch.setattr(Subject, "cpu_seconds", lambda _: 0.0)
    posts = _posts(monkeypatch, tmp_path, program)
    posts.post(10, 1)
    posts.post(20, 5)
    assert posts.reports == 30
    assert (tmp_path / "told").read_text() == "--first=0 --first=10 "


def test_a_caller_that_fails_leaves_its_last_words(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Subject, "check", lambda _: None)
    monkeypatch.setattr(Subject, "cpu_seconds", lambda _: 0.0)
    posts = _posts(monkeypatch, tmp_path, "import sys; sys.exit('out of cheese')")
    with pytest.raises(Failed, match="ended with code 1: out of cheese"):
        posts.post(10, 1)


def test_a_subject_that_fails_says_why_in_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    def measure(peer: Peer, *_: Any) -> dict[str, float]:
        if peer.name == "Somebody's":
            raise Failed("out of cheese")
        return {"single_rate": 1234.0, "p99_ms": 12.34, "lost": 2.0}

    monkeypatch.setattr(receiving, "measure", measure)
    peer = Peer(name="Somebody's", does="", command=lambda *_: [], missing=lambda: None)
    result = receiving.reports("broker", [peer], 0.1)
    assert result.rows[0] == Row("Somebody's", why="out of cheese")
    told = markdown(result)
    assert "a: 3,000 in bodies of 1, b: 20,000 in bodies of 100" in told
    assert "c: 500 bodies of 1 a second for 3 s" in told
    assert told.splitlines()[-1] == (
        "| infobip-streams, again | reads each report, writes it flat | 1,234 | - | - | - | - | 12.3 | - | - | - | - "
        "| 2 | - |"
    )


def test_the_columns_are_what_is_measured() -> None:
    told = markdown(Result("t6", "T6", receiving.COLUMNS, [Row("ours", figures={"caller_share": 0.125})]))
    assert "| ours | - | - | - | - | - | - | - | - | 12% | - | - | - |" in told.splitlines()
