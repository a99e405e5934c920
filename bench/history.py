"""The history: records read from Kafka's bytes into rows, and rows into each database, as a job does it."""

import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import orjson
import psutil

from bench.peers import Peer
from bench.table import Column, Result, Row, tell
from schemas.config.history import History
from schemas.records.click import Click
from schemas.records.delivery_report import DeliveryReport
from schemas.records.message import Message
from streams.app.process import collect_seldom
from streams.history.places import Place, Step
from streams.history.rows import Row as Stored
from streams.history.rows import Sort, read
from streams.history.schema import migrate
from streams.history.store import Store
from streams.jobs.store_history.batch import RECORDS_MAX
from streams.jobs.store_history.writing import Writing
from tests.integration.postgresql import PostgreSQL
from tests.integration.tracking import CLICKS, MESSAGES, REPORTS, click, message, report

RECORDS = 300_000
COLUMNS = (
    Column("rows/s", "rate"),
    Column("CPU µs/row, ours", "cpu_us", ",.1f"),
    Column("decoding alone, µs/row", "decode_us", ",.1f"),
    Column("bytes/row in the database", "bytes"),
)
#: What reports of SMS say besides.
REPORTED: dict[str, Any] = {
    "status_description": "Message delivered to handset",
    "sent_at": "2026-11-20T10:00:00Z",
    "event_id": "01JDXW4Q0F3M5K7ZB2N8C6R1TY",
    "profile_id": "u-123456",
    "audience": "order_shipped",
    "sender": "Acme",
    "message_count": 1,
    "price_per_message": 0.0085,
    "price_currency": "EUR",
    "error_group_id": 0,
    "error_group_name": "OK",
    "error_id": 0,
    "error_description": "No Error",
    "callback_data": '{"job":"order-sms","event_id":"01JDXW4Q0F3M5K7ZB2N8C6R1TY","profile_id":"u-123456"}',
    "original_mcc": "234",
    "original_mnc": "15",
}
EMPTY = {
    MESSAGES: dict.fromkeys(Message.model_fields),
    REPORTS: dict.fromkeys(DeliveryReport.model_fields),
    CLICKS: dict.fromkeys(Click.model_fields),
}
SORTS: dict[str, Sort] = {MESSAGES: "messages", REPORTS: "delivery_reports", CLICKS: "clicks"}


def history(scale: float) -> Result:
    """Measure both databases: of ten records four are messages, five reports and one a click."""
    count = int(RECORDS * scale)
    rows = []
    for name, opened in (("PostgreSQL", _postgresql), ("SQLite", _sqlite)):
        with opened() as found:
            rows.append(Row(name, figures=_measure(found, count)))
            tell(rows[-1], COLUMNS)
    title = (
        f"History: {count:,} records of messages (4 of 10), reports (5) and clicks (1), decoded and stored in batches "
        f"of {RECORDS_MAX:,}, each with its position in one transaction; PostgreSQL with its own settings, here"
    )
    return Result("history", title, COLUMNS, rows)


def _records(count: int) -> Iterator[tuple[Sort, bytes]]:
    for number in range(count):
        name, kind = str(uuid.uuid4()), number % 10
        if kind == 9:
            told = click(name, "https://example.com/a/path")
        else:
            told = message(name) if kind < 4 else report(name, 3, 5, **REPORTED)
        # As the service writes them: every field is there.
        yield SORTS[told[0]], orjson.dumps({**EMPTY[told[0]], **cast("dict[str, Any]", told[2])})


def _measure(found: History, count: int) -> dict[str, float]:
    migrate(found)
    records, place, writing = [*_records(count)], Place("bench", 0), Writing()
    collect_seldom()  # as every run of the service does
    began = time.perf_counter()
    for sort, value in records:
        read(sort, value, 0)
    decoded = time.perf_counter() - began
    store, process = Store(found, "bench"), psutil.Process()
    store.positions([place], {}, datetime.now(UTC))
    before, began = sum(process.cpu_times()[:2]), time.perf_counter()
    for at in range(0, count, RECORDS_MAX):
        some = [
            one for one in (read(*record, 0) for record in records[at : at + RECORDS_MAX]) if isinstance(one, Stored)
        ]
        step = Step(place, at, at + len(some))
        writing.finish()
        writing.begin(lambda some=some, step=step: store.write(some, [step], datetime.now(UTC)), [step])  # type: ignore[misc]
    writing.finish()
    seconds, used = time.perf_counter() - began, sum(process.cpu_times()[:2]) - before
    store.close()
    return {
        "rate": count / seconds,
        "cpu_us": used / count * 1e6,
        "decode_us": decoded / count * 1e6,
        "bytes": _size(found) / count,
    }


def _size(found: History) -> float:
    if found.is_sqlite:
        return float(Path(found.place).stat().st_size)
    import psycopg  # noqa: PLC0415 - only here

    with psycopg.connect(found.url.get_secret_value()) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return float(row[0]) if row else 0.0


@contextmanager
def _postgresql() -> Iterator[History]:
    server = PostgreSQL(settings=())
    try:
        server.start()
        server.anew()
        yield History.model_validate({"url": server.url})
    finally:
        server.end()


@contextmanager
def _sqlite() -> Iterator[History]:
    with tempfile.TemporaryDirectory() as folder:
        yield History.model_validate({"url": f"sqlite:///{folder}/history.db"})


def part(_: str, __: list[Peer], scale: float) -> Result:
    """Measure without brokers and peers."""
    return history(scale)
