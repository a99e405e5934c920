"""Messages and their reports as the service writes them, every one another's, of the usual size."""

from collections.abc import Callable
from datetime import UTC, datetime

from bench.reports import message_id
from schemas.records.delivery_report import DeliveryReport
from schemas.records.message import Message

#: What stands where the id of each message comes: ids that are made of events have 32 digits.
_PLACE = "<message-id>"
#: Infobip reports on them in Singapore, in numbers of eight digits.
_TO = "65<to-numb>"


def message_maker() -> Callable[[int], bytes]:
    """Give what makes the record of the message of a number; sent when this is called."""
    return _maker(
        Message(
            message_id=_PLACE,
            job="order-sms",
            channel="sms",
            event_id=_PLACE,
            profile_id=_PLACE,
            audience="order_shipped",
            to=_TO,
            sender="Acme",
            status="enqueued",
            message_status="Success",
            repeated=False,
            status_group_id=1,
            status_group_name="PENDING",
            status_id=26,
            status_name="PENDING_ACCEPTED",
            status_description="Message sent to next instance",
            error=None,
            parts=1,
            encoding="GSM_7BIT",
            bulk_id="2034072219640523072",
            sent_at=datetime.now(UTC),
        ).model_dump_json()
    )


def report_maker() -> Callable[[int], bytes]:
    """Give what makes the record of the report of the message of a number: it was delivered."""
    now = datetime.now(UTC)
    return _maker(
        DeliveryReport(
            report_id=_PLACE,
            event="delivery",
            channel="sms",
            source="webhook",
            received_at=now,
            job="order-sms",
            event_id=_PLACE,
            profile_id=_PLACE,
            audience="order_shipped",
            message_id=_PLACE,
            bulk_id="2034072219640523072",
            to=_TO,
            sender="Acme",
            message_count=1,
            price_per_message=0.0355,
            price_currency="EUR",
            status_group_id=3,
            status_group_name="DELIVERED",
            status_id=5,
            status_name="DELIVERED_TO_HANDSET",
            status_description="Message delivered to handset",
            error_group_id=0,
            error_group_name="OK",
            error_id=0,
            error_name="NO_ERROR",
            error_description="No Error",
            error_permanent=False,
            callback_data=None,
            sent_at=now,
            done_at=now,
            seen_at=None,
            original_mcc="525",
            original_mnc="01",
            campaign=None,
        ).model_dump_json()
    )


def _maker(template: str) -> Callable[[int], bytes]:
    raw = template.encode()

    def make(number: int) -> bytes:
        told = raw.replace(_PLACE.encode(), message_id(number).encode())
        return told.replace(_TO.encode(), b"65%08d" % (80_000_000 + number % 10_000_000))

    return make
