"""TLS as Python's own clients speak it: with the certificates of jobs.yaml."""

import ssl

from schemas.config.kafka import Security

#: OpenSSL's number for a certificate whose time is over.
EXPIRED = 10


def context_of(security: Security) -> ssl.SSLContext:
    """What a client of ours checks brokers by, and shows them. Raises OSError where a file is not as it should be."""
    context = ssl.create_default_context(cafile=security.ca_file)
    if security.certificate_file is not None:
        _show(context, security)
    return context


def has_expired(security: Security) -> bool:
    """Whether the client's own certificate has, as seen by one who trusts it and nothing else."""
    server, client = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    _show(server, security)
    client.check_hostname = False
    client.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    client.load_verify_locations(security.certificate_file)
    ours, theirs = ssl.MemoryBIO(), ssl.MemoryBIO()
    looking = client.wrap_bio(theirs, ours)
    shown = server.wrap_bio(ours, theirs, server_side=True)
    for side in (looking, shown, looking):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLCertVerificationError as error:
            return error.verify_code == EXPIRED
    return False


def _show(context: ssl.SSLContext, security: Security) -> None:
    password = None if security.key_password is None else security.key_password.get_secret_value()
    # Without one, OpenSSL would ask whoever sits at the terminal.
    context.load_cert_chain(str(security.certificate_file), security.key_file, password=password or "")
