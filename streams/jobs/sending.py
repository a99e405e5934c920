"""Messages sent to Infobip, in requests of many where the channel takes them; none is sent again unasked."""

from collections.abc import Generator, Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from streams.answers import error_of
from streams.calls import Call, Reply
from streams.channels.answers import Result, answered, logged, logged_before, places_of, refused
from streams.channels.channel import Channel, Manner, Outbound
from streams.errors import JobFailed
from streams.jobs.exchange import Answer, Verdict, batches_of, exchange

#: Ids of one question to the logs: with 36 characters each, less than the 2,048 that the parameter may have.
IDS_PER_QUESTION = 50
#: A message that was tried more than once may be in the logs more than once; what one question is answered at most.
MOST_LOGGED = 1000
#: After so many rounds of answers, one upon the other, that speak of no message, Infobip is not what we take it for.
MAX_SILENT = 5

TOO_OLD = Result("skipped", "Error: Event too old", error="the event was older than `max_age` when its turn came")

Results = dict[str, Result]
Talk = Generator[list[Call], list[Reply], Results]


def send(
    channel: Channel,
    manner: Manner,
    messages: Sequence[Outbound],
    per_request: int,
    *,
    doubtful: bool,
    now: float | None = None,
) -> Talk:
    """Send messages and say of each what became of it, by its id; `doubtful`: they may have been sent before.

    Those with a former id are looked for under that, too. `now`, in Unix seconds, is when it begins; answers tell how
    time passes, and messages that have expired do not go. Without it nothing expires.

    Raises:
        JobFailed: answers do not tell what became of messages.

    """
    results: Results = {}
    left, silent, tries, clock = list(messages), 0, 0, _Clock(now)
    while left:
        if channel.logs is not None:
            if doubtful or tries:
                results |= yield from look_up(channel, [one.message_id for one in left], clock)
                left = [one for one in left if one.message_id not in results]
            results |= yield from _look_up_former(channel, left, clock)
        left = [one for one in left if one.message_id not in results]
        results |= {one.message_id: TOO_OLD for one in left if clock.is_over(one)}
        left = [one for one in left if one.message_id not in results]
        build = partial(_call, channel, manner, tries)
        answers = yield from exchange(batches_of(build, left, per_request if channel.takes_many else 1))
        clock.hear(answers)
        spoken: Results = {}
        for answer in answers:
            spoken |= _at(answer, _read(answer, channel))
        silent = 0 if spoken else silent + any(answer.verdict is Verdict.TAKEN for answer in answers)
        if silent >= MAX_SILENT:
            raise JobFailed(f"Infobip's answers to {channel.operation} do not speak of the messages that were sent")
        results |= spoken
        left = [one for one in left if one.message_id not in results]
        # What was not even tried leaves no doubt.
        tries += any(answer.verdict is not Verdict.LATE and not _is_told(answer, results) for answer in answers)
    return results


class _Clock:
    """What the time is, as far as answers tell."""

    def __init__(self, now: float | None) -> None:
        self._now = now

    def hear(self, answers: Iterable[Answer]) -> None:
        """Take the time from answers."""
        if self._now is not None:
            self._now = max([self._now, *(one.reply.at.timestamp() for one in answers if one.reply.at is not None)])

    def is_over(self, message: Outbound) -> bool:
        """Whether a message has expired."""
        return self._now is not None and message.expires_at is not None and message.expires_at < self._now


def _is_told(answer: Answer, results: Results) -> bool:
    return all(one.message_id in results for one in answer.batch.items)


def look_up(channel: Channel, ids: Sequence[str], clock: _Clock) -> Talk:
    """Ask the channel's logs for messages; what they know is returned.

    Raises:
        JobFailed: they do not answer, and without them nobody knows what was sent.

    """
    results: Results = {}
    for answer in (yield from _ask_logs(channel, ids, clock)):
        results |= _at(answer, logged(answer.reply.body, answer.batch.items))
    return results


def _look_up_former(channel: Channel, messages: Sequence[Outbound], clock: _Clock) -> Talk:
    """Ask the channel's logs for messages that may have been sent under former ids; raises as `look_up`."""
    by_id: dict[str, list[Outbound]] = {}
    for one in messages:
        if one.former_id is not None:
            by_id.setdefault(one.former_id, []).append(one)
    results: Results = {}
    for answer in (yield from _ask_logs(channel, list(by_id), clock)):
        results |= _at(answer, logged_before(answer.reply.body, by_id))
    return results


def _ask_logs(channel: Channel, ids: Sequence[str], clock: _Clock) -> Generator[list[Call], list[Reply], list[Answer]]:
    answers = yield from exchange(batches_of(partial(log_call, channel), ids, IDS_PER_QUESTION))
    clock.hear(answers)
    for answer in answers:
        if answer.verdict is not Verdict.TAKEN:
            reply = answer.reply
            code = error_of(reply.status, reply.body).code
            raise JobFailed(f"Infobip answered {reply.status} to {channel.log_operation} ({code})")
    return answers


def log_call(channel: Channel, ids: Sequence[str]) -> Call:
    """The question what became of these messages."""
    query = {"messageId": ",".join(ids), "limit": str(MOST_LOGGED)}
    return Call(channel.log_operation, "GET", channel.logs or "", query=query, items=len(ids))


def proof(channel: Channel) -> Call | None:
    """A question that only a good key is answered, and that sends nothing; None where the channel has none."""
    if channel.logs is None:
        return None
    return Call(channel.log_operation, "GET", channel.logs, query={"limit": "1"})


def _call(channel: Channel, manner: Manner, tries: int, messages: Sequence[Outbound]) -> Call:
    # Where there are logs, they are asked before a message whose answer was lost is sent once more.
    once = channel.logs is not None
    body = channel.body(messages, manner)
    not_after = min((one.expires_at for one in messages if one.expires_at is not None), default=None)
    how: dict[str, Any] = {"once": once, "tries": tries, "not_after": not_after}
    return Call(channel.operation, "POST", channel.path, body, items=len(messages), **how)


def _at(answer: Answer, results: Results) -> Results:
    """The results, told when the answer came."""
    return {message_id: replace(result, at=answer.reply.at) for message_id, result in results.items()}


def _read(answer: Answer, channel: Channel) -> Results:
    """What an answer says of its messages; nothing where it was lost."""
    messages, reply = answer.batch.items, answer.reply
    match answer.verdict:
        case Verdict.TAKEN:
            return answered(reply.body, [one.message_id for one in messages])
        case Verdict.HALVE:
            fault = error_of(reply.status, reply.body)
            return {messages[0].message_id: refused(fault, list(places_of(reply.body)))}
        case Verdict.MISSING:
            raise JobFailed(f"Infobip answered 404 to {channel.operation}: check the base URL")
    return {}
