"""What we remember in compacted topics of our own."""

from datetime import datetime
from typing import Literal

from pydantic import Field

from schemas.wire import Wire

StateKind = Literal["starting", "running", "paused", "waiting", "unauthorized", "stopped", "failed"]


class Membership(Wire):
    """The audiences a profile is in, of those of one job that shares tags; keyed by the profile id.

    A profile that is in none any more has a tombstone, whose header `position` says the same as the fields from
    `topic_id` on. A record that stands behind one of a later epoch does not count, nor one that is of an earlier event
    than another of its epoch: so a process that wakes up after its partitions were given to another undoes nothing.
    """

    profile_id: str = Field(description="The profile.")
    audiences: tuple[str, ...] = Field(description="The job's audiences that the profile is in, sorted.")
    topic_id: str = Field("", description="The topic read, as the brokers identify it; empty where they do not.")
    partition: int = Field(-1, description="The partition of the event that this is known from; -1: not said.")
    offset: int = Field(-1, description="The offset of that event; -1: not said.")
    epoch: int = Field(
        0, description="When the process that wrote it was given the partition, in Unix microseconds; 0: not said."
    )


class Entered(Wire):
    """What a profile entered the audiences by that it is in, for a job that remembers it; keyed by the profile id.

    A record of `infobip_addresses_<job>`, of which the same is true as of `Membership`.
    """

    profile_id: str = Field(description="The profile.")
    entered: dict[str, str] = Field(
        description="By audience, the address that has the tag, such as `EMAIL ann@example.com` or `PHONE 14155550123`."
    )
    topic_id: str = Field("", description="The topic read, as the brokers identify it; empty where they do not.")
    partition: int = Field(-1, description="The partition of the event that this is known from; -1: not said.")
    offset: int = Field(-1, description="The offset of that event; -1: not said.")
    epoch: int = Field(0, description="When the process that wrote it was given the partition, in Unix microseconds.")


class Takeover(Wire):
    """A process was given a partition: a record of `infobip_memberships_<job>` under a key of its own.

    Also of `infobip_addresses_<job>`.

    The key is the byte FF and `epoch`, which no profile id is; each partition of the topic has one.
    """

    epoch: int = Field(description="When it was given the partition, in Unix microseconds; no two are the same.")


class Coverage(Wire):
    """What the memberships of one partition tell of: a record of `infobip_memberships_<job>` under a key of its own.

    Also of `infobip_addresses_<job>`.

    The key is the byte FF and `covers`, which no profile id is; each partition of the topic has one.
    """

    audiences: tuple[str, ...] | None = Field(description="The audiences they tell of, sorted; null: all there are.")
    topic_id: str = Field(description="The topic read, as the brokers identify it; empty where they do not.")
    next_offset: int = Field(
        description="Events before this offset of the partition are in the memberships; -1: none was read yet."
    )
    partitions: int = Field(description="How many partitions the topic had, by which profiles find theirs.")
    scattered: bool = Field(description="Whether profiles may have moved between partitions: more were added once.")
    epoch: int = Field(description="When the process that wrote it was given the partition, in Unix microseconds.")
    whole: bool = Field(
        True,  # noqa: FBT003 - pydantic's own form
        description="Whether they tell of everybody: false where events were deleted before they were read for it, so "
        "that somebody may be in an audience who is not told of.",
    )


class JobState(Wire):
    """How one process is doing one job: a record of `infobip_job_states`, keyed `<job>/<instance>`."""

    job: str = Field(description="The job's name.")
    instance: str = Field(
        description="The process: its instance_id where it has one; else host name, process id and six letters of its "
        "own, such as worker-1-4711-9f02ac."
    )
    state: StateKind = Field(description="What the job is doing.")
    detail: str = Field(description="Why, in one line.")
    partitions: int = Field(description="How many partitions of the input this process owns.")
    since: datetime = Field(description="When this state began.")
    updated_at: datetime = Field(description="When the process last said so.")
    configuration: str | None = Field(
        None, description="Of an export the digest of its configuration, as `<job>/configuration` has it; else absent."
    )


class StartPosition(Wire):
    """Where a job began on a partition: a record of `infobip_job_states`, keyed `<job>/start/<topic>-<partition>`."""

    job: str = Field(description="The job's name.")
    topic: str = Field(description="The topic read.")
    partition: int = Field(description="The partition read.")
    start_offset: int = Field(description="The first offset the job reads.")
    end_offset: int = Field(description="The end of the partition at that time: the backfill ends there.")
    started_at: datetime = Field(description="When the starting position was committed.")
    topic_id: str = Field(
        "",
        description="The brokers' id of the topic, which changes when it is deleted and made anew, such as "
        "`08DBYShSSw-CT56gkSbinQ`; empty where they give none.",
    )


class Position(Wire):
    """How far a job has come on a partition: a record of `infobip_job_states`.

    It is keyed `<job>/position/<topic>-<partition>`, and stands in for committed offsets that the brokers have lost.
    """

    job: str = Field(description="The job's name.")
    topic: str = Field(description="The topic read.")
    partition: int = Field(description="The partition read.")
    topic_id: str = Field("", description="The brokers' id of the topic; empty where they give none.")
    offset: int = Field(description="The next offset to read, as committed.")
    at: datetime = Field(description="When that was so.")
    seen_offset: int | None = Field(
        None, description="A record read shortly before `offset`, such as `1199`; null where none was read yet."
    )
    seen_timestamp: int | None = Field(
        None, description="Its timestamp in Unix milliseconds: another one there means that the log was truncated."
    )


