"""A knock at a broker's listener by hand, to say why it takes no client of ours.

The client libraries tell that a connection ended. Why, shows only when it is opened step by step: TLS, then a question
that anybody may ask, then one that only who is signed in may ask.
"""

import socket
import ssl
from collections.abc import Callable, Iterable
from contextlib import closing
from struct import pack, unpack

from schemas.config.kafka import Security
from streams.kafka.tls import EXPIRED, context_of, has_expired

STEP_SECONDS = 3.0
DEFAULT_PORT = 9092
#: Kafka's numbers of what is asked, and of what is answered.
METADATA, SASL_HANDSHAKE, API_VERSIONS = 3, 17, 18
UNSUPPORTED_MECHANISM, ILLEGAL_STATE = 33, 34
ANSWER_MAX = 1_000_000
#: What a listener that speaks TLS answers to who does not: a record of type alert.
ALERT = b"\x15\x03"
#: OpenSSL's other numbers of what is wrong with a certificate.
NOT_YET = 9
OTHER_HOST = frozenset({62, 64})


class Refusal(Exception):
    """A listener takes no client that is configured so; the message says what to change."""


class Away(Exception):
    """Nobody answers; the message says how."""


def knock(brokers: Iterable[str], security: Security | None) -> None:
    """Knock at the first of these addresses; blocks for some seconds at most.

    Raises:
        Refusal: a listener answers, and takes no client that is configured so; it begins with the address.
        Away: none of them answers; it names all.

    """
    away = []
    for broker in brokers:
        try:
            _knock(broker, security)
        except Away as reason:
            away.append(f"{broker}: {reason}")
        except Refusal as reason:
            raise Refusal(f"{broker}: {reason}") from reason
        else:
            return
    raise Away("; ".join(away))


def _knock(broker: str, security: Security | None) -> None:
    protocol = "PLAINTEXT" if security is None else security.protocol
    host, port = parted(broker)
    try:
        with closing(socket.create_connection((host, port), STEP_SECONDS)) as line:
            if security is None or not protocol.endswith("SSL"):
                _in_the_clear(line, protocol, security)
            else:
                _over_tls(line, host, protocol, security)
    except socket.gaierror as error:
        raise Away("nobody knows this name") from error
    except TimeoutError as error:
        raise Away("it does not answer in time") from error
    except OSError as error:
        raise Away((error.strerror or type(error).__name__).lower()) from error


def _in_the_clear(line: socket.socket, protocol: str, security: Security | None) -> None:
    line.sendall(_asked(API_VERSIONS, 0))
    begins = _begins(line)
    if begins.startswith(ALERT):
        wanted = protocol.replace("PLAINTEXT", "SSL")
        raise Refusal(f"it speaks TLS: kafka.security.protocol must be {wanted}, not {protocol}")
    _look_at(begins)
    _sign_in(line, protocol, security)


