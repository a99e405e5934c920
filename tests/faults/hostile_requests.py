"""Requests that nobody should make: bodies that are hostile, proofs that are none, paths that lead astray, no HTTP."""

import hmac
import random
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.config.webhooks import token_of
from tests.faults.hostile_bodies import BODIES, Body, bomb, entries, good
from tests.integration.reporting import SECRET

HEADER = "X-Infobip-Signature"
TOKEN = token_of(SECRET)
#: Connections that end without a word, and what may be said to those who prove nothing.
NO_ANSWER = 0
TURNED_AWAY = frozenset({NO_ANSWER, 400, 401, 404, 405, 408, 411, 413, 414, 417, 431, 501, 505})
#: Every channel whose form is that of SMS.
CHANNELS = ("sms", "mms", "viber", "kakao_alim", "kakao_chingu")
#: In this many requests there is one whose body is a bomb.
BOMB_EVERY = 400
FORGED = "forged"

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Request:
    """Bytes to send, the statuses that are right, each of which may come more than once, and the body if it is proven.

    With `hangs_up` nothing follows them.
    """

    sort: str
    sent: bytes
    answers: frozenset[int]
    body: Body | None = None
    hangs_up: bool = False


Maker = Callable[[random.Random, int], Request]


def post(path: str, body: bytes, *headers: tuple[str, str], close: bool = True, method: str = "POST") -> bytes:
    """A request as bytes."""
    said = [("Host", "a"), ("Content-Length", str(len(body))), *headers, *([("Connection", "close")] if close else [])]
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in said)]
    return "\r\n".join([*lines, "", ""]).encode(errors="surrogateescape") + body


def signature(body: bytes, secret: str = SECRET) -> str:
    """How Infobip signs."""
    return hmac.digest(secret.encode(), body, "sha256").hex()


def basic(password: str) -> str:
    """A header that has a password."""
    return "Basic " + b64encode(f"anybody:{password}".encode()).decode()


def _proven(chance: random.Random, body: bytes, *headers: tuple[str, str], **how: Any) -> bytes:
    """A request that proves itself by any of the proofs."""
    path = f"/reports/{chance.choice(CHANNELS)}"
    paths: Mapping[str, tuple[str, Headers]] = {
        "token": (f"/t/{TOKEN}{path}", ()),
        "bearer": (path, [("Authorization", f"Bearer {SECRET}")]),
        "basic": (path, [("Authorization", basic(SECRET))]),
        "signature": (path, [(HEADER, signature(body))]),
    }
    address, proof = paths[chance.choice([*paths])]
    return post(address, body, *headers, *proof, **how)


def _of_body(make: Callable[[random.Random, int], Body]) -> Maker:
    def made(chance: random.Random, number: int) -> Request:
        body = make(chance, number)
        answers = body.answers | ({NO_ANSWER} if body.refused and len(body.sent) > 100_000 else set())
        return Request(f"bodies: {make.__name__}", _proven(chance, body.sent, *body.headers), answers, body)

    return made


def _half(chance: random.Random, number: int) -> Request:
    """Less than its length says, or chunks that do not end; nothing of it may be written."""
    body = entries(chance, number, FORGED).bytes
    proof = ("Authorization", f"Bearer {SECRET}")
    if chance.random() < 0.5:
        whole = post("/reports/sms", body, proof)
        sent = whole[: len(whole) - chance.randrange(1, len(body))]
    else:
        head = post("/reports/sms", b"", proof, ("Transfer-Encoding", "chunked")).replace(b"Content-Length: 0\r\n", b"")
        ends = [b"", b"\r\n", b"\r\nx\r\n", b"\r\n-1\r\n", b"\r\nffffffffffffffff\r\n", b"\r\n5\r\nab"]
        sent = head + f"{len(body):x}\r\n".encode() + body + chance.choice(ends)
    return Request("half bodies", sent, TURNED_AWAY, hangs_up=True)


