"""How messages fared, as both databases count it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from schemas.config.history import History
from streams.history.funnel import Fared, funnel
from streams.history.rows import Row, Sort, read
from streams.history.schema import migrate
from streams.history.store import Store
from tests.integration.keeping import outcome
from tests.integration.postgresql import PostgreSQL
from tests.integration.tracking import (
    CLICKS,
    INBOUND,
    MESSAGES,
    OUTCOMES,
    REPORTS,
    Told,
    answer,
    click,
    message,
    report,
)

pytestmark = pytest.mark.kafka
NOW = datetime.now(UTC).replace(hour=12)
SORTS: dict[str, Sort] = {
    MESSAGES: "messages",
    REPORTS: "delivery_reports",
    CLICKS: "clicks",
    INBOUND: "inbound_messages",
    OUTCOMES: "message_outcomes",
}


@pytest.fixture(name="history", params=["sqlite", "postgresql"])
def _history(request: pytest.FixtureRequest, tmp_path: Path) -> History:
    url = f"sqlite:///{tmp_path}/history.db"
    if request.param == "postgresql":
        server: PostgreSQL = request.getfixturevalue("postgresql")
        server.anew()
        url = server.url
    history = History.model_validate({"url": url})
    migrate(history)
    return history


def keep(history: History, *told: Told, at: datetime = NOW) -> None:
    rows = []
    for topic, _, value in told:
        assert isinstance(value, dict)
        row = read(SORTS[topic], orjson.dumps(value), int(at.timestamp() * 1000))
        assert isinstance(row, Row)
        rows.append(row)
    store = Store(history, "history")
    store.write(rows, [], at)
    store.close()


def test_each_message_counts_once_in_each_stage(history: History) -> None:
    sent = {"sent_at": NOW.isoformat()}
    keep(
        history,
        *(message(f"m{number}", **sent) for number in range(5)),
        message("m5", status="enqueue_failed", **sent),
        message("r1", channel="rcs", job="offers", **sent),
        # Several reports of one message, of which the dearest tells its price.
        report("m0", 1, 7, price_per_message=0.01, price_currency="EUR"),
        report("m0", price_per_message=0.02, price_currency="EUR", message_count=2),
        report("m1", price_per_message=0.05, price_currency="USD"),
        report("m2", 2, 9),
        report("m0", event="seen", report_id="s0"),
        report("m0", event="seen", report_id="s0-again"),
        outcome("m1", seen_at=NOW.isoformat(), reply="yes"),
        outcome("m3", "DELIVERED"),
        click("m0", "https://example.com/a"),
        click("m0", "https://example.com/b"),
        answer("447700900123", "yes", reply_to="m0"),
        answer("447700900123", "no", reply_to="m0"),
        answer("447700900999", "who are you"),
        # A message that is older than what is asked for.
    )
    keep(history, message("old", sent_at=(NOW - timedelta(days=9)).isoformat()), at=NOW - timedelta(days=9))
    day = f"{NOW:%Y-%m-%d}"
    assert funnel(history, NOW - timedelta(days=7)) == [
        Fared(
            "order-sms",
            "sms",
            day,
            enqueued=5,
            failed=1,
            delivered=3,
            seen=2,
            clicked=1,
            replied=2,
            prices={"EUR": pytest.approx(0.04), "USD": pytest.approx(0.05)},  # type: ignore[dict-item]
        ),
        Fared("offers", "rcs", day, enqueued=1),
    ]
    assert [one.enqueued for one in funnel(history, NOW - timedelta(days=30))] == [5, 1, 1]


def test_a_history_without_messages_tells_nothing(history: History) -> None:
    assert funnel(history, NOW - timedelta(days=7)) == []
