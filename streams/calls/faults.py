"""What Infobip says when it refuses: one code and one text, out of the many forms its errors take.

The families: `requestError` of people.json's version 2 and of WhatsApp, `ApiError` of the newer channels, bare codes
of people.json's version 3. The numbers: https://www.infobip.com/docs/essentials/api-essentials/response-status-and-error-codes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

#: Where the code and the text stand, by family; the first key that is filled wins. "Bad request" alone helps nobody,
#: so `description` and `detail` come before a bare `title`.
CODE_KEYS = ("errorCode", "code", "statusCode", "messageId", "value", "status")
TEXT_KEYS = ("errorMessage", "description", "message", "text", "detail", "title")
#: Where the numeric codes of People stand, and how long they are: 40401 is of version 2, 404100 of version 3.
OWN_CODE_KEYS, OWN_CODE_LENGTHS = ("errorCode", "code"), (5, 6)
#: Lists that say which property is wrong, and the names of property and complaint in them.
DETAIL_KEYS = ("validationErrors", "violations", "details", "errors")
PROPERTY_KEYS = ("property", "propertyPath", "field")
COMPLAINT_KEYS = ("violation", "message", "detail")
#: Infobip's words for "there is one of that name already", today's and yesterday's.
DUPLICATE_CODES = frozenset({"40002", "40006", "E409"})


@dataclass(frozen=True, slots=True)
class ApiFault:
    """Infobip's own words on what it refused; the message may quote the request, so it belongs in no log."""

    code: str
    message: str


def error_of(status: int, body: Any) -> ApiFault:
    """Read the error of an answer; where the body says nothing, the status is the code."""
    error = _innermost(body)
    if not isinstance(error, Mapping):
        return ApiFault(str(status), f"HTTP status {status} without an explanation")
    code = _first(error, CODE_KEYS) or str(status)
    text = _first(error, TEXT_KEYS) or ""
    message = "; ".join([part for part in (text, *_details(error)) if part])
    return ApiFault(code, message or f"HTTP status {status} without an explanation")


def is_own(status: int, body: Any) -> bool:
    """Whether an error carries a code of Infobip's: what stands before it has none, or repeats the bare status."""
    if not isinstance(body, Mapping):
        return False
    if "requestError" in body:
        return isinstance(_innermost(body), Mapping) and error_of(status, body).code != str(status)
    code = _first(body, OWN_CODE_KEYS) or ""
    return code == f"E{status}" or (code.isdecimal() and code.startswith(str(status)) and len(code) in OWN_CODE_LENGTHS)


def told(status: int, body: Any) -> str:
    """What was answered, for a log: with Infobip's code, where it is one, and without its words."""
    return f"answered {status}" + (f" ({error_of(status, body).code})" if is_own(status, body) else "")


def is_duplicate(status: int, body: Any) -> bool:
    """Whether something was not created because there is one of that name already."""
    return status == HTTPStatus.CONFLICT or (
        status == HTTPStatus.BAD_REQUEST and error_of(status, body).code in DUPLICATE_CODES
    )


def properties_of(body: Any) -> list[str]:
    """The properties that an error says are wrong, as it spells them."""
    error = _innermost(body)
    found: list[str] = []
    for key in DETAIL_KEYS if isinstance(error, Mapping) else ():
        match error.get(key):
            case Mapping() as by_property:
                found += map(str, by_property)
            case list() as listed:
                found += [_first(item, PROPERTY_KEYS) or "" for item in listed if isinstance(item, Mapping)]
    return found


def _innermost(body: Any) -> Any:
    """Find the object that holds code and text: People v2 wraps it twice; of a bare list the first counts."""
    match body:
        case {"requestError": {"serviceException": inner}}:
            return inner
        case {"requestError": {"policyException": inner}}:
            return inner
        case {"errors": [first, *_]} if _first(body, TEXT_KEYS) is None:
            return first
        case _:
            return body


def _first(error: Mapping[str, Any], keys: tuple[str, ...]) -> str | None:
    for key in keys:
        value = error.get(key)
        if isinstance(value, str | int) and not isinstance(value, bool) and value != "":
            return str(value)
    return None


def _details(error: Mapping[str, Any]) -> Iterator[str]:
    for key in DETAIL_KEYS:
        match error.get(key):
            case Mapping() as by_property:
                for name, complaints in by_property.items():
                    yield f"{name}: {_joined(complaints)}"
            case list() as listed:
                yield from (_detail(item) for item in listed)


def _joined(complaints: Any) -> str:
    return ", ".join(str(each) for each in complaints) if isinstance(complaints, list) else str(complaints)


def _detail(item: Any) -> str:
    if not isinstance(item, Mapping):
        return str(item)
    parts = (_first(item, PROPERTY_KEYS), _first(item, COMPLAINT_KEYS))
    return ": ".join(part for part in parts if part)
