"""Channels with contents of several types."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema

from schemas.config.tagged import tagged
from schemas.content.base import MessageContent


def one_of(base: type[MessageContent], types: Mapping[str, type[MessageContent]], what: str) -> type[MessageContent]:
    """Return a model that reads a mapping as the one of these models that its `type` names; `base` is theirs."""

    class OneOf(base):  # type: ignore[valid-type, misc] # known when it is called
        @classmethod
        def __get_pydantic_core_schema__(cls, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
            return handler.generate_schema(Annotated[MessageContent, tagged("type", types, what)])

    return OneOf