def _forged(chance: random.Random, number: int) -> Request:
    """Proofs that are nearly right."""
    body = entries(chance, number, FORGED).bytes
    mine = signature(body)
    bent = mine[:5] + ("0" if mine[5] != "0" else "1") + mine[6:]
    headers = [
        ("Authorization", f"Bearer {SECRET[:-1]}"),
        ("Authorization", f"Bearer {SECRET} x"),
        ("Authorization", f"Bearer {TOKEN}"),
        ("Authorization", f"Digest {SECRET}"),
        ("Authorization", "Bearer"),
        ("Authorization", basic("")),
        ("Authorization", basic(SECRET.upper())),
        ("Authorization", "Basic " + b64encode(SECRET.encode()).decode()),
        ("Authorization", "Basic \udcff\udcfe"),
        (HEADER, bent),
        (HEADER, mine[:-1]),
        (HEADER, mine + "0"),
        (HEADER, "sha256="),
        (HEADER, signature(body, "another secret")),
        (HEADER, signature(body, "")),
        (HEADER, signature(body, TOKEN)),
        (HEADER, hmac.digest(SECRET.encode(), body, "sha512").hex()),
        (HEADER, "\udcff" * 64),
        ("X-Token", TOKEN),
        ("Cookie", f"token={TOKEN}"),
    ]
    return Request("forged proofs", post("/reports/sms", body, chance.choice(headers)), TURNED_AWAY)


def _stolen(chance: random.Random, number: int) -> Request:
    """The signature of another body, of the same one unpacked, or none of what came."""
    body, other = entries(chance, number, FORGED).bytes, good(chance, number).sent
    headers = [(HEADER, signature(chance.choice([other, body[:-1], body + b" ", b""])))]
    return Request("signatures of another body", post("/reports/sms", body, *headers), TURNED_AWAY)


def _replayed(chance: random.Random, number: int) -> Request:
    """What was taken comes again, on the same connection: it is taken, and written once."""
    body = good(chance, number)
    one = post("/reports/sms", body.sent, (HEADER, signature(body.sent)), close=False)
    last = post("/reports/sms", body.sent, (HEADER, signature(body.sent)))
    return Request("replayed", one + last, frozenset({200}), body)


PATHS = (
    *("//reports/sms", "/reports//sms", "/./reports/sms", "/x/../reports/sms", "/reports/sms/", "/reports/sms/.."),
    *("/%72eports/sms", "/reports%2Fsms", "/reports/sms%00", "/reports/sms;a", "/REPORTS/sms", "/reports/sms\\"),
    *("*", "/t/", "/t//reports/sms", "/t/x/reports/sms", "/t/%2e%2e/reports/sms", "/reports/../t/x/reports/sms"),
    *(
        "/?/reports/sms",
        "/#/reports/sms",
        "/reports/email/../sms",
        "/inbound/email",
        "/reports/sms%20",
        "/reports/\udcff",
    ),
    *(
        "http://a/reports/sms",
        "http://user:a@b/reports/sms",
        "/" + "a" * 9000,
        "/" + "a/" * 3000,
        "/healthz",
        "/favicon.ico",
    ),
)
TOKEN_PATHS = (
    *(f"/t/{TOKEN}x/reports/sms", f"/t/{TOKEN[:-1]}/reports/sms", f"/t/{TOKEN}%00/reports/sms"),
    *(f"/T/{TOKEN}/reports/sms", f"//t/{TOKEN}/reports/sms", f"/reports/sms?t={TOKEN}", f"/reports/sms#/t/{TOKEN}"),
    *(f"/t/{TOKEN}/../../reports/sms", f"/t/{TOKEN}/t/{TOKEN}/reports/sms", f"/t/{TOKEN}%2Freports/sms"),
    *(
        f"/t/{TOKEN}",
        f"/t/{TOKEN}/",
        f"/t/{TOKEN}//reports/sms",
        f"/t/{TOKEN}/reports",
        f"http://a/t/{TOKEN}/reports/sms",
    ),
    *(f"/t/{TOKEN.swapcase()}/reports/sms", f"/t/ {TOKEN}/reports/sms", f"/t/{TOKEN}\t/reports/sms"),
)


def _astray(chance: random.Random, number: int) -> Request:
    """Paths that nearly lead somewhere, with a proof and without one."""
    body, path = entries(chance, number, FORGED).bytes, chance.choice([*PATHS, *TOKEN_PATHS])
    # Whoever has the secret needs no token, and is let in with a wrong one, too.
    is_proven = TOKEN not in path and "/t/" not in path and chance.random() < 0.5
    headers = [("Authorization", f"Bearer {SECRET}")] if is_proven else []
    return Request("paths", post(path, body, *headers), TURNED_AWAY)


