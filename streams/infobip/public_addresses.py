"""Connections to public addresses only: every name is looked up here, and every address looked at, each time anew."""

import ipaddress
import socket

import aiohttp
import httpx_aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from streams.infobip.retry import PrivateAddress
from streams.infobip.transport import CONNECTIONS_MAX

#: IPv6 addresses that stand for IPv4 ones, which they hold in their last bits: NAT64.
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an IP address is one that anybody's may be; a zone of an IPv6 address says that it is not."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _TRANSLATED:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if found.teredo is not None:
            return False
    return found.is_global and not found.is_multicast


def is_private_literal(host: str) -> bool:
    """Whether a host is written as an address, in any form that systems read, or name, that is not public."""
    if host.casefold().rstrip(".") == "localhost" or host.casefold().rstrip(".").endswith(".localhost"):
        return True
    try:
        return not is_public(socket.inet_ntoa(socket.inet_aton(host)))
    except (OSError, ValueError):
        pass
    return ":" in host and not is_public(host.strip("[]"))


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
