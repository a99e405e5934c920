"""How messages fared, counted: enqueued, delivered, seen, clicked and answered, by job, channel and day; and prices."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select, union

from schemas.config.history import History
from streams.history.database import in_words, open_database
from streams.history.layout import WRITTEN_AT
from streams.history.schema import see_version
from streams.history.tables import TABLES

#: The stages behind `enqueued`, in their order.
STAGES: Final = ("delivered", "seen", "clicked", "replied")
#: Infobip's group of statuses of what was delivered.
DELIVERED: Final = 3
_MESSAGES, _OUTCOMES = TABLES["messages"], TABLES["message_outcomes"]
_CLICKS, _INBOUND = TABLES["unified_url_tracking"], TABLES["inbound_messages"]
_REPORTS = (TABLES["sms_delivery_reports"], TABLES["omni_reports"])


@dataclass(slots=True)
class Fared:
    """The messages of one job on one channel and day (UTC, of sending), each counted once in a stage."""

    job: str
    channel: str
    day: str
    enqueued: int = 0
    failed: int = 0
    delivered: int = 0
    seen: int = 0
    clicked: int = 0
    replied: int = 0
    #: What they cost, by currency.
    prices: dict[str, float] = field(default_factory=dict)


def funnel(history: History, since: datetime) -> list[Fared]:
    """How the messages fared that were handed to Infobip since then. Blocks.

    Raises:
        SchemaWrong: the tables are not there, or of another version.
        Unreachable: the database does not answer.
        JobFailed: it refuses us.

    """
    engine = open_database(history, reads_only=True)
    try:
        see_version(history, engine)
        with in_words(history), engine.connect() as connection:
            return _counted(connection, since)
    finally:
        engine.dispose()


def _counted(connection: Connection, since: datetime) -> list[Fared]:
    found: dict[tuple[str, str, str], Fared] = {}

    def of(row: Any) -> Fared:
        key = (row.job or "", row.channel or "", str(row.day))
        return found.setdefault(key, Fared(*key))

    status = _MESSAGES.c.status
    for row in connection.execute(_messages(since, status).group_by(status)):
        if row.status == "enqueued":
            of(row).enqueued += row.number
        else:
            of(row).failed += row.number
    for stage, ids in _stages(since):
        some = ids.subquery()
        asked = _messages(since).join(some, some.c.id == _MESSAGES.c.message_id)
        for row in connection.execute(asked.where(status == "enqueued")):
            fared = of(row)
            setattr(fared, stage, getattr(fared, stage) + row.number)
    for row in connection.execute(_prices(since)):
        prices = of(row).prices
        prices[row.currency] = prices.get(row.currency, 0.0) + float(row.price)
    return sorted(found.values(), key=lambda one: (one.day, one.job, one.channel), reverse=True)


def _messages(since: datetime, *more: Any) -> Select[Any]:
    """Messages counted by job, channel and day."""
    table = _MESSAGES.c
    day = func.date(table.sent_at).label("day")
    number = func.count().label("number")
    asked = select(table.job, table.channel, day, number, *more).where(table[WRITTEN_AT] >= since)
    return asked.group_by(table.job, table.channel, day)


def _stages(since: datetime) -> Iterator[tuple[str, Any]]:
    """The ids of the messages that came to a stage, each once. What is told of a message comes after it."""

    def told(table: Any, column: str, *where: Any) -> Select[Any]:
        return select(table.c[column].label("id")).where(table.c[WRITTEN_AT] >= since, *where)

    outcome = _OUTCOMES.c
    delivered = [
        told(one, "messageId", one.c.event == "delivery", one.c.statusGroupId == DELIVERED) for one in _REPORTS
    ]
    yield "delivered", union(*delivered, told(_OUTCOMES, "message_id", outcome.outcome == "DELIVERED"))
    seen = [told(one, "messageId", one.c.event == "seen") for one in _REPORTS]
    yield "seen", union(*seen, told(_OUTCOMES, "message_id", outcome.seen_at.is_not(None)))
    yield "clicked", told(_CLICKS, "messageId", _CLICKS.c.notificationType == "CLICKED").distinct()
    named = told(_INBOUND, "reply_to", _INBOUND.c.reply_to.is_not(None))
    yield "replied", union(named, told(_OUTCOMES, "message_id", outcome.reply.is_not(None), outcome.reply != ""))


def _prices(since: datetime) -> Select[Any]:
    """What messages cost: several reports may tell the price of one, and the highest is its."""
    several = [
        select(
            one.c.messageId.label("id"),
            one.c.priceCurrency.label("currency"),
            (one.c.pricePerMessage * func.coalesce(one.c.messageCount, 1)).label("price"),
        ).where(one.c[WRITTEN_AT] >= since, one.c.priceCurrency.is_not(None), one.c.pricePerMessage.is_not(None))
        for one in _REPORTS
    ]
    told = union(*several).subquery()
    each = select(told.c.id, told.c.currency, func.max(told.c.price).label("price"))
    dearest = each.group_by(told.c.id, told.c.currency).subquery()
    table = _MESSAGES.c
    day = func.date(table.sent_at).label("day")
    asked = select(table.job, table.channel, day, dearest.c.currency, func.sum(dearest.c.price).label("price"))
    return (
        asked.join(dearest, dearest.c.id == table.message_id)
        .where(table[WRITTEN_AT] >= since)
        .group_by(table.job, table.channel, day, dearest.c.currency)
    )
