"""Which addresses may be anybody's, and which are of a network of its own."""

import ipaddress
import socket

#: IPv6 addresses that stand for IPv4 ones, which they hold in their last bits: NAT64.
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
#: Where all IPv6 addresses are that are given out; what lies outside is of some network's own: IANA's registry of the
#: IPv6 address space.
_GIVEN_OUT = ipaddress.ip_network("2000::/3")
#: Addresses for documentation, which older Pythons do not know of: RFC 9637.
_EXAMPLES = ipaddress.ip_network("3fff::/20")


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
        if found not in _GIVEN_OUT or found in _EXAMPLES or found.teredo is not None:
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
