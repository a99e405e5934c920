"""Hostile requests to one receiver, which must not end, grow or stand still, and write nothing that was not proven."""

import asyncio
import json
import re
import threading
import time
from base64 import b64decode
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import httpx

from streams.receiver.identities import digest
from tests.contents import send_job
from tests.faults.arena import MEMORY_BYTES, Arena, Row
from tests.faults.hostile import watched
from tests.faults.hostile_bodies import Body, kept_forms
from tests.faults.hostile_requests import FORGED, HEADER, TOKEN, Request, requests
from tests.integration.harness import Corridor, Worker
from tests.integration.reporting import SECRET, listens, records, report, with_webhooks

CONNECTIONS = 32
#: No answer may take longer; a body that is read apart is put off after nine seconds.
ANSWER_SECONDS = 20.0
#: An honest caller waits so long at most, and comes so often.
HONEST_SECONDS, PAUSE_SECONDS = 1.0, 0.1
TOPICS = ("infobip_delivery_reports", "infobip_clicks", "infobip_inbound_messages", "infobip_consents")
#: Consents name no message.
OF_CONSENTS = "None"
_statuses = re.compile(rb"HTTP/1\.[01] ([0-9]{3}) ").findall


def requests_hostile(arena: Arena) -> Row:
    """All of them to one process, while somebody honest calls."""
    count = arena.size(2_000, 50_000)
    with arena.scene() as (_, made):
        made.configuration["jobs"] = [send_job("sms", made.topic, "shipped", name=made.name)]
        address = with_webhooks(made, hmac={"header": HEADER})
        worker = made.start(command="receive")
        listens(address)
        made_of = requests(arena.chance("requests"), count)
        began = time.monotonic()
        with watched(worker.process.pid) as memory, honest(address) as waited:
            port = int(address.split(":")[2].partition("/")[0])
            answered = asyncio.run(Strike(port).all(made_of))
        seconds = time.monotonic() - began
        assert worker.process.poll() is None, f"it ended, see {worker.log}"
        assert worker.stop() == 0
        assert 0 < memory.peak < MEMORY_BYTES, f"{memory.peak / 1e6:.0f} MB were taken"
        assert waited, "nobody honest was served"
        assert max(waited) <= HONEST_SECONDS, f"somebody honest waited for {max(waited):.2f} s"
        check_log(worker)
        sorts = check(made, answered, len(waited))
    return Row(
        f"{count:,} requests of {sorts['all']} sorts, seed {arena.seed}",
        f"no crash, at most {memory.peak / 1e6:.0f} MB, nothing written that was not proven; each of "
        f"{sorts['proven']:,} proven bodies told of or kept; {len(waited)} honest reports in between, each taken "
        f"within {max(waited):.2f} s; {seconds:.0f} s",
    )


