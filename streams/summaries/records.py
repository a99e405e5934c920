"""Our records read back for a person: what cannot be read is told of, and does not stand in the way of the rest."""

import logging
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from confluent_kafka import Message

log = logging.getLogger(__name__)

T = TypeVar("T")


def readable(topic: str, messages: Iterable[Message], parse: Callable[[Message], T]) -> Iterator[tuple[Message, T]]:
    """The records that are in a form we know, each with what it says; a tombstone says nothing and is left out."""
    unreadable = 0
    for message in messages:
        if message.value() is None:
            continue
        try:
            said = parse(message)
        except ValueError:  # of JSON, or of what a model finds in it
            unreadable += 1
        else:
            yield message, said
    if unreadable:
        log.warning("records_unreadable topic=%s records=%d: somebody else's, or a newer version's", topic, unreadable)
