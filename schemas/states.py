"""What we remember in compacted topics of our own."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from schemas.wire import Wire

StateKind = Literal["starting", "running", "waiting", "unauthorized", "stopped", "failed"]


class Membership(Wire):
    """The audiences a profile is in, of those that share a tag in one job; keyed by the profile id."""

    profile_id: str = Field(description="The profile.")
    audiences: tuple[str, ...] = Field(description="The job's audiences that the profile is in, sorted.")


class JobState(Wire):
    """How one process is doing one job: a record of `infobip_job_states`, keyed `<job>/<instance>`."""

    job: str = Field(description="The job's name.")
    instance: str = Field(description="The process: host name and process id.")
    state: StateKind = Field(description="What the job is doing.")
    detail: str = Field(description="Why, in one line.")
    partitions: int = Field(description="How many partitions of the input this process owns.")
    since: datetime = Field(description="When this state began.")
    updated_at: datetime = Field(description="When the process last said so.")


class Backfill(Wire):
    """Where a job began on a partition: a record of `infobip_job_states`, keyed `<job>/start/<topic>-<partition>`."""

    job: str = Field(description="The job's name.")
    topic: str = Field(description="The topic read.")
    partition: int = Field(description="The partition read.")
    start_offset: int = Field(description="The first offset the job reads.")
    end_offset: int = Field(description="The end of the partition at that time: the backfill ends there.")
    started_at: datetime = Field(description="When the starting position was committed.")


class SpeedClock(Wire):
    """Until when a partition's part of a speed limit is used up: a record of `infobip_speed_<job>`, by partition."""

    job: str = Field(description="The job's name.")
    not_before: float = Field(description="When the next message may go, in Unix seconds.")
    written_at: float = Field(description="When this was written, by the same clock.")


class IdsChanged(Wire):
    """When a job gave up the former form of its messages' ids: a record of `infobip_job_states`, keyed `<job>/ids`."""

    job: str = Field(description="The job's name.")
    changed_at: datetime | None = Field(
        description="When it first ran with today's form of ids; null where it never ran with the former one."
    )


class LastMessage(Wire):
    """The last message that a person had of a job: a record of `infobip_once_<job>`, keyed by the profile id."""

    message_id: str = Field(description="The message.")
    sent_at: datetime = Field(description="When Infobip took it, to the second.")
