"""One message for each person: which messages of a window may go now, which must wait, and which go no more."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil

from streams.channels.batch_answers import MessageResult
from streams.channels.channel import OutboundMessage
from streams.jobs.send_message.last_messages import LastMessage, LastMessages
from streams.pipeline.window import Window

SENT_BEFORE = MessageResult(
    "skipped", "Error: Sent before", error="the profile has had a message of this job, which sends one (`once`)"
)


@dataclass(slots=True)
class OncePerPerson:
    """Who gets a message in a window: nobody who has had another one, and of several messages the first that goes.

    `taken` are the messages that count for later ones: one that is refused does not.
    """

    window: Window
    last: LastMessages
    now: float
    taken: dict[str, LastMessage] = field(default_factory=dict)

    def choose(
        self, messages: Sequence[OutboundMessage]
    ) -> tuple[list[OutboundMessage], list[OutboundMessage], list[OutboundMessage]]:
        """Of these messages those that may go now, those that wait for what becomes of them, and those that do not go.

        The message that a person has had may go again: it has the same id, and so is none more.
        """
        going, waiting, over = list[OutboundMessage](), list[OutboundMessage](), list[OutboundMessage]()
        first: set[str] = set()
        for message in messages:
            profile_id = self.window.entries[message.entry].profile_id
            one = self.taken.get(profile_id) or self.last.of(profile_id)
            if one is not None and self.last.holds(one, self.now):
                (going if message.is_of(one.message_id) else over).append(message)
            elif profile_id in first:
                waiting.append(message)
            else:
                first.add(profile_id)
                going.append(message)
        return going, waiting, over

    def behind(self, messages: Sequence[OutboundMessage], entries: Collection[int]) -> list[OutboundMessage]:
        """Those of these messages that are for profiles of these entries."""
        profiles = {self.window.entries[entry].profile_id for entry in entries}
        return [one for one in messages if self.window.entries[one.entry].profile_id in profiles]

    def settle(self, messages: Sequence[OutboundMessage], results: Mapping[str, MessageResult]) -> None:
        """Note who has had a message, of messages that went; results are by message id."""
        for message in messages:
            result = results[message.message_id]
            if result.outcome not in {"accepted", "unchanged"}:
                continue
            entry = self.window.entries[message.entry]
            known = self.last.of(entry.profile_id)
            if known is not None and message.is_of(known.message_id):
                continue  # it went at its own time
            at = self.now if result.at is None else result.at.timestamp()
            self.taken[entry.profile_id] = LastMessage(message.message_id, ceil(at), entry.record.partition)
