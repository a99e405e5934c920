"""What jobs did, added up: records of `infobip_summaries`, from which `status` and the console are shown."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from schemas.records.outcomes import Flush
from schemas.wire import Wire


class Tally(Wire):
    """Counts of what was told of in flush records and dead letters."""

    windows: int = Field(0, description="Windows, or runs of an import; one that a crash repeated counts once.")
    outcomes: dict[str, int] = Field({}, description="Events, or people, by outcome.")
    left_out_fields: dict[str, int] = Field({}, description="Values that were left out, by field.")
    calls: dict[str, int] = Field({}, description="Calls that were answered, by operation; repeated ones, too.")
    answers: dict[str, dict[str, int]] = Field(
        {},
        description='Answers by operation and HTTP status, such as {"upsert_people": {"200": 3}}; `429` counts '
        "those that asked to slow down, after which the call was made again.",
    )
    retries: int = Field(0, description="How many times a call had to be repeated.")
    seconds: float = Field(0.0, description="How long the windows took, added up.")
    dead_letters: dict[str, int] = Field({}, description="Dead letters by reason.")


class ToldRange(Wire):
    """Offsets of one partition that flush records told of."""

    topic: str = Field(description="The topic read.")
    topic_id: str = Field(description="Its id, where it was made anew; empty for the first one of its name.")
    partition: int = Field(description="The partition read.")
    ranges: tuple[tuple[int, int], ...] = Field(description="First and last offsets, both included, in order.")


class LetterName(Wire):
    """A dead letter, by its name."""

    name: str = Field(description="Its place in the dead letters' topic, such as `2-17`.")
    reason: str = Field(description="Why, as a code.")
    failed_at: datetime = Field(description="When it was given up.")


class JobSummary(Wire):
    """All that one job did: keyed `job/<job>`. The job '' stands for what Infobip sent to nobody's job."""

    job: str = Field(description="The job's name.")
    tally: Tally = Field(description="What is counted since the first record that was there to be counted.")
    repeated: int = Field(description="Events that the outcomes count twice: a crash cut their repetition differently.")
    last_flush: Flush | None = Field(description="The window that was flushed last.")
    first_ids: dict[str, str] = Field(description="The id that each topic had first; by topic.")
    told: tuple[ToldRange, ...] = Field(description="Which offsets are counted.")
    letters: tuple[LetterName, ...] = Field(description="The dead letters that came last, at most 5; oldest first.")


class Bucket(Wire):
    """What one job did in an hour or on a day (UTC): keyed `hour/<begins_at>/<job>` or `day/<begins_at>/<job>`."""

    job: str = Field(description="The job's name.")
    span: Literal["hour", "day"] = Field(description="How long it is.")
    begins_at: datetime = Field(description="When it begins.")
    tally: Tally = Field(description="What is counted of it.")


class Counted(Wire):
    """Up to where a partition is counted: keyed `counted/<topic>/<partition>`; written together with what it counts."""

    topic: str = Field(description="The topic of flush records, or of dead letters.")
    partition: int = Field(description="The partition.")
    topic_id: str = Field(description="The brokers' id of the topic; empty where they give none.")
    offset: int = Field(description="The next offset to count.")
