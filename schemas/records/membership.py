"""The event this service lives on: one profile enters or exits one audience."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

EVENT_BYTES_MAX = 1_048_576
#: Names are remembered, and are keys of records; a longer one is no name.
NAME_MAX = 1024

Name = Annotated[str, Field(min_length=1, max_length=NAME_MAX)]


class MembershipEvent(BaseModel):
    """One record of an audience memberships topic, as it should be published; its key is the profile id.

    Unknown keys are ignored, because others write this record and may add to it; so is what is odd of a key that is
    not needed.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore", title="Audience membership event")

    action: Literal["enter", "exit"] = Field(description="Whether the profile enters or exits the audience.")
    audience: Name = Field(description="The audience's name. A number is read as its decimal text.")
    profile_id: Name = Field(
        description="The profile, as the platform team knows it. A number is read as its decimal text."
    )
    event_id: str | None = Field(
        default=None,
        description="Unique name of this event; when absent, `<topic>-<partition>-<offset>`. A number is read as its "
        "decimal text; anything else is passed over.",
    )
    occurred_at: datetime | None = Field(
        default=None,
        description="When the membership changed (RFC 3339, UTC). Other forms are read where there is no doubt which "
        "time is meant, and passed over where there is.",
    )
    profile: dict[str, Any] | None = Field(
        default=None,
        description="The profile's fields, nested as the platform team likes; may be absent on exit where the job "
        "addresses people by an external id. A text that holds an object in JSON is read as that; anything else is "
        "passed over.",
    )
