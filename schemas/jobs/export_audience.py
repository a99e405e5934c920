"""The options of the kind `export_audience`, and the rules among them."""

from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, TypeAdapter, ValidationInfo, field_validator

from schemas.config.settings import Settings
from schemas.config.values import (
    TAG_MAX,
    AttributeName,
    Duration,
    Flag,
    ProfilePath,
    Region,
    Tag,
    Text,
    Topic,
    check_tag,
    once,
)
from schemas.jobs.job import GIVE_UP_AFTER, Flush, LimitedJobSettings

AttributeType = Literal["STRING", "INTEGER", "DECIMAL", "BOOLEAN", "DATE", "DATE_TIME", "LIST_OF_OBJECTS"]

#: Infobip's own fields of a person that an upsert writes, and the type each of them has: people.json,
#: UpsertPersonV3DocsSchema.
STANDARD_FIELDS: Mapping[str, AttributeType] = {
    "firstName": "STRING",
    "middleName": "STRING",
    "lastName": "STRING",
    "nickName": "STRING",
    "country": "STRING",
    "city": "STRING",
    "address": "STRING",
    "gender": "STRING",
    "preferredLanguage": "STRING",
    "birthDate": "DATE",
    "profilePicture": "STRING",
}
#: How often a job may verify.
PERIOD_SECONDS: Mapping[str, int] = {"hour": 3600, "day": 86_400, "week": 604_800}
#: Targets that have an option of their own.
OWN_OPTION: Mapping[str, str] = {
    "externalId": "external_id_field",
    "email": "email_field",
    "phone": "phone_field",
    "type": "person_type",
    "tags": "tag",
}


class FieldTarget(Settings):
    """Where a profile field goes: a standard field of Infobip's, or a custom attribute."""

    to: AttributeName = Field(
        description="The standard field, or the name of a custom attribute, at most 256 characters. Example: firstName"
    )
    type: AttributeType | None = Field(
        None, description="The custom attribute's type. Default: what the account says. Example: DATE"
    )

    @field_validator("to")
    @classmethod
    def _no_option_for_it(cls, to: str) -> str:
        if to in OWN_OPTION:
            raise ValueError(f"'{to}' is not mapped: the job's option `{OWN_OPTION[to]}` fills it")
        return to

    @field_validator("type")
    @classmethod
    def _as_infobip_has_it(cls, given: AttributeType | None, info: ValidationInfo) -> AttributeType | None:
        standard = STANDARD_FIELDS.get(info.data.get("to", ""))
        if given is not None and standard is not None and given != standard:
            raise ValueError(f"'{info.data['to']}' is a standard field of type {standard}: leave `type` out")
        return given


class Verify(Settings):
    """How often Infobip is held against Kafka, and what is done about what differs."""

    every: Literal["hour", "day", "week"] = Field(
        "day", description="How often: every hour, day or week. Default: day. Example: week"
    )
    repair: Flag = Field(
        default=False,
        description="Mend what differs, unless that is more than 5 % of the members: then it is only told. Default: "
        "false, which only tells.",
    )

    @property
    def every_seconds(self) -> int:
        """The same in seconds."""
        return PERIOD_SECONDS[self.every]


def _long_form(given: Any) -> Any:
    """Read the short form `ltv: lifetimeValue` as the long one."""
    return {"to": given} if isinstance(given, str) else given


Target = Annotated[FieldTarget, BeforeValidator(_long_form, json_schema_input_type=str | FieldTarget)]
_ONE_TAG: TypeAdapter[str] = TypeAdapter(Tag)
_TAG_BY_AUDIENCE: TypeAdapter[dict[str, str]] = TypeAdapter(Annotated[dict[Text, Tag], Field(min_length=1)])


