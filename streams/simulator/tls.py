"""A certificate of the simulator's own, by an authority that is made for it and forgotten with it."""

import ssl
from pathlib import Path
from socket import gethostname

from streams.errors import ConfigurationError

#: What every certificate is good for, besides the address that is listened on.
LOCAL = ("localhost", "127.0.0.1", "::1")


def certify(host: str, ca_file: Path) -> ssl.SSLContext:
    """Make a certificate for a host, and write its authority's to a file, for clients to trust.

    Raises:
        ConfigurationError: the package that makes certificates is not installed.

    """
    try:
        import trustme  # noqa: PLC0415 - of an extra, which workers do without
    except ImportError:
        told = "--tls needs the package trustme: in the folder of this service, pip install '.[demo]'"
        raise ConfigurationError([told]) from None
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert(*dict.fromkeys((host, *LOCAL, gethostname()))).configure_cert(context)
    ca_file.write_bytes(authority.cert_pem.bytes())
    return context
