"""The kind `send_message`: who enters gets a message, who exits gets none."""

from collections import Counter
from collections.abc import Generator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from schemas.config.webhooks import Webhooks
from schemas.jobs.send_message import SendMessage
from schemas.records.outcomes import Outcome
from streams.calls.call import Call, Reply
from streams.channels import CHANNELS
from streams.channels.batch_answers import MessageResult
from streams.channels.channel import InvalidMessage, OutboundMessage, RequestOptions, nowhere
from streams.channels.stencil import stencilled
from streams.jobs.send_message.compose import NO_ADDRESS, UNUSABLE, Composer, Event
from streams.jobs.send_message.last_messages import LastMessages
from streams.jobs.send_message.once import SENT_BEFORE, OncePerPerson
from streams.pipeline.batches import Endurance
from streams.pipeline.decode import Entry
from streams.pipeline.dispatch import NOTHING_KNOWN, send
from streams.pipeline.message_ids import Former, MessageIds
from streams.pipeline.message_record import MessageRecord, teller
from streams.pipeline.settle import Settled, settle
from streams.pipeline.trace_context import Headers, context_of
from streams.pipeline.window import Window

#: With a speed limit, one call carries no more than what may go in so many seconds.
SECONDS_OF_A_CALL = 0.02
#: What a message that cannot be made comes to: nobody to send to is no fault of the event's.
SKIPPED = frozenset({*NO_ADDRESS.values(), *UNUSABLE.values(), "Error: Missing message field in request"})


@dataclass(frozen=True, slots=True)
class SendBatch:
    """A window's messages; `keys` are its profiles and message ids: windows that share one must not fly at once."""

    window: Window
    keys: set[str]
    messages: tuple[OutboundMessage, ...]
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
        taken = tuple(replace(one, entry=inside[one.entry]) for one in self.messages if one.entry in inside)
        left = tuple(replace(one, entry=outside[one.entry]) for one in self.messages if one.entry in outside)
        keys = {entry.profile_id for entry in rest.entries} | {one.message_id for one in taken}
        return (
            replace(self, window=window, messages=left, outcomes=[self.outcomes[place] for place in outside]),
            replace(
                self,
                # What Infobip choked on may have gone out all the same.
                window=replace(rest, may_repeat=True),
                keys=keys,
                messages=taken,
                outcomes=[self.outcomes[place] for place in inside],
                left_out_fields={},
            ),
        )


