"""Infobip's People words that are read: custom attributes and their pages."""

from pydantic import Field

from schemas.wire import Vendor


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