class ExportAudience(LimitedJobSettings):
    """A job that keeps the members of audiences as tagged people in Infobip.

    The options stand in the order in which their rules look back: a rule sees what was read before it.
    """

    kind: Literal["export_audience"] = Field(
        description="`export_audience`: keeps the members of audiences as tagged people in Infobip."
    )
    tag: Annotated[
        str | Mapping[str, str] | None,
        Field(
            description="The tag of the people, at most 256 characters, or a mapping of audiences to tags. Default: "
            "the job's label. Example: {big spenders: VIP, new: Newcomer}"
        ),
    ] = None
    audiences: Annotated[tuple[Text, ...], AfterValidator(once)] = Field(
        (), description="The audiences to export. Default: all, or those that `tag` maps. Example: [big spenders]"
    )
    topics: Annotated[tuple[Topic, ...], AfterValidator(once)] = Field(
        min_length=1, description="The Kafka topics with membership events, at least 1. Example: [audience-memberships]"
    )
    email_field: ProfilePath | None = Field(
        "email",
        description="The profile field with the email address; null for none. Default: email. Example: contact.email",
    )
    phone_field: ProfilePath | None = Field(
        "phone",
        description="The profile field with the phone number; null for none. Default: phone. Example: contact.mobile",
    )
    person_type: Literal["CUSTOMER", "LEAD"] = Field(
        "CUSTOMER", description="The type of the people in Infobip: CUSTOMER or LEAD. Default: CUSTOMER."
    )
    default_region: Region | None = Field(
        None,
        description="The country of phone numbers written without one, in two capitals (ISO 3166). Default: none, so "
        "that only international numbers are numbers. Example: DE",
    )
    external_id_field: ProfilePath | None = Field(
        None,
        description="The profile field that becomes Infobip's externalId, by which people are matched first. "
        "Default: none, so people are matched by their email or phone. Example: profile_id",
    )
    remember_address: Flag = Field(
        default=False,
        description="Keep what each profile entered by in a topic infobip_addresses_<job>: whoever comes back or "
        "leaves under another email or phone loses the tag there, and an address keeps it while another profile is "
        "inside by it. For jobs without external_id_field that read one topic. Default: false.",
    )
    keep_members: Flag = Field(
        default=False,
        description="Keep who is in which audience and by which address or external id in a topic "
        "infobip_addresses_<job>, with a copy on disk: `remember_address` for every job that reads one topic, and what "
        "`verify` goes by, however short the input keeps its events. Default: false.",
    )
    verify: Verify | None = Field(
        None,
        description="Have one process of the job hold Infobip against Kafka again and again, as `infobip-streams "
        "verify` does. Default: nobody does. Example: {every: day}",
    )
    map_fields: Mapping[ProfilePath, Target] = Field(
        {},
        description="Profile fields with the standard field or custom attribute that each goes to; dots reach into "
        "nested profiles. Default: none. Example: {first_name: firstName, address.city: city}",
    )
    create_attributes: Flag = Field(
        default=False,
        description="Create custom attributes that the account lacks; false: the job fails without them. Default: "
        "false.",
    )
    existing_members: Flag = Field(
        default=True,
        description="Start at the beginning of the topics; false: at their end, so that only later events count. "
        "Default: true.",
    )
    on_change: Literal["stop", "apply", "keep"] = Field(
        "stop",
        description="What the job does where its tag, audiences, fields, person type, or the options that say who a "
        "profile is, are not what they were when it last began: stop fails, and says what that means for existing "
        "members; apply goes on and brings those to what is so now; keep leaves them as they are. Default: stop. "
        "Example: apply",
    )
    flush: Flush = Field(
        Flush(),
        description="When a window of events is full and is sent. Default: after 1,000 events or 60 seconds. "
        "Example: {max_seconds: 5}",
    )
    give_up_after: Duration = Field(
        GIVE_UP_AFTER,
        description="How long a person is tried again whom Infobip answers with a server error, or not at all, "
        "while it takes others; then a dead letter. A mapping of one unit: seconds, minutes, hours or days. An "
        "outage of all calls is waited for, however long. Default: {minutes: 15}. Example: {hours: 2}",
        json_schema_extra={"default": {"minutes": 15}},
    )

    @field_validator("tag", mode="before", json_schema_input_type=Tag | dict[str, Tag] | None)
    @classmethod
    def _tag_or_tags(cls, given: Any, info: ValidationInfo) -> Any:
        if isinstance(given, Mapping):
            return _one_spelling(_TAG_BY_AUDIENCE.validate_python(given))
        if given is not None:
            return _ONE_TAG.validate_python(given)
        if {"name", "label"} <= info.data.keys():
            try:
                check_tag(_tag_from(info.data["label"], info.data["name"]))
            except ValueError as error:
                raise ValueError(f"is made from the label, which {error}; give `tag`") from None
        return None

    @field_validator("audiences")
    @classmethod
    def _each_with_a_tag(cls, audiences: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        tag = info.data.get("tag")
        if not isinstance(tag, Mapping):
            return audiences
        if without := [repr(audience) for audience in audiences if audience not in tag]:
            raise ValueError(f"{', '.join(without)}: no tag in `tag` (it has: {', '.join(map(repr, tag))})")
        return audiences or tuple(tag)

    @field_validator("topics")
    @classmethod
    def _one_for_shared_tags(cls, topics: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        if len(topics) > 1 and {"tag", "audiences"} <= info.data.keys():
            tag, audiences = info.data["tag"], info.data["audiences"]
            if _shared(tag, audiences):
                raise ValueError(
                    f"must be exactly one topic, not {len(topics)}, because several audiences share a tag (who is "
                    "still in one of them is kept by the partitions of one topic); or give each audience its own tag"
                )
        return topics

    @field_validator("phone_field")
    @classmethod
    def _some_address(cls, phone_field: str | None, info: ValidationInfo) -> str | None:
        if phone_field is None and info.data.get("email_field", "") is None:
            raise ValueError("email_field and phone_field must not both be null")
        return phone_field

    @field_validator("remember_address")
    @classmethod
    def _without_external_id(cls, remember: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's own form
        if remember and info.data.get("external_id_field") is not None:
            raise ValueError("is for jobs without external_id_field: people are known by that whatever their address")
        if remember and len(topics := info.data.get("topics", ())) > 1:
            raise ValueError(
                f"needs exactly one topic, not {len(topics)}: what a profile entered by is kept by its partitions"
            )
        return remember

    @field_validator("keep_members")
    @classmethod
    def _of_one_topic(cls, keep: bool, info: ValidationInfo) -> bool:  # noqa: FBT001 - pydantic's own form
        if keep and len(topics := info.data.get("topics", ())) > 1:
            raise ValueError(f"needs exactly one topic, not {len(topics)}: who is a member is kept by its partitions")
        return keep

    @field_validator("map_fields")
    @classmethod
    def _one_source_for_each(cls, mapped: Mapping[str, FieldTarget]) -> Mapping[str, FieldTarget]:
        sources: dict[tuple[bool, str], str] = {}
        for source, target in mapped.items():
            # Infobip tells custom attributes apart whatever their case.
            standard = target.to in STANDARD_FIELDS
            other = sources.setdefault((standard, target.to if standard else target.to.casefold()), source)
            if other != source:
                raise ValueError(f"'{other}' and '{source}' both go to '{target.to}': one field can fill it")
        return mapped

    @property
    def inputs(self) -> tuple[str, ...]:
        """The topics it reads events from."""
        return self.topics

    def wants(self, audience: str) -> bool:
        """Whether the job exports this audience."""
        return not self.audiences or audience in self._audiences

    @cached_property
    def _audiences(self) -> frozenset[str]:
        """The audiences, to look one up among many."""
        return frozenset(self.audiences)

    def tag_of(self, audience: str) -> str | None:
        """The tag of an audience; None for one that is not the job's, or no longer."""
        if not self.wants(audience):
            return None
        if isinstance(self.tag, Mapping):
            return self.tag[audience]
        return self.tag or _tag_from(self.label, self.name)

    @property
    def tags(self) -> tuple[str, ...]:
        """Every tag the job adds and removes."""
        if isinstance(self.tag, Mapping):
            return tuple(dict.fromkeys(self.tag[audience] for audience in self.audiences))
        return (self.tag or _tag_from(self.label, self.name),)

    @property
    def shares_tags(self) -> bool:
        """Whether some tag has, or may have, several audiences."""
        return _shared(self.tag, self.audiences)

    @property
    def keeps_members(self) -> bool:
        """Whether it must be known who is in which audience."""
        return self.shares_tags or self.remembers

    @property
    def remembers(self) -> bool:
        """Whether it is kept what each profile entered by."""
        return self.remember_address or self.keep_members

    @property
    def sharing(self) -> frozenset[str] | None:
        """The audiences of which it must be known who is in them, as others have their tag, too; None: all there are.

        Where addresses are remembered that is every audience of the job.
        """
        if not self.audiences:
            return None
        if self.remembers:
            return self._audiences
        shared = Counter(map(self.tag_of, self.audiences))
        return frozenset(audience for audience in self.audiences if shared[self.tag_of(audience)] > 1)


def _tag_from(label: str, name: str) -> str:
    return " ".join(label.split())[:TAG_MAX].rstrip() or name


def _shared(tag: str | Mapping[str, str] | None, audiences: tuple[str, ...]) -> bool:
    if isinstance(tag, Mapping):
        return len({tag[audience] for audience in audiences}) < len(audiences)
    return len(audiences) != 1


def _one_spelling(tags: dict[str, str]) -> dict[str, str]:
    """Refuse tags that differ to us and are one to Infobip: the last audience of the one would be missed."""
    spellings: dict[str, str] = {}
    for tag in tags.values():
        if (other := spellings.setdefault(tag.casefold(), tag)) != tag:
            raise ValueError(f"'{other}' and '{tag}' are the same tag to Infobip: write them alike")
    return tags
