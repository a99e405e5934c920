"""Infobip's People words that are read: custom attributes and their pages."""

from pydantic import Field

from schemas.wire import Vendor


class CustomAttribute(Vendor):
    """One custom attribute of the account; `data_type` is STRING, INTEGER, DECIMAL, BOOLEAN, DATE, ..."""

    name: str
    data_type: str


class CustomAttributePage(Vendor):
    """One page of the account's custom attributes."""

    custom_attributes: list[CustomAttribute] = Field(default_factory=list)
