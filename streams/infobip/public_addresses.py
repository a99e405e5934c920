"""Connections to public addresses only: every name is looked up here, and every address looked at, each time anew."""

import socket

import aiohttp
import httpx_aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from streams.infobip.addresses import is_public
from streams.infobip.retry import PrivateAddress
from streams.infobip.transport import CONNECTIONS_MAX


class PublicResolver(AbstractResolver):
    """Looks names up, and refuses those that stand for any address that is not public."""

    def __init__(self) -> None:
        self._inner = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Look a name up; the connection goes to what is answered here, and nothing is looked up a second time."""
        found = await self._inner.resolve(host, port, family)
        if not all(is_public(one["host"]) for one in found):
            raise PrivateAddress
        return found

    async def close(self) -> None:
        """Give back what it holds."""
        await self._inner.close()


class PublicTransport(httpx_aiohttp.AiohttpTransport):
    """Exchanges bytes with public addresses alone. Through no proxy: that would look names up by itself."""

    def get_client(self) -> aiohttp.ClientSession:
        """Open a session, as the transport would itself but for who looks names up."""
        connector = aiohttp.TCPConnector(
            limit=CONNECTIONS_MAX, resolver=PublicResolver(), use_dns_cache=False, ssl=self.ssl_context
        )
        return aiohttp.ClientSession(connector=connector, trust_env=False)
