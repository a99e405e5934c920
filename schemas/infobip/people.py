"""Infobip's People words that are read: people, custom attributes and their pages."""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from schemas.wire import Vendor

#: The year 9999: what is later cannot be written in every time zone.
END_OF_TIME = 253_370_764_800


@lru_cache(4096)
def second_of(text: str) -> int:
    """Read a time as Infobip writes it, into whole seconds since 1970; without a zone it is taken for UTC.

    Raises:
        ValueError: it is no time.

    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a time") from None
    second = int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() // 1)
    if not 0 <= second < END_OF_TIME:
        raise ValueError("must be a time after 1970")
    return second


def _second(given: Any) -> int:
    if not isinstance(given, str):
        raise ValueError("must be a time")  # noqa: TRY004 - pydantic reads ValueErrors
    return second_of(given)


class Email(Vendor):
    """One email address of a person."""

    address: str | None = None
    is_primary: bool | None = None


class Phone(Vendor):
    """One phone number of a person, in digits."""

    number: str | None = None
    is_primary: bool | None = None


class Contacts(Vendor):
    """The addresses of a person that are imported."""

    email: list[Email] | None = None
    phone: list[Phone] | None = None


class Person(Vendor):
    """A person as a list of people shows them; `modified_at` in seconds since 1970."""

    id: Annotated[int, Field(strict=True, ge=1)]
    modified_at: Annotated[int, BeforeValidator(_second)]
    external_id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    middle_name: str | None = None
    gender: str | None = None
    birth_date: str | None = None
    address: str | None = None
    city: str | None = None
    country: str | None = None
    preferred_language: str | None = None
    tags: list[str] | None = None
    type: str | None = None
    custom_attributes: dict[str, Any] | None = None
    contact_information: Contacts | None = None


class CustomAttribute(Vendor):
    """One custom attribute of the account.

    `data_type` is STRING, INTEGER, DECIMAL, BOOLEAN, DATE, DATE_TIME or LIST_OF_OBJECTS; a list has an `object_schema`
    from the fields of its objects to their types.
    """

    name: str
    data_type: str
    object_schema: dict[str, str] = Field(default_factory=dict)


class CustomAttributePage(Vendor):
    """One page of the account's custom attributes."""

    custom_attributes: list[CustomAttribute] = Field(default_factory=list)
