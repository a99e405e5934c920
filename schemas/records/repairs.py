"""What a repair orders of an export's processes, and how far they have come with it."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from schemas.records.outcomes import Outcome
from schemas.wire import Wire

RepairAction = Literal["add", "remove", "fields"]


class RepairPerson(Wire):
    """Somebody of whom Infobip does not hold what Kafka says."""

    profile_id: str | None = Field(description="The profile that claims them, where one is known; else null.")
    names: tuple[str, ...] = Field(
        description="What they are known by, such as `EMAIL ann@example.com`; Infobip is asked by the first, and an "
        "event that has any of them comes before the order. `ID` is Infobip's own."
    )
    exists: bool | None = Field(
        description="Whether Infobip knew somebody by one of these names; null where it was not asked."
    )
    fields: dict[str, Any] = Field(
        description="What Kafka says of their fields, in Infobip's words, where they are to be told; else empty."
    )


class RepairOrder(Wire):
    """What is to be done about people of one partition: a record of `infobip_repairs_<job>`, keyed by the repair.

    It stands in the partition of the same number as that of the input. Its headers say the same of it but for the
    people: `what` (`order`), `topic`, `action`, `tag` and how many `people`.
    """

    repair_id: str = Field(description="The repair; what an earlier one ordered is given up.")
    job: str = Field(description="The job's name.")
    topic: str = Field(description="The input whose partition it is about.")
    topic_id: str = Field(
        description="The brokers' id of that topic, another one once it is made anew: then the order is void. Empty "
        "where they give none."
    )
    partition: int = Field(description="The partition; whoever owns it carries the order out.")
    as_of: int = Field(description="Events before this offset were compared; a later one comes before the order.")
    everywhere: tuple[tuple[str, int, int], ...] = Field(
        (),
        description="For people of whom no partition tells: topic, partition and `as_of` of each, for any may by now; "
        "empty for others.",
    )
    action: RepairAction = Field(description="Add the tag, remove it, or update the fields.")
    tag: str | None = Field(description="The tag; null where fields are updated.")
    people: tuple[RepairPerson, ...] = Field(description="Whom it is about, 1,000 at most.")
    ordered_at: datetime = Field(description="When it was ordered.")


class RepairMark(Wire):
    """That a repair begins, or is given up: a record of `infobip_repairs_<job>`, in each of its partitions.

    Orders before it in its partition that are not carried out are given up. Its header `what` says `begun` or
    `stopped`. The last of a job is a record of `infobip_job_states`, too, keyed `<job>/repair`.
    """

    repair_id: str = Field(description="The repair.")
    job: str = Field(description="The job's name.")
    what: Literal["begun", "stopped"] = Field(description="Whether it begins or is given up.")
    by: str = Field(description="Who said so, such as ann@ops-1.")
    at: datetime = Field(description="When.")


class RepairProgress(Wire):
    """How far the orders of a partition are carried out: a record of `infobip_job_states`.

    It is keyed `<job>/repair/<topic>-<partition>`; nothing beyond it is given up for good by whoever takes over.
    """

    job: str = Field(description="The job's name.")
    repair_id: str = Field(description="The repair whose order was carried out last.")
    topic: str = Field(description="The input.")
    partition: int = Field(description="Its partition.")
    offset: int = Field(description="The next offset to read of that partition of `infobip_repairs_<job>`.")
    orders: int = Field(description="How many orders of the repair are done, void ones included.")
    outcomes: dict[Outcome, int] = Field(description="What became of the people of these orders.")
    at: datetime = Field(description="When that was so.")
    topic_id: str = Field(
        "",
        description="The brokers' id of `infobip_repairs_<job>`; with another one `offset` says nothing. Empty where "
        "they give none.",
    )
