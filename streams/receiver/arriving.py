"""How what arrives is read by the settings of a file: its words of consent, and the jobs that asked for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from schemas.config.webhooks import Webhooks
from schemas.records.delivery_report import Source
from streams.receiver.consent_words import PUBLISHED, ConsentWords
from streams.receiver.forms import read, read_entries
from streams.receiver.reading import Channel, Reading, What
from streams.receiver.triggers import Trigger, Triggers


@dataclass(frozen=True, slots=True)
class ArrivalReader:
    """Reads what arrives now."""

    words: ConsentWords
    triggers: Triggers

    def posted(self, what: What, channel: Channel, body: bytes) -> Reading:
        """Read a body that was posted."""
        return read(what, channel, body, received_at=_now(), source="webhook", triggers=self.triggers, words=self.words)

    def pulled(self, what: What, channel: Channel, entries: list[Any]) -> Reading:
        """Read the entries of a page that was asked for."""
        return self.entries(what, channel, "pull", entries)

    def entries(self, what: What, channel: Channel, source: Source, entries: list[Any]) -> Reading:
        """Read entries, of a page or of logs."""
        return read_entries(
            what, channel, entries, received_at=_now(), source=source, triggers=self.triggers, words=self.words
        )


def reader_of(webhooks: Webhooks | None, triggers: Iterable[Trigger] = ()) -> ArrivalReader:
    """What reads by these settings, or without any."""
    if webhooks is None:
        return ArrivalReader(PUBLISHED, Triggers(triggers))
    more = webhooks.consent_words
    return ArrivalReader(PUBLISHED.also(more.out, more.in_), Triggers(triggers))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
