"""The logs of a channel: `GET .../logs`."""

import base64
import binascii
from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from typing import Any

from pydantic_core import PydanticCustomError

from streams.simulator.answers import Answer, Problem, Refusal
from streams.simulator.endpoints import Ask
from streams.simulator.feedback.courses import status_at
from streams.simulator.feedback.times import wire_time
from streams.simulator.messages.networks import MCC_DIGITS, network_of
from streams.simulator.messages.reading import BAD_REQUEST
from streams.simulator.messages.sending import Sending
from streams.simulator.messages.shared import moment
from streams.simulator.outbox import Outbox, Sent

DEFAULT_LIMIT = 50
LIMIT_MAX = 1000
LIST_MAX = 2048
_DIGITS = 10

_FILTERS: Mapping[str, Callable[[Sent], str | None]] = {
    "messageId": lambda sent: sent.message_id,
    "bulkId": lambda sent: sent.bulk_id,
    "sender": lambda sent: sent.sender,
    "destination": lambda sent: sent.to,
    "campaignReferenceId": lambda sent: sent.options.get("campaignReferenceId"),
    "entityId": lambda sent: sent.options.get("platform", {}).get("entityId"),
    "applicationId": lambda sent: sent.options.get("platform", {}).get("applicationId"),
}
#: The channels whose logs tell of networks, and what they are asked by.
_OF_NETWORKS = frozenset({"sms", "mms"})
_NETWORK_FILTERS: Mapping[str, Callable[[Sent], str | None]] = {
    "mcc": lambda sent: (network_of(sent.to) or "")[:MCC_DIGITS],
    "mnc": lambda sent: (network_of(sent.to) or "")[MCC_DIGITS:],
}
_OTHERS = frozenset({"generalStatus", "sentSince", "sentUntil", "limit", "useCursor", "cursor"})


def list_logs(sending: Sending, outbox: Outbox, ask: Ask) -> Answer:
    """Answer what became of a channel's messages, newest first; page by page where a cursor is used."""
    now = ask.now.timestamp()
    filters = {**_FILTERS, **(_NETWORK_FILTERS if sending.channel in _OF_NETWORKS else {})}
    if outbox.options.unknown_keys == "refuse":
        refuse_unknown(ask.query, {*filters, *_OTHERS})
    wanted = {name: _listed(name, ask.query[name]) for name in filters if name in ask.query}
    groups = _listed("generalStatus", ask.query["generalStatus"]) if "generalStatus" in ask.query else None
    since, until = (_time(name, ask.query) for name in ("sentSince", "sentUntil"))
    limit, pages = read_limit(ask.query), _flag("useCursor", ask.query) or "cursor" in ask.query
    found = (
        (place, sent)
        for place, sent in outbox.logged(sending.channel, now, wanted.get("messageId"))
        if (since is None or _sent_at(sent) >= since)
        and (until is None or _sent_at(sent) <= until)
        and all(filters[name](sent) in values for name, values in wanted.items())
        and (groups is None or status_at(sent, now)[0].group_name in groups)
    )
    show = partial(_row, sending, now)
    if not pages:
        return Answer(200, {"results": [show(sent) for _, sent in islice(found, limit)]})
    return Answer(200, _page(show, found, limit, _place(ask.query.get("cursor"))))


def _page(
    show: Callable[[Sent], dict[str, Any]], found: Iterator[tuple[int, Sent]], limit: int, before: int | None
) -> dict[str, Any]:
    """Return the messages that were handed over before the last one of the page before; the last page has no cursor."""
    rest = (each for each in found if before is None or each[0] < before)
    shown = list(islice(rest, limit))
    cursor: dict[str, Any] = {"limit": limit}
    if len(shown) == limit and next(rest, None) is not None:
        cursor["nextCursor"] = base64.urlsafe_b64encode(str(shown[-1][0]).encode()).decode()
    return {"results": [show(sent) for _, sent in shown], "cursor": cursor}


def _place(cursor: str | None) -> int | None:
    if cursor is None:
        return None
    try:
        return int(base64.urlsafe_b64decode(cursor.encode()))
    except (ValueError, binascii.Error):
        raise refusal_of("cursor", "is not a cursor of an answer") from None


def refuse_unknown(query: Mapping[str, str], known: Collection[str]) -> None:
    """Refuse what would not narrow the answer, though the caller may rely on it."""
    if problems := [Problem(name, "is not a known parameter") for name in query if name not in known]:
        raise Refusal(BAD_REQUEST, "Bad request", problems)


def _listed(name: str, text: str) -> Collection[str]:
    if len(text) > LIST_MAX:
        raise refusal_of(name, f"size must be between 0 and {LIST_MAX}")
    return {each.strip() for each in text.split(",")}


def _time(name: str, query: Mapping[str, str]) -> datetime | None:
    """Read a bound of times, which is one of them itself, because many messages share a millisecond."""
    if name not in query:
        return None
    try:
        return moment(query[name])
    except PydanticCustomError:
        raise refusal_of(name, "must have the format yyyy-MM-dd'T'HH:mm:ss.SSSZ") from None


def _flag(name: str, query: Mapping[str, str]) -> bool:
    text = query.get(name, "false").lower()
    if text not in {"true", "false"}:
        raise refusal_of(name, "must be a boolean")
    return text == "true"


def read_limit(query: Mapping[str, str]) -> int:
    """Return how many rows are asked for, or refuse it."""
    text = query.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS and 1 <= int(text) <= LIMIT_MAX):
        raise refusal_of("limit", f"must be between 1 and {LIMIT_MAX}")
    return int(text)


def refusal_of(name: str, violation: str) -> Refusal:
    """Return the refusal of a parameter."""
    return Refusal(BAD_REQUEST, "Bad request", [Problem(name, violation)])


def _sent_at(sent: Sent) -> datetime:
    """Return when a message was sent, as exactly as the logs show it."""
    at = datetime.fromtimestamp(sent.sent_at, UTC)
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def _row(sending: Sending, now: float, sent: Sent) -> dict[str, Any]:
    status, done_at = status_at(sent, now)
    optional = {
        "sender": sent.sender,
        "doneAt": None if done_at is None else wire_time(done_at),
        "platform": sent.options.get("platform"),
        "campaignReferenceId": sent.options.get("campaignReferenceId"),
        "mccMnc": network_of(sent.to) if sending.channel in _OF_NETWORKS else None,
    }
    return {
        "destination": sent.to,
        "bulkId": sent.bulk_id,
        "messageId": sent.message_id,
        "sentAt": wire_time(sent.sent_at),
        "messageCount": sending.parts(sent.content),
        "price": {"pricePerMessage": 0, "currency": "EUR"},
        "status": status.shown,
        "error": status.error.shown,
        **sending.logged(sent.content),
        **{name: value for name, value in optional.items() if value is not None},
    }
