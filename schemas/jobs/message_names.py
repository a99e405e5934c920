"""Names that all messages of a job bear, by which they are found again at Infobip."""

from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from schemas.content.base import Length, Part


def _no_names(name: str) -> str:
    if "{{" in name:
        raise ValueError("takes no tokens: all messages of a job bear the same")
    return name


#: sms.json, SmsMessageOptions.campaignReferenceId and Platform; the same on all channels.
Reference = Annotated[str, Length(1, 255), AfterValidator(_no_names)]
#: sms.json, RequestSchedulingSettings.bulkId; the same on all channels.
BulkId = Annotated[str, Length(1, 100), AfterValidator(_no_names)]


class Platform(Part):
    """On whose behalf messages go, where an account at Infobip serves several; at least one of the two is said."""

    entity_id: Reference | None = Field(
        None, description="The id of an entity at Infobip, at most 255 characters. Default: none. Example: acme-europe"
    )
    application_id: Reference | None = Field(
        None,
        description="The id of an application at Infobip, at most 255 characters. Default: none. Example: marketing",
    )

    @model_validator(mode="after")
    def _one_at_least(self) -> Self:
        if self.entity_id is None and self.application_id is None:
            raise ValueError("must hold entity_id, application_id or both")
        return self
