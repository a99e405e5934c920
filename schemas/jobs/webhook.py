"""The options of the kind `webhook`, and the rules among them."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, field_validator, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

from schemas.config.settings import Settings
from schemas.config.topics import reads_records
from schemas.config.values import Duration, FileName, Flag, NoFlag, Positive, Text, Topic
from schemas.config.values import once as named_once
from schemas.jobs.job import GIVE_UP_AFTER, Flush, LimitedJobSettings
from schemas.operations import Method, Operation, published
from schemas.text.tokens import is_open, tokens_of

Action = Literal["enter", "exit"]
BATCH_MAX = 1000
PATH_MAX = 4000

#: What else is read as a dot in the name of a host (RFC 3490, 3.1).
_DOTS = frozenset("\u3002\uff0e\uff61")

_is_path = re.compile(r"/[^\s#]*").fullmatch
_is_header = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,255}").fullmatch
#: What says how long a message is and where it goes: the library's to write, and a way around it for others.
_KEPT_HEADERS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "te", "trailer", "upgrade", "expect"}
)


def _actions(given: Any) -> Any:
    if given == "both":
        return ("enter", "exit")
    return (given,) if isinstance(given, str) else given


def _no_open_token(text: str) -> str:
    if is_open(text):
        raise ValueError("'{{' begins no {{token}}")
    if any(not token.field for token in tokens_of(text)):
        raise ValueError("a {{token}} must name a field")
    return text


def _path(path: str) -> str:
    if not _is_path(path) or path.startswith("//"):
        raise ValueError("must begin with one /, and hold neither blanks nor #; an absolute address is a url")
    return _no_open_token(path)


def _url(url: str) -> str:
    """Refuse what is no address of the web; tokens may stand behind the host only."""
    parts = None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        port = 0
    if parts is None or port == 0 or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("must begin with https:// or http:// and a host, such as https://hooks.example.com/infobip")
    if _DOTS & set(parts.hostname):  # it may be an address in digits then, which nobody would look at
        raise ValueError("must have plain dots between the parts of its host")
    if "@" in parts.netloc:
        raise ValueError("must not hold a user name or a password: a header can")
    if "{" in parts.netloc:
        raise ValueError("takes no tokens in its host: everybody's calls go to the same one")
    _path(url[len(parts.scheme) + 3 + len(parts.netloc) :] or "/")
    return url


def _header(name: str) -> str:
    if not _is_header(name) or name.casefold() in _KEPT_HEADERS:
        raise ValueError("must be the name of a header, and none that says how the request itself is sent")
    return name


def _header_value(value: str) -> str:
    if not value.isprintable() or not value.isascii() or value != value.strip():
        raise ValueError("must be plain characters on one line, without a blank at either end")
    return _no_open_token(value)


class CallBatch(Settings):
    """How many events are one call; the template is given a list of them."""

    max_events: Annotated[int, Field(ge=1, le=BATCH_MAX), NoFlag] = Field(
        description="Events in one call, 1 to 1,000: the template is given a list of at most so many. Example: 100"
    )


class Webhook(LimitedJobSettings):
    """A job that makes a call for each event."""

    kind: Literal["webhook"] = Field(description="`webhook`: makes any HTTP call for each event.")
    authorization: str = Field(
        "",
        description="The name of the authorization that the job works with: its key goes to its own host and nowhere "
        "else. Default: none, then `url` says where calls go. Example: acme",
    )
    topics: Annotated[tuple[Topic, ...], AfterValidator(named_once)] = Field(
        min_length=1,
        description="The Kafka topics to read, at least 1: of membership events, or topics of ours with what Infobip "
        "tells. Example: [audience-memberships]",
    )
    reads: Literal["memberships", "records"] | None = Field(
        None,
        description="What the topics hold: memberships are membership events, records is any JSON object, which the "
        "template is given as it is. Default: records for topics of ours, such as infobip_delivery_reports, else "
        "memberships. Example: records",
    )
    audiences: Annotated[tuple[Text, ...], AfterValidator(named_once)] = Field(
        (), description="The audiences whose events lead to calls. Default: all. Example: [big spenders]"
    )
    on: Annotated[
        tuple[Action, ...],
        Field(min_length=1),
        AfterValidator(named_once),
        BeforeValidator(_actions, json_schema_input_type=Literal["enter", "exit", "both"] | tuple[Action, ...]),
    ] = Field(
        ("enter",),
        description="Which events lead to calls: enter, exit or both. Default: enter. Example: [enter, exit]",
        json_schema_extra={"default": ["enter"]},
    )
    existing_members: Flag = Field(
        default=False,
        description="Start at the beginning of the topics; false: at their end, so that only later events count. "
        "Default: false.",
    )
    method: Method = Field("POST", description="The HTTP method: GET, POST, PATCH, DELETE or PUT. Default: POST.")
    path: Annotated[str, Field(max_length=PATH_MAX), AfterValidator(_path)] | None = Field(
        None,
        description="The path of the call at the account, at most 4,000 characters; {{field}} stands for an event's "
        "value, percent-encoded. Default: none, then `url` says where calls go. Example: /email/4/messages",
    )
    url: Annotated[str, Field(max_length=PATH_MAX), AfterValidator(_url)] | None = Field(
        None,
        description="The whole address of the call, in place of `path`, at most 4,000 characters; {{field}} may stand "
        "behind its host. Default: none. Example: https://hooks.example.com/infobip",
    )
    allow_private: Flag = Field(
        default=False,
        description="Let `url` lead to private addresses, such as 10.0.0.5 or localhost. Default: false.",
    )
    headers: Mapping[Annotated[str, AfterValidator(_header)], Annotated[str, AfterValidator(_header_value)]] = Field(
        {},
        description="Headers by name; {{field}} stands for an event's value, percent-encoded. Default: none. Example: "
        "{X-Team: growth}",
    )
    template: FileName | None = Field(
        None,
        description="The file that makes the body of an event, .jsonnet or .js, beside jobs.yaml unless its whole path "
        "is given. Default: none, then calls have no body. Example: templates/email.jsonnet",
    )
    success: str | None = Field(
        None,
        description="What an answer must be to be a success, in JMESPath over `status` and `body`. Default: any status "
        "of 200 to 299. Example: status < 300 and body.errors == null",
    )
    repeat: Literal["always", "never"] = Field(
        "always",
        description="What becomes of a call whose answer did not come: always makes it again until one does, never "
        "makes a dead letter of its event. Default: always.",
    )
    batch: CallBatch | None = Field(
        None, description="Make one call for several events. Default: one for each. Example: {max_events: 100}"
    )
    max_per_second: Positive | None = Field(
        None,
        description="Calls a second, over all processes. Default: what Infobip publishes for the operation, else no "
        "limit. Example: 50",
    )
    flush: Flush = Field(
        Flush(max_events=500, max_seconds=1),
        description="When a window of events is full. Default: after 500 events or 1 second. Example: "
        "{max_seconds: 0.5}",
    )
    give_up_after: Duration = Field(
        GIVE_UP_AFTER,
        description="For Infobip's send endpoints: how long a message is tried again that Infobip answers with a "
        "server error, or not at all, while it takes others; then a dead letter. A mapping of one unit: seconds, "
        "minutes, hours or days. Default: {minutes: 15}. Example: {hours: 2}",
        json_schema_extra={"default": {"minutes": 15}},
    )

    @field_validator("flush", mode="before")
    @classmethod
    def _moments(cls, given: Any) -> Any:
        """Call within moments, also where only one of the two is said."""
        return {"max_events": 500, "max_seconds": 1, **given} if isinstance(given, dict) else given

    @model_validator(mode="after")
    def _one_address(self) -> Self:
        """Refuse what says no address, or two; and topics of two sorts."""
        faults = []
        if self.path is None and self.url is None:
            faults.append(_fault("path", "is missing, and so is url: one of them says where calls go"))
        elif self.path is not None and self.url is not None:
            faults.append(_fault("url", "says where calls go, and so does path: say one of them"))
        elif self.path is not None and not self.authorization:
            faults.append(_fault("authorization", "is missing: a path is one of an account; a url needs none"))
        if self.allow_private and self.url is None:
            faults.append(_fault("allow_private", "is about a url: leave it out"))
        if self.goes_first and not self.authorization:
            faults.append(_fault("priority", "is about the limits of an account, which no call of the job counts in"))
        faults += self._needless()
        if self.reads is None and len({reads_records(topic) for topic in self.topics}) > 1:
            faults.append(
                _fault("topics", "hold records of ours and other events: make two jobs of it, or say `reads`")
            )
        if faults:
            raise ValidationError.from_exception_data("Webhook", faults)
        return self

    def _needless(self) -> Iterator[InitErrorDetails]:
        """What cannot be said of calls that send messages, or that several events share."""
        if self.sends is not None:
            if self.template is None:
                yield _fault("template", "is missing: it makes the messages that are sent")
            if self.batch is not None:
                yield _fault(
                    "batch", "is not for sends of Infobip's: each message has an event of its own; leave it out"
                )
            if self.success is not None:
                yield _fault("success", "is not for sends of Infobip's, which answer for each message: leave it out")
            if self.repeat == "never":
                yield _fault("repeat", "is not for sends of Infobip's, which are never made twice: leave it out")
        said = (self.path or self.url or "", *self.headers.values())
        if self.batch is not None and any(next(tokens_of(text), None) for text in said):
            yield _fault("batch", "makes one call of several events, so path, url and headers take no {{tokens}}")

    @property
    def sends(self) -> Operation | None:
        """The operation of Infobip's that sends messages, where the job calls one with an authorization."""
        if not self.authorization or self.method != "POST":
            return None
        found = published("POST", self.path if self.path is not None else urlsplit(self.url or "").path)
        return found if found is not None and found.purpose == "send" else None

    @property
    def inputs(self) -> tuple[str, ...]:
        """The topics it reads events from."""
        return self.topics

    @property
    def reads_records(self) -> bool:
        """Whether its topics hold records as they are, and no membership events."""
        return reads_records(self.topics[0]) if self.reads is None else self.reads == "records"

    def wants(self, audience: str) -> bool:
        """Whether the job calls for this audience."""
        return not self.audiences or audience in self.audiences


def _fault(option: str, said: str) -> InitErrorDetails:
    return InitErrorDetails(
        type=PydanticCustomError("value_error", "{error}", {"error": said}), loc=(option,), input=""
    )
