"""Messages sent to Infobip, in requests of many where the channel takes them; none is sent again unasked."""

from collections.abc import Generator, Sequence
from dataclasses import replace
from functools import partial

from streams.answers import error_of
from streams.calls import Call, Reply
from streams.channels.answers import Result, answered, choked, logged, places_of, refused
from streams.channels.channel import Channel, Manner, Outbound
from streams.errors import JobFailed
from streams.jobs.exchange import ORDINARY, QUESTIONS, Answer, Batch, Endurance, Verdict, batches_of, endure, exchange

#: Ids of one question to the logs: with 36 characters each, less than the 2,048 that the parameter may have.
IDS_PER_QUESTION = 50
#: A message that was tried more than once may be in the logs more than once; what one question is answered at most.
MOST_LOGGED = 1000
#: After so many rounds of answers, one upon the other, that speak of no message, Infobip is not what we take it for.
MAX_SILENT = 5

Results = dict[str, Result]
Talk = Generator[list[Call], list[Reply], Results]


def send(
    channel: Channel,
    manner: Manner,
    messages: Sequence[Outbound],
    per_request: int,
    *,
    doubtful: bool,
    endurance: Endurance = ORDINARY,
) -> Talk:
    """Send messages and say of each what became of it, by its id; `doubtful`: they may have been sent before.

    Nothing is said of those that Infobip chokes on, unless they stand alone: then they are refused in the end.

    Raises:
        JobFailed: answers do not tell what became of messages.

    """
    results: Results = {}

    def recheck(batches: list[Batch]) -> Generator[list[Call], list[Reply], list[Batch]]:
        """Ask the logs before anything is sent again."""
        if channel.logs is None:
            return batches
        results.update((yield from look_up(channel, [one.message_id for batch in batches for one in batch.items])))
        rest = [batch.of_items(lambda one: one.message_id not in results) for batch in batches]
        return [batch for batch in rest if batch.items]

    most = per_request if channel.takes_many else 1
    batches = batches_of(partial(_call, channel, manner), messages, most, endurance)
    batches = (yield from recheck(batches)) if doubtful and batches else batches
    silent = 0
    while batches:
        answers = yield from endure(batches, endurance, recheck)
        spoken: Results = {}
        batches = []
        for answer in answers:
            said = _at(answer, _read(answer, channel, alone=endurance.alone))
            spoken |= said
            if answer.verdict is Verdict.TAKEN:
                batches.append(_unspoken(answer.batch, said))
        silent = 0 if spoken else silent + any(answer.verdict is Verdict.TAKEN for answer in answers)
        if silent >= MAX_SILENT:
            raise JobFailed(f"Infobip's answers to {channel.operation} do not speak of the messages that were sent")
        if given_up := [answer.batch for answer in answers if answer.verdict is Verdict.STUCK and endurance.alone]:
            yield from recheck(given_up)  # the last try may have been carried out
        results = spoken | results
        batches = [batch for batch in batches if batch.items]
        batches = (yield from recheck(batches)) if batches else batches
    return results


def look_up(channel: Channel, ids: Sequence[str]) -> Talk:
    """Ask the channel's logs for messages; what they know is returned.

    Raises:
        JobFailed: they do not answer, and without them nobody knows what was sent.

    """
    results: Results = {}
    for answer in (yield from exchange(batches_of(partial(log_call, channel), ids, IDS_PER_QUESTION, QUESTIONS))):
        if answer.verdict is not Verdict.TAKEN:
            reply = answer.reply
            code = error_of(reply.status, reply.body).code
            raise JobFailed(f"Infobip answered {reply.status} to {channel.log_operation} ({code})")
        results |= _at(answer, logged(answer.reply.body, answer.batch.items))
    return results


def log_call(channel: Channel, ids: Sequence[str]) -> Call:
    """The question what became of these messages."""
    query = {"messageId": ",".join(ids), "limit": str(MOST_LOGGED)}
    return Call(channel.log_operation, "GET", channel.logs or "", query=query, items=len(ids))


def proof(channel: Channel) -> Call | None:
    """A question that only a good key is answered, and that sends nothing; None where the channel has none."""
    if channel.logs is None:
        return None
    return Call(channel.log_operation, "GET", channel.logs, query={"limit": "1"})


def _unspoken(batch: Batch, said: Results) -> Batch:
    """The messages that an answer does not speak of, to be sent again after a while."""
    left = batch.of_items(lambda one: one.message_id not in said)
    return left.later(left.suspicion)


def _call(channel: Channel, manner: Manner, messages: Sequence[Outbound]) -> Call:
    # Where there are logs, they are asked before a message whose answer was lost is sent once more.
    once = channel.logs is not None
    return Call(channel.operation, "POST", channel.path, channel.body(messages, manner), items=len(messages), once=once)


def _at(answer: Answer, results: Results) -> Results:
    """The results, told when the answer came."""
    return {message_id: replace(result, at=answer.reply.at) for message_id, result in results.items()}


def _read(answer: Answer, channel: Channel, *, alone: bool) -> Results:
    """What an answer says of its messages."""
    messages, reply = answer.batch.items, answer.reply
    match answer.verdict:
        case Verdict.TAKEN:
            return answered(reply.body, [one.message_id for one in messages])
        case Verdict.HALVE:
            fault = error_of(reply.status, reply.body)
            return {messages[0].message_id: refused(fault, list(places_of(reply.body)))}
        case Verdict.STUCK if alone:
            return {messages[0].message_id: choked(answer.fault)}
        case Verdict.MISSING:
            raise JobFailed(f"Infobip answered 404 to {channel.operation}: check the base URL")
    return {}
