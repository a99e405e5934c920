"""The kind `send_message`: who enters gets a message, who exits gets none."""

from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import orjson
from pydantic import ValidationError

from schemas.content.base import RENDERED
from schemas.jobs.send_message import OnMissing, SendMessage
from schemas.records.message import Message, MessageStatus
from schemas.records.outcomes import Outcome
from schemas.text.blanks import is_empty
from schemas.text.links import is_whole_link
from streams.calls.call import Call, Reply
from streams.channels import CHANNELS
from streams.channels.batch_answers import MessageResult, status_of
from streams.channels.channel import InvalidMessage, RequestOptions
from streams.config.paths import written
from streams.jobs.send_message.dispatch import send
from streams.jobs.send_message.draft import Draft
from streams.jobs.send_message.last_messages import LastMessages
from streams.jobs.send_message.message_ids import Former, MessageIds
from streams.jobs.send_message.once import SENT_BEFORE, OncePerPerson
from streams.jobs.send_message.render import needed, reader, template, whole_links
from streams.pipeline.batches import Endurance
from streams.pipeline.decode import Entry
from streams.pipeline.settle import Settled, settle, writable
from streams.pipeline.window import Window
from streams.profiles.address import compile_path
from streams.profiles.emails import normal_email
from streams.profiles.phones import normal_phone

CALLBACK_DATA_MAX = 4000
#: With a speed limit, one call carries no more than what may go in so many seconds.
SECONDS_OF_A_CALL = 0.02
NO_ADDRESS: Mapping[str, MessageStatus] = {
    "phone": "Error: Missing phone number in request",
    "email": "Error: Missing email address in request",
}
#: The same where something is given that is none.
UNUSABLE: Mapping[str, MessageStatus] = {
    "phone": "Error: Invalid phone number",
    "email": "Error: Invalid email address",
}
#: What a message that cannot be made comes to: nobody to send to is no fault of the event's.
SKIPPED = frozenset({*NO_ADDRESS.values(), *UNUSABLE.values(), "Error: Missing message field in request"})


@dataclass(frozen=True, slots=True)
class SendBatch:
    """A window's letters; `keys` are its profiles and message ids: windows that share one must not fly at once."""

    window: Window
    keys: set[str]
    letters: tuple[Draft, ...]
    outcomes: list[Outcome]
    left_out_fields: Mapping[str, int]
    #: Whether Infobip chokes on each of them, and since when they wait for others that it chokes on.
    alone: bool = False
    since: float | None = None

    def parted(self, places: AbstractSet[int]) -> tuple["SendBatch", "SendBatch"]:
        """Two windows of one: without the entries of these places, and with nothing but them."""
        window, rest = self.window.parted(places)
        inside: dict[int, int] = {}
        outside: dict[int, int] = {}
        for place in range(len(self.outcomes)):
            numbers = inside if place in places else outside
            numbers[place] = len(numbers)
        taken = tuple(replace(one, entry=inside[one.entry]) for one in self.letters if one.entry in inside)
        left = tuple(replace(one, entry=outside[one.entry]) for one in self.letters if one.entry in outside)
        keys = {entry.profile_id for entry in rest.entries} | {one.message_id for one in taken}
        return (
            replace(self, window=window, letters=left, outcomes=[self.outcomes[place] for place in outside]),
            replace(
                self,
                # What Infobip choked on may have gone out all the same.
                window=replace(rest, may_repeat=True),
                keys=keys,
                letters=taken,
                outcomes=[self.outcomes[place] for place in inside],
                left_out_fields={},
            ),
        )


