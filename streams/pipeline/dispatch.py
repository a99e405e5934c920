"""Messages sent to Infobip, in requests of many where the channel takes them; none is sent again unasked."""

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from math import ceil
from types import MappingProxyType
from typing import Any

from schemas.operations import Operation
from streams.calls.call import Call, Delivery, Reply
from streams.calls.faults import error_of
from streams.channels.batch_answers import (
    MessageResult,
    answered,
    choked,
    logged,
    logged_before,
    properties_of,
    refused,
)
from streams.channels.channel import Channel, OutboundMessage, RequestOptions
from streams.errors import JobFailed
from streams.pipeline.batches import (
    ORDINARY,
    QUESTIONS,
    Batch,
    BatchResult,
    BatchVerdict,
    Endurance,
    batches_of,
    endure,
    exchange,
)
from streams.pipeline.look_back import IDS_PER_QUESTION, ask_by_names

#: A message that was tried more than once may be in the logs more than once; what one question is answered at most.
LOGGED_MAX = 1000
#: After so many rounds of answers, one upon the other, that speak of no message, Infobip is not what we take it for.
SILENT_MAX = 5

TOO_OLD = MessageResult(
    "skipped", "Error: Event too old", error="the event was older than `max_age` when its turn came"
)

Results = dict[str, MessageResult]
Talk = Generator[list[Call], list[Reply], Results]
NOTHING_KNOWN: Mapping[str, MessageResult] = MappingProxyType({})


def send(
    channel: Channel,
    manner: RequestOptions,
    messages: Sequence[OutboundMessage],
    per_request: int,
    *,
    may_repeat: bool,
    now: float | None = None,
    endurance: Endurance = ORDINARY,
    name: str | None = None,
    known: Mapping[str, MessageResult] = NOTHING_KNOWN,
) -> Talk:
    """Send messages and say of each what became of it, by its id; `may_repeat`: they may have been sent before.

    Requests bear the `name`, which no others have, and by which the logs are asked where an answer was lost. What is
    `known` of messages is not asked for, and these are not sent. Those with a former id are looked for under that, too.
    `now`, in Unix seconds, is when it begins; answers tell how time passes, and messages that have expired do not go.
    Without it nothing expires. Nothing is said of those that Infobip chokes on, unless they stand alone: then they are
    refused in the end.

    Raises:
        JobFailed: answers do not tell what became of messages.

    """
    results = _known_of(messages, known)
    clock = _Clock(now)
    manner = replace(manner, bulk_id=name or manner.bulk_id)

    def recheck(batches: list[Batch], *, by_id: bool = True) -> Generator[list[Call], list[Reply], list[Batch]]:
        """Ask the logs before anything is sent again; under their former ids, messages are always looked for."""
        if (logs := channel.logs) is not None:
            if by_id:
                ids = [one.message_id for one in _all(batches)]
                # What may have been sent before did not go under this name.
                asked = name if not may_repeat else None
                results.update((yield from look_up(logs, ids, clock, asked)))
                batches = _without(batches, results)
            results.update((yield from _look_up_former(logs, _all(batches), clock)))
        return due(batches)

    def due(batches: list[Batch]) -> list[Batch]:
        """What is still to be sent in time. Of what was tried it is not said that it is too late, unless logs tell."""
        certain = [batch for batch in batches if channel.logs is not None or not batch.tries]
        over = {one.message_id: TOO_OLD for one in _all(certain) if one.expires_at is not None and clock.is_over(one)}
        results.update(over | results)
        return _without(batches, results)

    most = per_request if channel.takes_many else 1
    batches = _without(batches_of(partial(_call, channel, manner), messages, most, endurance), results)
    batches = yield from recheck(batches, by_id=may_repeat)
    silent = 0
    while batches:
        answers = yield from endure(batches, endurance, recheck)
        clock.hear(answers)
        spoken: Results = {}
        batches = []
        for answer in answers:
            said = _read(answer, channel, alone=endurance.alone)
            spoken |= said
            # Nearly always an answer speaks of all messages.
            if answer.verdict is BatchVerdict.TAKEN and len(said) < len(answer.batch.items):
                batches.append(_unspoken(answer.batch, said))
        silent = 0 if spoken else silent + any(answer.verdict is BatchVerdict.TAKEN for answer in answers)
        if silent >= SILENT_MAX:
            raise JobFailed(f"Infobip's answers to {channel.operation} do not speak of the messages that were sent")
        if given_up := [answer.batch for answer in answers if answer.verdict is BatchVerdict.STUCK and endurance.alone]:
            yield from recheck(given_up)  # the last try may have been carried out
        results.update(spoken | results)
        batches = [batch for batch in batches if batch.items]
        batches = (yield from recheck(batches)) if batches else batches
        # What was not even tried leaves no doubt.
        batches = due([*batches, *(answer.batch for answer in answers if answer.verdict is BatchVerdict.LATE)])
    return results


def _known_of(messages: Sequence[OutboundMessage], known: Mapping[str, MessageResult]) -> Results:
    return {one.message_id: known[one.message_id] for one in messages if one.message_id in known} if known else {}


