"""What `verify` says of a job: its JSON."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from schemas.wire import Wire


class Example(Wire):
    """Somebody who differs, hidden but for the form of their address."""

    tag: str = Field(description="The tag.")
    kind: str = Field(description="What they are known by: `EXTERNAL_ID`, `EMAIL`, `PHONE`, or `PERSON`, Infobip's id.")
    address: str = Field(description="That, hidden, such as `a•••@•••`.")


class Difference(Wire):
    """Differences of one sort."""

    count: int = Field(description="How many, by person and tag.")
    examples: tuple[Example, ...] = Field(description="The first of them, five at most.")


class FieldDifference(Difference):
    """People whose fields differ."""

    by_field: dict[str, int] = Field(description="How often each of Infobip's fields differs.")


class PartitionBehind(Wire):
    """A partition of the input: how far it was compared, and how far the job had come."""

    topic: str = Field(description="The topic.")
    partition: int = Field(description="The partition.")
    compared: int = Field(description="Events before this offset were compared.")
    committed: int | None = Field(description="Events before this offset the job had done; null: it has read none.")
    behind: int = Field(description="How many of those that were compared it had not done yet.")


class Repair(Wire):
    """What it takes to make Infobip equal."""

    calls: dict[str, int] = Field(description="Calls by operation.")
    minutes: float = Field(description="How long they take at the account's limits, where nobody else calls.")


class Verification(Wire):
    """Whether Infobip holds what Kafka says of a job, as `verify --json` prints it."""

    job: str = Field(description="The job's name.")
    tags: tuple[str, ...] = Field(description="The tags that it keeps.")
    began_at: datetime = Field(description="When it began, in UTC.")
    ended_at: datetime = Field(description="When it ended, in UTC.")
    equal: bool = Field(description="Whether nothing differs but what is under way.")
    source: Literal["memberships", "addresses", "input"] = Field(
        description="What Kafka's side was read from: the job's topic `infobip_memberships_<job>` or "
        "`infobip_addresses_<job>` and its latest events, or all its events."
    )
    events: int = Field(description="How many events were read.")
    notes: tuple[str, ...] = Field(description="What keeps Kafka from telling of everybody, in words.")
    members: int = Field(description="People who are to have a tag by Kafka, by tag.")
    tagged: int | None = Field(description="People who have one at Infobip, by its count; null where it gives none.")
    sampled: int | None = Field(description="How many members were drawn and asked for; null: everybody was compared.")
    missing: Difference = Field(description="In an audience by Kafka, and not tagged at Infobip.")
    too_many: Difference = Field(description="Tagged at Infobip, and in no audience by Kafka.")
    by_former_address: Difference = Field(
        description="Tagged by an address that a profile has left: it is inside by another now, or left by another."
    )
    changed_fields: FieldDifference | None = Field(
        description="Members with other fields than their profile said last; null without `--fields`."
    )
    under_way: int = Field(description="Differences that events make which the job has not done yet: no drift.")
    behind: int = Field(description="How many events the job had not done yet.")
    partitions: tuple[PartitionBehind, ...] = Field(description="The same by partition.")
    calls: int = Field(description="How many calls this took.")
    repair: Repair = Field(description="What it takes to make Infobip equal, as far as it was compared.")
