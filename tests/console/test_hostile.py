"""What sloppy and hostile clients send to the console: it is refused in words, and nothing of it is believed."""

import asyncio
import logging
import threading
from datetime import datetime
from typing import Any
from unittest.mock import patch

import pytest
from aiohttp import web
from yarl import URL

from schemas.config.console import Console
from schemas.config.history import History
from streams.console import messages
from streams.console.guarding import COOKIE, LINE_MAX, Door, is_from
from streams.console.viewers import Viewers
from streams.history.funnel import Fared
from tests.console.test_guarding import HASH, Client, asked, token_of

FORM = "application/x-www-form-urlencoded"


async def said(client: Client, request: bytes) -> str:
    """What is answered to these bytes, which no client's library would send: its first line."""
    reader, writer = await asyncio.open_connection("127.0.0.1", client.port)
    writer.write(request)
    first = await asyncio.wait_for(reader.readline(), 10)
    writer.close()
    return first.decode().strip()


@pytest.mark.parametrize(
    "path",
    [
        "/failures?day=9999-12-31",
        "/failures/list?day=9999-12-31",
        "/failures?day=0001-01-01",
        f"/messages?days={'9' * 5000}",
        f"/failures?before={'9' * 5000}-1",
        f"/failures/list?before=0-{'9' * 30}",
    ],
)
def test_addresses_beyond_all_bounds_are_no_trouble(path: str, caplog: pytest.LogCaptureFixture) -> None:
    async def ask(client: Client) -> Any:
        return (await client.get(URL(path, encoded=True))).status

    assert asked(ask) in (200, 400)
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, b"token=%s&job=\xff"),
        (FORM, b"token=%s&day=9999-12-31"),
        (f"{FORM}; charset=nonsense", b"token=%s"),
        (f"{FORM}; charset=utf-16", b"token=%s"),
        ("multipart/form-data", b"token=%s"),
        ("multipart/form-data; boundary=x", b"token=%s"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\n%s\r\n--x--\r\n"),
    ],
)
def test_forms_that_nobody_can_read_are_refused(kind: str, body: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async def ask(client: Client) -> Any:
        data = body.replace(b"%s", (await token_of(client)).encode())
        answer = await client.post("/replays", data=data, headers={"Content-Type": kind}, allow_redirects=False)
        return answer.status

    assert asked(ask) in (400, 415)
    assert "Traceback" not in caplog.text


def test_a_form_that_is_not_packed_as_it_says_is_refused() -> None:
    async def ask(client: Client) -> Any:
        packed = {"Content-Type": FORM, "Content-Encoding": "gzip"}
        data = f"token={await token_of(client)}".encode()
        return (await client.post("/replays", data=data, headers=packed, allow_redirects=False)).status

    assert asked(ask) == 400


def test_an_origin_that_is_no_address_is_not_ours() -> None:
    async def ask(client: Client) -> Any:
        data = {"token": await token_of(client)}
        return (await client.post("/replays", data=data, headers={"Origin": "http://[x"}, allow_redirects=False)).status

    assert asked(ask) == 403


def test_a_cookie_that_is_none_of_ours_is_as_good_as_none() -> None:
    async def ask(client: Client) -> Any:
        return await said(client, b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: %s=\xff\r\n\r\n" % COOKIE.encode())

    assert asked(ask) == "HTTP/1.1 200 OK"


@pytest.mark.parametrize("names", [b"\xff\xfe", b"ann\x7f", b"x" * 201, "\u202enna".encode(), b" "])
def test_a_name_that_cannot_be_shown_is_nobodys(names: bytes) -> None:
    async def ask(client: Client) -> Any:
        return await said(client, b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-User: %s\r\n\r\n" % names)

    assert asked(ask, user_header="X-Forwarded-User") in ("HTTP/1.1 401 Unauthorized", "HTTP/1.0 400 Bad Request")


def test_who_names_themselves_before_their_proxy_does_is_nobody() -> None:
    """A proxy that adds its header to one that came from outside leaves two of them."""

    async def ask(client: Client) -> Any:
        headers = [("X-Forwarded-User", "root"), ("X-Forwarded-User", "eve")]
        return (await client.get("/", headers=headers)).status

    assert asked(ask, user_header="X-Forwarded-User") == 401


@pytest.mark.parametrize(
    ("peer", "believed"),
    [("10.0.0.7", True), ("::ffff:10.0.0.7", True), ("10.0.1.7", False), ("::1", False), ("", False), (None, False)],
)
def test_only_proxies_that_are_named_are_believed(peer: str | None, believed: bool) -> None:  # noqa: FBT001
    assert is_from(peer, ["10.0.0.0/24"]) is believed
    assert is_from(peer, [])


def test_who_goes_around_the_proxy_is_nobody() -> None:
    async def ask(client: Client) -> Any:
        return (await client.get("/", headers={"X-Forwarded-User": "ann"})).status

    assert asked(ask, user_header="X-Forwarded-User", proxies=["10.0.0.7"]) == 401
    assert asked(ask, user_header="X-Forwarded-User", proxies=["127.0.0.0/8", "::1"]) == 200


@pytest.mark.parametrize("wrong", [{"proxies": ["proxy.example.com"]}, {"proxies": ["10.0.0.7"], "user_header": None}])
def test_proxies_are_addresses_and_say_something(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"must be an address or a network|has proxies, and no user_header"):
        Console.model_validate({"user_header": "X-Forwarded-User", **wrong})


def test_a_header_that_is_not_asked_for_makes_nobody_known() -> None:
    async def ask(client: Client) -> Any:
        headers = {"X-Forwarded-User": "ann", "Remote-User": "ann", "Authorization": "Basic YW5uOmFubg=="}
        return (await client.get("/", headers=headers, allow_redirects=False)).status

    assert asked(ask, users={"ann": HASH}) == 303
    assert asked(ask) == 200


@pytest.mark.parametrize(
    "to", ["/\t/evil.example", "/\r\nSet-Cookie: x=y", "/\\/evil.example", "/quota\x00", "/\u202e"]
)
def test_signing_in_leads_nowhere_that_a_browser_reads_otherwise(to: str) -> None:
    async def ask(client: Client) -> Any:
        form = {"token": await token_of(client, "/sign-in"), "user": "ann", "password": "open sesame", "to": to}
        answer = await client.post("/sign-in", data=form, allow_redirects=False)
        return answer.status, answer.headers["Location"]

    assert asked(ask, users={"ann": HASH}) == (303, "/")


def test_nobody_writes_into_the_log_by_an_address(caplog: pytest.LogCaptureFixture) -> None:
    async def ask(client: Client) -> Any:
        await client.post(URL("/jobs/ann@example.com%0aERROR:forged", encoded=True), data={"token": "x"})
        await client.post(URL("/nothing%0aERROR:forged", encoded=True), data={"token": "x"})

    with caplog.at_level(logging.WARNING):
        asked(ask)
    refused = [record.getMessage() for record in caplog.records if "refused" in record.getMessage()]
    assert refused == ["console_form_refused page=/jobs/{job}", "console_form_refused page=none"]


def test_a_question_for_heads_alone_does_not_listen_for_news() -> None:
    async def ask(client: Client) -> Any:
        return (await asyncio.wait_for(client.head("/live"), 10)).status

    assert asked(ask) == 405


@pytest.mark.parametrize("method", ["OPTIONS", "PUT", "DELETE", "PATCH", "TRACE"])
def test_other_methods_do_nothing(method: str) -> None:
    async def ask(client: Client) -> Any:
        return (await client.request(method, "/replays")).status

    assert asked(ask) == 403


def test_a_page_that_asks_for_a_part_of_itself_is_led_to_sign_in_whole() -> None:
    """What htmx would put into the page is the page of signing in, and behind it a part of a page alone."""

    async def ask(client: Client) -> Any:
        shown = {"HX-Request": "true", "HX-Current-URL": f"http://127.0.0.1:{client.port}/failures?job=a%26b"}
        seen = []
        for headers in (shown, {**shown, "HX-Current-URL": "http://[x"}):
            answer = await client.get("/failures/list?job=a%26b", headers=headers, allow_redirects=False)
            seen.append((answer.status, answer.headers["HX-Redirect"]))
        form = await client.post("/replays/x/publish", allow_redirects=False)
        return *seen, form.headers["Location"]

    assert asked(ask, users={"ann": HASH}) == (
        (401, "/sign-in?to=%2Ffailures%3Fjob%3Da%2526b"),
        (401, "/sign-in?to=%2F"),
        "/sign-in?to=/",
    )


def test_whoever_guesses_keeps_nobody_else_out() -> None:
    """A name that is tried a hundred times does not have all others wait a hundred seconds; and few wait for it."""

    async def ask() -> Any:
        viewers = Viewers(Console.model_validate({"users": {"ann": HASH}}))
        door = Door(viewers)
        line = next(name for name in map(str, range(1000)) if door.line(name) != door.line("ann"))
        guesses = [asyncio.create_task(door.sign_in(line, "guess")) for _ in range(100)]
        await asyncio.sleep(0)
        began = asyncio.get_running_loop().time()
        cookie = await door.sign_in("ann", "open sesame")
        took = asyncio.get_running_loop().time() - began
        refused = [one for one in guesses if one.done() and isinstance(one.exception(), web.HTTPTooManyRequests)]
        for one in guesses:
            one.cancel()
        await asyncio.gather(*guesses, return_exceptions=True)
        return cookie is not None, took, len(refused)

    came_in, took, refused = asyncio.run(ask())
    assert (came_in, refused) == (True, 100 - LINE_MAX)
    assert took < LINE_MAX / 2


def test_messages_are_counted_once_for_all_who_ask_meanwhile() -> None:
    counted: list[datetime] = []
    begun, go_on = threading.Event(), threading.Event()

    def count(_: History, since: datetime) -> list[Fared]:
        counted.append(since)
        begun.set()
        go_on.wait(10)
        return []

    async def ask() -> None:
        cache, history = messages.Cache(), History.model_validate({"url": "sqlite:///history.db"})
        asking = [asyncio.create_task(cache.of(history, 7)) for _ in range(20)]
        await asyncio.to_thread(begun.wait, 10)
        asking[0].cancel()  # whoever goes away takes nothing from the others
        go_on.set()
        found = await asyncio.gather(*asking, return_exceptions=True)
        assert found[1:] == [[]] * 19

    with patch.object(messages, "funnel", count):
        asyncio.run(ask())
    assert len(counted) == 1
