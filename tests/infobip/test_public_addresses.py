"""Which addresses are anybody's, however they are written, and that no name leads to another one."""

import asyncio
import socket
from typing import Any

import aiohttp
import httpx
import pytest
from aiohttp import web
from aiohttp.abc import ResolveResult

from streams.infobip.addresses import is_private_literal, is_public
from streams.infobip.public_addresses import PublicResolver, PublicTransport
from streams.infobip.retry import NO_ANSWER, PrivateAddress, absent
from tests.infobip.asking import serving

PRIVATE = [
    "127.0.0.1",
    "127.8.9.1",
    "10.0.0.5",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",  # noqa: S104 - nobody listens here
    "255.255.255.255",
    "224.0.0.1",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.5",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:5",
    "2002:7f00:1::",
    "2001:0:53aa:64c:0:7f:80ff:fffe",
    "::10.0.0.5",
    "::8.8.8.8",
    "::ffff:0:10.0.0.5",
    "fec0::1",
    "64:ff9b:1::a00:5",
    "5f00::1",
    "3fff::1",
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "193.105.74.1", "2606:4700:4700::1111", "64:ff9b::808:808", "::ffff:8.8.8.8"]


@pytest.mark.parametrize("address", PRIVATE)
def test_these_are_not_anybodys(address: str) -> None:
    assert not is_public(address)
    assert is_private_literal(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_these_are(address: str) -> None:
    assert is_public(address)
    assert not is_private_literal(address)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST.", "a.localhost", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "0", "[::1]"]
)
def test_private_hosts_are_known_however_they_are_written(host: str) -> None:
    assert is_private_literal(host)


@pytest.mark.parametrize("host", ["hooks.example.com", "example", "10.0.0.5.example.com", "localhost.example.com"])
def test_names_are_looked_up_before_they_are_judged(host: str) -> None:
    assert not is_private_literal(host)


def answers(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
    """Have every name stand for these addresses."""

    async def resolve(_: Any, host: str, port: int = 0, family: int = socket.AF_INET) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host=one, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST)
            for one in addresses
        ]

    monkeypatch.setattr(aiohttp.ThreadedResolver, "resolve", resolve)


async def resolved() -> list[ResolveResult]:
    return await PublicResolver().resolve("hooks.example.com", 443)


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["8.8.8.8", "10.0.0.5"], ["fe80::1"]])
def test_a_name_that_stands_for_a_private_address_is_refused(
    addresses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answers(monkeypatch, *addresses)
    with pytest.raises(PrivateAddress):
        asyncio.run(resolved())


def test_a_name_that_stands_for_public_ones_leads_to_them(monkeypatch: pytest.MonkeyPatch) -> None:
    answers(monkeypatch, "8.8.8.8", "1.1.1.1")
    found = asyncio.run(resolved())
    assert [one["host"] for one in found] == ["8.8.8.8", "1.1.1.1"]


@pytest.mark.parametrize("host", ["hooks.example.com", "localhost"])
def test_no_byte_reaches_a_private_server_by_a_name(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each connection looks its name up, and goes to what was looked at: nothing is looked up a second time."""
    asked: list[str] = []
    reason = ""

    async def taken(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response()

    async def story() -> None:
        nonlocal reason
        async with serving({"/in": taken}) as url, httpx.AsyncClient(transport=PublicTransport()) as client:
            port = url.rpartition(":")[2]
            try:
                await client.post(f"http://{host}:{port}/in")
            except NO_ANSWER as failure:
                reason = absent(failure).reason

    answers(monkeypatch, "127.0.0.1")
    asyncio.run(story())
    assert asked == []
    assert "which only `allow_private: true` allows" in reason
