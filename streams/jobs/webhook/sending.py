"""Sends of Infobip's: each message under an id of its event's, looked for before it is sent again, and told of."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from schemas.config.webhooks import Webhooks
from schemas.jobs.webhook import Webhook
from schemas.records.call import CallMade
from schemas.records.outcomes import Outcome
from streams.calls.call import Call, Reply
from streams.channels.batch_answers import MessageResult
from streams.channels.channel import OutboundMessage, RequestOptions, nowhere
from streams.jobs.webhook.batch import Asked, Fault, WebhookBatch, renumbered
from streams.jobs.webhook.calling import Deed, record_of, told
from streams.jobs.webhook.sends import NoMessages, Send, messages, sender_of
from streams.pipeline.batches import Endurance
from streams.pipeline.dispatch import send
from streams.pipeline.message_record import MessageRecord, teller
from streams.pipeline.settle import Settled, settle

_OPTIONS = RequestOptions(sender=None)
#: Of several messages of an event the worst outcome counts.
_WORST: Sequence[Outcome] = ("unchanged", "accepted", "rejected")

Outbound = list[tuple[Asked, list[OutboundMessage]]]
Replies = Generator[list[Call], list[Reply], dict[str, MessageResult]]


class Sending:
    """Sends the messages of one job; `clock` tells Unix seconds, `webhooks` says where reports go."""

    def __init__(
        self, job: Webhook, how: Send, clock: Callable[[], float], webhooks: Webhooks | None, template: str
    ) -> None:
        self._job, self._send, self._clock, self._template = job, how, clock, template
        self._address = nowhere if webhooks is None else webhooks.address

    def deliver(self, batch: WebhookBatch, deeds: Sequence[Deed]) -> Generator[list[Call], list[Reply], Settled]:
        """Send what can be sent, and say what became of each event; those Infobip chokes on are left to the rest."""
        outcomes, faults = list(batch.outcomes), dict(batch.faults)
        outbound = self._outbound(batch, deeds, outcomes, faults)
        made: list[CallMade] = []
        now = self._clock()
        results = yield from self._results(batch, outbound, made, now)
        records: list[MessageRecord] = []
        stuck: set[int] = set()
        for asked, own in outbound:
            if any(one.message_id not in results for one in own):
                stuck.add(asked.place)
                continue
            said = [results[one.message_id] for one in own]
            worst = max(said, key=lambda one: _WORST.index(one.outcome))
            outcomes[asked.place] = worst.outcome
            if worst.outcome == "rejected":
                faults[asked.place] = ("rejected", f"{worst.message_status}: {worst.error}")
            records += [self._record(batch, one, result, now) for one, result in zip(own, said, strict=True)]
        return _settled(batch, outcomes, faults, tuple(records), tuple(made), stuck)

    def _outbound(
        self, batch: WebhookBatch, deeds: Sequence[Deed], outcomes: list[Outcome], faults: dict[int, Fault]
    ) -> Outbound:
        """The messages of each event; of what was published twice, once."""
        found: Outbound = []
        ready: set[str] = set()
        for deed in deeds:
            (asked,) = deed.group
            entry = batch.window.entries[asked.place]
            whose = (self._job.name, entry.profile_id, entry.audience)
            try:
                own = messages(
                    self._send, orjson.loads(deed.body or b"null"), asked.place, asked.name, whose, self._address
                )
            except (NoMessages, ValueError) as error:
                detail = str(error) if isinstance(error, NoMessages) else "gave numbers that JSON readers lose"
                outcomes[asked.place] = "rejected"
                faults[asked.place] = ("template_failed", told(f"{self._template}:1:1: {detail}"))
                continue
            if not (own := [one for one in own if one.message_id not in ready]):
                outcomes[asked.place] = "unchanged"
                continue
            ready.update(one.message_id for one in own)
            found.append((asked, own))
        return found

    def _results(self, batch: WebhookBatch, outbound: Outbound, made: list[CallMade], now: float) -> Replies:
        endurance = Endurance(self._job.give_up_after.total_seconds(), batch.alone, batch.since)
        going = [one for _, own in outbound for one in own]
        how: dict[str, Any] = {"may_repeat": batch.window.may_repeat, "now": now, "endurance": endurance}
        asked = {orjson.dumps(one.content): whose for whose, own in outbound for one in own}
        return (yield from self._noted(send(self._send.channel, _OPTIONS, going, 1, **how), asked, made))

    def _noted(self, dialogue: Replies, asked: Mapping[bytes, Asked], made: list[CallMade]) -> Replies:
        """The same dialogue, whose sends carry the job's headers, and are noted."""
        try:
            calls = next(dialogue)
            while True:
                whose = [asked.get(call.content or b"") for call in calls]
                replies = yield [
                    call if one is None else call.with_headers(one.request.headers)
                    for call, one in zip(calls, whose, strict=True)
                ]
                for one, reply in zip(whose, replies, strict=True):
                    if one is not None:
                        made.append(record_of(self._job, one, reply, self._clock()))
                calls = dialogue.send(replies)
        except StopIteration as end:
            results: dict[str, MessageResult] = end.value
            return results

    def _record(self, batch: WebhookBatch, one: OutboundMessage, result: MessageResult, now: float) -> MessageRecord:
        entry = batch.window.entries[one.entry]
        tell = teller(self._job.name, self._send.channel.name, sender_of(one.content), now)
        return tell(one, entry.profile_id, entry.audience, result)


def _settled(
    batch: WebhookBatch,
    outcomes: Sequence[Outcome],
    faults: Mapping[int, Fault],
    records: tuple[MessageRecord, ...],
    made: tuple[CallMade, ...],
    stuck: set[int],
) -> Settled:
    """What became of a window, and what is left of it."""
    rest = None
    if stuck:
        left, rest = batch.parted(stuck)
        numbers = {place: number for number, place in enumerate(sorted(set(range(len(outcomes))) - stuck))}
        batch, faults = left, renumbered(faults, numbers)
        outcomes, rest = [outcomes[place] for place in numbers], replace(rest, alone=True)
    details = {place: detail for place, (_, detail) in faults.items()}
    reasons = {place: reason for place, (reason, _) in faults.items()}
    contexts = batch.contexts()
    contexts |= {one.message_id: contexts[one.event_id] for one in records if one.event_id in contexts}
    return settle(batch.window, list(outcomes), details, {}, records, made, rest, reasons, contexts)
