"""The options of the kind `sync_cohort`, and the rules among them."""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator, model_validator

from schemas.config.values import Flag, ProfilePath, Region, Text, Topic, check_tag, once
from schemas.jobs.job import EventJobSettings, Flush

#: What stands for the audience in the name of a list.
AUDIENCE = "{audience}"
#: Amplitude's own page on Infobip does not say how the body of an add is called that holds the ids.
IDS_KEY_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"
UNVERIFIABLE = (
    "verify: is not possible for sync_cohort, because the lists behind /saas/amplitude/1/lists can be written and not "
    "read, so there is nothing to compare them with; leave it out"
)


class SyncCohort(EventJobSettings):
    """A job that mirrors audiences as lists of Infobip's."""

    kind: Literal["sync_cohort"] = Field(
        description="`sync_cohort`: mirrors each audience whole as a list of Infobip's."
    )
    audiences: Annotated[tuple[Text, ...], AfterValidator(once)] = Field(
        (), description="The audiences to mirror, each as a list of its own. Default: all. Example: [vip]"
    )
    topics: Annotated[tuple[Topic, ...], AfterValidator(once)] = Field(
        min_length=1, description="The Kafka topics with membership events, at least 1. Example: [audience-memberships]"
    )
    list_name: Text = Field(
        "[Kafka] {audience}",
        validate_default=True,
        description="The name of an audience's list, at most 256 characters; `{audience}` stands for the audience. "
        'Default: "[Kafka] {audience}". Example: "Members of {audience}"',
    )
    id_field: ProfilePath = Field(
        "email",
        description="The profile field that members go by: an email address or a phone number, which goes as its "
        "digits. Default: email. Example: contact.phone",
    )
    default_region: Region | None = Field(
        None,
        description="The country of phone numbers written without one, in two capitals (ISO 3166). Default: none, so "
        "that only international numbers are numbers. Example: DE",
    )
    ids_key: Annotated[str, Field(pattern=IDS_KEY_PATTERN)] = Field(
        "ids",
        description="What the array of ids is called in the body of a call, which Infobip does not publish: letters, "
        "digits and _. Default: ids. Example: people",
    )
    existing_members: Flag = Field(
        default=True,
        description="Start at the beginning of the topics; false: at their end, so that only later events count. "
        "Default: true.",
    )
    flush: Flush = Field(
        Flush(),
        description="When a window of events is full and is taken over. Default: after 1,000 events or 60 seconds. "
        "Example: {max_seconds: 5}",
    )

    @model_validator(mode="before")
    @classmethod
    def _nothing_to_verify(cls, given: Any) -> Any:
        if isinstance(given, Mapping) and "verify" in given:
            raise ValueError(UNVERIFIABLE)
        return given

    @field_validator("list_name")
    @classmethod
    def _one_for_each(cls, name: str, info: ValidationInfo) -> str:
        audiences = info.data.get("audiences")
        if audiences is None:
            return name
        if AUDIENCE not in name and len(audiences) != 1:
            raise ValueError(f"must hold {AUDIENCE}, because each audience has a list of its own")
        for audience in audiences or ("a",):
            check_tag(name.replace(AUDIENCE, audience))
        return name

    @property
    def inputs(self) -> tuple[str, ...]:
        """The topics it reads events from."""
        return self.topics

    def wants(self, audience: str) -> bool:
        """Whether the job mirrors this audience."""
        return not self.audiences or audience in self._audiences

    def name_of(self, audience: str) -> str:
        """The name of an audience's list."""
        return self.list_name.replace(AUDIENCE, audience)

    @cached_property
    def _audiences(self) -> frozenset[str]:
        """The audiences, to look one up among many."""
        return frozenset(self.audiences)
