"""The tables of the history, and which records of ours become rows of which. Quiet.

Three of them have the columns of Infobip's data extensions for Salesforce Marketing Cloud, by their names, types,
lengths and with their nullability (https://www.infobip.com/docs/integrations/salesforce-marketing-cloud, "Reports"); of
a fourth, Inbound Messages, no list is published. Ours stand behind theirs, and are written with underscores.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from streams.history.columns import Column

#: Whose address a row is found by, when its record was written to its topic, and what no column holds as it was: texts
#: that are too long for theirs, values of another type, keys that a newer version added.
ADDRESS, WRITTEN_AT, BEYOND = "address", "written_at", "beyond"


@dataclass(frozen=True, slots=True)
class Layout:
    """One table: what makes a row unique, its columns, and those that have an index.

    Of records with the same key the first is kept, or, where the table keeps the `latest`, the last.
    """

    table: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    indexes: tuple[str, ...]
    latest: bool = False


def _text(name: str, source: str | None = None, length: int | None = 50, *, nullable: bool = True) -> Column:
    return Column(name, "text", (source or name,), length, nullable)


def _required(name: str, source: str | None = None, length: int | None = 50) -> Column:
    return _text(name, source, length, nullable=False)


def _ours(*names: str) -> tuple[Column, ...]:
    """Texts of ours, as long as they are."""
    return tuple(_text(name, length=None) for name in names)


def _names(*names: str) -> tuple[Column, ...]:
    """Names by which rows are found."""
    return tuple(Column(name, "name") for name in names)


def _key(name: str) -> Column:
    return Column(name, "name", nullable=False)


#: Whose it is, by our own ids.
_OWNERS = (*_ours("job"), *_names("event_id", "profile_id"), *_ours("audience", "campaign"))


def _kept(person: str) -> tuple[Column, ...]:
    """Whose address it is found by, when its record was written, and what else the record says, as a JSON object."""
    return (
        Column(ADDRESS, "address", (person,)),
        Column(WRITTEN_AT, "moment", nullable=False),
        Column(BEYOND, "text"),
    )


_STATUS = (
    Column("statusGroupId", "integer", ("status_group_id",), nullable=False),
    _required("statusGroupName", "status_group_name"),
    Column("statusId", "integer", ("status_id",), nullable=False),
    _required("statusName", "status_name"),
    _required("statusDescription", "status_description", 100),
    Column("errorGroupId", "integer", ("error_group_id",)),
    _text("errorGroupName", "error_group_name"),
    Column("errorId", "integer", ("error_id",)),
    _text("errorName", "error_name"),
    _text("errorDescription", "error_description", 1000),
    Column("errorPermanent", "flag", ("error_permanent",)),
    _text("callbackData", "callback_data", 4000),
    Column("sentAt", "moment", ("sent_at",), nullable=False),
    Column("doneAt", "moment", ("done_at", "seen_at", "received_at"), nullable=False),
)
_REPORT = (
    _required("messageId", "message_id"),
    Column("messageCount", "integer", ("message_count",), default=1),
    _required("to"),
    Column("pricePerMessage", "decimal", ("price_per_message",)),
    _text("priceCurrency", "price_currency", 5),
    *_STATUS,
)
_OF_REPORTS = (
    _key("report_id"),
    _required("event", length=None),
    *_ours("source", "bulk_id"),
    Column("received_at", "moment", nullable=False),
    *_OWNERS,
    *_kept("to"),
)

SMS_DELIVERY_REPORTS = Layout(
    "sms_delivery_reports",
    ("report_id",),
    (
        *_REPORT,
        _text("originalMCC", "original_mcc"),
        _text("originalMNC", "original_mnc"),
        _text("channel"),
        *_ours("sender"),
        *_OF_REPORTS,
    ),
    ("messageId", ADDRESS, WRITTEN_AT),
)
OMNI_REPORTS = Layout(
    "omni_reports",
    ("report_id",),
    (
        *_REPORT,
        Column("seenAt", "moment", ("seen_at",)),
        _text("from", "sender"),
        _text("channel"),
        *_ours("original_mcc", "original_mnc"),
        *_OF_REPORTS,
    ),
    ("messageId", ADDRESS, WRITTEN_AT),
)
UNIFIED_URL_TRACKING = Layout(
    "unified_url_tracking",
    ("click_id",),
    (
        _text("notificationType", "notification_type"),
        _required("messageId", "message_id"),
        _text("recipient"),
        _text("url", length=1000),
        Column("sendDateTime", "moment", ("clicked_at",)),
        _text("deviceType", "device_type"),
        _text("os"),
        _text("deviceName", "device_name"),
        _text("callbackData", "callback_data", 4000),
        _required("channel"),
        _key("click_id"),
        Column("received_at", "moment", nullable=False),
        *_OWNERS,
        *_kept("recipient"),
    ),
    ("messageId", ADDRESS, WRITTEN_AT),
)
INBOUND_MESSAGES = Layout(
    "inbound_messages",
    ("inbound_id",),
    (
        _required("from"),
        _text("to"),
        _text("text", length=None),
        _text("cleanText", "clean_text", None),
        _text("keyword"),
        _text("type"),
        Column("receivedAt", "moment", ("sent_at", "received_at"), nullable=False),
        Column("messageCount", "integer", ("message_count",)),
        Column("pricePerMessage", "decimal", ("price_per_message",)),
        _text("priceCurrency", "price_currency", 5),
        _required("channel"),
        _key("inbound_id"),
        Column("received_at", "moment", nullable=False),
        *_ours("job"),
        *_names("reply_to"),
        *_ours("contact_name", "campaign"),
        Column("content", "json"),
        *_kept("from"),
    ),
    ("reply_to", ADDRESS, WRITTEN_AT),
)
MESSAGES = Layout(
    "messages",
    ("message_id",),
    (
        _key("message_id"),
        *_ours("job", "channel"),
        *_names("event_id", "profile_id"),
        *_ours("audience", "to", "sender"),
        *_ours("status", "message_status"),
        Column("repeated", "flag"),
        Column("status_group_id", "integer"),
        *_ours("status_group_name"),
        Column("status_id", "integer"),
        *_ours("status_name", "status_description", "error"),
        Column("parts", "integer"),
        *_ours("encoding", "bulk_id"),
        Column("sent_at", "moment", nullable=False),
        *_kept("to"),
    ),
    ("event_id", "profile_id", ADDRESS, WRITTEN_AT),
    latest=True,
)
MESSAGE_OUTCOMES = Layout(
    "message_outcomes",
    ("message_id",),
    (
        _key("message_id"),
        *_ours("job", "channel"),
        *_names("event_id", "profile_id"),
        *_ours("audience", "to", "outcome", "status_name", "error_name", "seen"),
        Column("urls", "json"),
        *_ours("reply"),
        Column("final", "flag"),
        *_ours("reason"),
        *(Column(name, "moment") for name in ("sent_at", "done_at", "seen_at")),
        Column("decided_at", "moment", nullable=False),
        *_kept("to"),
    ),
    (ADDRESS, WRITTEN_AT),
    latest=True,
)
MEMBERSHIPS = Layout(
    "memberships",
    ("topic", "partition", "offset"),
    (
        _key("topic"),
        Column("partition", "integer", nullable=False),
        Column("offset", "wide", nullable=False),
        *(_key(name) for name in ("event_id", "profile_id")),
        *(_required(name, length=None) for name in ("audience", "action")),
        Column("occurred_at", "moment"),
        Column(WRITTEN_AT, "moment", nullable=False),
    ),
    ("event_id", "profile_id", WRITTEN_AT),
    latest=True,
)
LAYOUTS: Mapping[str, Layout] = {
    layout.table: layout
    for layout in (
        MESSAGES,
        SMS_DELIVERY_REPORTS,
        OMNI_REPORTS,
        UNIFIED_URL_TRACKING,
        INBOUND_MESSAGES,
        MESSAGE_OUTCOMES,
        MEMBERSHIPS,
    )
}
