"""What an email says: a Broadcast template of Infobip's with its placeholders, or a subject with HTML or text."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from schemas.config.values import Text
from schemas.content.base import Length, Scheduled
from schemas.content.senders import SenderFault, of_email
from schemas.content.shapes import Html, Words, shaped

#: Headers that Infobip writes by itself.
FIXED_HEADERS = frozenset(
    {
        "to",
        "cc",
        "bcc",
        "from",
        "subject",
        "content-type",
        "dkim-signature",
        "content-transfer-encoding",
        "return-path",
        "mime-version",
    }
)
_HEADER = re.compile(r"[!-9;-~]+")


def _header(name: str) -> str:
    if name.casefold() in FIXED_HEADERS:
        raise ValueError("cannot be set: Infobip writes it")
    if _HEADER.fullmatch(name) is None:
        raise ValueError("must be the name of a header, such as X-Campaign")
    return name


#: A line break would end the header that such a text goes into.
OneLine = shaped(r"[^\r\n]*", "must be one line")
ReplyTo = Annotated[str, shaped(r"[^@\r\n]+@[^@\r\n]+", "must be an email address")]
Placeholders = Mapping[Text, str]
Headers = Mapping[Annotated[str, AfterValidator(_header)], Annotated[str, OneLine]]


class EmailContent(Scheduled):
    """The content of the channel `email`.

    Of `url_options` only `track_clicks` has a meaning: Infobip shortens no URLs of emails.
    """

    published: ClassVar[str] = "email.json: EmailMessageContent, EmailGroupDestination, EmailToDestination"
    addressed_by: ClassVar[Literal["phone", "email"]] = "email"
    takes_speed_limit: ClassVar[bool] = False
    sender_fault: ClassVar[SenderFault] = staticmethod(of_email)
    no_url_options: ClassVar[frozenset[str]] = frozenset({"shorten", "custom_domain", "remove_protocol"})

    channel: Literal["email"] = Field(description="`email`: messages to email addresses.")
    template_id: Words | None = Field(
        None,
        description="The id of a Broadcast template of Infobip's, in place of `subject` and texts. Default: none. "
        'Example: "200000000000001"',
    )
    template_language_version: Literal["1", "2"] | None = Field(
        None,
        description='The version of the template\'s language, "1" or "2"; goes with `template_id`. Default: '
        'Infobip\'s, which is "1".',
    )
    placeholders: Placeholders = Field(
        {},
        description="Values of the template's placeholders by their names; goes with `template_id`. Default: none. "
        'Example: {name: "{{first_name}}"}',
    )
    default_placeholders: Placeholders = Field(
        {},
        description="Values of those placeholders that `placeholders` leaves out, by their names; goes with "
        "`template_id`. Default: none. Example: {city: your city}",
    )
    subject: Annotated[str, Length(1, 1000), OneLine] | None = Field(
        None,
        description="The subject in one line, 1 to 1,000 characters; needed without `template_id`. Default: the "
        'template\'s. Example: "Welcome, {{first_name}}"',
    )
    html: Annotated[Words, Html] | None = Field(
        None,
        description="The email in HTML; values are escaped. Default: none, so `text` or `template_id` is needed. "
        'Example: "<p>Hello {{first_name}}</p>"',
    )
    amp_html: Annotated[Words, Html] | None = Field(
        None,
        description="The email in AMP for readers that know it; goes with `html`. Default: none. Example: "
        '"<!doctype html><html ⚡4email>..."',
    )
    text: Words | None = Field(
        None,
        description='The email as text, sent where there is no `html`. Default: none. Example: "Hello {{first_name}}"',
    )
    reply_to: ReplyTo | None = Field(
        None, description="The address that answers go to. Default: the sender. Example: help@example.com"
    )
    headers: Headers = Field(
        {},
        description="More headers by their names, each value in one line. Default: none. Example: {X-Campaign: spring}",
    )
    optout_landing_page_id: Words | None = Field(
        None,
        description="The id of the page that the link to unsubscribe opens. Default: Infobip's own page. Example: "
        '"1_23456"',
    )
    landing_page_placeholders: Placeholders = Field(
        {},
        description="Values of that page's placeholders by their names. Default: none. Example: {name: "
        '"{{first_name}}"}',
    )

    @property
    def names_sender(self) -> bool:
        """A template may have a sender of its own."""
        return self.template_id is not None

    @field_validator("template_language_version", "placeholders", "default_placeholders")
    @classmethod
    def _of_a_template(cls, given: Any, info: ValidationInfo) -> Any:
        if given and _has_none(info, "template_id"):
            raise ValueError("has no use without template_id")
        return given

    @field_validator("html", "text")
    @classmethod
    def _instead_of_a_template(cls, given: str | None, info: ValidationInfo) -> str | None:
        if given is not None and info.data.get("template_id") is not None:
            raise ValueError("has no use with template_id: Infobip passes it over")
        return given

    @field_validator("subject")
    @classmethod
    def _has_subject(cls, given: str | None, info: ValidationInfo) -> str | None:
        if given is None and _has_none(info, "template_id"):
            raise ValueError("is needed without template_id")
        return given

    @field_validator("amp_html")
    @classmethod
    def _has_html(cls, given: str | None, info: ValidationInfo) -> str | None:
        if given is not None and _has_none(info, "html"):
            raise ValueError("needs html beside it, for readers that know no AMP")
        return given

    @field_validator("text")
    @classmethod
    def _says_something(cls, given: str | None, info: ValidationInfo) -> str | None:
        if given is None and _has_none(info, "template_id") and _has_none(info, "html"):
            raise ValueError("text, html or template_id is needed")
        return given


def _has_none(info: ValidationInfo, field: str) -> bool:
    """Whether an earlier field was left out; of one that is wrong nobody knows."""
    return field in info.data and info.data[field] is None


CONTENT = EmailContent