def _over_tls(line: socket.socket, host: str, protocol: str, security: Security) -> None:
    try:
        secured = context_of(security).wrap_socket(line, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        raise Refusal(_certificate_fault(error, host)) from error
    except (ssl.SSLError, ConnectionResetError) as error:
        if "ALERT" in str(getattr(error, "reason", "")):
            raise Refusal(_client_fault(security, error)) from error
        wanted = protocol.replace("SSL", "PLAINTEXT")
        raise Refusal(f"it speaks no TLS: kafka.security.protocol must be {wanted}, not {protocol}") from error
    with secured:
        try:
            secured.sendall(_asked(API_VERSIONS, 0))
            begins = _begins(secured)
        except ssl.SSLError as error:
            raise Refusal(_client_fault(security, error)) from error
        _look_at(begins)
        _sign_in(secured, protocol, security)


def _look_at(begins: bytes) -> None:
    """See whether an answer may be Kafka's, by how it begins."""
    if not begins:
        raise Away("it ends the connection")
    if unpack(">I", begins)[0] > ANSWER_MAX:
        raise Refusal("it is no Kafka broker, or its listener is not for clients: see kafka.brokers")


def _sign_in(line: socket.socket, protocol: str, security: Security | None) -> None:
    """See whether the listener wants a login as we have it; whether it takes it, only the clients find out."""
    if security is None or security.mechanism is None:
        if not _answers(line, _asked(METADATA, 1, pack(">i", 0))):
            wanted = {"PLAINTEXT": "SASL_PLAINTEXT", "SSL": "SASL_SSL"}[protocol]
            raise Refusal(f"it asks who we are: kafka.security.protocol must be {wanted}, not {protocol}")
        return
    line.sendall(_asked(SASL_HANDSHAKE, 1, _text(security.mechanism)))
    answer = _answer(line)
    code, there = unpack(">hi", answer[4:10]) if len(answer) >= 10 else (ILLEGAL_STATE, 0)  # noqa: PLR2004 - both
    if code == UNSUPPORTED_MECHANISM:
        takes = ", ".join(_texts(answer[10:], there))
        raise Refusal(f"it takes no {security.mechanism}, but {takes}: see kafka.security.mechanism")
    if code == ILLEGAL_STATE:
        wanted = protocol.removeprefix("SASL_")
        raise Refusal(f"it asks for no login: kafka.security.protocol must be {wanted}, not {protocol}")


def _certificate_fault(error: ssl.SSLCertVerificationError, host: str) -> str:
    match error.verify_code:
        case code if code == EXPIRED:
            return "its certificate has expired"
        case code if code == NOT_YET:
            return "its certificate is not valid yet"
        case code if code in OTHER_HOST:
            return f"its certificate is for another host than {host}: see kafka.brokers"
    told = error.verify_message.lower().rstrip(".")
    return f"its certificate is signed by nobody we trust ({told}): see kafka.security.ca_file"


def _client_fault(security: Security, error: OSError) -> str:
    if security.certificate_file is None:
        return "it asks for a client's certificate: see kafka.security.certificate_file and key_file"
    told = str(getattr(error, "reason", "")).partition("ALERT_")[2].replace("_", " ").lower() or "the handshake failed"
    file = f"kafka.security.certificate_file ({security.certificate_file})"
    if has_expired(security):
        return f"it refuses the client's certificate, which has expired: see {file}"
    return f"it refuses the client's certificate ({told}), signed by nobody it trusts, or expired: see {file}"


def parted(broker: str) -> tuple[str, int]:
    """The host and the port of an address."""
    host, _, port = broker.rpartition(":") if not broker.endswith("]") else (broker, "", "")
    if not host:
        host, port = broker, ""
    return host.strip("[]"), int(port) if port.isdigit() else DEFAULT_PORT


def _asked(key: int, version: int, body: bytes = b"") -> bytes:
    question = pack(">hhi", key, version, 1) + _text("infobip-streams") + body
    return pack(">i", len(question)) + question


def _text(text: str) -> bytes:
    return pack(">h", len(text)) + text.encode()


def _texts(data: bytes, count: int) -> Iterable[str]:
    for _ in range(count):
        (length,) = unpack(">h", data[:2])
        yield data[2 : 2 + length].decode(errors="replace")
        data = data[2 + length :]


def _begins(line: socket.socket) -> bytes:
    """How an answer begins; the rest of it is taken off the line."""
    size = _taken(line.recv, 4)
    if len(size) < 4:  # noqa: PLR2004 - what a length takes
        return b""
    if (length := unpack(">I", size)[0]) <= ANSWER_MAX:
        _taken(line.recv, length)
    return size


def _answer(line: socket.socket) -> bytes:
    size = _taken(line.recv, 4)
    return _taken(line.recv, min(unpack(">I", size)[0], ANSWER_MAX)) if len(size) == 4 else b""  # noqa: PLR2004


def _answers(line: socket.socket, question: bytes) -> bool:
    """Whether a question is answered, and the connection not ended instead."""
    try:
        line.sendall(question)
        return bool(line.recv(4))
    except ConnectionError:
        return False


def _taken(receive: Callable[[int], bytes], count: int) -> bytes:
    taken = b""
    while len(taken) < count and (some := receive(count - len(taken))):
        taken += some
    return taken