class Messenger:
    """The sends of one job: `fold` a window, then `deliver` it.

    `webhooks` says where reports go; without, none are asked for. `former` is what the job may have sent under ids of
    the former form, and `known` what became of messages that somebody has sent already.
    """

    def __init__(
        self,
        job: SendMessage,
        webhooks: Webhooks | None = None,
        former: Former | None = None,
        known: Mapping[str, MessageResult] = NOTHING_KNOWN,
    ) -> None:
        self.job = job
        self.channel = CHANNELS[job.content.channel]
        self._options = _options(job, webhooks)
        self._composer = Composer(job, self.channel)
        #: What reads the value of a record, no more of it than the job needs.
        self.decode = self._composer.decode
        if (form := self._composer.form) is not None:
            self.channel = stencilled(self.channel, self._options, form)
        self._ids, self._former, self._known = MessageIds(job.name), former, known
        self._max_age = None if job.max_age is None else job.max_age.total_seconds()
        self._most = job.max_per_request
        if job.speed_limit is not None and job.paces:
            # So few that they are spread evenly, one by one where there is time enough.
            self._most = max(1, min(self._most, int(job.speed_limit.per_second * SECONDS_OF_A_CALL)))

    def fold(self, window: Window) -> SendBatch:
        """Make the message of each event that enters; of one that was published twice, once."""
        events, outcomes = self._events(window)
        messages: list[OutboundMessage] = []
        ready: set[str] = set()
        left_out: Counter[str] = Counter()
        for message, without in self._composer.compose_all(events):
            # What was published twice cannot be made of both.
            if message.message_id in ready:
                outcomes[message.entry] = "unchanged"
                continue
            if without:
                left_out.update(without)
            if message.invalid is None:
                ready.add(message.message_id)
            messages.append(message)
        return SendBatch(
            window=window.without_profiles(),
            keys={entry.profile_id for entry in window.entries} | ready,
            messages=tuple(messages),
            outcomes=outcomes,
            left_out_fields=left_out,
        )

    def _events(self, window: Window) -> tuple[list[Event], list[Outcome]]:
        """The events of a window that enter, and what becomes of all as long as their messages can be made."""
        outcomes: list[Outcome] = ["accepted"] * len(window.entries)
        events: list[Event] = []
        # The loop runs for every event, so what it looks up is looked up once.
        name, former, max_age, make = self._ids.name, self._former, self._max_age, tuple.__new__
        for place, entry in enumerate(window.entries):
            if entry.action == "exit":
                outcomes[place] = "skipped"
                continue
            event_id, message_id, timestamp = name(entry)
            asked = former is not None and former.may_hold(timestamp, may_repeat=window.may_repeat)
            former_id = self._ids.former(event_id) if asked else None
            until = None if max_age is None else expires_at(entry, timestamp, max_age)
            events.append(make(Event, (entry, event_id, message_id, former_id, until, place)))
        return events, outcomes

    def left_out(self, entry: Entry) -> list[str]:
        """The message fields of one event's profile of which no text, or no link, can be made."""
        if entry.action == "exit":
            return []
        event_id, message_id, _ = self._ids.name(entry)
        return self._composer.compose(entry, event_id, message_id)[1]

    def part(self, batch: SendBatch, keys: AbstractSet[str]) -> tuple[SendBatch | None, SendBatch | None]:
        """Part a window: what touches none of these keys, and what does."""
        places = {place for place, entry in enumerate(batch.window.entries) if entry.profile_id in keys}
        places |= {message.entry for message in batch.messages if message.message_id in keys}
        left, later = batch.parted(places)
        later = replace(later, alone=True, since=batch.window.opened_at)
        return (left if left.window.records else None), (later if later.window.records else None)

    def deliver(
        self, batch: SendBatch, now: float, last: LastMessages | None = None
    ) -> Generator[list[Call], list[Reply], Settled]:
        """Send what can be sent; each message is told of, and each that was refused becomes a dead message, too.

        `now` is the time in Unix seconds; `last` tells who has had a message, without which everybody gets one for each
        event. Messages that Infobip chokes on are left to the rest.
        """
        once = None if last is None else OncePerPerson(batch.window, last, now)
        results, stuck = yield from self._send(batch, now, once)
        told = [results[message.entry] for message in batch.messages if message.entry in results]
        rest = None
        if stuck:
            batch, rest = batch.parted(stuck)
            rest = replace(rest, alone=True)
        window, taken = batch.window, once.taken if once is not None else None
        outcomes, details, sent = list(batch.outcomes), dict[int, str](), list[MessageRecord]()
        contexts: dict[str, Headers] = {}
        tell = teller(self.job.name, self.channel.name, self.job.sender, now)
        for message, result in zip(batch.messages, told, strict=True):
            outcomes[message.entry] = result.outcome
            if result.outcome == "rejected":
                details[message.entry] = f"{result.message_status}: {result.error}"
            entry = window.entries[message.entry]
            sent.append(tell(message, entry.profile_id, entry.audience, result))
            if entry.record.headers and (context := context_of(entry.record.headers)):
                contexts[sent[-1].message_id] = context
        return settle(window, outcomes, details, batch.left_out_fields, tuple(sent), taken, rest, contexts=contexts)

    def _send(
        self, batch: SendBatch, now: float, once: OncePerPerson | None
    ) -> Generator[list[Call], list[Reply], tuple[dict[int, MessageResult], set[int]]]:
        """Send messages; what became of each, by its entry, and those that Infobip chokes on."""
        endurance = Endurance(self.job.give_up_after.total_seconds(), batch.alone, batch.since)
        results = {one.entry: _unsent(one.invalid) for one in batch.messages if one.invalid is not None}
        waiting, stuck = [one for one in batch.messages if one.invalid is None], set[int]()
        how: dict[str, Any] = {"may_repeat": batch.window.may_repeat, "now": now, "endurance": endurance}
        how |= {"name": batch.window.name, "known": self._known}
        while waiting:
            going, waiting, over = (waiting, [], []) if once is None else once.choose(waiting)
            results |= {one.entry: SENT_BEFORE for one in over}
            sent = yield from send(self.channel, self._options, going, self._most, **how)
            for one in going:
                if (result := sent.get(one.message_id)) is not None:
                    results[one.entry] = result
                else:
                    stuck.add(one.entry)
            if once is not None:
                once.settle([one for one in going if one.message_id in sent], sent)
                # What waits for one that is stuck goes on waiting for it.
                stuck.update(one.entry for one in once.behind(waiting, stuck))
                waiting = [one for one in waiting if one.entry not in stuck]
        return results, stuck


def _options(job: SendMessage, webhooks: Webhooks | None) -> RequestOptions:
    by_infobip = job.speed_limit if job.speed_limit is not None and job.speed_limit.by == "infobip" else None
    return RequestOptions(
        sender=job.sender,
        url_options=job.url_options,
        speed_limit=by_infobip,
        address=nowhere if webhooks is None else webhooks.address,
        campaign=job.campaign,
        bulk_id=job.bulk_id,
        platform=job.platform,
    )


def expires_at(entry: Entry, timestamp: int | None, max_age: float) -> float | None:
    """When an event is too old, in Unix seconds: by its own time, or else by its first record's; None without both."""
    if entry.occurred_at is not None:
        said = datetime.fromisoformat(entry.occurred_at)
        return (said if said.tzinfo is not None else said.replace(tzinfo=UTC)).timestamp() + max_age
    return None if timestamp is None else timestamp / 1000 + max_age


def _unsent(unfit: InvalidMessage) -> MessageResult:
    return MessageResult("skipped" if unfit.status in SKIPPED else "rejected", unfit.status, error=unfit.detail)