class SpeedClock(Wire):
    """Until when a partition's part of a speed limit is used up: a record of `infobip_speed_<job>`, by partition."""

    job: str = Field(description="The job's name.")
    not_before: float = Field(description="When the next message may go, in Unix seconds.")
    written_at: float = Field(description="When this was written, by the same clock.")


class CallMark(Wire):
    """Up to where a job has begun to call that makes no call twice: a record of `infobip_begun_<job>`, by partition."""

    job: str = Field(description="The job's name.")
    offset: int = Field(description="The last offset that may have been called.")
    latest: int = Field(description="The latest timestamp of a record that may have been called, in milliseconds.")
    written_at: float = Field(description="When this was written, in Unix seconds.")
    topic_id: str = Field("", description="The topic read, as the brokers identify it; empty where they do not.")
    spared: tuple[tuple[int, int], ...] = Field(
        (),
        description="Stretches before that offset that were certainly not called, each its first and its last offset, "
        "in order; at most 1,000.",
    )


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


class InboundSubscription(Wire):
    """What Infobip tells a job of, as it last was: a record of `infobip_subscriptions_<job>`, keyed by the job."""

    job: str = Field(description="The job's name.")
    configuration_key: str = Field(description="Infobip's key of the configuration that tells us.")
    channel: str = Field(description="The job's channel.")
    number: str = Field(description="The job's number.")
    keyword: str | None = Field(description="The job's keyword; null where it takes what no keyword takes.")
    public_url: str | None = Field(
        description="What the address begins with that is told; null where Infobip is asked instead."
    )
    subscribed_at: datetime = Field(description="When it was made, or last changed by us.")
    repaired_at: datetime | None = Field(
        description="When it was last taken back from somebody else, who had changed it; null where nobody did."
    )


class Verified(Wire):
    """What a job found that verifies by itself: a record of `infobip_job_states`, keyed `<job>/verification`."""

    job: str = Field(description="The job's name.")
    began_at: datetime = Field(description="When it began to compare.")
    ended_at: datetime = Field(description="When it was done, and what was to be repaired was.")
    members: int = Field(description="People who are to have a tag by Kafka, by tag.")
    tagged: int | None = Field(description="People who have one at Infobip, by its count; null where it gives none.")
    missing: int = Field(description="In an audience by Kafka, and not tagged at Infobip.")
    too_many: int = Field(description="Tagged at Infobip, and in no audience by Kafka.")
    by_former_address: int = Field(description="Tagged by an address that a profile has left.")
    changed_fields: int | None = Field(
        description="Members with other fields than their profile said last; null where they were not compared."
    )
    under_way: int = Field(description="Differences by events that the job had not done yet: no drift.")
    notes: tuple[str, ...] = Field((), description="What keeps Kafka from telling of everybody, in words.")
    repaired: dict[str, int] = Field(
        {}, description="What became of people whom it repaired, by outcome; what differs is what is left then."
    )
    detail: str = Field("", description="Why it did not repair, in one line; empty where it did, or was not to.")

    @property
    def drift(self) -> dict[str, int]:
        """How many differ, by sort, of those that were looked for."""
        found = {"missing": self.missing, "too_many": self.too_many, "by_former_address": self.by_former_address}
        return found if self.changed_fields is None else {**found, "changed_fields": self.changed_fields}

    @property
    def differ(self) -> int:
        """How many differ."""
        return sum(self.drift.values())

    @property
    def seconds(self) -> float:
        """How long it took."""
        return (self.ended_at - self.began_at).total_seconds()


class FormerConfiguration(Wire):
    """What decided what an export does before its configuration changed: a part of `ExportedConfiguration`."""

    digest: str = Field(description="Of what decided what the job does; empty: written by a former version.")
    tags: dict[str, str] = Field(description="Tag by audience; the audience `*` stands for all there are.")
    fields: dict[str, str] | None = Field(
        description="By profile field, the field or attribute of a person that it went to; null: it was not noted."
    )
    person_type: str | None = Field(description="The type of the people; null: it was not noted.")
    identity: dict[str, str | None] | None = Field(
        description="The options that say who a profile is at Infobip, as in `ExportedConfiguration`; null: not noted."
    )


class ExportedConfiguration(Wire):
    """What decides what an export does: a record of `infobip_job_states`, keyed `<job>/configuration`.

    Former versions noted `tags` and `since` alone.
    """

    job: str = Field(description="The job's name.")
    tags: dict[str, str] = Field(description="Tag by audience; the audience `*` stands for all there are.")
    since: datetime = Field(description="When a process first started with it.")
    fields: dict[str, str] | None = Field(
        None,
        description="By profile field, the field or attribute of a person that it goes to; null: it was not noted.",
    )
    person_type: str | None = Field(None, description="The type of the people; null: it was not noted.")
    identity: dict[str, str | None] | None = Field(
        None,
        description="The options that say who a profile is at Infobip: `email_field`, `phone_field`, "
        "`external_id_field`, `default_region`; null: they were not noted.",
    )
    digest: str = Field("", description="Of all that: whatever changes no effect changes no digest; empty: not noted.")
    former_digest: str = Field(
        "", description="Of what it was before; processes that still have it, in a rolling deploy, leave this as it is."
    )
    applying: tuple[FormerConfiguration, ...] = Field(
        (), description="From what existing members are still to be brought to it, the oldest first; empty: nothing."
    )
