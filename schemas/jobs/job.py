"""What jobs say whatever their kind."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from schemas.config.settings import Settings
from schemas.config.values import (
    JobName,
    NoFlag,
    Positive,
    Share,
    Text,
)


class Flush(Settings):
    """When a window is full: at so many events, or so long after its first."""

    # No more than the people that one request takes: people.json, `PATCH /people/3/persons/upsert`.

    max_events: Annotated[int, Field(ge=1, le=1000), NoFlag] = Field(
        1000, description="Events after which a window is full, 1 to 1,000. Default: 1000, in send_message 500."
    )
    max_seconds: Positive = Field(
        60,
        description="Seconds after a window's first event at which it is full, too. Default: 60, in send_message "
        "1. Example: 0.5",
    )


#: How long one item that Infobip alone does not take is tried again, unless the job says otherwise.
GIVE_UP_AFTER = timedelta(minutes=15)


class AnyJobSettings(Settings):
    """What jobs of every kind say."""

    name: JobName = Field(
        description="The unique name of the job: at most 100 lower-case letters, digits and -. The consumer group "
        'is "infobip-streams.<name>". Example: big-spenders'
    )
    label: str = Field("", description="The name that people call the job by. Default: none. Example: Big spenders")
    description: str = Field(
        "", description="A note on what the job is for. Default: none. Example: Feeds the spring campaign"
    )

    @property
    def group_id(self) -> str:
        """The consumer group."""
        return f"infobip-streams.{self.name}"

    @property
    def inputs(self) -> tuple[str, ...]:
        """The topics it reads events from."""
        return ()


class JobSettings(AnyJobSettings):
    """What jobs say that work with an account at Infobip."""

    authorization: Text = Field(description="The name of the authorization that the job works with. Example: acme")


class EventJobSettings(JobSettings):
    """What jobs say that read events."""

    max_undecodable: Share = Field(
        "99%",
        description="How many of the first 1,000 records that a process reads once the job has begun there may be "
        "no events, in percent. If more are, the topic is in another format: the job fails, says which that seems "
        "to be, and leaves them uncommitted. 100% goes on whatever comes, and makes dead letters of it. Default: "
        "99%.",
    )

    @property
    def most_undecodable_percent(self) -> int:
        """The same as a number."""
        return int(self.max_undecodable.removesuffix("%"))


class LimitedJobSettings(EventJobSettings):
    """What jobs say whose windows share Infobip's limits with those of others."""

    priority: Literal["normal", "high"] = Field(
        "normal",
        description="Whose calls go first where several jobs of a process wait for the same request limit of an "
        "authorization: high goes before normal, which has one place of ten as long as both wait. Default: normal.",
    )

    @property
    def goes_first(self) -> bool:
        """Whether its calls go before those of others."""
        return self.priority == "high"
