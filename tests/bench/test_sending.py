"""The sends' part of the benchmark: what is accepted, refused and told, who is counted twice, who takes part."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import httpx
import httpx_aiohttp
import orjson
import pytest

from bench import contenders, latency, sending
from bench.endpoint import Behaviour
from bench.messages import Messages
from bench.peers import Options, Peer
from bench.peers.sending import handwritten, ours
from bench.running import Failed
from bench.stream import Stream
from bench.table import Result, Row, markdown
from streams.calls.call import Reply
from streams.channels.batch_answers import answered, logged
from streams.config import load as config
from streams.demo import samples
from tests.bench.served import Send, serve
from tests.fakes.clock import Clock
from tests.fakes.infobip import Infobip

SEND, LOGS = "/sms/3/messages", "/sms/3/logs"
IDENTITIES = Behaviour(identities=True)


def texts(*people: tuple[int, str | None]) -> bytes:
    """A request with one message to each of these made-up people, under these ids."""
    messages = []
    for number, message_id in people:
        named = {} if message_id is None else {"messageId": message_id}
        destination = {"to": samples.profile(number)["phone"].removeprefix("+"), **named}
        messages.append({"destinations": [destination], "content": {"text": "Hi"}})
    return orjson.dumps({"messages": messages})


def test_an_id_that_is_taken_is_refused_and_the_answer_reads_as_infobips() -> None:
    messages = Messages(lambda: 7.0)
    accepted, answer = messages.take(texts((0, "a"), (12_345, "b"), (2, "a")))
    assert accepted == [0, 12_345]
    assert messages.duplicates == 1
    results = answered(orjson.loads(answer), ["a", "b"])
    assert {name: (one.outcome, one.bulk_id) for name, one in results.items()} == {
        "a": ("accepted", "bulk-0"),
        "b": ("accepted", "bulk-0"),
    }
    _, again = messages.take(texts((0, "a")))
    assert answered(orjson.loads(again), ["a"])["a"].repeated


def test_who_gives_no_ids_is_given_some_and_is_never_refused() -> None:
    messages = Messages()
    ids = [row["messageId"] for _ in range(2) for row in orjson.loads(messages.take(texts((0, None)))[1])["messages"]]
    assert len(set(ids)) == 2
    assert messages.duplicates == 0


def test_the_first_message_of_each_is_timed() -> None:
    clock = Clock(7.0)
    messages = Messages(clock)
    messages.take(texts((2, None)))
    clock.seconds = 8.0
    messages.take(texts((2, None), (0, None)))
    assert messages.times() == [8.0, 0.0, 7.0]


def test_logs_tell_of_what_was_accepted_and_of_no_more_than_was_asked_for() -> None:
    messages = Messages()
    messages.take(texts((0, "a"), (1, "b"), (2, "c")))
    told = orjson.loads(messages.logs({"messageId": "a,b,x", "limit": "1000"}))
    outcomes = {name: one.outcome for name, one in logged(told, ["a", "b", "x"]).items()}
    assert outcomes == {"a": "unchanged", "b": "unchanged"}
    assert len(orjson.loads(messages.logs({"messageId": "a,b", "limit": "1"}))["results"]) == 1


def test_logs_tell_page_by_page_of_what_went_under_a_name_whatever_others_send() -> None:
    messages = Messages(others=10)
    for name, people in {"ours-1": "abc", "ours-2": "de", "ours-3": "f"}.items():
        request = orjson.loads(texts(*((number, one) for number, one in enumerate(people))))
        request["options"] = {"schedule": {"bulkId": name}}
        messages.take(orjson.dumps(request))
    asked = {"bulkId": "ours-1,ours-2", "limit": "2", "useCursor": "true"}
    seen, following = list[list[str]](), "0"
    while following:
        page = orjson.loads(messages.logs({**asked, "cursor": following}))
        seen.append([row["messageId"] for row in page["results"]])
        following = page["cursor"].get("nextCursor")
    assert seen == [["a", "b"], ["c", "d"], ["e"]]
    assert len(orjson.loads(messages.logs({"limit": "1000"}))["results"]) == 11 * 6


def test_twice_is_counted_by_recipient_whatever_the_id() -> None:
    async def story(send: Send) -> None:
        for request in (texts((1, "a"), (2, "b")), texts((1, "other"), (2, "b")), texts((1, None), (3, None))):
            assert (await send("POST", SEND, request)).status == 200

    seen = serve(story, IDENTITIES)
    assert (seen.calls, seen.delivered, seen.people) == (3, 5, 3)
    assert (seen.repeated, seen.again, seen.duplicates) == (1, 2, 1)


def test_when_messages_were_accepted_is_told() -> None:
    async def story(send: Send) -> None:
        await send("POST", SEND, texts((1, "a")))
        assert orjson.loads((await send("GET", "/accepted", b"")).body) == [0.0, 1_700_000_000.5]

    serve(story, IDENTITIES, wall_clock=lambda: 1_700_000_000.5)


def test_a_message_is_accepted_before_its_answer_comes() -> None:
    before_the_answer, answer = asyncio.Event(), asyncio.Event()

    async def wait(_: float) -> None:
        before_the_answer.set()
        await answer.wait()

    async def story(send: Send) -> None:
        async def look() -> None:
            await before_the_answer.wait()
            assert len(orjson.loads((await send("GET", "/accepted", b"")).body)) == 2
            answer.set()

        await asyncio.gather(send("POST", SEND, texts((1, "a"))), look())

    serve(story, IDENTITIES, sleep=wait)


def test_answers_are_lost_after_their_messages_were_accepted_the_same_ones_for_the_same_seed() -> None:
    def lost(seed: int) -> list[int]:
        told = []

        async def story(send: Send) -> None:
            for number in range(60):
                try:
                    await send("POST", SEND, texts((number, None)))
                except aiohttp.ServerDisconnectedError:
                    told.append(number)

        seen = serve(story, Behaviour(lose=0.3, seed=seed, identities=True))
        assert (seen.people, seen.cut) == (60, len(told))
        return told

    once = lost(7)
    assert 6 < len(once) < 30
    assert once == lost(7)
    assert once != lost(8)


def test_the_logs_are_limited_as_infobips_are_and_sends_are_not() -> None:
    async def story(send: Send) -> None:
        told = [(await send("GET", f"{LOGS}?messageId=a", b"")).status for _ in range(121)]
        assert (told.count(200), told[-1]) == (120, 429)
        assert {(await send("POST", SEND, texts((number, None)))).status for number in range(130)} == {200}

    seen = serve(story, IDENTITIES)
    assert (seen.calls, seen.asked, seen.refused) == (251, 120, 1)


def test_ours_is_configured_as_anybody_would(tmp_path: Path) -> None:
    *_, path = ours.command("localhost:9092", "memberships", "http://127.0.0.1:80", "bench-1", Options(tmp_path))
    loaded = config.load(Path(path), {})
    assert [(job.name, job.kind) for job in loaded.jobs] == [("bench-1", "send_message")]
    assert not loaded.authorizations[0].limits, "the logs are asked no more often than Infobip publishes"


@pytest.mark.parametrize("ids", [False, True])
def test_the_loop_written_by_hand_takes_a_repeated_id_for_sent(ids: bool) -> None:  # noqa: FBT001
    messages = Messages()
    infobip = Infobip(meets=lambda call: httpx.Response(200, content=messages.take(call.content or b"")[1]))

    async def story() -> None:
        transport = httpx.MockTransport(infobip)
        async with httpx_aiohttp.HttpxAiohttpClient(base_url="http://infobip", transport=transport) as client:
            deliver = handwritten.sender(client, ids=ids)
            await deliver([samples.event(0, "enter"), samples.event(1, "exit")])
            await deliver([samples.event(0, "enter")])

    asyncio.run(story())
    requests = [call.body["messages"] for call in infobip.calls]
    assert requests[0] == requests[1]
    ((sent,), _) = requests
    assert sent["content"] == {"text": "Hi Ann Novak, your order is on its way."}
    assert ("messageId" in sent["destinations"][0]) is ids
    assert messages.duplicates == int(ids)


def test_the_loop_written_by_hand_stops_at_a_refusal() -> None:
    status = {"groupId": 5, "id": 52, "name": "REJECTED_DESTINATION"}
    transport = httpx.MockTransport(Infobip(otherwise=Reply(200, {"messages": [{"status": status}]})))

    async def story() -> None:
        async with httpx_aiohttp.HttpxAiohttpClient(base_url="http://infobip", transport=transport) as client:
            await handwritten.sender(client, ids=True)([samples.event(0, "enter")])

    with pytest.raises(ValueError, match="1 messages were refused: REJECTED_DESTINATION"):
        asyncio.run(story())


def test_with_ids_it_is_started_so(tmp_path: Path) -> None:
    plain, with_ids = (
        peer.command("b", "t", "u", "g", Options(tmp_path)) for peer in (handwritten.PEER, handwritten.PEER_WITH_IDS)
    )
    assert with_ids == [*plain, "--ids"]


def test_who_sends_is_not_who_exports() -> None:
    sends, exports = contenders.senders(heavy=True), contenders.contenders(heavy=False)
    assert not {peer.command for peer in sends} & {peer.command for peer in exports}
    assert sends[0].name == exports[0].name


@pytest.mark.parametrize(("percent", "value"), [(0, 1), (50, 50), (99, 99), (99.5, 100), (100, 100)])
def test_percentiles_are_figures_that_were_measured(percent: float, value: float) -> None:
    assert sending.percentile([float(number) for number in range(1, 101)], percent) == value
    assert sending.percentile([3.0], percent) == 3.0


def test_the_rate_of_the_later_half_leaves_out_how_it_began() -> None:
    assert sending.later_rate([100.0, 60.0, 100.5, 101.0, 1.0, 101.5]) == pytest.approx(2.0)


def _unmeasured(*figures: str) -> Callable[..., dict[str, float]]:
    return lambda *_: dict.fromkeys(figures, 1.0)


def test_a_part_that_fails_says_why_in_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        raise Failed("out of cheese")

    monkeypatch.setattr(sending, "publish", lambda broker, events: Stream(broker, "topic", 8, events))
    monkeypatch.setattr(sending, "soon", _unmeasured("p50_ms"))
    monkeypatch.setattr(sending, "fast", _unmeasured("rate"))
    monkeypatch.setattr(sending, "denominator", _unmeasured("rate"))
    monkeypatch.setattr(sending, "killed", broken)
    peer = Peer(name="Somebody's", does="SMS", command=lambda *_: [], missing=lambda: None)
    result = sending.sends("broker", [peer], 0.1)
    assert result.rows[0] == Row("Somebody's", "SMS", why="out of cheese")
    told = markdown(result)
    for part in ("a: 600 enter at 100/s", "b: 10,000 wait", "5% of answers lost, kill -9 at 20, 40 and 60 %"):
        assert part in told
    assert told.splitlines()[-1].startswith("| bare confluent-kafka + orjson | only reads | - | - | - | - | 1 | - |")


def test_the_columns_are_what_is_measured() -> None:
    figures = {"p50_ms": 4.4, "killed_seconds": 13.25, "repeated": 1234.0}
    told = markdown(Result("t5", "T5", sending.COLUMNS, [Row("ours", figures=figures)]))
    assert "| ours | 4 | - | - | - | - | - | - | - | - | - | 1,234 | - | - | - | 13.2 |" in told.splitlines()


def test_latency_is_measured_of_everybody_in_every_case(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[int, float, float]] = []

    def measured(_: Peer, __: str, people: int, pace: float, answer: float) -> dict[str, float]:
        asked.append((people, pace, answer))
        return {"p50_ms": 4.0}

    monkeypatch.setattr(latency, "soon", measured)
    peers = [Peer(name=name, does="SMS", command=lambda *_: [], missing=lambda: None) for name in ("ours", "theirs")]
    result = latency.latency("broker", peers, 0.1)
    assert asked[::2] == asked[1::2] == [(pace * 3, pace, answer) for pace, answer in latency.CASES]
    assert [row.who for row in result.rows[2:4]] == [f"{who}, 100/s, answers after 20 ms" for who in ("ours", "theirs")]