class Strike:
    """Many connections at once, each with one hostile request."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.answered: list[tuple[Request, list[int]]] = []

    async def all(self, made: Iterator[Request]) -> list[tuple[Request, list[int]]]:
        """Make every request; each with its answers."""
        await asyncio.gather(*(self._some(made) for _ in range(CONNECTIONS)))
        return self.answered

    async def _some(self, made: Iterator[Request]) -> None:
        for request in made:
            answers = await self._one(request)
            assert set(answers) <= request.answers, f"{request.sort}: {answers}: {request.sent[:600]!r}"
            self.answered.append((request, answers))

    async def _one(self, request: Request) -> list[int]:
        said = bytearray()
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        with suppress(ConnectionError):  # it may be cut at any time
            writer.write(request.sent)
            if request.hangs_up:
                writer.write_eof()
            async with asyncio.timeout(ANSWER_SECONDS):
                while chunk := await reader.read(65_536):
                    said += chunk
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        return [int(status) for status in _statuses(bytes(said))] or [0]


@contextmanager
def honest(address: str) -> Iterator[list[float]]:
    """Somebody who reports all the while; how many seconds each report took."""
    ended, waited = threading.Event(), list[float]()

    def call() -> None:
        with httpx.Client(timeout=30) as client:
            while not ended.wait(PAUSE_SECONDS):
                body, began = {"results": [report(f"honest-{len(waited)}")]}, time.monotonic()
                assert client.post(f"{address}/reports/sms", json=body).status_code == 200
                waited.append(time.monotonic() - began)

    calling = threading.Thread(target=call)
    calling.start()
    try:
        yield waited
    finally:
        ended.set()
        calling.join()


def check_log(worker: Worker) -> None:
    """Fail where the log has errors, secrets, or anything of what came."""
    log = worker.log.read_text()
    for word in ("Traceback", "ERROR", SECRET, TOKEN, FORGED, "447910000001", "reports/sms"):
        assert word not in log, f"{word} is in the log, see {worker.log}"


def check(made: Corridor, answered: Sequence[tuple[Request, list[int]]], honest_reports: int) -> Counter[str]:
    """Fail unless what was proven is told of or kept, and nothing else is there; how many sorts and proofs."""
    told = [(topic, record) for topic in TOPICS for record in records(made, topic)]
    letters = Letters(records(made, "infobip_dead_letters"))
    ids = Counter(str(record.get("message_id") or record.get("inbound_id")) for _, record in told)
    proven = [request for request, answers in answered if request.body is not None and 200 in answers]
    allowed = {f"honest-{number}" for number in range(honest_reports)}
    for number in range(honest_reports):
        assert ids[f"honest-{number}"] == 1, "an honest report is lost, or there twice"
    for request in proven:
        assert request.body is not None
        allowed |= check_body(request.body, ids, letters)
        if request.sort == "replayed":
            assert {ids[one] for one in request.body.ids} == {1}, "what was replayed is there twice"
    assert not ids.keys() - allowed - {OF_CONSENTS}, f"told of nobody's: {[*ids.keys() - allowed][:5]}"
    letters.check_all_are_of([request.body for request in proven if request.body is not None])
    assert FORGED not in str(ids.keys())
    return Counter({"all": len({request.sort for request, _ in answered}), "proven": len(proven)})


def check_body(body: Body, ids: Counter[str], letters: "Letters") -> set[str]:
    """Fail unless a proven body is told of, or kept; the ids under which it may be told of."""
    assert not body.ids - ids.keys(), f"lost: {[*body.ids - ids.keys()][:3]}"
    whole = kept_forms(body)
    if body.kept:
        assert whole in letters.values, f"not kept: {whole[:300]!r}"
    if not body.open or whole in letters.values:
        return set(body.ids)
    found = entries_of(whole)
    assert found is not None, f"neither told nor kept: {whole[:300]!r}"
    allowed: set[str] = set()
    for entry in found:
        names = names_of(entry)
        assert names & ids.keys() or form_of(entry) in letters.forms, f"neither told nor kept: {entry!r:.500}"
        allowed |= names
    return allowed


class Letters:
    """Dead letters: their bytes, and those that are JSON in a form that is the same for the same."""

    def __init__(self, letters: Iterable[dict[str, Any]]) -> None:
        self.values: set[bytes] = set()
        self.forms: set[bytes] = set()
        for letter in letters:
            assert letter["reason"] == "unreadable_report"
            assert not letter.get("cut"), f"a dead letter is not whole: {letter['cut']}"
            value = b64decode(letter["value"]) if letter["value_encoding"] == "base64" else letter["value"].encode()
            self.values.add(value)
            with suppress(ValueError, RecursionError):
                self.forms.add(form_of(_read(value)))

    def check_all_are_of(self, bodies: Sequence[Body]) -> None:
        """Fail where one is of no body that was proven."""
        whole = {kept_forms(body) for body in bodies}
        forms = {form_of(entry) for body in bodies if body.open for entry in entries_of(kept_forms(body)) or ()}
        for value in self.values - whole:
            assert form_of(_read(value)) in forms, f"kept, and nobody's: {value[:300]!r}"


def _read(value: bytes) -> Any:
    return json.loads(value.decode("utf-8-sig"), parse_constant=lambda _: None)


def form_of(value: Any) -> bytes:
    """JSON in one form, with a question mark for halves of characters, and null for what is no number."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False).encode(errors="replace")


def entries_of(body: bytes) -> list[Any] | None:
    """The entries of a body, read by another reader than the service's; None where there are none."""
    try:
        said = _read(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    found = said.get("results", said)
    return found if isinstance(found, list) else [said] if found is said else None


def names_of(entry: Any) -> set[str]:
    """The ids under which an entry may be told of."""
    said = entry.get("messageId") if isinstance(entry, dict) else None
    if isinstance(said, bool) or not isinstance(said, str | int) or not str(said):
        return set()
    name = str(said).encode(errors="replace").decode()
    return {name, digest("inbound", name)}
