"""What a WhatsApp text says."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from schemas.content.base import Flag, Length, MessageContent
from schemas.content.senders import SenderFault, of_whatsapp
from schemas.content.shapes import is_final


class WhatsappTextContent(MessageContent):
    """The content of the channel `whatsapp_text`: only for people who wrote within the last 24 hours."""

    published: ClassVar[str] = "whatsapp.json: TextContent"
    takes_speed_limit: ClassVar[bool] = False
    no_options: ClassVar[frozenset[str]] = frozenset({"campaign", "bulk_id"})
    sender_fault: ClassVar[SenderFault] = staticmethod(of_whatsapp)

    channel: Literal["whatsapp_text"] = Field(
        description="`whatsapp_text`: WhatsApp texts for people who wrote within the last 24 hours."
    )
    text: Annotated[str, Length(1, 4096)] = Field(
        description='The text, 1 to 4,096 characters. Example: "Hello {{first_name}}, welcome!"'
    )
    preview_url: Flag | None = Field(
        default=None, description="Show a preview of the first URL in the text. Default: false."
    )

    @field_validator("preview_url")
    @classmethod
    def _some_url(cls, given: bool | None, info: ValidationInfo) -> bool | None:  # noqa: FBT001 - a validator's form
        text = info.data.get("text")
        if given and text is not None and is_final(text, info) and "http://" not in text and "https://" not in text:
            raise ValueError("the text has no URL that begins with http:// or https://")
        return given


CONTENT = WhatsappTextContent
