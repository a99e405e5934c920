"""The logs of a channel: `GET .../logs`."""

from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from streams.sandbox.infobip.answers import Answer, Problem, Refusal
from streams.sandbox.infobip.endpoints import Ask
from streams.sandbox.infobip.messages.reading import BAD_REQUEST
from streams.sandbox.infobip.messages.sending import Sending
from streams.sandbox.infobip.outbox import Outbox, Sent

DEFAULT_LIMIT = 50
MAX_LIMIT = 1000
LONGEST_LIST = 2048
_DIGITS = 10

_FILTERS: Mapping[str, Callable[[Sent], str | None]] = {
    "messageId": lambda sent: sent.message_id,
    "bulkId": lambda sent: sent.bulk_id,
    "sender": lambda sent: sent.sender,
    "destination": lambda sent: sent.to,
    "generalStatus": lambda sent: sent.status.group_name,
}


def list_logs(sending: Sending, outbox: Outbox, ask: Ask) -> Answer:
    """Answer what became of a channel's messages, newest first."""
    _refuse_unknown(ask.query)
    wanted = {name: _listed(name, ask.query[name]) for name in _FILTERS if name in ask.query}
    found = (
        sent
        for sent in outbox.logged(sending.channel, ask.now.timestamp(), wanted.get("messageId"))
        if all(_FILTERS[name](sent) in values for name, values in wanted.items())
    )
    rows = [_row(sending, sent) for sent in islice(found, _limit(ask.query))]
    return Answer(200, {"results": rows})


def _refuse_unknown(query: Mapping[str, str]) -> None:
    """Refuse what would not narrow the answer, though the caller relies on it: Infobip's other filters too."""
    problems = [Problem(name, "is not simulated") for name in query if name not in {*_FILTERS, "limit"}]
    if problems:
        raise Refusal(BAD_REQUEST, "Bad request", problems)


def _listed(name: str, text: str) -> Collection[str]:
    if len(text) > LONGEST_LIST:
        raise Refusal(BAD_REQUEST, "Bad request", [Problem(name, f"size must be between 0 and {LONGEST_LIST}")])
    return {each.strip() for each in text.split(",")}


def _limit(query: Mapping[str, str]) -> int:
    text = query.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS and 1 <= int(text) <= MAX_LIMIT):
        raise Refusal(BAD_REQUEST, "Bad request", [Problem("limit", f"must be between 1 and {MAX_LIMIT}")])
    return int(text)


def _row(sending: Sending, sent: Sent) -> dict[str, Any]:
    at = datetime.fromtimestamp(sent.accepted_at, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
    optional = {
        "sender": sent.sender,
        "doneAt": at if sent.status.is_final else None,
        "platform": sent.options.get("platform"),
        "campaignReferenceId": sent.options.get("campaignReferenceId"),
    }
    return {
        "destination": sent.to,
        "bulkId": sent.bulk_id,
        "messageId": sent.message_id,
        "sentAt": at,
        "messageCount": sending.parts(sent.content),
        "price": {"pricePerMessage": 0, "currency": "EUR"},
        "status": sent.status.shown,
        "error": sent.status.error.shown,
        **sending.logged(sent.content),
        **{name: value for name, value in optional.items() if value is not None},
    }
