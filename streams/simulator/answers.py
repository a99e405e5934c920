"""Answers as values, and the error bodies of each of Infobip's families."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import responses
from typing import Any, NamedTuple

from streams.simulator.operations import Family


class Problem(NamedTuple):
    """One thing wrong with what was sent: where, what, and the People code that v2 gives it."""

    path: str
    message: str
    code: int = 40001


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer; `body` is plain data, or text when it is not JSON; None is an empty body."""

    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    items: int = 0
    html: str = ""


class Refusal(Exception):
    """A whole request is refused with a People code; the HTTP status is the first three digits of the code."""

    def __init__(self, code: int, message: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.problems = tuple(problems)


_CLASSIC = {
    400: ("BAD_REQUEST", "Bad request"),
    401: ("UNAUTHORIZED", "Invalid login details"),
    403: ("FORBIDDEN", "Forbidden"),
    404: ("NOT_FOUND", "Not found"),
    429: ("TOO_MANY_REQUESTS", "Too many requests"),
    500: ("GENERAL_ERROR", "Something went wrong. Please contact support."),
}
_NEW = {
    400: ("Request cannot be processed.", "Check the syntax, violations and adjust the request."),
    401: (
        "The request lacks valid authentication credentials for the requested resource.",
        "Check the resources and adjust authentication credentials.",
    ),
    403: (
        "Insufficient permissions to access the requested resource.",
        "Repeat the request with new or different credentials.",
    ),
    404: (
        "Not found - request URL doesn't exist on the API server or resource is not found.",
        "Check the resources and adjust your request.",
    ),
    409: (
        "Request cannot be processed due to conflicts with existing resources",
        "Check violations and adjust the request.",
    ),
    429: ("Too many requests sent.", "Check request rate limit specified in the API endpoint documentation resource."),
    500: ("Something went wrong.", "Contact the support."),
}
_NATIVE = {401: 40101, 403: 40301, 404: 40401, 409: 40902, 429: 42901}


def classic(status: int, problems: Sequence[Problem] = (), text: str = "") -> dict[str, Any]:
    """Return a `requestError` body."""
    message_id, default = _CLASSIC.get(status) or (_phrase(status).upper().replace(" ", "_"), _phrase(status))
    exception: dict[str, Any] = {"messageId": message_id, "text": text or default}
    if problems:
        errors: dict[str, list[str]] = {}
        for problem in problems:
            errors.setdefault(problem.path, []).append(problem.message)
        exception["validationErrors"] = errors
    return {"requestError": {"serviceException": exception}}


def native(code: int, message: str, problems: Sequence[Problem] = ()) -> dict[str, Any]:
    """Return the numeric body that People v2 gives for errors in the data."""
    body: dict[str, Any] = {"errorCode": code, "errorMessage": message}
    if problems:
        body["validationErrors"] = [{"propertyPath": p.path, "message": p.message} for p in problems]
    return body


def v3(code: int, message: str, problems: Sequence[Problem] = ()) -> dict[str, Any]:
    """Return the body of People v3: `code`, `message` and, where there are any, `details`."""
    body: dict[str, Any] = {"code": code, "message": message}
    if problems:
        body["details"] = [{"property": p.path, "message": p.message} for p in problems]
    return body


def new(status: int, problems: Sequence[Problem] = ()) -> dict[str, Any]:
    """Return the body of the newer APIs: `errorCode`, `description`, `action`, and each violation."""
    description, action = _NEW.get(status, _NEW[500])
    return {
        "errorCode": f"E{status}",
        "description": description,
        "action": action,
        "violations": [{"property": p.path, "violation": p.message} for p in problems],
        "resources": [],
    }


def refused(refusal: Refusal, family: Family, *, classic_v2: bool) -> Answer:
    """Return a refusal in the family of its operation."""
    status = int(str(refusal.code)[:3])
    match family:
        case "new":
            return Answer(status, new(status, refusal.problems))
        case "classic":
            return Answer(status, classic(status, refusal.problems))
        case "v3":
            return Answer(status, v3(refusal.code, refusal.message, refusal.problems))
    if classic_v2:
        return Answer(status, classic(status, refusal.problems, refusal.message))
    return Answer(status, native(refusal.code, refusal.message, refusal.problems))


def barred(status: int, family: Family) -> Answer:
    """Return the answer of a gateway, which is classic but for the newer APIs."""
    return Answer(status, new(status) if family == "new" else classic(status))


def scripted(status: int, family: str, *, html: bool) -> Answer:
    """Return the answer of a fault: an error of any status in any family, or the page of a proxy."""
    if html:
        phrase = _phrase(status)
        page = f"<html><head><title>{status} {phrase}</title></head><body><h1>{phrase}</h1></body></html>"
        return Answer(status, html=page)
    bodies = {
        "classic": lambda: classic(status),
        "new": lambda: new(status),
        "native": lambda: native(_NATIVE.get(status, status * 100 + 1), _phrase(status)),
        "v3": lambda: v3(status * 1000 + 100, _phrase(status)),
    }
    return Answer(status, bodies[family]())


def _phrase(status: int) -> str:
    return responses.get(status, f"Status {status}")
