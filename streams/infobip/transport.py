"""The connections of one authorization: where to, with which key, and with nothing personal in anybody's log."""

import asyncio
import logging
import ssl
from contextvars import ContextVar
from functools import lru_cache, partial
from types import SimpleNamespace
from typing import Any

import aiohttp
import httpx
import httpx_aiohttp

from streams.calls.call import Call
from streams.calls.pacing import ask_last_question
from streams.errors import ConfigurationError
from streams.infobip.departure import Departure
from streams.release import release

#: These write URLs, which may name people.
NOISY_LOGGERS = ("httpx", "httpcore", "aiohttp.client")
KEEP_ALIVE_SECONDS = 30.0
CONNECTIONS_MAX = 100
PATHS_REMEMBERED_MAX = 64
#: A thousand people of 64 kB each; a thousand messages answer with less than one of it.
ANSWER_BYTES_MAX = 64 * 1024 * 1024

#: Of the request that this task makes.
_DEPARTURE: ContextVar[Departure | None] = ContextVar("_DEPARTURE", default=None)


class FewCookies(httpx.Cookies):
    """Cookies that are looked for where an answer sets some: to look takes a tenth of all else of a request."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Take over those of an answer."""
        if "set-cookie" in response.headers:
            super().extract_cookies(response)


class Connections(httpx_aiohttp.HttpxAiohttpClient):
    """A client whose requests ask the last question of whoever makes them, before any of their bytes go out."""

    def __init__(self, *args: Any, **how: Any) -> None:
        super().__init__(*args, **how)
        # To make a URL of a path takes longer than all else of a request, and nearly all of them go to a few paths.
        self._merge_remembered = lru_cache(PATHS_REMEMBERED_MAX)(super()._merge_url)
        self._cookies = FewCookies()

    def _merge_url(self, url: httpx.URL | str) -> httpx.URL:
        return self._merge_remembered(url)

    def _init_transport(self, *args: Any, **how: Any) -> httpx.AsyncBaseTransport:
        return _asking(super()._init_transport(*args, **how))

    def _init_proxy_transport(self, *args: Any, **how: Any) -> httpx.AsyncBaseTransport:
        return _asking(super()._init_proxy_transport(*args, **how))


def connect(
    name: str,
    base_url: str,
    api_key: str | None,
    transport: httpx.AsyncBaseTransport | None = None,
    tls: ssl.SSLContext | None = None,
) -> httpx.AsyncClient:
    """The connections of an authorization, opened as they are needed: nothing is sent yet.

    Args:
        name: the authorization's, for the words of faults.
        base_url: the account's address; https unless it says otherwise.
        api_key: the key that every request carries; None where they carry none.
        transport: what exchanges bytes in place of the network, for tests.
        tls: which certificates are trusted, if not the usual ones.

    Raises:
        ConfigurationError: the address or the key cannot be one.

    """
    url = _base_url(name, base_url)
    proof = {} if api_key is None else {"Authorization": f"App {_checked_key(name, api_key)}"}
    for logger in NOISY_LOGGERS:
        logging.getLogger(logger).setLevel(logging.WARNING)
    return Connections(
        base_url=url,
        headers={
            **proof,
            "Accept": "application/json",
            # What is unpacked here at most a thousandfold.
            "Accept-Encoding": "gzip, deflate",
            "User-Agent": f"infobip-streams/{release()}",
        },
        timeout=None,  # the whole exchange has one
        limits=httpx.Limits(max_connections=CONNECTIONS_MAX, keepalive_expiry=KEEP_ALIVE_SECONDS),
        transport=transport,
        verify=True if tls is None else tls,
        # A proxy from the environment must not stand between us and a simulator on this machine.
        trust_env=url.host not in {"127.0.0.1", "localhost", "::1"},
    )


def _asking(transport: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
    if isinstance(transport, httpx_aiohttp.AiohttpTransport):
        transport.client = partial(_open, transport)
    return transport


def _open(transport: httpx_aiohttp.AiohttpTransport) -> aiohttp.ClientSession:
    """Open a transport's session as it would itself, but for what happens before bytes go out."""
    transport.client = None
    session = transport.get_client()
    before = aiohttp.TraceConfig()
    # Both are called before, not after: headers go out with the first part of the body.
    before.on_request_headers_sent.append(_before_headers)
    before.on_request_chunk_sent.append(_before_chunk)
    before.freeze()
    session.trace_configs.append(before)
    return session


async def _before_headers(_: aiohttp.ClientSession, request: SimpleNamespace, __: Any) -> None:
    request.is_out = False
    await before_bytes()


async def _before_chunk(_: aiohttp.ClientSession, request: SimpleNamespace, __: Any) -> None:
    if request.is_out:
        ask_last_question()
        return
    request.is_out = True
    await before_bytes()


async def before_bytes() -> None:
    """Wait until this task's request may go out, which counts from then on, and ask the last question."""
    if (departure := _DEPARTURE.get()) is not None:
        await departure.due()
        # They do go out when all that is under way in this round of the loop has had its turn.
        asyncio.get_running_loop().call_soon(departure.went)
    ask_last_question()


async def fetch(http: httpx.AsyncClient, call: Call, departure: Departure) -> tuple[int, str | None, bytes | None]:
    """Make a call once: the status, what Retry-After says, and the body, None where it is too large to be an answer.

    It departs when its bytes do. Has no time limit of its own. Raises what a request may
    (`streams.infobip.retry.NO_ANSWER`), and NotNow where the last question says so.
    """
    _DEPARTURE.set(departure)
    request = http.build_request(
        call.method, call.path, params=call.query or None, content=call.content, headers=call.headers
    )
    response = await http.send(request, stream=True)
    try:
        parts, size = [], 0
        # Unpacked piece by piece: some kilobytes may stand for gigabytes.
        async for part in response.aiter_bytes():
            parts.append(part)
            size += len(part)
            if size > ANSWER_BYTES_MAX:
                return response.status_code, response.headers.get("retry-after"), None
        return response.status_code, response.headers.get("retry-after"), b"".join(parts)
    finally:
        await response.aclose()
        # A response and its stream hold each other, until the collector comes by.
        response.stream = httpx.ByteStream(b"")


def _base_url(name: str, base_url: str) -> httpx.URL:
    """Complete an address; https unless it says otherwise."""
    try:
        url = httpx.URL(base_url if "://" in base_url else f"https://{base_url}")
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in {"http", "https"} or not url.host or url.userinfo:
        raise ConfigurationError([f"the base_url of authorization {name!r} is not an address"])
    return url


def _checked_key(name: str, api_key: str) -> str:
    """Guard against a key that no header can hold: the HTTP library's complaint would quote it."""
    key = api_key.strip()
    if not key or not key.isascii() or not key.isprintable():
        raise ConfigurationError([f"the api_key of authorization {name!r} is empty or holds impossible characters"])
    return key
