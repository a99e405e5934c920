"""Bodies that nobody should post: what is no JSON, what is odd or too large, and what must become of each."""

import gzip
import json
import random
import zlib
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.integration.reporting import report

DEEP = 100_000
#: A little less than a body may have.
LARGE = 4_100_000
#: An id that is long, packed or not.
LONG = b64encode(random.Random(1).randbytes(1_500_000))
#: What a body must not unpack to.
BOMB = gzip.compress(bytes(64 * 1024 * 1024), 9)


@dataclass(frozen=True, slots=True)
class Body:
    """A body as it is sent, and what must become of it once its sender is proven.

    `ids` are those of messages that must be told of. One that is `kept` is a dead letter as a whole; `open`: each of
    its entries is a record or a dead letter, or all of it is one. One that is `refused` is answered so, and leaves
    nothing. One that is `heavy` may be put off. `headers` belong to it.
    """

    sent: bytes
    ids: frozenset[str] = frozenset()
    kept: bool = False
    open: bool = False
    refused: int = 0
    heavy: bool = False
    headers: Sequence[tuple[str, str]] = ()

    @property
    def answers(self) -> frozenset[int]:
        """The statuses that are right."""
        if self.refused:
            return frozenset({self.refused})
        return frozenset({200, 503} if self.heavy else {200})


Maker = Callable[[random.Random, int], Body]


@dataclass(frozen=True, slots=True)
class Entries:
    """Good entries, to be found again under their ids."""

    entries: list[dict[str, Any]]
    ids: frozenset[str] = field(default_factory=frozenset)

    @property
    def bytes(self) -> bytes:
        """As they are posted."""
        return orjson.dumps({"results": self.entries})


def entries(chance: random.Random, number: int, mark: str = "good") -> Entries:
    """Some good reports."""
    ids = [f"{mark}-{number}-{place}" for place in range(chance.randrange(1, 6))]
    return Entries([report(one, callbackData=f"number {number}") for one in ids], frozenset(ids))


def good(chance: random.Random, number: int) -> Body:
    """Nothing wrong at all."""
    made = entries(chance, number)
    return Body(made.bytes, made.ids)


def packed(chance: random.Random, number: int) -> Body:
    """Packed as is allowed."""
    made = entries(chance, number)
    how = chance.choice(("gzip", "x-gzip", "deflate"))
    sent = zlib.compress(made.bytes) if how == "deflate" else gzip.compress(made.bytes)
    return Body(sent, made.ids, headers=[("Content-Encoding", how)])


def packed_wrong(chance: random.Random, number: int) -> Body:
    """Packed otherwise than it says, not to the end, twice, or with more behind it."""
    made = gzip.compress(entries(chance, number, "refused").bytes)
    how, sent, status = chance.choice(
        [
            ("gzip", made[:-9], 400),
            ("gzip", chance.randbytes(100), 400),
            ("gzip", made + made, 400),
            ("gzip", made + b"behind", 400),
            ("deflate", made[5:], 400),
            ("gzip", b"", 400),
            ("br", made, 415),
            ("gzip, gzip", gzip.compress(made), 415),
            ("compress", made, 415),
        ]
    )
    return Body(sent, refused=status, headers=[("Content-Encoding", how)])


def typed_wrong(chance: random.Random, number: int) -> Body:
    """Good, and said to be something else."""
    made = entries(chance, number)
    said = chance.choice(
        [
            "text/plain",
            "multipart/form-data; boundary=x",
            "application/json; charset=utf-16",
            "a" * 4000,
            "",
            "a/b/c;;=",
        ]
    )
    return Body(made.bytes, made.ids, headers=[("Content-Type", said)])


def coded_wrong(chance: random.Random, number: int) -> Body:
    """In another encoding than UTF-8."""
    text = entries(chance, number, "kept").bytes.decode().replace("Acme", "Acmé")
    sent = text.encode(chance.choice(["utf-16", "utf-16-le", "utf-32-be", "latin-1", "cp037", "utf-7"]))
    return Body(sent, kept=not sent.isascii(), open=sent.isascii())


def marked(chance: random.Random, number: int) -> Body:
    """Behind a byte order mark, which is passed over."""
    made = entries(chance, number)
    return Body(b"\xef\xbb\xbf" + made.bytes, made.ids)


def no_report(chance: random.Random, number: int) -> Body:
    """JSON that tells of nothing; or no JSON."""
    made = [b"", b"null", b"7", b"[]", b'"a"', b"{}", b'{"results":null}', b'{"results":{}}', b"\x00", b"NaN", b"{" * 9]
    return Body(chance.choice(made).ljust(20 + number % 2000), kept=True)


def torn(chance: random.Random, number: int) -> Body:
    """The beginning of a good one, whole as a request."""
    whole = entries(chance, number, "torn").bytes
    return Body(whole[: chance.randrange(1, len(whole) - 1)], kept=True)


def bent(chance: random.Random, number: int) -> Body:
    """A few bytes changed, anywhere."""
    sent = bytearray(entries(chance, number, "bent").bytes)
    for _ in range(chance.randrange(1, 8)):
        sent[chance.randrange(len(sent))] = chance.randrange(256)
    return Body(bytes(sent), open=True)