class Messenger:
    """The sends of one job: `fold` a window, then `deliver` it.

    `former` is what the job may have sent under ids of the former form.
    """

    def __init__(self, job: SendMessage, public_url: str | None = None, former: Former | None = None) -> None:
        self.job = job
        self.channel = CHANNELS[job.content.channel]
        by_infobip = job.speed_limit if job.speed_limit is not None and job.speed_limit.by == "infobip" else None
        self._manner = RequestOptions(job.sender, job.url_options, by_infobip, public_url)
        said = {"content": job.content, "back": list(job.callback_data.values())}
        self._needed = needed(said) if job.on_missing == "skip" else frozenset()
        self._fill = template(said, job.on_missing.default if isinstance(job.on_missing, OnMissing) else "")
        self._values, self._links = reader(job.message_fields), whole_links(job.content)
        self._address = _address_of(job)
        self._ids, self._former = MessageIds(job.name), former
        self._max_age = None if job.max_age is None else job.max_age.total_seconds()
        self._most = job.max_per_request
        if job.speed_limit is not None and job.paces:
            # So few that they are spread evenly, one by one where there is time enough.
            self._most = max(1, min(self._most, int(job.speed_limit.per_second * SECONDS_OF_A_CALL)))

    def fold(self, window: Window) -> SendBatch:
        """Make the message of each event that enters; of one that was published twice, once."""
        outcomes: list[Outcome] = []
        letters: list[Draft] = []
        ready: set[str] = set()
        left_out: Counter[str] = Counter()
        for index, entry in enumerate(window.entries):
            if entry.action == "exit":
                outcomes.append("skipped")
                continue
            event_id, message_id, timestamp = self._ids.name(entry)
            if message_id in ready:
                outcomes.append("unchanged")
                continue
            letter = Draft(index, message_id, event_id)
            if self._former is not None and self._former.may_hold(timestamp, may_repeat=window.may_repeat):
                letter.former_id = self._ids.former(event_id)
            if self._max_age is not None:
                letter.expires_at = expires_at(entry, timestamp, self._max_age)
            left_out.update(self._write(letter, entry))
            if letter.unfit is None:
                ready.add(message_id)
            letters.append(letter)
            outcomes.append("accepted")
        return SendBatch(
            window=window.without_profiles(),
            keys={entry.profile_id for entry in window.entries} | ready,
            letters=tuple(letters),
            outcomes=outcomes,
            left_out_fields=left_out,
        )

    def left_out(self, entry: Entry) -> list[str]:
        """The message fields of one event's profile of which no text, or no link, can be made."""
        if entry.action == "exit":
            return []
        event_id, message_id, _ = self._ids.name(entry)
        return self._write(Draft(0, message_id, event_id), entry)

    def part(self, folded: SendBatch, keys: AbstractSet[str]) -> tuple[SendBatch | None, SendBatch | None]:
        """Part a window: what touches none of these keys, and what does."""
        places = {place for place, entry in enumerate(folded.window.entries) if entry.profile_id in keys}
        places |= {letter.entry for letter in folded.letters if letter.message_id in keys}
        left, later = folded.parted(places)
        later = replace(later, alone=True, since=folded.window.opened_at)
        return (left if left.window.records else None), (later if later.window.records else None)

    def deliver(
        self, folded: SendBatch, now: float, last: LastMessages | None = None
    ) -> Generator[list[Call], list[Reply], Settled]:
        """Send what can be sent; each message is told of, and each that was refused becomes a dead letter, too.

        `now` is the time in Unix seconds; `last` tells who has had a message, without which everybody gets one for each
        event. Messages that Infobip chokes on are left to the rest.
        """
        once = None if last is None else OncePerPerson(folded.window, last, now)
        results, stuck = yield from self._send(folded, now, once)
        told = [results[letter.entry] for letter in folded.letters if letter.entry not in stuck]
        rest = None
        if stuck:
            folded, rest = folded.parted(stuck)
            rest = replace(rest, alone=True)
        window, taken = folded.window, once.taken if once is not None else None
        outcomes, details, sent = list(folded.outcomes), dict[int, str](), list[Message]()
        for letter, result in zip(folded.letters, told, strict=True):
            outcomes[letter.entry] = result.outcome
            if result.outcome == "rejected":
                details[letter.entry] = f"{result.message_status}: {result.error}"
            sent.append(self._told(window.entries[letter.entry], letter, result, now))
        return settle(window, outcomes, details, folded.left_out_fields, tuple(sent), taken, rest)

    def _send(
        self, folded: SendBatch, now: float, once: OncePerPerson | None
    ) -> Generator[list[Call], list[Reply], tuple[dict[int, MessageResult], set[int]]]:
        """Send letters; what became of each, by its entry, and those that Infobip chokes on."""
        endurance = Endurance(self.job.give_up_after.total_seconds(), folded.alone, folded.since)
        results = {one.entry: _unsent(one.unfit) for one in folded.letters if one.unfit is not None}
        waiting, stuck = [one for one in folded.letters if one.unfit is None], set[int]()
        how: dict[str, Any] = {"may_repeat": folded.window.may_repeat, "now": now, "endurance": endurance}
        while waiting:
            going, waiting, over = (waiting, [], []) if once is None else once.choose(waiting)
            results |= {one.entry: SENT_BEFORE for one in over}
            outbound = [one.outbound() for one in going]
            sent = yield from send(self.channel, self._manner, outbound, self._most, **how)
            told = [one for one in going if one.message_id in sent]
            results |= {one.entry: sent[one.message_id] for one in told}
            stuck.update(one.entry for one in going if one.message_id not in sent)
            if once is not None:
                once.settle(told, sent)
                # What waits for one that is stuck goes on waiting for it.
                stuck.update(one.entry for one in once.behind(waiting, stuck))
                waiting = [one for one in waiting if one.entry not in stuck]
        return results, stuck

    def _write(self, letter: Draft, entry: Entry) -> list[str]:
        """Fill in a letter; the fields of which no text could be made are returned."""
        profile = entry.profile or {}
        letter.to = self._address(profile)
        if letter.to is None:
            kind = self.job.content.addressed_by
            status = NO_ADDRESS[kind] if _has_no_address(self.job, profile) else UNUSABLE[kind]
            letter.unfit = InvalidMessage(status, f"no usable {kind} in {', '.join(_fields(self.job))}")
            return []
        values, left_out = self._values(profile)
        no_links = [name for name in self._links if (said := values[name]) is not None and not is_whole_link(said)]
        left_out += no_links
        missing = [name for name in self._needed if values[name] is None or name in no_links]
        if missing:
            detail = f"the profile has no {', '.join(sorted(missing))}"
            letter.unfit = InvalidMessage("Error: Missing message field in request", detail)
            return left_out
        filled = self._fill(values)
        theirs = dict(zip(self.job.callback_data, filled["back"], strict=True))
        letter.callback_data = callback_data(self.job.name, letter.event_id, entry.profile_id, entry.audience, theirs)
        letter.unfit = self._compose(letter, letter.to, filled["content"])
        return left_out

    def _compose(self, letter: Draft, to: str, filled: Any) -> InvalidMessage | None:
        """Check a filled-in content against the limits of its channel; what is wrong with it."""
        try:
            letter.content = type(self.job.content).model_validate(filled, context=RENDERED)
        except ValidationError as error:
            return _unfit(error)
        letter.parts = self.channel.parts(letter.content)
        if (unfit := self.channel.check(letter.content, to, letter.parts)) is not None:
            return unfit
        if (length := len(letter.callback_data)) > CALLBACK_DATA_MAX:
            detail = f"callback_data: must be at most {CALLBACK_DATA_MAX} characters, not {length}"
            return InvalidMessage("Error: Invalid callback data length", detail)
        return None

    def _told(self, entry: Entry, letter: Draft, result: MessageResult, now: float) -> Message:
        """What became of a message; `now` in Unix seconds is when it was refused, where Infobip was not asked."""
        parts, status = letter.parts, result.status
        counted = None if parts is None else parts.parts
        return Message(
            message_id=result.known_as or letter.message_id,
            job=self.job.name,
            channel=self.channel.name,
            event_id=letter.event_id,
            profile_id=entry.profile_id,
            audience=entry.audience,
            to=letter.to,
            sender=self.job.sender,
            status="enqueued" if result.outcome in {"accepted", "unchanged"} else "enqueue_failed",
            message_status=result.message_status,
            repeated=result.repeated,
            status_group_id=None if status is None else status.group_id,
            status_group_name=None if status is None else writable(status.group_name),
            status_id=None if status is None else status.id,
            status_name=None if status is None else writable(status.name),
            status_description=None if status is None else writable(status.description),
            error=writable(result.error),
            parts=counted if result.parts is None or counted is None else result.parts,
            encoding=None if parts is None else parts.encoding,
            bulk_id=writable(result.bulk_id),
            sent_at=result.at or datetime.fromtimestamp(now, UTC),
        )


def expires_at(entry: Entry, timestamp: int | None, max_age: float) -> float | None:
    """When an event is too old, in Unix seconds: by its own time, or else by its first record's; None without both."""
    if entry.occurred_at is not None:
        said = datetime.fromisoformat(entry.occurred_at)
        return (said if said.tzinfo is not None else said.replace(tzinfo=UTC)).timestamp() + max_age
    return None if timestamp is None else timestamp / 1000 + max_age


def callback_data(job: str, event_id: str, profile_id: str, audience: str, theirs: Mapping[str, str]) -> str:
    """What comes back with every report of a message, as JSON: our own keys, then the job's."""
    ours = {"job": job, "event_id": event_id, "profile_id": profile_id, "audience": audience}
    return orjson.dumps({**ours, **theirs}).decode()


def _unsent(unfit: InvalidMessage) -> MessageResult:
    return MessageResult("skipped" if unfit.status in SKIPPED else "rejected", unfit.status, error=unfit.detail)


def _unfit(error: ValidationError) -> InvalidMessage:
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
