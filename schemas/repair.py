"""What `repair` says of a job: its JSON."""

from typing import Literal

from pydantic import Field

from schemas.verification import Verification
from schemas.wire import Wire


class RepairPlan(Wire):
    """What is to be done, by person and tag."""

    add: int = Field(description="Members who get the tag that they lack.")
    remove: int = Field(description="People who lose a tag that they have in vain.")
    fields: int = Field(description="Members whose fields are brought up to date; 0 without `--fields`.")
    percent: float = Field(
        description="These together as a part of members or of people with a tag, whichever are more."
    )


class RepairDone(Wire):
    """What came of a repair, as `repair --json` prints it."""

    job: str = Field(description="The job's name.")
    repair_id: str | None = Field(description="The repair; null where nothing was ordered.")
    ended: Literal["equal", "planned", "refused", "differs", "stopped"] = Field(
        description="`equal`: nothing differs any more; `planned`: by `--dry-run`; `refused`: more is to change than "
        "`--max`; `differs`: not all of it could be mended; `stopped`: it was given up."
    )
    plan: RepairPlan = Field(description="What was found to be done at first.")
    kept: int = Field(
        description="People who keep a tag, though none is due by Kafka, because Kafka does not tell of everybody."
    )
    rounds: int = Field(description="How many times it was ordered and looked at again.")
    outcomes: dict[str, int] = Field(description="What became of people, by outcome as in `infobip_flushes`.")
    verification: Verification = Field(description="How it stands at the end.")
