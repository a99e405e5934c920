"""One event's message composed: its address found, its content filled in and held against the limits of its channel."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any, NamedTuple

from pydantic import ValidationError

from schemas.content.base import RENDERED
from schemas.jobs.send_message import OnMissing, SendMessage
from schemas.records.message import MessageStatus
from schemas.text.links import is_whole_link
from streams.channels.batch_answers import status_of
from streams.channels.channel import Channel, InvalidMessage, OutboundMessage, fits, no_parts
from streams.channels.sms_parts import Parts
from streams.config.paths import written
from streams.jobs.send_message.form import ContentForm, form_of
from streams.jobs.send_message.profile_fields import ProfileFields, TypedProfiles, addresses_of, fields_of
from streams.jobs.send_message.render import needed, plain_texts, template, whole_links
from streams.pipeline.callback_data import CALLBACK_DATA_MAX, callback_data, callback_data_of
from streams.pipeline.decode import Entry

NO_ADDRESS: Mapping[str, MessageStatus] = {
    "phone": "Error: Missing phone number in request",
    "email": "Error: Missing email address in request",
}
#: The same where something is given that is none.
UNUSABLE: Mapping[str, MessageStatus] = {
    "phone": "Error: Invalid phone number",
    "email": "Error: Invalid email address",
}


class Event(NamedTuple):
    """An event whose message is composed, as `Composer.compose` takes it."""

    entry: Entry
    event_id: str
    message_id: str
    former_id: str | None
    expires_at: float | None
    place: int


class Composer:
    """Composes the messages of one job."""

    def __init__(self, job: SendMessage, channel: Channel) -> None:
        self._job, self._channel = job, channel
        default = job.on_missing.default if isinstance(job.on_missing, OnMissing) else ""
        theirs = dict(job.callback_data)
        self._name = job.name
        self._needed = needed([job.content, theirs]) if job.on_missing == "skip" else frozenset()
        self._fill, self._theirs = template(job.content, default), template(theirs, default) if theirs else None
        self._links, self.form = whole_links(job.content), form_of(job.content, default)
        typed = TypedProfiles(job)
        self._typed_kind, self._typed, self._plain = typed.kind, typed.fields, ProfileFields(job)
        #: What reads the value of a record, no more of it than is needed here; events that `decode` read do as well.
        self.decode = typed.decode
        self._profiles, self._addresses_of = typed, addresses_of(job)
        #: Whether nothing needs to be looked at message by message but what is odd in one.
        self._composes_columns = (
            self.form is not None
            and self.form.fills_columns
            and self._theirs is None
            and self._addresses_of is not None
            and not self._links
            and _judges_columns(channel, self.form)
        )

    def compose(
        self,
        entry: Entry,
        event_id: str,
        message_id: str,
        former_id: str | None = None,
        expires_at: float | None = None,
        place: int = 0,
    ) -> tuple[OutboundMessage, list[str]]:
        """The message of an event, which may be invalid; and the fields of which no text could be made."""
        profile: Any = entry.profile or {}
        fields = self._typed if type(profile) is self._typed_kind else self._plain
        to = fields.address(profile)
        if to is None:
            known = (former_id, expires_at, event_id, place)
            return OutboundMessage(message_id, "", None, "", *known, None, self._without_address(fields, profile)), []
        values, left_out = fields.values(profile)
        if (self._links or self._needed) and (invalid := self._without_values(values, left_out)) is not None:
            known = (former_id, expires_at, event_id, place)
            return OutboundMessage(message_id, to, None, "", *known, None, invalid), left_out
        form = self.form
        theirs = {} if self._theirs is None else self._theirs(values)
        data = callback_data(self._name, event_id, entry.profile_id, entry.audience, theirs)
        if form is not None and (said := form.texts(values)) is not None:
            parts, invalid = self._judged(form.shown(said), to, data)
        else:
            form = None
            said, parts, invalid = self._checked(self._fill(values), to, data)
        message = OutboundMessage(
            message_id, to, said, data, former_id, expires_at, event_id, place, parts, invalid, form
        )
        return message, left_out

    def compose_all(self, events: Sequence[Event]) -> Iterator[tuple[OutboundMessage, Sequence[str]]]:
        """The same for several events, in their order.

        As far as nothing is odd in them, a field of all at once: that takes half of the CPU. What is odd is composed by
        itself.
        """
        said = self._profiles.columns([one.entry.profile for one in events]) if self._composes_columns else None
        made = repeat(None, len(events)) if said is None else self._made(events, said)
        for event, message in zip(events, made, strict=True):
            yield self.compose(*event) if message is None else (message, ())

    def _made(self, events: Sequence[Event], said: Mapping[str, Sequence[Any]]) -> Iterator[OutboundMessage | None]:
        """The messages of events by the columns of their profiles; None of those that are to be looked at closely."""
        if (form := self.form) is None or self._addresses_of is None:
            raise TypeError("contents of no form are composed one by one")
        count, channel, any_content = len(events), self._channel, form.any_content
        addresses = self._addresses_of(said[fields_of(self._job)[0]])
        values = {name: plain_texts(said[name]) for name in self._job.message_fields}
        odd = {place for column in values.values() if None in column for place, one in enumerate(column) if one is None}
        texts = form.columns({name: [one or "" for one in column] for name, column in values.items()}, count)
        entries = [one.entry for one in events]
        data = callback_data_of(
            self._name,
            [one.event_id for one in events],
            [entry.profile_id for entry in entries],
            [entry.audience for entry in entries],
        )
        parts: Sequence[Parts | None] = [None] * count
        if channel.parts_of_texts is not None:
            parts = channel.parts_of_texts(any_content, [one or "" for one in texts[0]])
        rows = zip(events, addresses, zip(*texts, strict=True), data, parts, strict=True)
        for place, (event, to, said_texts, about, counted) in enumerate(rows):
            if (
                to is None
                or place in odd
                or None in said_texts
                or len(about) > CALLBACK_DATA_MAX
                or (channel.check is not fits and channel.check(any_content, to, counted) is not None)
            ):
                yield None
                continue
            _, event_id, message_id, former_id, expires_at, at = event
            yield OutboundMessage(
                message_id, to, said_texts, about, former_id, expires_at, event_id, at, counted, None, form
            )

    def _without_values(self, values: Mapping[str, str | None], left_out: list[str]) -> InvalidMessage | None:
        """Why a message cannot go for which there is no value; links that are none are added to what is left out."""
        no_links = [name for name in self._links if (said := values[name]) is not None and not is_whole_link(said)]
        left_out += no_links
        missing = [name for name in self._needed if values[name] is None or name in no_links]
        if not missing:
            return None
        detail = f"the profile has no {', '.join(sorted(missing))}"
        return InvalidMessage("Error: Missing message field in request", detail)

    def _without_address(self, fields: ProfileFields, profile: Any) -> InvalidMessage:
        kind = self._job.content.addressed_by
        status = NO_ADDRESS[kind] if fields.has_no_address(profile) else UNUSABLE[kind]
        return InvalidMessage(status, f"no usable {kind} in {', '.join(fields_of(self._job))}")

    def _checked(self, filled: Any, to: str, data: str) -> tuple[Any, Parts | None, InvalidMessage | None]:
        """A filled-in content, its parts, and what is wrong with it by the limits of its channel."""
        try:
            content = type(self._job.content).model_validate(filled, context=RENDERED)
        except ValidationError as error:
            return None, None, _invalid(error)
        return content, *self._judged(content, to, data)

    def _judged(self, content: Any, to: str, data: str) -> tuple[Parts | None, InvalidMessage | None]:
        """The parts of a content within its limits, and what is wrong with it even so."""
        parts = self._channel.parts(content)
        invalid = self._channel.check(content, to, parts)
        if invalid is None and (length := len(data)) > CALLBACK_DATA_MAX:
            detail = f"callback_data: must be at most {CALLBACK_DATA_MAX} characters, not {length}"
            invalid = InvalidMessage("Error: Invalid callback data length", detail)
        return parts, invalid


def _judges_columns(channel: Channel, form: ContentForm) -> bool:
    """Whether a channel judges many contents of a form that differ in their texts."""
    if channel.parts_of_texts is not None:
        return form.size == 1
    return form.size > 0 and channel.parts is no_parts and channel.check is fits


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
