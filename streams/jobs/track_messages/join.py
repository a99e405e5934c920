"""What the kind gives the agent that joins topics: what each record makes of its message, or of its address."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic_core import to_json

from streams.jobs.track_messages import campaign, facts, life, notes, replies, state
from streams.jobs.track_messages.facts import Fact, Value
from streams.jobs.track_messages.outcomes import outcome, verdict
from streams.jobs.track_messages.roles import Topics
from streams.jobs.track_messages.rules import Rules
from streams.jobs.track_messages.state import Tracked
from streams.jobs.track_messages.transitions import PENDING
from streams.pipeline.joins import Arrived, Draft, Step
from streams.pipeline.origin import replay_of
from streams.pipeline.settle import Failure, dead_letter

#: The key of what has no state: answers are only passed on, to where their message or address is.
PASSED_ON: Final = b"\xfe"
#: No text in UTF-8 begins with this byte, or one above it.
_IDS_END: Final = PASSED_ON[0]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: A bit behind those of the campaign events: the address was told of the message.
_NOTED = 1 << 30
#: Nobody answers by email.
_UNANSWERED = frozenset({"email"})


class MessageJoin:
    """A `Join` of messages with what comes back. Nothing here blocks, raises or knows a clock."""

    def __init__(self, rules: Rules, topics: Topics) -> None:
        self._rules, self._topics = rules, topics
        self._facts: Mapping[str, Callable[[Value, int], Fact]] = {
            topics.messages: facts.of_message,
            topics.delivery_reports: facts.of_report,
            topics.clicks: facts.of_click,
        }

    def key_of(self, arrived: Arrived, /) -> bytes | None:
        """Give the message's id, or the address's key; None for what is none of ours."""
        if arrived.topic == self._topics.inbound_messages:
            return None if arrived.value is None else PASSED_ON
        if arrived.key and (arrived.key[0] < _IDS_END or self._is_of_address(arrived.topic, arrived.key)):
            return arrived.key
        # An email that Infobip names by no id is nobody's, and so is what has no id's key; bytes that are no record are
        # kept.
        return None if arrived.value is None or facts.read(arrived.value) is not None else PASSED_ON

    def absorb(self, key: bytes, known: bytes | None, arrived: Arrived, now_ms: int, /) -> Step:
        """Say what a record makes of the state; what cannot be read makes a dead letter."""
        if arrived.value is None or self._is_anothers(arrived):
            return replace(self._unchanged(key, known), outcome="skipped")
        value, heard_ms = facts.read(arrived.value), _heard(arrived, now_ms)
        if value is None:
            step = self._unchanged(key, known)
            return Step(step.state, step.due_ms, (self._dead_letter(arrived, now_ms),), "undecodable")
        if (read := self._facts.get(arrived.topic)) is not None:
            return self._told(key, known, read(value, heard_ms), now_ms)
        if arrived.topic == self._topics.inbound_messages:
            return Step(None, None, tuple(self._passed_on(value, heard_ms, now_ms)))
        if key.startswith(notes.ADDRESS):
            return self._of_address(known, value, now_ms)
        reply = notes.found_of(value)
        return self._unchanged(key, known) if reply is None else self._told(key, known, _answered(reply), now_ms)

    def wake(self, key: bytes, known: bytes, now_ms: int, /) -> Step:
        """Say what the time makes of the state."""
        step = self._unchanged(key, known)
        if step.due_ms is None or step.due_ms > now_ms:
            return step
        tracked = None if key.startswith(notes.ADDRESS) else state.decode(known)
        if tracked is None or life.is_over(tracked, self._rules, now_ms):
            return Step(None, None)
        return self._said(key, tracked._replace(has_waited=tracked.is_owned), now_ms)

    def _unchanged(self, key: bytes, known: bytes | None) -> Step:
        if known is None:
            return Step(None, None)
        if key.startswith(notes.ADDRESS):
            due_ms = replies.due(replies.decode(known))
            return Step(None if due_ms is None else known, due_ms)
        tracked = state.decode(known)
        return Step(None, None) if tracked is None else Step(known, life.due(tracked, self._rules))

    def _told(self, key: bytes, known: bytes | None, fact: Fact, now_ms: int) -> Step:
        before = state.decode(known)
        if not life.concerns(before, fact, self._rules, now_ms):
            step = Step(None, None) if fact.is_own and before is not None else self._unchanged(key, known)
            return replace(step, outcome="skipped")
        tracked = Tracked(now_ms) if before is None else before
        return self._said(key, life.told(tracked, fact, self._rules, now_ms), now_ms)

    def _said(self, key: bytes, tracked: Tracked, now_ms: int) -> Step:
        """What is to be said of a message, now that it has changed."""
        drafts: list[Draft] = []
        if life.may_tell(tracked, self._rules, now_ms):
            message_id = key.decode(errors="replace")
            told = tracked.events | self._note(message_id, tracked, drafts)
            told |= self._events(key, message_id, tracked, drafts, now_ms)
            said = self._outcome(key, message_id, tracked, drafts, now_ms)
            if drafts:
                tracked = _having_told(tracked, told, said, now_ms)
        return Step(state.encode(tracked), life.due(tracked, self._rules), tuple(drafts))

    def _note(self, message_id: str, tracked: Tracked, drafts: list[Draft]) -> int:
        """Tell the address of a message that was sent, so that answers find it."""
        origin, standing = tracked.origin, tracked.standing
        if tracked.events & _NOTED or not tracked.is_owned or origin.channel in _UNANSWERED:
            return 0
        address = replies.canonical(origin.to)
        if address is None or standing is None or standing.rank < PENDING:
            return 0
        note = notes.sent(message_id, origin.channel, tracked.began_ms)
        drafts.append(Draft(self._topics.replies, notes.address_key(address), note))
        return _NOTED

    def _events(self, key: bytes, message_id: str, tracked: Tracked, drafts: list[Draft], now_ms: int) -> int:
        """Tell the campaign events that were not told yet."""
        told = 0
        if not self._rules.makes_events(tracked.origin.channel):
            return told
        for status in campaign.untold(tracked):
            value = campaign.event(message_id, status, tracked, self._rules.campaign_event, now_ms)
            drafts.append(Draft(self._topics.campaign_events, key, value))
            told |= campaign.BITS[status]
        return told

    def _outcome(self, key: bytes, message_id: str, tracked: Tracked, drafts: list[Draft], now_ms: int) -> int | None:
        """Tell the outcome, if it says something else than the last one."""
        if (found := verdict(tracked)) is None:
            return tracked.said
        digest, value = outcome(message_id, tracked, found, now_ms)
        if digest != tracked.said:
            drafts.append(Draft(self._topics.message_outcomes, key, value))
        return digest

    def _passed_on(self, value: Value, heard_ms: int, now_ms: int) -> Iterator[Draft]:
        """An inbound message goes to the message that it names, or to whom it is from."""
        reply = facts.reply_of(value, heard_ms, now_ms)
        if message_id := facts.text(value.get("reply_to")):
            yield Draft(self._topics.replies, message_id.encode(), notes.found(reply))
        elif (address := replies.canonical(facts.text(value.get("from")))) is not None:
            said = notes.answer(reply, facts.text(value.get("channel")))
            yield Draft(self._topics.replies, notes.address_key(address), said)

    def _of_address(self, known: bytes | None, value: Value, now_ms: int) -> Step:
        index, wait_ms = replies.decode(known), self._rules.wait_for_reply_ms
        until_ms, found = now_ms + 2 * wait_ms, list[tuple[str, state.Reply]]()
        if (note := notes.sent_of(value, until_ms)) is not None:
            index, found = replies.noted(index, note, wait_ms, now_ms)
        elif (said := notes.answer_of(value, until_ms)) is not None:
            index, message_id = replies.answered(index, said, wait_ms, now_ms)
            found = [] if message_id is None else [(message_id, said.reply)]
        due_ms = replies.due(index)
        drafts = tuple(Draft(self._topics.replies, one.encode(), notes.found(reply)) for one, reply in found)
        return Step(None if due_ms is None else replies.encode(index), due_ms, drafts)

    def _is_of_address(self, topic: str, key: bytes) -> bool:
        return topic == self._topics.replies and key.startswith(notes.ADDRESS)

    def _is_anothers(self, arrived: Arrived) -> bool:
        """Whether it is a dead letter of another job that was published back."""
        replay = replay_of(arrived) if arrived.headers else None
        return replay is not None and replay.job != self._rules.job

    def _dead_letter(self, arrived: Arrived, now_ms: int) -> Draft:
        failure = Failure(arrived, "undecodable", "is no object in JSON")
        letter = dead_letter(self._rules.job, failure, now=_EPOCH + timedelta(milliseconds=now_ms))
        return Draft(self._topics.dead_letters, arrived.key, to_json(letter))


def _heard(arrived: Arrived, now_ms: int) -> int:
    """When a record was written; whoever writes it may say anything."""
    return arrived.timestamp_ms if 0 <= arrived.timestamp_ms <= now_ms else now_ms


def _having_told(tracked: Tracked, events: int, said: int | None, now_ms: int) -> Tracked:
    decided_ms = now_ms if tracked.decided_ms is None and said is not None else tracked.decided_ms
    return tracked._replace(events=events, said=said, decided_ms=decided_ms)


def _answered(reply: state.Reply) -> Fact:
    return Fact({}, reply=reply)