class _Clock:
    """What the time is, as far as answers tell."""

    def __init__(self, now: float | None) -> None:
        self._now = now

    def hear(self, answers: Iterable[BatchResult]) -> None:
        """Take the time from answers."""
        if self._now is not None:
            self._now = max([self._now, *(one.reply.at.timestamp() for one in answers if one.reply.at is not None)])

    def is_over(self, message: OutboundMessage) -> bool:
        """Whether a message has expired."""
        return self._now is not None and message.expires_at is not None and message.expires_at < self._now


def _all(batches: Iterable[Batch]) -> list[OutboundMessage]:
    return [one for batch in batches for one in batch.items]


def _without(batches: Iterable[Batch], told: Results) -> list[Batch]:
    if not told:
        return [*batches]
    left = [batch.of_items(lambda one: one.message_id not in told) for batch in batches]
    return [batch for batch in left if batch.items]


def look_up(logs: Operation, ids: Sequence[str], clock: _Clock, name: str | None = None) -> Talk:
    """Ask the logs of a channel for messages; what they know is returned.

    Where all requests with them bore a `name` of their own they are asked for by it, unless ids take fewer questions.

    Raises:
        JobFailed: they do not answer, and without them nobody knows what was sent.

    """
    if name is not None and (questions := ceil(len(ids) / IDS_PER_QUESTION)) > 1:
        pages = yield from ask_by_names(logs, [name], questions)
        clock.hear(pages.answers)
        if pages.whole:
            told = pages.results
            return {message_id: told[message_id] for message_id in ids if message_id in told}
    results: Results = {}
    for answer in (yield from _ask_logs(logs, ids, clock)):
        results |= _at(answer, logged(answer.reply.body, answer.batch.items))
    return results


def _look_up_former(logs: Operation, messages: Sequence[OutboundMessage], clock: _Clock) -> Talk:
    """Ask the logs of a channel for messages that may have been sent under former ids; raises as `look_up`."""
    by_id: dict[str, list[OutboundMessage]] = {}
    for one in messages:
        if one.former_id is not None:
            by_id.setdefault(one.former_id, []).append(one)
    results: Results = {}
    for answer in (yield from _ask_logs(logs, list(by_id), clock)):
        results |= _at(answer, logged_before(answer.reply.body, by_id))
    return results


def _ask_logs(
    logs: Operation, ids: Sequence[str], clock: _Clock
) -> Generator[list[Call], list[Reply], list[BatchResult]]:
    answers = yield from exchange(batches_of(partial(log_call, logs), ids, IDS_PER_QUESTION, QUESTIONS))
    clock.hear(answers)
    for answer in answers:
        if answer.verdict is not BatchVerdict.TAKEN:
            reply = answer.reply
            code = error_of(reply.status, reply.body).code
            raise JobFailed(f"Infobip answered {reply.status} to {logs} ({code})")
    return answers


def log_call(logs: Operation, ids: Sequence[str]) -> Call:
    """The question what became of these messages."""
    query = {"messageId": ",".join(ids), "limit": str(LOGGED_MAX)}
    return Call(logs, query=query, items=len(ids))


def proof(channel: Channel) -> Call | None:
    """A question that only a good key is answered, and that sends nothing; None where the channel has none."""
    if channel.logs is None:
        return None
    return Call(channel.logs, query={"limit": "1"})


def _unspoken(batch: Batch, said: Results) -> Batch:
    """The messages that an answer does not speak of, to be sent again after a while."""
    left = batch.of_items(lambda one: one.message_id not in said)
    return left.later(left.suspicion)


def _call(channel: Channel, manner: RequestOptions, messages: Sequence[OutboundMessage]) -> Call:
    # Where there are logs, they are asked before a message whose answer was lost is sent once more.
    delivery = Delivery.RETRY if channel.logs is None else Delivery.AT_MOST_ONCE
    not_after = min((one.expires_at for one in messages if one.expires_at is not None), default=None)
    how: dict[str, Any] = {"delivery": delivery, "not_after": not_after}
    return Call(channel.operation, channel.body(messages, manner), items=len(messages), **how)


def _at(answer: BatchResult, results: Results) -> Results:
    """The results, told when the answer came."""
    return {message_id: replace(result, at=answer.reply.at) for message_id, result in results.items()}


def _read(answer: BatchResult, channel: Channel, *, alone: bool) -> Results:
    """What an answer says of its messages."""
    messages, reply = answer.batch.items, answer.reply
    match answer.verdict:
        case BatchVerdict.TAKEN:
            return answered(reply.body, [one.message_id for one in messages], reply.at)
        case BatchVerdict.HALVE:
            fault = error_of(reply.status, reply.body)
            return _at(answer, {messages[0].message_id: refused(fault, list(properties_of(reply.body)))})
        case BatchVerdict.STUCK if alone:
            return _at(answer, {messages[0].message_id: choked(answer.fault)})
        case BatchVerdict.MISSING:
            raise JobFailed(f"Infobip answered 404 to {channel.operation}: check the base URL")
    return {}
