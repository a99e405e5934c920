"""What Infobip says of messages, in answers to sends and in logs, read into results."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from schemas.infobip.messages import SentMessage, Status
from schemas.records.message import MessageStatus
from schemas.records.outcomes import Outcome
from streams.calls.faults import ApiFault
from streams.channels.answer_rows import PlainRow, plain
from streams.channels.channel import OutboundMessage
from streams.channels.statuses import DUPLICATE, is_refused

#: The group of what Infobip did not take, by its statuses.
REJECTED = 5

#: Refusals with words of their own, by status id as `streams.channels.statuses` has them.
BY_STATUS: Mapping[int, MessageStatus] = {
    8: "Error: Invalid phone number",
    11: "Error: Invalid from field",
    13: "Error: Invalid from field",
    25: "Error: Invalid text length",
    51: "Error: Missing phone number in request",
    52: "Error: Invalid phone number",
    77: "Error: Invalid text length",
}
#: What is wrong with a request or a content, by the last names of its place, in any spelling; the longest match wins.
BY_FIELD: Mapping[tuple[str, ...], MessageStatus] = {
    ("text",): "Error: Invalid text length",
    ("smil",): "Error: Invalid text length",
    ("title",): "Error: Invalid text length",
    ("description",): "Error: Invalid text length",
    ("message",): "Error: Invalid text length",
    ("content", "options"): "Error: Invalid text length",
    ("header",): "Error: Invalid text length",
    ("content",): "Error: Invalid text length",
    ("subject",): "Error: Invalid text length",
    ("html",): "Error: Invalid text length",
    ("amphtml",): "Error: Invalid text length",
    ("body",): "Error: Invalid text length",
    ("placeholder",): "Error: Invalid text length",
    ("placeholders",): "Error: Invalid text length",
    ("additionalcontent",): "Error: Invalid text length",
    ("coupontitleparameter",): "Error: Invalid text length",
    ("templatename",): "Error: Invalid template name",
    ("templatecode",): "Error: Invalid template name",
    ("templateid",): "Error: Invalid template name",
    ("scenariokey",): "Error: Invalid scenario key",
    ("label",): "Error: Invalid promotional flag",
    ("promotional",): "Error: Invalid promotional flag",
    ("mediaurl",): "Error: Invalid image url length",
    ("imageurl",): "Error: Invalid image url length",
    ("thumbnailurl",): "Error: Invalid image url length",
    ("contenturl",): "Error: Invalid image url length",
    ("videourl",): "Error: Invalid image url length",
    ("imgurl",): "Error: Invalid image url length",
    ("image", "url"): "Error: Invalid image url length",
    ("image", "link"): "Error: Invalid image url length",
    ("file", "url"): "Error: Invalid image url length",
    ("thumbnail", "url"): "Error: Invalid image url length",
    ("itemlist", "url"): "Error: Invalid image url length",
    ("from",): "Error: Invalid from field",
    ("sender",): "Error: Invalid from field",
    ("to",): "Error: Invalid phone number",
    ("deliverytimewindow", "to"): "Error: Invalid request",
    ("deliverytimewindow", "from"): "Error: Invalid request",
    ("destination",): "Error: Invalid phone number",
    ("to", "destination"): "Error: Invalid request",  # an email address, for which there are no words
    ("buttons",): "Error: Invalid buttons field length",
    ("suggestions",): "Error: Invalid buttons field length",
    ("action",): "Error: Invalid button url length",
    ("urlmobile",): "Error: Invalid button url length",
    ("urlpc",): "Error: Invalid button url length",
    ("suggestions", "url"): "Error: Invalid button url length",
    ("buttons", "url"): "Error: Invalid button url length",
    ("buttons", "parameter"): "Error: Invalid button text length",
    ("button", "title"): "Error: Invalid button text length",
    ("buttons", "title"): "Error: Invalid button text length",
    ("buttons", "text"): "Error: Invalid button text length",
    ("suggestions", "text"): "Error: Invalid button text length",
    ("suggestions", "label"): "Error: Invalid button text length",
    ("name",): "Error: Invalid button text length",
    ("parameters", "name"): "Error: Invalid request",
    ("schemeandroid",): "Error: Invalid androidScheme and iosScheme length",
    ("schemeios",): "Error: Invalid androidScheme and iosScheme length",
    ("androidscheme",): "Error: Invalid androidScheme and iosScheme length",
    ("iosscheme",): "Error: Invalid androidScheme and iosScheme length",
    ("callbackdata",): "Error: Invalid callback data length",
}


@dataclass(frozen=True, slots=True)
class MessageResult:
    """What became of one message, and when it was told; `parts` as Infobip counts them, where it tells.

    `known_as` is the id that Infobip knows it by, where that is not the one that was asked for.
    """

    outcome: Outcome
    message_status: MessageStatus
    status: Status | None = None
    error: str | None = None
    repeated: bool = False
    bulk_id: str | None = None
    parts: int | None = None
    at: datetime | None = None
    known_as: str | None = None


def answered(body: Any, messages: Sequence[str], at: datetime | None = None) -> dict[str, MessageResult]:
    """Results by message id: an answer speaks of messages by their ids, or in their order. Some may be missing.

    What is said of a message by its id counts, whatever stands in its place; of what is said twice, the best. `at` is
    when it was told. Most rows say the same of their messages, which is read once.
    """
    said = [body] if isinstance(body, dict) and "messages" not in body else _listed(body, "messages")
    given = body.get("bulkId") if isinstance(body, dict) else None
    bulk_id = given if isinstance(given, str) else None
    known, named, placed = set(messages), dict[str, MessageResult](), dict[str, MessageResult]()
    last: PlainRow | None = None
    message_id: str | None
    for position, row in enumerate(said):
        if last is not None and last.says_the_same(row):
            message_id = row["messageId"]
        elif (sent := _read(row)) is not None:
            message_id, result, last = sent.message_id, _result(sent, bulk_id, at), plain(row)
        else:
            continue
        if message_id is not None and message_id in known:
            note_best(named, message_id, result)
        elif len(said) == len(messages):
            placed[messages[position]] = result
    return placed | named if placed else named


def logged(body: Any, messages: Sequence[str]) -> dict[str, MessageResult]:
    """Results of messages that the logs know; of one that is there more than once, the best counts."""
    known = all_logged(body)
    return {message_id: known[message_id] for message_id in messages if message_id in known}


def all_logged(body: Any) -> dict[str, MessageResult]:
    """Results of all messages that an answer of the logs tells of, as in `logged`."""
    known: dict[str, MessageResult] = {}
    for item in _listed(body, "results"):
        sent = _read(item)
        if sent is None or sent.message_id is None or sent.status.id == DUPLICATE:
            continue
        note_best(known, sent.message_id, _result(sent, sent.bulk_id, repeated=True))
    return known


def logged_before(body: Any, messages: Mapping[str, Sequence[OutboundMessage]]) -> dict[str, MessageResult]:
    """Results, by today's ids, of messages that the logs know by former ids, which `messages` are given by.

    A former id was that of all messages of one event, whoever they went to. What Infobip refused never went out.
    """
    known: dict[str, MessageResult] = {}
    for item in _listed(body, "results"):
        sent = _read(item)
        if sent is None or sent.message_id is None or sent.status.id == DUPLICATE:
            continue
        result = replace(_result(sent, sent.bulk_id, repeated=True), known_as=sent.message_id)
        if result.outcome == "rejected":
            continue
        to = sent.destination or sent.to
        known |= {
            one.message_id: result
            for one in messages.get(sent.message_id, ())
            if to is None or to.casefold() == one.to.casefold()
        }
    return known


def refused(fault: ApiFault, properties: Sequence[str]) -> MessageResult:
    """The result of a message that Infobip refused with an HTTP error; `properties` are those it names."""
    known = (status_of(one.replace("[", ".").split(".")) for one in properties)
    statuses = [status for status in known if status is not None]
    status = statuses[0] if statuses else "Error: Rejected by Infobip"
    return MessageResult("rejected", status, error=f"{fault.code} {fault.message}".strip())


def choked(fault: str) -> MessageResult:
    """The result of a message that Infobip does not take, though it takes others."""
    return MessageResult("rejected", "Error: Rejected by Infobip", error=fault)


def status_of(place: Sequence[str | int]) -> MessageStatus | None:
    """The words for a fault at a place of a content or a request; None where there are none of its own."""
    names = [str(step).casefold().replace("_", "") for step in place]
    names = [name for name in names if not name.rstrip("]").isdecimal()]
    return BY_FIELD.get(tuple(names[-2:])) or BY_FIELD.get(tuple(names[-1:]))


def _result(
    sent: SentMessage, bulk_id: str | None, at: datetime | None = None, *, repeated: bool = False
) -> MessageResult:
    status, count = sent.status, sent.message_count or (sent.details.message_count if sent.details else None)
    if status.id == DUPLICATE:
        return MessageResult("unchanged", "Success", status, repeated=True, bulk_id=bulk_id, at=at)
    if status.group_id == REJECTED if repeated else is_refused(status.group_id):
        words = BY_STATUS.get(status.id, "Error: Rejected by Infobip")
        error = f"{status.id} {status.name or ''}: {status.description or ''}".rstrip(": ")
        return MessageResult("rejected", words, status, error, repeated=repeated, bulk_id=bulk_id, parts=count, at=at)
    outcome: Outcome = "unchanged" if repeated else "accepted"
    return MessageResult(outcome, "Success", status, repeated=repeated, bulk_id=bulk_id, parts=count, at=at)


def note_best(results: dict[str, MessageResult], message_id: str, result: MessageResult) -> None:
    """Keep a result, unless a better one is known: of a message that was refused once and taken once, it went out."""
    before = results.get(message_id)
    if before is None or before.outcome == "rejected":
        results[message_id] = result


def _listed(body: Any, key: str) -> Sequence[Any]:
    found = body.get(key) if isinstance(body, dict) else None
    return found if isinstance(found, list) else ()


def _read(item: Any) -> SentMessage | None:
    try:
        return SentMessage.model_validate(item)
    except ValidationError:
        return None


def properties_of(body: Any) -> Iterator[str]:
    """The properties that an error names, in whichever form it does."""
    match body:
        case {"violations": [*violations]}:
            named = (one.get("property") for one in violations if isinstance(one, dict))
            yield from (place for place in named if isinstance(place, str))
        case {"requestError": {"serviceException": {"validationErrors": dict(errors)}}}:
            yield from errors
