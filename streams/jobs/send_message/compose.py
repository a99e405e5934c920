"""One event's message composed: its address found, its content filled in and held against the limits of its channel."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from schemas.content.base import RENDERED
from schemas.jobs.send_message import OnMissing, SendMessage
from schemas.records.message import MessageStatus
from schemas.text.blanks import is_empty
from schemas.text.links import is_whole_link
from streams.channels.batch_answers import status_of
from streams.channels.channel import Channel, InvalidMessage, OutboundMessage
from streams.channels.sms_parts import Parts
from streams.config.paths import written
from streams.jobs.send_message.render import needed, reader, template, whole_links
from streams.pipeline.callback_data import CALLBACK_DATA_MAX, callback_data
from streams.pipeline.decode import Entry
from streams.profiles.address import compile_path
from streams.profiles.emails import normal_email
from streams.profiles.phones import normal_phone

NO_ADDRESS: Mapping[str, MessageStatus] = {
    "phone": "Error: Missing phone number in request",
    "email": "Error: Missing email address in request",
}
#: The same where something is given that is none.
UNUSABLE: Mapping[str, MessageStatus] = {
    "phone": "Error: Invalid phone number",
    "email": "Error: Invalid email address",
}


class Composer:
    """Composes the messages of one job."""

    def __init__(self, job: SendMessage, channel: Channel) -> None:
        self._job, self._channel = job, channel
        said = {"content": job.content, "back": list(job.callback_data.values())}
        self._needed = needed(said) if job.on_missing == "skip" else frozenset()
        self._fill = template(said, job.on_missing.default if isinstance(job.on_missing, OnMissing) else "")
        self._values, self._links = reader(job.message_fields), whole_links(job.content)
        self._address = _address_of(job)

    def compose(
        self,
        entry: Entry,
        *,
        event_id: str,
        message_id: str,
        former_id: str | None = None,
        expires_at: float | None = None,
        place: int = 0,
    ) -> tuple[OutboundMessage, list[str]]:
        """The message of an event, which may be invalid; and the fields of which no text could be made."""
        profile = entry.profile or {}
        to = self._address(profile)
        left_out: list[str] = []
        content: Any = None
        data, parts = "", None
        if to is None:
            invalid: InvalidMessage | None = self._without_address(profile)
        else:
            values, left_out = self._values(profile)
            no_links = [name for name in self._links if (said := values[name]) is not None and not is_whole_link(said)]
            left_out += no_links
            missing = [name for name in self._needed if values[name] is None or name in no_links]
            if missing:
                detail = f"the profile has no {', '.join(sorted(missing))}"
                invalid = InvalidMessage("Error: Missing message field in request", detail)
            else:
                filled = self._fill(values)
                theirs = dict(zip(self._job.callback_data, filled["back"], strict=True))
                data = callback_data(self._job.name, event_id, entry.profile_id, entry.audience, theirs)
                content, parts, invalid = self._checked(filled["content"], to, data)
        known = (message_id, to or "", content, data, former_id, expires_at, event_id, place, parts, invalid)
        return OutboundMessage(*known), left_out

    def _without_address(self, profile: Mapping[str, Any]) -> InvalidMessage:
        kind = self._job.content.addressed_by
        status = NO_ADDRESS[kind] if _has_no_address(self._job, profile) else UNUSABLE[kind]
        return InvalidMessage(status, f"no usable {kind} in {', '.join(_fields(self._job))}")

    def _checked(self, filled: Any, to: str, data: str) -> tuple[Any, Parts | None, InvalidMessage | None]:
        """A filled-in content, its parts, and what is wrong with it by the limits of its channel."""
        try:
            content = type(self._job.content).model_validate(filled, context=RENDERED)
        except ValidationError as error:
            return None, None, _invalid(error)
        parts = self._channel.parts(content)
        invalid = self._channel.check(content, to, parts)
        if invalid is None and (length := len(data)) > CALLBACK_DATA_MAX:
            detail = f"callback_data: must be at most {CALLBACK_DATA_MAX} characters, not {length}"
            invalid = InvalidMessage("Error: Invalid callback data length", detail)
        return content, parts, invalid


def _invalid(error: ValidationError) -> InvalidMessage:
    """Say where a content breaks a limit, and which; the text itself stays out of it."""
    found = error.errors(include_url=False, include_input=False)
    faults = [one for one in found if not _is_echo(one, found)]
    told = "; ".join(f"{written(('content', *one['loc']))}: {_words(one)}" for one in faults)
    return InvalidMessage(status_of(("content", *faults[0]["loc"])) or "Error: Invalid request", told)


def _is_echo(fault: Any, found: Sequence[Any]) -> bool:
    """Whether a list is only short because its entries are wrong, which is told of each of them."""
    loc = fault["loc"]
    inside = (one["loc"] for one in found if one["loc"] != loc)
    return fault["type"] == "too_short" and any(other[: len(loc)] == loc for other in inside)


def _words(fault: Any) -> str:
    said = fault.get("ctx", {}).get("error")
    return str(said) if said is not None else str(fault["msg"])


def _fields(job: SendMessage) -> tuple[str, ...]:
    return job.email_field if job.content.addressed_by == "email" else job.phone_field


def _has_no_address(job: SendMessage, profile: Mapping[str, Any]) -> bool:
    """Whether none of the fields with an address holds anything."""
    return all(is_empty(compile_path(field)(profile)) for field in _fields(job))


def _address_of(job: SendMessage) -> Callable[[Mapping[str, Any]], str | None]:
    """What finds where to send to: the first of the job's fields with something usable in it."""
    readers = [compile_path(field) for field in _fields(job)]
    by_email, region = job.content.addressed_by == "email", job.default_region

    def find(profile: Mapping[str, Any]) -> str | None:
        for read in readers:
            value = read(profile)
            if found := normal_email(value) if by_email else normal_phone(value, region):
                return found
        return None

    return find
