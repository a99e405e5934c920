"""What an RCS message suggests to do next."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar, Literal

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

    published: ClassVar[str] = "rcs.json: ReplySuggestion, RequestLocationSuggestion"

    type: str = Field(description="The type of the suggestion: what a tap on it does. Example: REPLY")
    text: Annotated[str, Length(1, 25)] = Field(
        description="The words on the button, 1 to 25 characters. Example: Shop now"
    )
    postback_data: Annotated[str, Length(1, 2024)] = Field(
        description="The text that comes back when somebody taps the button, 1 to 2,024 characters. Example: yes"
    )


class Reply(Suggested):
    """A button that answers."""

    type: Literal["REPLY"] = Field(description="`REPLY`: a button that answers.")


class OpenUrl(Suggested):
    """A button that opens a page."""

    published: ClassVar[str] = "rcs.json: OpenUrlSuggestion"

    type: Literal["OPEN_URL"] = Field(description="`OPEN_URL`: a button that opens a page.")
    url: Annotated[str, Length(1, 2048), Web] = Field(
        description="The page's URL, 1 to 2,048 characters. Example: https://example.com/sale"
    )
    application: Literal["BROWSER", "WEBVIEW"] | None = Field(
        None, description="The app that opens the page: BROWSER, or a WEBVIEW over the chat. Default: BROWSER."
    )
    webview_view_mode: Literal["FULL", "HALF", "TALL"] | None = Field(
        None, description="How much of the screen a WEBVIEW takes, which needs it: FULL, HALF or TALL. Default: none."
    )

    @field_validator("webview_view_mode")
    @classmethod
    def _webview_has_mode(cls, given: str | None, info: ValidationInfo) -> str | None:
        if given is None and info.data.get("application") == "WEBVIEW":
            raise ValueError("is needed with the application WEBVIEW")
        return given


class DialPhone(Suggested):
    """A button that calls a number."""

    published: ClassVar[str] = "rcs.json: DialPhoneSuggestion"

    type: Literal["DIAL_PHONE"] = Field(description="`DIAL_PHONE`: a button that calls a number.")
    phone_number: Phone = Field(description='The number to call, 2 to 15 digits. Example: "+447860099299"')


class ShowLocation(Suggested):
    """A button that shows a place on the map."""

    published: ClassVar[str] = "rcs.json: ShowLocationSuggestion"

    type: Literal["SHOW_LOCATION"] = Field(description="`SHOW_LOCATION`: a button that shows a place on the map.")
    latitude: Annotated[float, Field(ge=-90, le=90), NoFlag] = Field(
        description="Degrees north of the equator, -90 to 90. Example: 52.52"
    )
    longitude: Annotated[float, Field(ge=-180, le=180), NoFlag] = Field(
        description="Degrees east of Greenwich, -180 to 180. Example: 13.405"
    )
    label: Annotated[str, Length(1, 100)] | None = Field(
        None, description="The name of the place, 1 to 100 characters. Default: none. Example: Our shop"
    )


class RequestLocation(Suggested):
    """A button that asks where somebody is."""

    type: Literal["REQUEST_LOCATION"] = Field(description="`REQUEST_LOCATION`: a button that asks where somebody is.")


class CreateCalendarEvent(Suggested):
    """A button that puts a date into the calendar."""

    published: ClassVar[str] = "rcs.json: CreateCalendarEventSuggestion"

    type: Literal["CREATE_CALENDAR_EVENT"] = Field(
        description="`CREATE_CALENDAR_EVENT`: a button that puts a date into the calendar."
    )
    start_time: Moment = Field(
        description='The time at which it begins, with its zone, in the future. Example: "2030-03-03T15:00:00+01:00"'
    )
    end_time: Moment = Field(
        description='The time at which it ends, with its zone, after `start_time`. Example: "2030-03-03T16:00:00+01:00"'
    )
    title: Annotated[str, Length(1, 100)] = Field(
        description="The title in the calendar, 1 to 100 characters. Example: Spring sale"
    )
    description: Annotated[str, Length(1, 500)] | None = Field(
        None, description="The text in the calendar, 1 to 500 characters. Default: none."
    )

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