def _method(chance: random.Random, number: int) -> Request:
    """Anything but POST."""
    body = entries(chance, number, FORGED).bytes
    method = chance.choice(
        ["GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "HEAD", "CONNECT", "POSTS", "post", "P\x00"]
    )
    return Request("methods", post(f"/t/{TOKEN}/reports/sms", body, method=method), TURNED_AWAY)


def _smuggled(chance: random.Random, number: int) -> Request:
    """A second request hidden behind, or in, one that is let in or not."""
    inner = post("/reports/sms", entries(chance, number, FORGED).bytes)
    proof = ("Authorization", f"Bearer {SECRET}")
    body = good(chance, number)
    outer = post("/reports/sms", body.sent, proof, close=False)
    length = b"Content-Length: %d" % len(body.sent)
    made: Sequence[tuple[bytes, Body | None]] = [
        (outer + inner, body),
        (outer.replace(length, length + b"\r\nTransfer-Encoding: chunked") + b"0\r\n\r\n" + inner, None),
        (outer.replace(length, length + b"\r\nContent-Length: 0") + inner, None),
        (outer.replace(length, b"Content-Length: +%d" % len(body.sent)) + inner, None),
        (outer.replace(length, b"Content-Length : %d" % len(body.sent)) + inner, None),
        (outer.replace(length, b"Transfer-Encoding: xchunked") + inner, None),
        (outer.replace(length, b"X: a\nTransfer-Encoding: chunked") + inner, None),
        (post("/reports/sms", inner, close=False), None),
    ]
    sent, proven = chance.choice(made)
    return Request("smuggled", sent, TURNED_AWAY | ({200} if proven else set()), proven, hangs_up=proven is None)


NO_HTTP = (
    *(
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\r\n" * 1000,
        b"\x00" * 5000,
    ),
    *(b"GET /\r\n\r\n", b"POST /reports/sms HTTP/9.9\r\n\r\n", b"POST  /reports/sms HTTP/1.1\r\n\r\n", b"", b"P"),
    *(
        b"POST /reports/sms HTTP/1.1\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
        b"POST / HTTP/1.1\r\n" + b"X: a\r\n" * 10_000,
    ),
    *(
        b"POST /reports/sms HTTP/1.1\r\n: a\r\n\r\n",
        b"POST /reports/sms HTTP/1.1\r\nA\r\n\r\n",
        b"POST /reports/sms HTTP/1.1\r\n a: b\r\n\r\n",
    ),
    *(
        b"POST /reports/sms HTTP/1.1\r\nContent-Length: 9" + b"9" * 400 + b"\r\n\r\n",
        b"POST /reports/sms HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    ),
    b"POST /reports/sms HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\n\r\n",
    b"POST /reports/sms HTTP/1.1\r\nExpect: 200-ok\r\nContent-Length: 1\r\n\r\n",
)


def _no_http(chance: random.Random, _: int) -> Request:
    """Bytes that are no request."""
    sent = chance.randbytes(chance.randrange(1, 3000)) if chance.random() < 0.3 else chance.choice(NO_HTTP)
    return Request("no HTTP", sent, TURNED_AWAY, hangs_up=True)


#: How often each sort comes.
SORTS: Sequence[tuple[Maker, int]] = (
    *((_of_body(make), weight) for make, weight in BODIES),
    (_half, 15),
    (_forged, 25),
    (_stolen, 10),
    (_replayed, 10),
    (_astray, 25),
    (_method, 5),
    (_smuggled, 10),
    (_no_http, 10),
)


def requests(chance: random.Random, count: int) -> Iterator[Request]:
    """So many, each of a sort of chance; now and then a bomb."""
    makers, weights = [make for make, _ in SORTS], [weight for _, weight in SORTS]
    for number in range(count):
        make = _of_body(bomb) if number % BOMB_EVERY == BOMB_EVERY - 1 else chance.choices(makers, weights)[0]
        yield make(chance, number)
