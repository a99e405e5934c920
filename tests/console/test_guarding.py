"""Whom the console lets in, what it takes from whom, and what each answer says; brokers are away meanwhile."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import CookieJar
from aiohttp.test_utils import TestClient, TestServer

from schemas.configuration import Configuration
from streams.console.guarding import HEADERS, is_known_host
from streams.console.keys import Switch
from streams.console.passwords import hash_of
from streams.console.serving import application, is_this_machine, serve
from streams.errors import ConfigurationError, JobFailed
from tests.making import export_job

HASH = hash_of("open sesame")
Client = TestClient[Any, Any]


def configuration(**console: Any) -> Configuration:
    return Configuration.model_validate(
        {
            "kafka": {"brokers": "127.0.0.1:1"},
            "authorizations": [{"name": "main", "base_url": "http://127.0.0.1:1", "api_key": "very-secret-key"}],
            "console": console or None,
            "jobs": [export_job(name="welcome")],
        }
    )


def asked(do: Callable[[Client], Awaitable[Any]], switch: Switch | None = None, **console: Any) -> Any:
    """Talk to a console, and give what that gives."""

    async def talk() -> Any:
        app = application(Path("jobs.yaml"), configuration(**console), switch)
        async with TestClient(TestServer(app), cookie_jar=CookieJar(unsafe=True)) as client:
            return await do(client)

    return asyncio.run(talk())


async def token_of(client: Client, path: str = "/failures") -> str:
    found = re.search(r'name="token" value="([0-9a-f]+)"', await (await client.get(path)).text())
    assert found is not None
    return found[1]


PAGES = ("/", "/jobs/welcome", "/failures", "/failures/0-0", "/messages", "/imports", "/quota", "/replays", "/nothing")


@pytest.mark.parametrize("path", [*PAGES, "/static/console.css", "/sign-in"])
def test_each_answer_says_what_a_browser_may_do_with_it(path: str) -> None:
    async def ask(client: Client) -> Any:
        return (await client.get(path)).headers

    headers = asked(ask)
    assert {name: headers[name] for name in HEADERS} == HEADERS
    assert "unsafe" not in headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("127.0.0.1:8088", True),
        ("localhost", True),
        ("[::1]:8088", True),
        ("10.0.0.7:80", True),
        ("console.example.com:8088", True),
        ("CONSOLE.example.com", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("", False),
        ("[", False),
    ],
)
def test_only_names_of_ours_and_addresses_in_digits_are_known(host: str, known: bool) -> None:  # noqa: FBT001
    assert is_known_host(host, frozenset({"console.example.com"})) is known


def test_a_request_under_a_foreign_name_sees_nothing() -> None:
    async def ask(client: Client) -> Any:
        answer = await client.get("/", headers={"Host": "evil.example"})
        return answer.status, await answer.text()

    status, text = asked(ask)
    assert status == 421
    assert "welcome" not in text


@pytest.mark.parametrize("path", ["/replays", "/messages", "/jobs/welcome", "/sign-out", "/replays/x/publish"])
def test_a_form_without_its_token_changes_nothing(path: str, caplog: pytest.LogCaptureFixture) -> None:
    async def ask(client: Client) -> Any:
        await client.get("/")
        return [
            (await client.post(path, data=data, headers=headers, allow_redirects=False)).status
            for data, headers in (
                ({}, {}),
                ({"token": "0" * 64}, {}),
                ({"token": await token_of(client)}, {"Origin": "http://evil.example"}),
                ({"token": await token_of(client)}, {"Origin": "null"}),
            )
        ]

    with caplog.at_level(logging.WARNING):
        assert asked(ask) == [403, 403, 403, 403]
    assert "console_form_refused page=" in caplog.text


def test_a_form_of_another_session_changes_nothing() -> None:
    async def ask(client: Client) -> Any:
        token = await token_of(client)
        client.session.cookie_jar.clear()
        return (await client.post("/replays", data={"token": token}, allow_redirects=False)).status

    assert asked(ask) == 403


def test_nobody_who_has_not_signed_in_sees_anything(caplog: pytest.LogCaptureFixture) -> None:
    async def ask(client: Client) -> Any:
        seen = []
        for path in (*PAGES, "/live"):
            answer = await client.get(path, allow_redirects=False)
            seen.append((answer.status, answer.headers.get("Location", "").partition("?")[0], await answer.text()))
        return seen

    with caplog.at_level(logging.INFO):
        for status, to, text in asked(ask, users={"ann": HASH}):
            assert (status, to) == (303, "/sign-in")
            assert "welcome" not in text


def test_whoever_signs_in_gets_where_they_were_going_and_may_leave(caplog: pytest.LogCaptureFixture) -> None:
    async def ask(client: Client) -> Any:
        said = {"token": await token_of(client, "/sign-in"), "user": "ann", "password": "wrong", "to": "/quota"}
        wrong = await client.post("/sign-in", data=said, allow_redirects=False)
        right = await client.post("/sign-in", data={**said, "password": "open sesame"}, allow_redirects=False)
        cookie = right.headers["Set-Cookie"]
        inside = await client.get("/quota", allow_redirects=False)
        token = await token_of(client)
        await client.post("/sign-out", data={"token": token}, allow_redirects=False)
        outside = await client.get("/quota", allow_redirects=False)
        return wrong.status, right.status, right.headers["Location"], cookie, inside.status, outside.status

    with caplog.at_level(logging.INFO):
        *statuses, cookie, inside, outside = asked(ask, users={"ann": HASH})
    assert statuses == [403, 303, "/quota"]
    assert (inside, outside) == (200, 303)
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "console_signed_in user=ann" in caplog.text
    assert "console_sign_in_refused" in caplog.text
    assert "sesame" not in caplog.text


@pytest.mark.parametrize("to", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_signing_in_leads_nowhere_else(to: str) -> None:
    async def ask(client: Client) -> Any:
        said = {"token": await token_of(client, "/sign-in"), "user": "ann", "password": "open sesame", "to": to}
        return (await client.post("/sign-in", data=said, allow_redirects=False)).headers["Location"]

    assert asked(ask, users={"ann": HASH}) == "/"


def test_a_proxy_says_who_looks() -> None:
    async def ask(client: Client) -> Any:
        without = await client.get("/")
        named = await client.get("/", headers={"X-Forwarded-User": "<b>ann</b>"})
        return without.status, named.status, await named.text()

    without, named, text = asked(ask, user_header="X-Forwarded-User")
    assert (without, named) == (401, 200)
    assert "&lt;b&gt;ann&lt;/b&gt;" in text


def test_no_page_holds_a_secret_and_all_say_what_keeps_them_from_knowing() -> None:
    async def ask(client: Client) -> Any:
        return [await (await client.get(path)).text() for path in PAGES]

    for text in asked(ask):
        assert "very-secret-key" not in text


def test_jobs_are_paused_only_where_that_is_possible() -> None:
    done: list[tuple[str, bool, str]] = []

    async def switch(job: str, stop: bool, by: str) -> None:  # noqa: FBT001 - as the console calls it
        done.append((job, stop, by))

    async def ask(client: Client) -> Any:
        token = await token_of(client)
        return [
            (await client.post(f"/jobs/{job}", data={"token": token, "to": to}, allow_redirects=False)).status
            for job, to in (("welcome", "pause"), ("welcome", "resume"), ("welcome", "delete"), ("other", "pause"))
        ]

    assert asked(ask, switch) == [303, 303, 404, 404]
    assert done == [("welcome", True, "local"), ("welcome", False, "local")]
    assert asked(ask) == [404, 404, 404, 404]


@pytest.mark.parametrize("query", ["day=tomorrow", "before=1", "before=a-b"])
def test_addresses_that_mean_nothing_are_refused_in_words(query: str) -> None:
    async def ask(client: Client) -> Any:
        answer = await client.get(f"/failures?{query}")
        return answer.status, await answer.text()

    status, text = asked(ask)
    assert status == 400
    assert "Traceback" not in text


@pytest.mark.parametrize(
    ("host", "ours"),
    [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False)],  # noqa: S104
)
def test_only_this_machine_is_let_in_where_nobody_is_asked(host: str, ours: bool) -> None:  # noqa: FBT001
    assert is_this_machine(host) is ours
    if not ours:
        with pytest.raises(ConfigurationError, match=f"--host {host}: whoever reaches this machine would be let in"):
            asyncio.run(serve(Path("jobs.yaml"), configuration(), host, 0, asyncio.Event(), print))


def test_a_port_that_is_taken_is_told() -> None:
    async def twice() -> None:
        async def run(_: Client) -> None:
            port = _.server.port
            await serve(Path("jobs.yaml"), configuration(), "127.0.0.1", port or 0, asyncio.Event(), print)

        app = application(Path("jobs.yaml"), configuration())
        async with TestClient(TestServer(app)) as client:
            await run(client)

    with pytest.raises(JobFailed, match=r"cannot listen on 127.0.0.1, port \d+: "):
        asyncio.run(twice())
