"""What an RCS message suggests to do next."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SerializeAsAny, ValidationInfo, field_validator

from schemas.config.tagged import tagged
from schemas.content.base import Length, NoFlag, Part
from schemas.content.shapes import Web, is_final, shaped


def _moment(text: str, info: ValidationInfo) -> str:
    """Say a time as Infobip wants it."""
    if not is_final(text, info):
        return text
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError("must be a time with its zone, such as 2030-03-03T15:00:00+01:00")
    return moment.isoformat(timespec="milliseconds")


Moment = Annotated[str, AfterValidator(_moment)]
Phone = Annotated[str, shaped(r"\+?[0-9]{2,15}", "must be a phone number of 2 to 15 digits")]


class Suggested(Part):
    """What all suggestions have."""

    type: str = Field(description="What it does.")
    text: Annotated[str, Length(1, 25)] = Field(description="What it says.")
    postback_data: Annotated[str, Length(1, 2024)] = Field(description="What comes back when it is tapped.")


class Reply(Suggested):
    """Answers."""

    type: Literal["REPLY"] = Field(description="An answer.")


class OpenUrl(Suggested):
    """Opens a page."""

    type: Literal["OPEN_URL"] = Field(description="A link.")
    url: Annotated[str, Length(1, 2048), Web] = Field(description="The page.")
    application: Literal["BROWSER", "WEBVIEW"] | None = Field(None, description="Where it opens; default: the browser.")
    webview_view_mode: Literal["FULL", "HALF", "TALL"] | None = Field(
        None, description="How much of the screen a WEBVIEW takes, which needs it."
    )

    @field_validator("webview_view_mode")
    @classmethod
    def _webview_has_mode(cls, given: str | None, info: ValidationInfo) -> str | None:
        if given is None and info.data.get("application") == "WEBVIEW":
            raise ValueError("is needed with the application WEBVIEW")
        return given


class DialPhone(Suggested):
    """Calls somebody."""

    type: Literal["DIAL_PHONE"] = Field(description="A call.")
    phone_number: Phone = Field(description="Whom to call.")


class ShowLocation(Suggested):
    """Shows a place on the map."""

    type: Literal["SHOW_LOCATION"] = Field(description="A place.")
    latitude: Annotated[float, Field(ge=-90, le=90), NoFlag] = Field(description="-90 to 90.")
    longitude: Annotated[float, Field(ge=-180, le=180), NoFlag] = Field(description="-180 to 180.")
    label: Annotated[str, Length(1, 100)] | None = Field(None, description="What the place is called.")


class RequestLocation(Suggested):
    """Asks where somebody is."""

    type: Literal["REQUEST_LOCATION"] = Field(description="A question for their place.")


class CreateCalendarEvent(Suggested):
    """Puts a date into a calendar."""

    type: Literal["CREATE_CALENDAR_EVENT"] = Field(description="A date.")
    start_time: Moment = Field(description="When it begins, in the future, such as 2030-03-03T15:00:00+01:00.")
    end_time: Moment = Field(description="When it ends.")
    title: Annotated[str, Length(1, 100)] = Field(description="What it is called.")
    description: Annotated[str, Length(1, 500)] | None = Field(None, description="What it is about.")

    @field_validator("end_time")
    @classmethod
    def _ends_later(cls, given: str, info: ValidationInfo) -> str:
        times = [info.data.get("start_time", ""), given]
        if all(time and is_final(time, info) for time in times):
            begins, ends = map(datetime.fromisoformat, times)
            if ends <= begins:
                raise ValueError("must be after start_time")
        return given


SUGGESTIONS: Mapping[str, type[Suggested]] = {
    "REPLY": Reply,
    "OPEN_URL": OpenUrl,
    "DIAL_PHONE": DialPhone,
    "SHOW_LOCATION": ShowLocation,
    "REQUEST_LOCATION": RequestLocation,
    "CREATE_CALENDAR_EVENT": CreateCalendarEvent,
}
Suggestion = Annotated[SerializeAsAny[Suggested], tagged("type", SUGGESTIONS, "suggestion")]
