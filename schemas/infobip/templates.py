"""What Infobip says of WhatsApp templates."""

from pydantic import Field

from schemas.wire import Vendor


class TemplateHeader(Vendor):
    """What stands above the text."""

    format: str | None = Field(None, description="TEXT, IMAGE, VIDEO, GIF, DOCUMENT or LOCATION.")
    text: str = Field("", description="Of a TEXT: what it says.")


class TemplateBody(Vendor):
    """The text."""

    text: str | None = Field(None, description="What it says.")


class TemplateStructure(Vendor):
    """What a template consists of, as far as it is filled in."""

    type: str | None = Field(None, description="TEXT, MEDIA, or UNSUPPORTED: Infobip does not tell all of it.")
    header: TemplateHeader | None = Field(None, description="What stands above the text.")
    body: TemplateBody = Field(TemplateBody(), description="The text.")


class Template(Vendor):
    """One template in one language."""

    name: str = Field(description="The name; templates in other languages have it, too.")
    language: str = Field(description="The language.")
    status: str = Field(description="Whether WhatsApp lets it be sent.")
    structure: TemplateStructure = Field(TemplateStructure(), description="What it consists of.")


class TemplateList(Vendor):
    """All templates of a sender."""

    templates: list[Template] = Field(description="In every language and status.")
