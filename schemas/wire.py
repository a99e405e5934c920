"""The two bases of every model: Wire for our own words, Vendor for Infobip's."""

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Wire(BaseModel):
    """A record or configuration of ours: frozen, strict, without undocumented keys."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)


class Vendor(BaseModel):
    """Something Infobip wrote: camelCase on the wire, unknown keys ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)
