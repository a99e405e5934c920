"""What `trace` tells: the story of a message, an event, a profile or an address, from the history or from Kafka."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from schemas.configuration import Configuration
from schemas.jobs.track_messages import WAIT_FOR_REPLY, TrackMessages
from streams.errors import ConfigurationError
from streams.history.columns import address
from streams.history.steps import Question, StepName, Told
from streams.history.story import story
from streams.operating.trace_topics import story_of_topics

Say = Callable[[str], None]
#: What a line tells of a record, by its step: the words before, and the key. What is empty is left out.
LINES: Mapping[StepName, tuple[tuple[str, str], ...]] = {
    "enter": (("audience", "audience"), ("profile", "profile_id"), ("event", "event_id")),
    "message": (
        ("", "status"),
        ("by", "channel"),
        ("to", "to"),
        ("from", "sender"),
        ("job", "job"),
        ("message", "message_id"),
        ("because", "error"),
    ),
    "report": (("", "status_name"), ("error", "error_name"), ("by", "channel"), ("message", "message_id")),
    "seen": (("by", "channel"), ("message", "message_id")),
    "click": (("", "url"), ("on", "device_type"), ("message", "message_id")),
    "reply": (("", "text"), ("type", "type"), ("from", "from"), ("by", "channel")),
    "outcome": (
        ("", "outcome"),
        ("because", "reason"),
        ("", "seen"),
        ("clicked", "urls"),
        ("reply", "reply"),
        ("message", "message_id"),
    ),
}
_QUIET = ("NO_ERROR", "NOT_SEEN", "TEXT")


def question_of(message: str | None, event: str | None, profile: str | None, to: str | None) -> Question:
    """What a command line asks for. Raises ConfigurationError where it is not one thing."""
    given = [one for one in (message, event, profile, to) if one is not None]
    if len(given) != 1 or not given[0].strip():
        raise ConfigurationError(["say one of --message ID, --event ID, --profile ID and --address A"])
    return Question(message, event, profile, None if to is None else address(to))


def trace(configuration: Configuration, question: Question, say: Say) -> list[Told]:
    """The story, in the order of time; empty where nothing is known. Blocks.

    Raises:
        StreamsError: the database, or the brokers, do not answer.

    """
    within = reply_within(configuration)
    if configuration.history is not None:
        return story(configuration.history, question, within)
    say("no history is configured: the topics are read from their beginning, which may take a while")
    return story_of_topics(configuration, question, within)


def reply_within(configuration: Configuration) -> timedelta:
    """For how long the file's jobs take what is answered for a reply to the last message."""
    waits = [job.wait_for_reply for job in configuration.jobs if isinstance(job, TrackMessages)]
    return max(waits, default=WAIT_FOR_REPLY)


def lines(steps: list[Told]) -> Iterator[str]:
    """A line for each step, with times in the zone of this machine."""
    for one in steps:
        at = one.at.astimezone()
        told = ", ".join([*_told(one)])
        yield f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}  {one.step:<7}  {told}"


def _told(one: Told) -> Iterator[str]:
    for word, key in LINES[one.step]:
        value: Any = one.said.get(key)
        if value in (None, "", [], *_QUIET):
            continue
        text = " ".join(value) if isinstance(value, list) else str(value)
        yield f"{word} {text}".strip().replace("\n", " ")
    if one.step == "enter":
        yield "{topic}-{partition}@{offset}".format_map(one.said)
