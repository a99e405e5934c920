"""Dead letters listed, shown, and published back to where they came from."""

from base64 import b64decode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from confluent_kafka import Message
from rich.table import Table
from rich.text import Text

from schemas.jobs import Configuration
from schemas.outcomes import DeadLetter, TextEncoding
from streams.agents.kafka import Topics, client_settings
from streams.agents.reading import read_topic
from streams.agents.topics import TopicNames
from streams.agents.write import Outgoing, Writer
from streams.console.records import readable
from streams.errors import StreamsError


@dataclass(frozen=True, slots=True)
class Stored:
    """A dead letter and its place, which is its name: `<partition>-<offset>` of the dead letters' topic."""

    name: str
    letter: DeadLetter


def stored(configuration: Configuration, job: str | None, reason: str | None) -> Iterator[Stored]:
    """The dead letters of a job, or of all; for one reason, or for any."""
    kafka = configuration.kafka
    topic = TopicNames(kafka.topic_prefix).dead_letters
    messages = read_topic(client_settings(kafka), topic, range(Topics(kafka).partitions().get(topic, 0)))
    for message, letter in readable(topic, messages, _letter):
        if job in (None, letter.job) and reason in (None, letter.reason):
            yield Stored(f"{message.partition()}-{message.offset()}", letter)


def _letter(message: Message) -> DeadLetter:
    return DeadLetter.model_validate_json(message.value() or b"")


def chosen(configuration: Configuration, names: list[str]) -> list[Stored]:
    """The dead letters of these names.

    Raises:
        StreamsError: one of them does not exist.

    """
    found = {one.name: one for one in stored(configuration, None, None) if one.name in names}
    if missing := [name for name in names if name not in found]:
        raise StreamsError(f"there is no dead letter {', '.join(missing)}; `dead-letters list` names them")
    return [found[name] for name in names]


def original(letter: DeadLetter) -> Outgoing:
    """The record as it was read, to be published to its own topic and partition again.

    Raises:
        StreamsError: it was no record, but a person read from Infobip; or it is not whole.

    """
    if letter.topic is None:
        raise StreamsError(f"{letter.key or 'it'} is a person read from Infobip, which the job reads again by itself")
    if letter.cut:
        place = f"{letter.topic}-{letter.partition}@{letter.offset}"
        raise StreamsError(f"the dead letter of {place} was cut to fit its topic: publish the original again")
    return Outgoing(
        letter.topic,
        _bytes(letter.key, letter.key_encoding),
        _bytes(letter.value, letter.value_encoding),
        letter.partition,
        [(header.name, _bytes(header.value, header.encoding)) for header in letter.headers],
    )


def as_table(letters: list[Stored]) -> Table:
    """A line for each; what a person wrote or is called stays in the letter."""
    table = Table()
    for heading in ("name", "job", "reason", "detail", "from", "failed at"):
        table.add_column(heading)
    for one in letters:
        letter = one.letter
        source = "Infobip" if letter.topic is None else f"{letter.topic}-{letter.partition}@{letter.offset}"
        failed_at = f"{letter.failed_at:%Y-%m-%d %H:%M:%S}Z"
        # As text, because Infobip's words may hold what the table would take for markup.
        table.add_row(*map(Text, (one.name, letter.job, letter.reason, letter.detail, source, failed_at)))
    return table


def _bytes(text: str | None, encoding: TextEncoding) -> bytes | None:
    if text is None:
        return None
    return b64decode(text) if encoding == "base64" else text.encode()


async def publish(configuration: Configuration, found: Sequence[Stored]) -> None:
    """Publish dead letters back to where they came from."""
    writer = Writer(client_settings(configuration.kafka))
    try:
        await writer.write([original(one.letter) for one in found])
    finally:
        await writer.aclose()
