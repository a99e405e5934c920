"""Dead letters that are published back: what their records say of themselves, and how they are known to be done."""

from datetime import datetime

from pydantic import Field

from schemas.wire import Wire

#: The header that a dead letter carries when it is published back.
REPLAY_HEADER = "infobip-streams-replay"


class Replay(Wire):
    """Whose dead letter a record was, and where its event first stood: the header `infobip-streams-replay`, as JSON."""

    job: str = Field(description="The job that could not use the event; all others pass the record over.")
    topic: str = Field(description="Where the event first stood.")
    partition: int = Field(description="Where the event first stood.")
    offset: int = Field(description="Where the event first stood.")
    timestamp: int | None = Field(
        description="The timestamp of the event's first record, in Unix milliseconds; null where it is not known."
    )


class Replayed(Wire):
    """A dead letter that was published back: a record of `infobip_replays`, keyed by its `Replay` as JSON."""

    failed_at: datetime = Field(
        description="When the latest of the event's dead letters that are done by this was written; later ones are new."
    )
    replayed_at: datetime = Field(description="When it was published back.")
    by: str | None = Field(None, description="Who did so in the console; null by command.")
