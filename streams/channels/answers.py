"""What Infobip says of messages, in answers to sends and in logs, read into results."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from schemas.infobip.messages import SentMessage, Status
from schemas.messages import MessageStatus
from schemas.outcomes import Outcome
from streams.answers import ApiFault

DUPLICATE = 23
REJECTED = 5
#: Groups of statuses that say, in the answer to a send, that nobody will get the message.
REFUSED_GROUPS = frozenset({2, 4, REJECTED})

#: Refusals with words of their own, by status id.
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
    ("header",): "Error: Invalid text length",
    ("content",): "Error: Invalid text length",
    ("subject",): "Error: Invalid text length",
    ("html",): "Error: Invalid text length",
    ("additionalcontent",): "Error: Invalid text length",
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
    ("image", "url"): "Error: Invalid image url length",
    ("image", "link"): "Error: Invalid image url length",
    ("file", "url"): "Error: Invalid image url length",
    ("thumbnail", "url"): "Error: Invalid image url length",
    ("from",): "Error: Invalid from field",
    ("sender",): "Error: Invalid from field",
    ("to",): "Error: Invalid phone number",
    ("destination",): "Error: Invalid phone number",
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
    ("name",): "Error: Invalid button text length",
    ("schemeandroid",): "Error: Invalid androidScheme and iosScheme length",
    ("schemeios",): "Error: Invalid androidScheme and iosScheme length",
    ("androidscheme",): "Error: Invalid androidScheme and iosScheme length",
    ("iosscheme",): "Error: Invalid androidScheme and iosScheme length",
    ("callbackdata",): "Error: Invalid callback data length",
}


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one message; `parts` as Infobip counts them, where it tells."""

    outcome: Outcome
    message_status: MessageStatus
    status: Status | None = None
    error: str | None = None
    repeated: bool = False
    bulk_id: str | None = None
    parts: int | None = None


def answered(body: Any, messages: Sequence[str]) -> dict[str, Result]:
    """Results by message id: an answer speaks of messages by their ids, or in their order. Some may be missing."""
    said = [body] if isinstance(body, dict) and "messages" not in body else _listed(body, "messages")
    bulk_id = body.get("bulkId") if isinstance(body, dict) else None
    results: dict[str, Result] = {}
    for position, item in enumerate(said):
        if (sent := _read(item)) is None:
            continue
        message_id = sent.message_id
        if message_id is None or message_id not in messages:
            if len(said) != len(messages):
                continue
            message_id = messages[position]
        results[message_id] = _result(sent, bulk_id if isinstance(bulk_id, str) else None)
    return results


def logged(body: Any, messages: Sequence[str]) -> dict[str, Result]:
    """Results of messages that the logs know; of one that is there more than once, the best counts."""
    known: dict[str, Result] = {}
    for item in _listed(body, "results"):
        sent = _read(item)
        if sent is None or sent.message_id is None or sent.message_id not in messages or sent.status.id == DUPLICATE:
            continue
        result = _result(sent, sent.bulk_id, repeated=True)
        before = known.get(sent.message_id)
        if before is None or before.outcome == "rejected":
            known[sent.message_id] = result
    return known


def refused(fault: ApiFault, places: Sequence[str]) -> Result:
    """The result of a message that Infobip refused with an HTTP error; `places` are the properties it names."""
    statuses = [status for place in places if (status := status_of(place.replace("[", ".").split("."))) is not None]
    status = statuses[0] if statuses else "Error: Rejected by Infobip"
    return Result("rejected", status, error=f"{fault.code} {fault.message}".strip())


def status_of(place: Sequence[str | int]) -> MessageStatus | None:
    """The words for a fault at a place of a content or a request; None where there are none of its own."""
    names = [str(step).casefold().replace("_", "") for step in place]
    names = [name for name in names if not name.rstrip("]").isdecimal()]
    return BY_FIELD.get(tuple(names[-2:])) or BY_FIELD.get(tuple(names[-1:]))


def _result(sent: SentMessage, bulk_id: str | None, *, repeated: bool = False) -> Result:
    status, count = sent.status, sent.message_count or (sent.details.message_count if sent.details else None)
    if status.id == DUPLICATE:
        return Result("unchanged", "Success", status, repeated=True, bulk_id=bulk_id)
    refusals = {REJECTED} if repeated else REFUSED_GROUPS
    if status.group_id in refusals:
        words = BY_STATUS.get(status.id, "Error: Rejected by Infobip")
        error = f"{status.id} {status.name}: {status.description or ''}".rstrip(": ")
        return Result("rejected", words, status, error, repeated=repeated, bulk_id=bulk_id, parts=count)
    outcome: Outcome = "unchanged" if repeated else "accepted"
    return Result(outcome, "Success", status, repeated=repeated, bulk_id=bulk_id, parts=count)


def _listed(body: Any, key: str) -> Sequence[Any]:
    found = body.get(key) if isinstance(body, dict) else None
    return found if isinstance(found, list) else ()


def _read(item: Any) -> SentMessage | None:
    try:
        return SentMessage.model_validate(item)
    except ValidationError:
        return None


def places_of(body: Any) -> Iterator[str]:
    """The properties that an error names, in whichever form it does."""
    match body:
        case {"violations": [*violations]}:
            yield from (one["property"] for one in violations if isinstance(one, dict) and "property" in one)
        case {"requestError": {"serviceException": {"validationErrors": dict(errors)}}}:
            yield from errors