def _deep(levels: int) -> Any:
    value: Any = "deep"
    for _ in range(levels):
        value = [value]
    return value


ODD: Sequence[Any] = (
    *(None, True, 0, -1, 2**63, 2**64, -(2**70), 10**400, 1.5, -0.0, 1e308, float("nan"), float("inf")),
    *(
        "",
        " ",
        "\x00",
        "\ud800",
        "é" * 100,
        "x" * 10_000,
        "9" * 400,
        "STOP",
        "null",
        "[]",
        "2026-02-30T99:00:00.000+0000",
    ),
    *([], {}, [[], []], {"id": "x"}, {"id": 2**64, "groupId": 3}, {"": {"": ""}}, [None] * 50, _deep(300)),
    *(
        "DELIVERY",
        "SEEN",
        "MO",
        "CLICKED",
        '{"job":1,"event_id":2}',
        '{"mms_parts":[{"contentType":"text/a","value":"\\ud800"}]}',
    ),
)
KEYS = (
    *("messageId", "status", "error", "to", "doneAt", "sentAt", "price", "callbackData", "messageCount", "bulkId"),
    *("mccMnc", "event", "channel", "notificationType", "receivedAt", "seenAt", "message", "text", "content", "from"),
    *("url", "sendDateTime", "eventId", "keyword", "contact", "recipient", "campaignReferenceId", "platform"),
)


def odd(chance: random.Random, number: int) -> Body:
    """Entries with odd values under any of the keys that are read."""
    made = entries(chance, number, "odd").entries
    for entry in made:
        for _ in range(chance.randrange(1, 5)):
            entry[chance.choice(KEYS)] = chance.choice(ODD)
        if chance.random() < 0.3:
            entry.pop(chance.choice(list(entry)))
    said: Any = made[0] if chance.random() < 0.2 else {"results": [*made, *chance.sample(ODD, 2)]}
    return Body(json.dumps(said, ensure_ascii=chance.random() < 0.8).encode(errors="surrogatepass"), open=True)


def _bombs() -> Sequence[Body]:
    tiny = b'{"messageId":"kept","status":{"id":5}}'
    report_of = b'{"results":[{"messageId":"%s","status":{"id":5},"x":%s}]}'
    packing = [("Content-Encoding", "gzip")]
    return (
        Body(BOMB, refused=413, headers=packing),
        Body(b" " * 5_000_000, refused=413),
        Body(b"[" * LARGE, kept=True, heavy=True),
        Body(b'{"a":' * (LARGE // 5), kept=True, heavy=True),
        Body(gzip.compress(b'{"results":[' + b"{}," * (LARGE // 3) + b"0]}"), kept=True, heavy=True, headers=packing),
        Body(gzip.compress(b'{"results":[' + b"0," * (LARGE // 2) + b"0]}"), kept=True, heavy=True, headers=packing),
        Body(b'{"results":[' + b",".join([tiny] * (LARGE // 40)) + b"]}", kept=True, heavy=True),
        Body(b'{"results":[' + b",".join([tiny] * 5001) + b"]}", kept=True, heavy=True),
        Body(report_of % (b"bomb-1", b"[" * 900 + b"]" * 900), frozenset({"bomb-1"})),
        Body(report_of % (b"bomb-2", b"9" * 3_000_000), frozenset({"bomb-2"}), heavy=True),
        Body(report_of % (b"bomb-3", b"1" + b"0" * 100_000 + b".5e99999999"), frozenset({"bomb-3"}), heavy=True),
        Body(
            report_of % (b"bomb-4", b"[" + b"1234567890123456789e399," * 100_000 + b"0]"),
            frozenset({"bomb-4"}),
            heavy=True,
        ),
        Body(report_of % (b"bomb-5", b'"' + b"\\u0000" * 600_000 + b'"'), frozenset({"bomb-5"}), heavy=True),
        Body(report_of % (b"bomb-6", b'{"a":' * 300 + b"0" + b"}" * 300), frozenset({"bomb-6"})),
        Body(report_of % (b"bomb-7" * 1000, b"0"), frozenset({"bomb-7" * 1000})),
        Body(report_of % (LONG, b"0"), frozenset({LONG.decode()}), heavy=True),
        Body(b'{"results":[%s]}' % b",".join([b'{"x":' + b"[" * 900 + b"]" * 900 + b"}"] * 500), open=True, heavy=True),
    )


BOMBS = _bombs()


def bomb(chance: random.Random, _: int) -> Body:
    """Small for who sends it, and large for who reads it."""
    return chance.choice(BOMBS)


def kept_forms(body: Body) -> bytes:
    """The body unpacked, as a dead letter holds it."""
    packing = dict(body.headers).get("Content-Encoding")
    return gzip.decompress(body.sent) if packing == "gzip" else body.sent


#: What may be proven, and how often each comes.
BODIES: Sequence[tuple[Maker, int]] = (
    (good, 20),
    (packed, 5),
    (packed_wrong, 5),
    (typed_wrong, 5),
    (coded_wrong, 5),
    (marked, 2),
    (no_report, 8),
    (torn, 8),
    (bent, 15),
    (odd, 25),
)
