"""What a channel is: a value that says how its messages are sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from schemas.config.webhooks import What
from schemas.jobs.message_names import Platform
from schemas.jobs.send_message import SpeedLimit, UrlOptions
from schemas.operations import Operation
from schemas.records.message import MessageStatus
from streams.channels.sms_parts import Parts

#: Where Infobip tells of a channel; None where nobody listens.
AddressOf = Callable[[What, str], str | None]


def nowhere(_: What, __: str) -> str | None:
    """Nobody listens, so no reports are asked for."""
    return None


@dataclass(frozen=True, slots=True)
class RequestOptions:
    """What all messages of a job have in common.

    `sender` is None where the content has one of its own. `speed_limit` is what Infobip is asked to keep; None where
    this service does, or nobody. `address` says where Infobip sends reports, what was seen, and clicks. `campaign`,
    `bulk_id` and `platform` are names under which messages are found again; None where they have none.
    """

    sender: str | None
    url_options: UrlOptions | None = None
    speed_limit: SpeedLimit | None = None
    address: AddressOf = nowhere
    campaign: str | None = None
    bulk_id: str | None = None
    platform: Platform | None = None


@dataclass(frozen=True, slots=True)
class InvalidMessage:
    """Why a message cannot go: in the words of `message_status`, and in detail."""

    status: MessageStatus
    detail: str


class Form(Protocol):
    """What many messages have in common: all of their content but some texts."""

    @property
    def size(self) -> int:
        """How many texts."""
        ...

    def content(self, texts: Sequence[str], /) -> Any:
        """The content with these texts."""
        ...


@dataclass(slots=True)  # not frozen, for that costs a microsecond to make; nobody changes one
class OutboundMessage:
    """One event's message: `said` is a content of the channel, with its tokens filled in; or of a `form` its texts.

    `to` is a phone number in digits without a plus, or an email address; `callback_data` is what reports bring back.
    One that is `invalid` does not go. With a `former_id` it may have been sent under that one before. After
    `expires_at`, in Unix seconds, it is not sent. `entry` is its event's place in the window, `parts` how many parts
    its text takes, where its channel has parts.
    """

    message_id: str
    to: str
    said: Any
    callback_data: str
    former_id: str | None = None
    expires_at: float | None = None
    event_id: str = ""
    entry: int = 0
    parts: Parts | None = None
    invalid: InvalidMessage | None = None
    form: Form | None = None

    @property
    def content(self) -> Any:
        """The content of the channel."""
        return self.said if self.form is None else self.form.content(self.said)

    def is_of(self, message_id: str) -> bool:
        """Whether it is the message of this id, in today's form or the former one."""
        return message_id in (self.message_id, self.former_id)


def no_parts(_: Any) -> Parts | None:
    """On most channels a text is one piece, however long."""
    return None


def fits(_: Any, __: str, ___: Parts | None) -> InvalidMessage | None:
    """Most channels have no rules but the limits of their content."""
    return None


@dataclass(frozen=True, slots=True)
class Channel:
    """How messages of a channel are sent. Nothing in it blocks, and nothing raises for what a message says.

    Args:
        name: the channel's, as contents say it.
        operation: the call that sends.
        body: makes the body of the call, of several messages and what they have in common.
        takes_many: whether one call may carry several messages.
        logs: the operation that tells what became of messages; None where nothing does.
        reports: the operation that tells each report once, where Infobip is asked for them; None where it is not told.
        beside: more operations that a job of the channel calls.
        parts: counts the parts that a content takes, where that is known; None where it has none.
        check: what is wrong with a content for a destination, beyond the limits of its model; None where nothing is.
        parts_of_texts: the parts of contents that differ in their text alone. Then `check` looks at no text.

    """

    name: str
    operation: Operation
    body: Callable[[Sequence[OutboundMessage], RequestOptions], Any]
    takes_many: bool = True
    logs: Operation | None = None
    reports: Operation | None = None
    beside: tuple[Operation, ...] = ()
    parts: Callable[[Any], Parts | None] = no_parts
    check: Callable[[Any, str, Parts | None], InvalidMessage | None] = fits
    parts_of_texts: Callable[[Any, Sequence[str]], Sequence[Parts]] | None = None

    @property
    def operations(self) -> tuple[Operation, ...]:
        """All operations that a job of the channel calls."""
        return (self.operation, *((self.logs,) if self.logs is not None else ()), *self.beside)
